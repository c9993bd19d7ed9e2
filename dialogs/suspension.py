"""The suspension digest, its comments, and the meeting's channel (R80, R82, R168-R169)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.form import Form, TextField
from bot.chat.inbound import SpotKind
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.store.postings import Showing
from bot.store.rows import record
from bot.store.runs import Run
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY, Role
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import meetings, operations, queries
from bot.workflows.suspension.operations import DIGEST_CARD, MISSED_CARD, PAGE_CARD, Words
from dialogs import presenting
from dialogs import suspension_cards as cards
from dialogs import suspension_head as heads

dialog: Final = Dialog("suspension")

COMMENTERS: Final = EVERYBODY - {Role.AUDITOR}


class NoDigestYet(Refused):
    """Nothing was posted yet."""


class CommentForm(Form):
    """What somebody of the meeting says about a case."""

    words = TextField(
        "Comment", lines=3, longest=operations.LONGEST, hint="Suspend, hold until, plan, ...?"
    )


@dialog.draws(DIGEST_CARD)
def draw_head(view: View) -> Card:
    """Draw the digest's head."""
    return heads.head(view, digests.get(view.session, view.about))


@dialog.draws(PAGE_CARD)
def draw_page(view: View) -> Card:
    """Draw a page of the digest, as a reply below the head."""
    return cards.page(view, digests.page(view.session, view.about))


@dialog.draws(MISSED_CARD)
def draw_missed(view: View) -> Card:
    """Draw what leads are told when a digest was missed."""
    run = record(view.session, Run, view.about)
    said = f"{run.detail} Type `digest` for the last one that was made."
    return Card(title="The suspension digest was missed", body=(Text(text=said),))


@dialog.says("digest", help="the last suspension digest", roles=EVERYBODY, is_public=True)
def say_digest(turn: Turn) -> Reply | Card:
    """Show the last digest."""
    digest = digests.latest(turn.session)
    if digest is None:
        upcoming = meetings.next_digest(turn.now, turn.policy)
        when = wording.moment(upcoming.digest_at, turn.policy.zone, today=turn.today)
        raise NoDigestYet(f"There is no suspension digest yet. The next one is due {when}.")
    card = heads.head(turn.view(digest.id), digest)
    if turn.spot.kind is not SpotKind.PERSONAL:
        return card
    return Reply(card=card, showing=Showing(DIGEST_CARD, digest.id, place_of(turn.who.id)))


@dialog.on("head", only_reads=True, roles=EVERYBODY)
def show_head(turn: Turn) -> Card:
    """Go back to the digest's head."""
    return heads.head(turn.view(turn.record), digests.get(turn.session, turn.record))


@dialog.on("page", only_reads=True, roles=EVERYBODY)
def show_page(turn: Turn) -> Card:
    """Turn to a page of the digest."""
    page = digests.page(turn.session, turn.record)
    return cards.page(turn.view(page.id), page, is_browsed=True)


@dialog.on("history", only_reads=True, roles=EVERYBODY)
def show_history(turn: Turn) -> Card:
    """Show what was said and done about a case."""
    return cards.history(turn.view(turn.record), digests.line(turn.session, turn.record))


@dialog.on("comment", only_reads=True, roles=COMMENTERS)
def ask_comment(turn: Turn) -> Card:
    """Open the form for a comment in place."""
    return _form(turn, {}, {})


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.typed, problems)


@dialog.on("save_comment", redraw=_again, roles=COMMENTERS)
def save_comment(turn: Turn) -> Card:
    """Keep the comment, and show the case, or its page, with it (R82)."""
    form = CommentForm.read(turn.typed)
    line = digests.line(turn.session, turn.record)
    case = queries.get(turn.session, line.record.case_id)
    said = Words(text=form.words, by=turn.who, at=turn.now, origin=turn.nonce)
    operations.comment(turn.session, case, said)
    turn.session.flush()
    note = f"Your comment on case {case.number} is kept."
    if presenting.is_presented(turn):
        return presenting.again(turn, line, note=note)
    page = digests.page(turn.session, line.record.page_id)
    return cards.page(turn.view(page.id), page, note=note, is_browsed=True)


def _form(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    line = digests.line(turn.session, turn.record)
    save = Button(
        title="Save comment",
        verb="suspension.save_comment",
        about=line.record.id,
        nonce=turn.nonce or turn.fresh,
        fixed=presenting.carried(turn),
        style="positive",
    )
    return Card(
        title=f"Comment on case {line.number} · {line.record.payer_name}",
        body=(
            *cards.summary(turn.view(line.record.id), line),
            *CommentForm.inputs(typed, problems),
        ),
        buttons=(save, presenting.back_to(turn, line)),
    )
