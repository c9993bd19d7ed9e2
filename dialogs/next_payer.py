"""The answer to whatever was logged: what was kept, undo, and whom to call next (R84)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from bot.chat.card import Button, Card, Text, Tone
from bot.chat.dialog import Turn
from bot.kernel import wording
from bot.store import postings
from bot.workflows.calls import queries as calls
from bot.workflows.calls.queries import AnyCall
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import CALL_NEW_NUMBER, Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.follow_ups.records import FollowUp, FollowUpState
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Role
from bot.workflows.worklists import accounts, shifts
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import queries as lists
from bot.workflows.worklists.operations import WORKLIST_CARD
from bot.workflows.worklists.outcomes import Recorded
from bot.workflows.worklists.queries import Line
from bot.workflows.worklists.records import AnyList, EntryState
from dialogs import call_card, final_parts, phrasing
from dialogs.call_card import Seat


class Said(NamedTuple):
    """The sentence above a card, and the call that it offers to undo."""

    note: str = ""
    undo: AnyCall | None = None
    is_warning: bool = False
    more: tuple[Button, ...] = ()
    """What else can be done about it at once."""


NOTHING_SAID = Said()


def seat_of(turn: Turn) -> Seat:
    """Return the place on the person's own list that a button was pressed at."""
    entry_id, lane = int(turn.fixed.get("entry", 0)), bool(turn.fixed.get("lane"))
    entry = shifts.own_entry(turn.session, entry_id, turn.who.id) if entry_id else None
    return Seat(entry, lane)


def take_seat(turn: Turn) -> Seat:
    """Return the same for a press that changes something: one at a time for each line."""
    entry_id, lane = int(turn.fixed.get("entry", 0)), bool(turn.fixed.get("lane"))
    if not entry_id:
        return Seat(None, lane)
    return Seat(shifts.lock_own_entry(turn.session, entry_id, turn.who.id), lane)


def draw(turn: Turn, payer_id: int, seat: Seat, said: Said = NOTHING_SAID) -> Card:
    """Draw the call card of a payer, with a sentence above it."""
    account = accounts.account(turn.session, payer_id, on=turn.today, policy=turn.policy)
    return _with(call_card.draw(turn, account, seat), seat, said)


def logged(turn: Turn, recorded: Recorded, seat: Seat) -> Card:
    """Answer a call that was just logged: what was kept, undo, and the next payer."""
    call, standing, payer, draft = recorded
    most = turn.policy.of_brand(payer.brand).attempts_a_day
    tries = f" ({standing.attempts}/{most})" if standing.attempts else ""
    done = wording.sentence(f"Logged: {call.outcome.words} at {payer.name}{tries}")
    too = final_parts.confirm_too(turn, call, Seat(None, seat.lane).fixed)
    said = Said(done + _follows(turn, call) + _drafted(draft), call, more=too)
    return next_card(turn, seat, said)


def next_card(turn: Turn, seat: Seat, said: Said = NOTHING_SAID) -> Card:
    """Draw the card of whom to call next, or say that there is nobody."""
    worklist_id = seat.entry.worklist_id if seat.entry else current_list(turn)
    if worklist_id is None:
        return _with(Card(title="You have no list to work just now"), seat, said)
    entry = lists.next_entry(
        turn.session, worklist_id, now=turn.now, policy=turn.policy, lane=seat.lane
    )
    if entry is None:
        return _with(_finished(turn, worklist_id, seat), seat, said)
    if entry.ready_at > turn.now:
        return _with(_wait_for(turn, entry, seat), seat, said)
    return draw(turn, entry.payer_id, Seat(entry, seat.lane), said)


def meanwhile(turn: Turn, seat: Seat) -> Card:
    """Answer a press on a card that is out of date: nothing was logged, and why."""
    last = next(iter(calls.touches(turn.session, turn.record, 1)), None)
    name = customers.get(turn.session, turn.record).name
    if last is None or last.day != turn.today:
        note = f"{name} has changed since this card was drawn. Nothing was logged."
    else:
        note = f"{_already(turn, name, last)} Nothing was logged again."
    mine = last if last and last.agent_id == turn.who.id and last.day == turn.today else None
    said = Said(note, mine, is_warning=True)
    if seat.entry and may_call_now(turn, seat.entry):
        return draw(turn, turn.record, seat, said)
    return next_card(turn, seat, said)


def is_stale(turn: Turn, seat: Seat) -> bool:
    """Test if the list has moved on since the pressed card was drawn."""
    return seat.entry is not None and seat.entry.version != turn.version


def may_call_now(turn: Turn, entry: Line) -> bool:
    """Test if a payer on the list may be called at this moment."""
    return entry.state is EntryState.OPEN and entry.ready_at <= turn.now < entry.closes_at


