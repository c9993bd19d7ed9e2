"""The cards of follow-up e-mails: what is asked at a shift's end, and one draft (R85)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.chat.card import Button, Buttons, Card, Element, Facts, Section, Text
from bot.chat.dialog import Turn, View
from bot.kernel import wording
from bot.workflows.correspondence import queries as mails
from bot.workflows.correspondence.records import Mail, MailState, Process
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.follow_ups import queries
from bot.workflows.follow_ups.operations import NOTHING_DUE
from bot.workflows.follow_ups.queries import Batch, Written
from bot.workflows.follow_ups.records import FollowUp, FollowUpState
from dialogs import documents, letters, phrasing

MOST_NAMED: Final = 12


def batch_card(view: View, batch: Batch, note: str = "") -> Card:
    """Draw what is asked at a shift's end, or what became of it."""
    every = queries.of_day(view.session, batch.agent_id, batch.day)
    waiting = [one for one in every if one.state is FollowUpState.DRAFT]
    counts = _counts(every)
    if not waiting:
        title = f"Not reached on {wording.day(batch.day)}: {counts or 'nothing to send'}"
        return Card(title=title, note=note)
    upto = max(one.id for one in waiting)
    return Card(
        title=_title(batch, waiting, counts),
        note=note,
        body=(
            Text(text="A follow-up e-mail to each is drafted."),
            Text(text=_names(view, waiting), is_subtle=True, size="small"),
            *((Text(text=counts, size="small"),) if counts else ()),
        ),
        buttons=(
            Button(
                title="Send all",
                verb="follow_ups.send_all",
                about=batch.id,
                fixed={"upto": upto},
                style="positive",
            ),
            Button(title="Look first", verb="follow_ups.look", about=waiting[0].id),
            Button(title="Leave", verb="follow_ups.leave", about=batch.id),
        ),
    )


def _title(batch: Batch, waiting: Sequence[Written], counts: str) -> str:
    day = wording.day(batch.day)
    if not counts:
        return f"{len(waiting)} not reached on {day}"
    return f"Not reached on {day}: {wording.counted(len(waiting), 'e-mail')} still to send"


def _counts(every: Sequence[Written]) -> str:
    sent = sum(one.state is FollowUpState.SENT for one in every)
    dropped = sum(one.state is FollowUpState.DROPPED for one in every)
    parts = (f"{sent} sent" if sent else "", f"{dropped} not sent" if dropped else "")
    return ", ".join(part for part in parts if part)


def _names(view: View, waiting: Sequence[Written]) -> str:
    names = customers.names_of(view.session, {one.payer_id for one in waiting})
    return wording.listed(sorted(names.values()), most=MOST_NAMED)


def look_card(turn: Turn, waiting: Sequence[int], found: FollowUp, note: str = "") -> Card:
    """
    Draw one draft as it would leave, with what can be done about it.

    :param waiting: the ids of all that wait beside it.
    """
    payer = customers.get(turn.session, found.payer_id)
    others = [one for one in waiting if one != found.id]
    place = 1 + sum(one < found.id for one in waiting)
    if found.state is not FollowUpState.DRAFT:
        return _ended(turn, found, note)
    following = next((one for one in others if one > found.id), next(iter(others), None))
    onward = (
        (Button(title="Next", verb="follow_ups.look", about=following),) if following else ()
    )
    return Card(
        title=f"{place} of {len(waiting)}: {payer.name}",
        note=note,
        body=(
            *_shown(turn, payer),
            _answers(found),
            *documents.row(payer.id, *onward, to_list()),
        ),
    )


def _shown(turn: Turn, payer: Customer) -> tuple[Element, ...]:
    """Return the e-mail as it would leave now, not as it was drafted: days may have passed."""
    words = queries.text(turn.session, payer, on=turn.today, policy=turn.policy)
    if words is None:
        return (Text(text=f"{NOTHING_DUE} No e-mail goes."),)
    letter = letters.letter(words.body, size="default", gap="default")
    return (
        Facts(pairs=(("To", payer.email), ("Subject", words.subject))),
        Section(items=letter, style="emphasis"),
    )


def _answers(found: FollowUp) -> Buttons:
    send = Button(title="Send", verb="follow_ups.send", about=found.id, style="positive")
    drop = Button(title="Drop", verb="follow_ups.drop", about=found.id)
    return Buttons(actions=(send, drop))


def _ended(turn: Turn, found: FollowUp, note: str) -> Card:
    name = customers.get(turn.session, found.payer_id).name
    word = "sent" if found.state is FollowUpState.SENT else "not sent"
    mail = mails.by_topic(turn.session, found.topic)
    told = found.why or _whereabouts(turn, mail)
    return Card(
        title=f"E-mail to {name}: {word}",
        note=note,
        body=(Text(text=told),) if told else (),
        buttons=(to_list(),),
    )


def _whereabouts(turn: Turn, mail: Mail | None) -> str:
    if mail is None:
        return ""
    if mail.state is MailState.HELD:
        return f"It leaves when a lead releases {Process.FOLLOW_UPS.words}."
    if mail.sent_at:
        return f"It left at {phrasing.clock(mail.sent_at, turn.who.zone)}."
    return "It is on its way."


def to_list() -> Button:
    """Return the way back to the list."""
    return Button(title="My list", verb="worklists.back")
