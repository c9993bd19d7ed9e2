"""What was said about a dispute, and what it came to (R22-R23)."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Button, Cell, Columns, Element, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.disputes import queries
from bot.workflows.disputes.records import Dispute, DisputeSaying
from bot.workflows.disputes.rules import Handover, Resolution, SayingKind
from bot.workflows.people import queries as people
from dialogs import reader
from dialogs.dispute_form import DEPARTMENTS

_LAST: Final = 5
"""How many of the last things said a card shows."""
_LONGEST: Final = 400
"""Characters of each that it shows to somebody who has not asked for the whole."""
_RESULTS: Final = {
    Resolution.STANDS: "The invoice stands and is owed",
    Resolution.CREDITED: "The customer is right: a credit or correction follows",
    Resolution.WITHDRAWN: "Withdrawn",
}
_SAYINGS: Final = {
    SayingKind.QUESTION: "Asked",
    SayingKind.REPLY: "Agent",
    SayingKind.ANSWER: "Answered",
    SayingKind.RESOLUTION: "Resolved",
    SayingKind.OBJECTION: "Objected again",
}


def sayings(view: View, dispute: Dispute, *, is_whole: bool = False) -> tuple[Element, ...]:
    """Return the last things that were said; whole, or each cut and a tap from the whole."""
    said = queries.sayings(view.session, dispute.id)
    shown = [one for one in said if one.kind is not SayingKind.RESOLUTION][-_LAST:]
    if is_whole:
        return tuple(quoted(view, one) for one in shown)
    return tuple(
        _opening(dispute, one.words, quoted(view, one, longest=_LONGEST)) for one in shown
    )


def result(view: View, dispute: Dispute, *, is_whole: bool = False) -> tuple[Element, ...]:
    """Return what a dispute came to, in whose words; nothing while it is open."""
    if dispute.resolution is None or dispute.closed_by is None or dispute.closed_at is None:
        return ()
    who = people.get(view.session, dispute.closed_by).name
    when = wording.moment(dispute.closed_at, reader.zone_of(view), today=view.today)
    came_to = Text(text=_came_to(dispute, dispute.resolution), is_bold=True, tone="good")
    words = dispute.resolution_words
    if is_whole:
        return (came_to, Text(text=f"“{words}” {who}, {when}", size="small"))
    text = Text(text=f"“{wording.shortened(words, _LONGEST)}” {who}, {when}", size="small")
    return (came_to, _opening(dispute, words, text))


def quoted(view: View, said: DisputeSaying, *, longest: int | None = None) -> Text:
    """Return one thing that was said, with who and when; cut after so many characters."""
    who = people.get(view.session, said.by).name
    when = wording.moment(said.at, reader.zone_of(view), today=view.today)
    lead, whole = _said(said)
    words = wording.shortened(whole, longest or len(whole))
    return Text(text=f"{lead}: “{words}” {who}, {when}", size="small")


def _said(said: DisputeSaying) -> tuple[str, str]:
    """Return what somebody did, and in which words of theirs."""
    if said.kind is not SayingKind.HANDOVER:
        return _SAYINGS[said.kind], said.words
    was, to, why = Handover.of(said.words)
    return f"Handed over from {DEPARTMENTS[was]} to {DEPARTMENTS[to]}", why


def _opening(dispute: Dispute, words: str, text: Text) -> Element:
    """Return what was said, and where it is cut, a tap that shows the whole of it."""
    if len(words) <= _LONGEST:
        return text
    whole = Button(title="Show all of it", verb="disputes.show", about=dispute.id)
    return Columns(cells=(Cell(items=(text,)),), press=whole)


def _came_to(dispute: Dispute, resolution: Resolution) -> str:
    if resolution is not Resolution.PARTLY:
        return _RESULTS[resolution]
    granted = Money(dispute.granted, dispute.currency)
    rest = Money(dispute.amount - dispute.granted, dispute.currency)
    return f"In part: {granted} is to be credited, {rest} is owed"