def twice(turn: Turn, earlier: Call, seat: Seat) -> Card:
    """Answer a second press of what is logged already: nothing happens again."""
    name = customers.get(turn.session, earlier.payer_id).name
    note = f"{_already(turn, name, earlier)} Nothing was logged again."
    return next_card(turn, seat, Said(note, earlier, is_warning=True))


def _already(turn: Turn, name: str, call: AnyCall) -> str:
    is_own = call.agent_id == turn.who.id
    who = "you" if is_own else people.get(turn.session, call.agent_id).name
    when = phrasing.clock(call.at, turn.who.zone)
    return f"{name}: already logged by {who} at {when} ({call.outcome.words})."


def _follows(turn: Turn, call: Call) -> str:
    if call.next_on is None or not call.is_reached:
        return ""
    when = wording.near(call.next_on, turn.today)
    if call.next_at:
        when = wording.moment(call.next_at, turn.who.zone, today=turn.today)
    return f" Next: {call.next_step.lower()}, {when}."


def _drafted(draft: FollowUp | None) -> str:
    if draft is None:
        return ""
    if draft.state is FollowUpState.DRAFT:
        return " A follow-up e-mail is drafted: send it at your shift's end, or type drafts."
    return " No e-mail is drafted, since no address is known: that is a task now."


def _with(card: Card, seat: Seat, said: Said) -> Card:
    more = () if said.undo is None else _undo_buttons(said.undo, seat)
    tone: Tone = "attention" if said.is_warning else "accent"
    return replace(card, note=said.note, note_tone=tone, note_buttons=(*more, *said.more))


def _undo_buttons(call: AnyCall, seat: Seat) -> tuple[Button, ...]:
    undo = Button(title="Undo", verb="calls.undo", about=call.id, fixed=seat.fixed)
    if call.next_step == CALL_NEW_NUMBER:
        return (_call_again(call, seat), undo)
    if call.outcome is not Outcome.PLAN_INQUIRY:
        return (undo,)
    plan = Button(title="Request a plan", verb="payment_plans.open", about=call.payer_id)
    return (undo, plan)


def _call_again(call: AnyCall, seat: Seat) -> Button:
    own = seat.entry and seat.entry.payer_id == call.payer_id
    here = seat if own else Seat(None, seat.lane)
    return Button(
        title=CALL_NEW_NUMBER, verb="calls.open", about=call.payer_id, fixed=here.fixed
    )


def _finished(turn: Turn, worklist_id: int, seat: Seat) -> Card:
    worklist = lists.look_at(turn.session, worklist_id)
    done = lists.progress(turn.session, worklist, policy=turn.policy)
    words = (
        f"{done.attempted} of {done.goal} payers tried, "
        f"{phrasing.reached(done.reached, done.called_in)}. "
        "Nobody else can be called in this shift."
    )
    title = "The window is worked" if seat.lane else "Your list is worked"
    return Card(title=title, body=(Text(text=words),), buttons=(_to_list(),))


def _wait_for(turn: Turn, entry: Line, seat: Seat) -> Card:
    name = customers.get(turn.session, entry.payer_id).name
    when = phrasing.clock(entry.ready_at, turn.who.zone)
    look = Button(title="Look again", verb="calls.next", fixed=Seat(entry, seat.lane).fixed)
    anyway = Button(
        title="Open it",
        verb="calls.open",
        about=entry.payer_id,
        fixed=Seat(entry, seat.lane).fixed,
    )
    return Card(
        title="Nobody can be called just now",
        body=(Text(text=f"{name} is next, from {when} your time."),),
        buttons=(look, anyway, _to_list()),
    )


def _to_list() -> Button:
    return Button(title="My list", verb="worklists.back")


def leave_list(turn: Turn) -> None:
    """Let no refresh of the list take the place of the card that answers this press."""
    here = turn.spot.message_id
    postings.let_go(turn.session, WORKLIST_CARD, place=place_of(turn.who.id), message_id=here)


def open_list(turn: Turn) -> AnyList | None:
    """Return the agent's current list, made now where the morning's is missing."""
    day = shifts.business_day(turn.who, at=turn.now, policy=turn.policy)
    if day is None or Role.AGENT not in turn.who.roles:
        return None
    return worklists.open_day(turn.session, turn.who, day=day, at=turn.now, policy=turn.policy)


def current_list(turn: Turn) -> int | None:
    """Return the id of the list the person works on now, if there is one."""
    worklist = shifts.current(turn.session, turn.who, at=turn.now, policy=turn.policy)
    return worklist.id if worklist else None
