"""Working the list: one payer at a time, two outcomes by one tap, and undo (R83-R84, R164)."""

from __future__ import annotations

from datetime import timedelta

from bot.chat.card import Button, Card, Facts, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.workflows.calls import queries as calls
from bot.workflows.calls.operations import ALERT_CARD, Conversation
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import NotNow, Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.guides import rules
from bot.workflows.people import queries as people
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import outcomes, shifts
from bot.workflows.worklists.operations import SteppedAside
from dialogs import choosing, guides, phrasing
from dialogs.call_card import Seat
from dialogs.next_payer import (
    Said,
    current_list,
    draw,
    is_stale,
    leave_list,
    logged,
    meanwhile,
    next_card,
    open_list,
    seat_of,
    take_seat,
    twice,
)

dialog = Dialog("calls")


class NothingToUndo(Refused):
    """The person has logged nothing that can be undone."""


@dialog.on("no_answer")
def no_answer(turn: Turn) -> Card:
    """Log that nobody answered, and go on to the next payer."""
    return _one_tap(turn, Outcome.NO_ANSWER)


@dialog.on("left_voicemail")
def left_voicemail(turn: Turn) -> Card:
    """Log that a voicemail was left, and go on to the next payer."""
    return _one_tap(turn, Outcome.LEFT_VOICEMAIL)


@dialog.on("not_now")
def not_now(turn: Turn) -> Card:
    """Put the payer off for a while without using an attempt, and go on (R84)."""
    seat = take_seat(turn)
    if seat.entry is None:
        return draw(turn, turn.record, seat)
    try:
        later = worklists.put_back(
            turn.session,
            seat.entry.id,
            version=turn.version or 0,
            by=turn.who,
            at=turn.now,
            policy=turn.policy,
        )
    except SteppedAside:
        return meanwhile(turn, seat)
    until = phrasing.clock(later.ready_at, turn.who.zone)
    name = customers.get(turn.session, turn.record).name
    said = Said(f"Not now: {name} comes back from {until} on. No attempt was used.")
    return next_card(turn, seat, said)


@dialog.on("open")
def open_payer(turn: Turn) -> Card:
    """Show the call card of a payer."""
    leave_list(turn)
    return draw(turn, turn.record, seat_of(turn))


@dialog.on("next", only_reads=True)
def next_payer(turn: Turn) -> Card:
    """Show whom to call next."""
    return next_card(turn, seat_of(turn))


@dialog.on("undo")
def undo(turn: Turn) -> Card:
    """Take a call back, with all it changed, and show its payer again."""
    return _undone(turn, turn.record)


@dialog.says("next", help="whom to call now")
def say_next(turn: Turn) -> Card:
    """Show whom to call next."""
    choosing.check_private(turn)
    open_list(turn)
    return next_card(turn, Seat(None))


@dialog.says("undo", help="take back the last call you logged (for 10 minutes)")
def say_undo(turn: Turn) -> Card:
    """Take back the last call that the person logged."""
    choosing.check_private(turn)
    last = calls.last_of_agent(turn.session, turn.who.id)
    if last is None:
        raise NothingToUndo("You have not logged anything yet.")
    if turn.now - last.at > timedelta(minutes=turn.policy.undo_minutes):
        raise NothingToUndo(_too_old(turn, last))
    return _undone(turn, last.id)


@dialog.draws(ALERT_CARD)
def alert(view: View) -> Card:
    """Tell a lead of a call that cannot wait (R54)."""
    call = calls.get(view.session, view.about)
    payer = customers.get(view.session, call.payer_id)
    agent = people.get(view.session, call.agent_id)
    kind = "Difficult conversation" if call.is_difficult else call.outcome.words.capitalize()
    pairs = (
        ("Outcome", call.outcome.words),
        ("Agent", agent.name),
        ("Spoke to", call.spoke_to),
        ("Next step", call.next_step),
    )
    undone = "Taken back by the agent." if call.undone_at else ""
    words = Text(text=f"“{call.words}”") if call.words else Text(text="No words were noted.")
    return Card(
        title=f"{kind}: {payer.name}",
        note=undone,
        body=(words, Facts(pairs=tuple(pair for pair in pairs if pair[1]))),
        buttons=(
            Button(title="Account", verb="customers.open", about=payer.id),
            Button(title="Log a call", verb="customers.log", about=payer.id),
            guides.button(rules.ANGRY if call.is_difficult else call.outcome.value),
        ),
    )


def _one_tap(turn: Turn, outcome: Outcome) -> Card:
    seat = take_seat(turn)
    if is_stale(turn, seat):
        return meanwhile(turn, seat)
    said = Conversation(payer_id=turn.record, outcome=outcome, nonce=turn.nonce)
    if turn.nonce and (earlier := calls.by_nonce(turn.session, turn.nonce)):
        return twice(turn, earlier, seat)
    try:
        recorded = outcomes.record(
            turn.session, said, by=turn.who, at=turn.now, policy=turn.policy
        )
    except NotNow as no:
        return next_card(turn, seat, Said(f"Not logged. {no}", is_warning=True))
    return logged(turn, recorded, seat)


def _too_old(turn: Turn, last: Call) -> str:
    name = customers.get(turn.session, last.payer_id).name
    when = wording.local(last.at, turn.who.zone, today=turn.today)
    return (
        f"Nothing to undo: your last call, {last.outcome.words} at {name} on "
        f"{when}, is more than {turn.policy.undo_minutes} "
        "minutes old. Log what is right with `log NAME`."
    )


def _undone(turn: Turn, call_id: int) -> Card:
    seat = take_seat(turn)
    call = outcomes.take_back(
        turn.session, call_id, by=turn.who, at=turn.now, policy=turn.policy
    )
    worklist_id = seat.entry.worklist_id if seat.entry else current_list(turn)
    entry = shifts.line_of(turn.session, worklist_id, call.payer_id) if worklist_id else None
    name = customers.get(turn.session, call.payer_id).name
    said = Said(wording.sentence(f"Undone: {call.outcome.words} at {name}"))
    return draw(turn, call.payer_id, Seat(entry, seat.lane), said)
