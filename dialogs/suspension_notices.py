"""Notices that wait for release: a lead sees each whole, and lets it go by a tap (R70-R75)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.chat.card import Button, Buttons, Card, Element, Facts, Section, Text, Tone
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.kernel import wording
from bot.store import postings
from bot.store.postings import Showing
from bot.workflows.customers import queries as customers
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS
from bot.workflows.suspension import notices, queries, releasing
from bot.workflows.suspension.case_records import NoticeState, SuspensionNotice
from bot.workflows.suspension.notices import QUEUE_CARD
from bot.workflows.suspension.releasing import Released
from dialogs import approvals, choosing, documents, letters

dialog: Final = Dialog("suspension_notices")

LONGEST: Final = 9_000
"""Characters of a notice on its card, which stays below 28 KB; the mail has it whole."""
BY_RELEASING: Final = (
    "It leaves when you release it. Payments and mail do not come in by themselves yet: by "
    "releasing you say that both were read today."
)


@dialog.draws(QUEUE_CARD)
def draw_queue(view: View) -> Card:
    """Draw what waits for release, its first notice whole."""
    count = len(notices.waiting(view.session, on=view.today))
    said = wording.counted(count, "suspension notice")
    return replace(_queue(view), summary=f"To release: {said}")


@dialog.says("notices", help="suspension notices that wait for your release", roles=LEADS)
def say_notices(turn: Turn) -> Reply:
    """Show what waits for release."""
    choosing.check_private(turn)
    day = turn.today.toordinal()
    showing = Showing(QUEUE_CARD, day, place_of(turn.who.id))
    return Reply(card=_queue(turn.view(day)), showing=showing)


@dialog.on("show", roles=LEADS)
def show(turn: Turn) -> Card:
    """Show one notice, whether it waits or not."""
    _leave_queue(turn)
    return _queue(turn.view(turn.today.toordinal()), at=turn.record)


@dialog.on("look", only_reads=True, roles=LEADS)
def look(turn: Turn) -> Card:
    """Show what waits for release, from the start."""
    return _queue(turn.view(turn.today.toordinal()))


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    note = " ".join(problems.values())
    return _queue(turn.view(turn.today.toordinal()), at=turn.record, note=(note, "attention"))


@dialog.on("release", roles=LEADS, redraw=_again)
def release(turn: Turn) -> Card:
    """
    Let exactly what the card shows go to the customer, and show what was released.

    That card has nothing to release: a second tap cannot let the next payer's notice go.
    """
    following = _after(turn)
    done = releasing.release(
        turn.session,
        turn.record,
        version=turn.version,
        act=approvals.act_of(turn),
        policy=turn.policy,
    )
    _leave_queue(turn)
    notices.refresh_queue(turn.session, on=turn.today, at=turn.now)
    view = turn.view(turn.today.toordinal())
    if done.is_sent:
        return _released(view, done, following)
    return _queue(view, at=done.notice.id, note=(done.words, "attention"))


@dialog.on("put_off", roles=LEADS, redraw=_again)
def put_off(turn: Turn) -> Card:
    """Leave a notice for the next business day, and show the next one."""
    following = _after(turn)
    notice = releasing.put_off(
        turn.session, turn.record, by=turn.who, at=turn.now, policy=turn.policy
    )
    _leave_queue(turn)
    notices.refresh_queue(turn.session, on=turn.today, at=turn.now)
    words = "Left for the next business day."
    if notice.state is not NoticeState.DRAFT:
        words = releasing.ended_words(turn.session, notice, on=turn.today, policy=turn.policy)
    return _queue(turn.view(turn.today.toordinal()), at=following, note=(words, "accent"))


def _leave_queue(turn: Turn) -> None:
    """Let no refresh put the first notice, and its Release, in the place of what is read."""
    here = turn.spot.message_id
    postings.let_go(turn.session, QUEUE_CARD, place=place_of(turn.who.id), message_id=here)


def _after(turn: Turn) -> int | None:
    """Return which notice follows this one in the row, at its end the one before; or none."""
    ids = [one.id for one in notices.waiting(turn.session, on=turn.today)]
    if turn.record not in ids:
        return ids[0] if ids else None
    place = ids.index(turn.record)
    rest = [*ids[place + 1 :], *reversed(ids[:place])]
    return rest[0] if rest else None


def _released(view: View, done: Released, following: int | None) -> Card:
    notice = done.notice
    case = queries.get(view.session, notice.case_id)
    payer = customers.get(view.session, case.payer_id)
    left = len(notices.waiting(view.session, on=view.today))
    more = wording.counted(left, "more notice waits", "more notices wait")
    onward = Button(title="Next notice", verb="suspension_notices.show", about=following)
    return Card(
        title=f"Released: {notice.step.words}, case {case.number} · {payer.name}",
        note=done.words,
        note_tone="good",
        body=(
            Facts(pairs=(("To", notice.to), ("Copies", notice.copies or "nobody"))),
            Text(text=f"{wording.capital(more)} for release.", size="small", is_subtle=True),
        ),
        buttons=(
            *((onward,) if following is not None else ()),
            Button(title="Case", verb="case_files.open", about=case.id),
        ),
    )


def _queue(view: View, *, at: int | None = None, note: tuple[str, Tone] = ("", "good")) -> Card:
    waiting = notices.waiting(view.session, on=view.today)
    place = next((n for n, one in enumerate(waiting) if one.id == at), 0)
    if at is not None and at not in {one.id for one in waiting}:
        other = notices.get(view.session, at)
        ended = () if other.state is NoticeState.DRAFT else (_case(other),)
        return _card(view, other, "", ended, note)
    if not waiting:
        done = Text(text="No suspension notice waits for release.")
        return Card(title="Suspension notices", note=note[0], note_tone=note[1], body=(done,))
    turning = tuple(
        Button(title=title, verb="suspension_notices.show", about=waiting[other].id)
        for title, other in (("Previous", place - 1), ("Next", place + 1))
        if 0 <= other < len(waiting)
    )
    count = f"{place + 1} of {len(waiting)} that wait for release"
    return _card(view, waiting[place], count, turning, note)


def _card(
    view: View,
    notice: SuspensionNotice,
    count: str,
    turning: tuple[Button, ...],
    note: tuple[str, Tone],
) -> Card:
    case = queries.get(view.session, notice.case_id)
    payer = customers.get(view.session, case.payer_id)
    name = notice.step.words.capitalize()
    is_draft = notice.state is NoticeState.DRAFT
    return Card(
        title=f"{name}: case {case.number} · {payer.name}",
        note=note[0],
        note_tone=note[1],
        body=(
            *(
                (Text(text=count, size="small", is_subtle=True, spacing="none"),)
                if count
                else ()
            ),
            *shown(notice),
            *_foot(view, notice, said=note[0]),
            *((Buttons(actions=_answers(notice)),) if is_draft else ()),
            *documents.row(payer.id, *turning),
        ),
        summary=f"{name} to {payer.name}" + (", to be released" if is_draft else ""),
    )


def shown(notice: SuspensionNotice) -> tuple[Element, ...]:
    """Draw a notice as it reads, with what it lacks and whom it goes to."""
    letter = Section(items=_text(notice), style="emphasis")
    return (*_lacks(notice), _head(notice), letter)


def _head(notice: SuspensionNotice) -> Facts:
    return Facts(
        pairs=(
            ("Subject", notice.subject),
            ("Due", wording.day(notice.due_on)),
            ("Wording", f"approved template, {notice.template_sha256[:12]}"),
            ("To", notice.to or "no address"),
            ("Copies", notice.copies or "nobody"),
        )
    )


def _text(notice: SuspensionNotice) -> tuple[Element, ...]:
    return letters.letter(wording.shortened(notice.body, LONGEST), gap="small")


def _lacks(notice: SuspensionNotice) -> tuple[Element, ...]:
    if not notice.missing or notice.state is not NoticeState.DRAFT:
        return ()
    return (Text(text=f"It cannot go out without {notice.missing}.", tone="attention"),)


def _foot(view: View, notice: SuspensionNotice, *, said: str) -> tuple[Element, ...]:
    if notice.state is NoticeState.DRAFT:
        return (Text(text=BY_RELEASING, size="small", is_subtle=True),)
    ended = releasing.ended_words(view.session, notice, on=view.today, policy=view.policy)
    return (Text(text=ended, is_bold=True),) if ended != said else ()


def _case(notice: SuspensionNotice) -> Button:
    return Button(title="Case", verb="case_files.open", about=notice.case_id)


def _answers(notice: SuspensionNotice) -> tuple[Button, ...]:
    later = Button(
        title="Not now",
        verb="suspension_notices.put_off",
        about=notice.id,
        version=notice.version,
    )
    case = _case(notice)
    if notice.missing:
        return (later, case)
    let_go = Button(
        title="Release",
        verb="suspension_notices.release",
        about=notice.id,
        version=notice.version,
        style="positive",
    )
    return (let_go, later, case)
