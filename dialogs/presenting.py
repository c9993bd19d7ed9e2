"""One case at a time, for a chair on a big screen (R80)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Text, Tone
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.workflows.meetings import meeting, queries
from bot.workflows.meetings.rules import PARTICIPANTS
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import remarks
from bot.workflows.suspension.digest_queries import Line
from bot.workflows.suspension.records import Digest
from dialogs import meeting_lines
from dialogs import suspension_cards as pages
from dialogs import suspension_words as words
from dialogs.suspension_since import since_posted

dialog: Final = Dialog("presenting")

_PRESENTED: Final = {"presented": 1}
"""What the forms of a case carry that were opened from the screen, and go back to it."""
_LONGEST: Final = 300
_MOST_ACCOUNTS: Final = 8
_COMMENTS: Final = 3


class NothingToPresent(Refused):
    """There is no digest, or no case on it."""


@dialog.on("start", roles=PARTICIPANTS)
def start(turn: Turn) -> Card:
    """Show the case at which the meeting is, or the first."""
    digest = digests.get(turn.session, turn.record)
    ids = _ids(turn, digest)
    at = queries.presented(turn.session, digest.id)
    return show(turn, digest, ids, at if at in ids else ids[0])


@dialog.on("case", roles=PARTICIPANTS)
def show_case(turn: Turn) -> Card:
    """Turn to a case."""
    line = digests.line(turn.session, turn.record)
    digest = digests.get(turn.session, line.record.digest_id)
    return show(turn, digest, _ids(turn, digest), line.record.id)


@dialog.says(
    "next case",
    help="the next case of the suspension digest (in its channel: “next”)",
    roles=PARTICIPANTS,
    is_public=True,
)
def say_next(turn: Turn) -> Card:
    """
    Show the case after the one at which the meeting is.

    :raises NothingToPresent: if there is none.
    """
    digest = digests.latest(turn.session)
    if digest is None:
        raise NothingToPresent("There is no suspension digest yet.")
    ids = _ids(turn, digest)
    at = queries.presented(turn.session, digest.id)
    if at not in ids:
        return show(turn, digest, ids, ids[0])
    place = ids.index(at) + 1
    if place == len(ids):
        raise NothingToPresent("That was the last case of the digest.")
    return show(turn, digest, ids, ids[place])


def show(turn: Turn, digest: Digest, ids: Sequence[int], line_id: int) -> Card:
    """Remember which case the meeting is at, and show it."""
    meeting.present(turn.session, digest.id, line_id, by=turn.who, at=turn.now)
    return _card(turn.view(line_id), digest, ids)


def is_presented(turn: Turn) -> bool:
    """Test if a form was opened from the case on the screen, and so goes back to it."""
    return "presented" in turn.fixed


def again(turn: Turn, line: Line, *, note: str) -> Card:
    """Show the case on the screen again, with what just became of it."""
    digest = digests.get(turn.session, line.record.digest_id)
    return _card(turn.view(line.record.id), digest, _ids(turn, digest), note=note)


def carried(turn: Turn) -> Mapping[str, int]:
    """Return what a form's own buttons carry on, for it to go back to the screen."""
    return _PRESENTED if is_presented(turn) else {}


def back_to(turn: Turn, line: Line) -> Button:
    """Return the button that leaves a form: to the screen, or to the page with its case."""
    if not is_presented(turn):
        return pages.back_to(line)
    about = line.record.id
    return Button(title="Back", verb="presenting.case", about=about, checks_inputs=False)


def _ids(turn: Turn, digest: Digest) -> list[int]:
    ids = queries.line_ids(turn.session, digest.id)
    if not ids:
        raise NothingToPresent("No case is on the digest.")
    return ids


def _card(view: View, digest: Digest, ids: Sequence[int], *, note: str = "") -> Card:
    line = digests.line(view.session, view.about)
    place = ids.index(view.about)
    where = f"{line.heading.words} · {place + 1} of {len(ids)}"
    return Card(
        title=f"{line.number} · {line.record.payer_name}",
        body=(
            Text(text=where, is_subtle=True, spacing="none"),
            Text(text=words.amounts(line.owed), size="large", is_bold=True),
            *_standing(line),
            Text(text=words.facts(line)),
            *_evidence(line),
            *_said(view, line),
            *meeting_lines.lines(view, [line.record.case_id]).get(line.record.case_id, ()),
            Buttons(actions=(*_turning(ids, place), _head(digest))),
        ),
        buttons=_talk(ids[place]),
        note=note,
        summary=f"Case {line.number}, {line.record.payer_name}",
    )


def _standing(line: Line) -> Iterator[Element]:
    age = wording.counted(line.record.oldest_days, "day")
    yield Text(text=f"Oldest {age} · {words.change(line)}", spacing="none")
    if line.pack is None:
        return
    stood = f"{words.stands(line.pack).capitalize()} · {words.waits(line.pack)}"
    yield Text(text=stood, size="medium", is_bold=True)
    yield Text(text=line.pack.clocks, spacing="none")
    for move in line.pack.moves.splitlines()[-3:]:
        yield Text(text=move, spacing="none")


def _evidence(line: Line) -> Iterator[Element]:
    if line.pack is None or not line.pack.evidence:
        return
    accounts = line.pack.accounts.splitlines()
    more = len(accounts) - _MOST_ACCOUNTS
    shown = accounts[:_MOST_ACCOUNTS]
    shown += [f"and {wording.counted(more, 'more account')}"] if more > 0 else []
    evidence = tuple(_mark(one) for one in line.pack.evidence.splitlines())
    left = Cell(items=(Text(text="Evidence", is_bold=True), *evidence), width=3)
    sites = tuple(Text(text=wording.shortened(one, _LONGEST), spacing="small") for one in shown)
    right = Cell(items=(Text(text="Accounts", is_bold=True), *sites), width=2)
    yield Columns(cells=(left, right) if len(accounts) > 1 else (left,), has_separator=True)
    yield Text(text=line.pack.ready, is_bold=True)


def _mark(said: str) -> Text:
    tone: Tone = "good" if said.startswith("✓") else "attention"
    return Text(text=wording.shortened(said, _LONGEST), spacing="none", tone=tone)


def _said(view: View, line: Line) -> Iterator[Element]:
    if line.record.note:
        note = wording.shortened(line.record.note, _LONGEST)
        yield Text(text=f"“{note}” {line.record.noted_by}", is_subtle=True)
    if since := since_posted(view, [line])[line.number].words(_LONGEST):
        yield Text(text=f"Since posted: {since}", tone="accent")
    said = remarks.comments(view.session, [line.record.case_id]).get(line.record.case_id, [])
    for one in said[-_COMMENTS:]:
        yield Text(text=f"{one.name}: {wording.shortened(one.words, _LONGEST)}", tone="accent")


def _turning(ids: Sequence[int], place: int) -> tuple[Button, ...]:
    steps = (("Previous", place - 1), ("Next", place + 1))
    return tuple(
        Button(title=title, verb="presenting.case", about=ids[to])
        for title, to in steps
        if 0 <= to < len(ids)
    )


def _head(digest: Digest) -> Button:
    return Button(title="Digest", verb="suspension.head", about=digest.id)


def _talk(line_id: int) -> tuple[Button, ...]:
    propose = Button(
        title="Propose",
        verb="meetings.form",
        about=line_id,
        fixed=_PRESENTED,
        style="positive",
    )
    comment = Button(
        title="Comment", verb="suspension.comment", about=line_id, fixed=_PRESENTED
    )
    return (propose, comment)
