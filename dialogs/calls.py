"""Working the list: one payer at a time, two outcomes by one tap, and undo (R83-R84, R164)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from bot.chat.card import Button, Card, Facts, Text, Tone
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.workflows.calls import queries as calls
from bot.workflows.calls.operations import ALERT_CARD, Conversation
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import NotNow, Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.worklists import accounts, outcomes, shifts
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import queries as lists
from bot.workflows.worklists.operations import SteppedAside
from bot.workflows.worklists.outcomes import Recorded
from bot.workflows.worklists.records import EntryState, WorklistEntry
from dialogs import call_card, choosing, phrasing
from dialogs.call_card import Seat

dialog = Dialog("calls")


class NothingToUndo(Refused):
    """The person has logged nothing that can be undone."""


class Said(NamedTuple):
    """The sentence above a card, and the call that it offers to undo."""

    note: str = ""
    undo: Call | None = None
    is_warning: bool = False


NOTHING_SAID = Said()


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
    seat = seat_of(turn)
    if seat.entry is None:
        return draw(turn, turn.record, seat)
    try:
        worklists.put_back(
            turn.session,
            seat.entry.id,
            version=turn.version or 0,
            by=turn.who,
            at=turn.now,
            policy=turn.policy,
        )
    except SteppedAside:
        return meanwhile(turn, seat)
    until = phrasing.clock(seat.entry.ready_at, turn.who.zone)
    name = customers.get(turn.session, turn.record).name
    said = Said(f"Not now: {name} comes back from {until} on. No attempt was used.")
    return next_card(turn, seat, said)


@dialog.on("open", only_reads=True)
def open_payer(turn: Turn) -> Card:
    """Show the call card of a payer."""
    return draw(turn, turn.record, seat_of(turn))


@dialog.on("next", only_reads=True)
def next_payer(turn: Turn) -> Card:
    """Show whom to call next."""
    return next_card(turn, seat_of(turn))


@dialog.on("undo")
def undo(turn: Turn) -> Card:
    """Take a call back, with all it changed, and show its payer again."""
    return _undone(turn, turn.record)


@dialog.says("next", help="whom to call now", only_reads=True)
def say_next(turn: Turn) -> Card:
    """Show whom to call next."""
    choosing.check_private(turn)
    return next_card(turn, Seat(None))


@dialog.says("undo", help="take back the last call you logged (for 10 minutes)")
def say_undo(turn: Turn) -> Card:
    """Take back the last call that the person logged."""
    choosing.check_private(turn)
    last = calls.last_of_agent(turn.session, turn.who.id)
    if last is None:
        raise NothingToUndo("You have not logged anything yet.")
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
        buttons=(Button(title="Account", verb="customers.open", about=payer.id),),
    )


def seat_of(turn: Turn) -> Seat:
    """Return the place on the person's own list that a button was pressed at."""
    entry_id, lane = int(turn.fixed.get("entry", 0)), bool(turn.fixed.get("lane"))
    entry = shifts.own_entry(turn.session, entry_id, turn.who.id) if entry_id else None
    return Seat(entry, lane)


def draw(turn: Turn, payer_id: int, seat: Seat, said: Said = NOTHING_SAID) -> Card:
    """Draw the call card of a payer, with a sentence above it."""
    account = accounts.account(turn.session, payer_id, on=turn.today, policy=turn.policy)
    return _with(call_card.draw(turn, account, seat), seat, said)


def logged(turn: Turn, recorded: Recorded, seat: Seat) -> Card:
    """Answer a call that was just logged: what was kept, undo, and the next payer."""
    call, standing = recorded
    name = customers.get(turn.session, call.payer_id).name
    tries = f" ({standing.attempts}/{turn.policy.attempts_a_day})" if standing.attempts else ""
    said = Said(f"Logged: {call.outcome.words} at {name}{tries}.{_follows(call)}", call)
    return next_card(turn, seat, said)


def next_card(turn: Turn, seat: Seat, said: Said = NOTHING_SAID) -> Card:
    """Draw the card of whom to call next, or say that there is nobody."""
    worklist_id = seat.entry.worklist_id if seat.entry else _current(turn)
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


def may_call_now(turn: Turn, entry: WorklistEntry) -> bool:
    """Test if a payer on the list may be called at this moment."""
    return entry.state is EntryState.OPEN and entry.ready_at <= turn.now < entry.closes_at


def _one_tap(turn: Turn, outcome: Outcome) -> Card:
    seat = seat_of(turn)
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


def twice(turn: Turn, earlier: Call, seat: Seat) -> Card:
    """Answer a second press of what is logged already: nothing happens again."""
    name = customers.get(turn.session, earlier.payer_id).name
    note = f"{_already(turn, name, earlier)} Nothing was logged again."
    return next_card(turn, seat, Said(note, earlier, is_warning=True))


def _undone(turn: Turn, call_id: int) -> Card:
    seat = seat_of(turn)
    call = outcomes.take_back(
        turn.session, call_id, by=turn.who, at=turn.now, policy=turn.policy
    )
    worklist_id = seat.entry.worklist_id if seat.entry else _current(turn)
    entry = shifts.line_of(turn.session, worklist_id, call.payer_id) if worklist_id else None
    name = customers.get(turn.session, call.payer_id).name
    said = Said(f"Undone: {call.outcome.words} at {name}.")
    return draw(turn, call.payer_id, Seat(entry, seat.lane), said)


def _already(turn: Turn, name: str, call: Call) -> str:
    is_own = call.agent_id == turn.who.id
    who = "you" if is_own else people.get(turn.session, call.agent_id).name
    when = phrasing.clock(call.at, turn.who.zone)
    return f"{name}: already logged by {who} at {when} ({call.outcome.words})."


def _follows(call: Call) -> str:
    if call.next_on is None or not call.is_reached:
        return ""
    return f" Next: {call.next_step.lower()}, {wording.day(call.next_on)}."


def _with(card: Card, seat: Seat, said: Said) -> Card:
    more = () if said.undo is None else _undo_buttons(said.undo, seat)
    tone: Tone = "attention" if said.is_warning else "accent"
    return replace(card, note=said.note, note_tone=tone, note_buttons=more)


def _undo_buttons(call: Call, seat: Seat) -> tuple[Button, ...]:
    undo = Button(title="Undo", verb="calls.undo", about=call.id, fixed=seat.fixed)
    if call.outcome is not Outcome.PLAN_INQUIRY:
        return (undo,)
    plan = Button(title="Request a plan", verb="payment_plans.open", about=call.payer_id)
    return (undo, plan)


def _finished(turn: Turn, worklist_id: int, seat: Seat) -> Card:
    done = lists.progress(turn.session, worklist_id, policy=turn.policy)
    words = (
        f"{done.attempted} of {done.goal} payers tried, {done.reached} reached. Nobody else "
        "can be called in this shift."
    )
    title = "The window is worked" if seat.lane else "Your list is worked"
    return Card(title=title, body=(Text(text=words),), buttons=(_to_list(),))


def _wait_for(turn: Turn, entry: WorklistEntry, seat: Seat) -> Card:
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


def _current(turn: Turn) -> int | None:
    worklist = shifts.current(turn.session, turn.who, at=turn.now, policy=turn.policy)
    return worklist.id if worklist else None
