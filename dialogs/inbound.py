"""What comes in: calls and voicemails, logged by anybody, told to whoever calls the payer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.chat.card import Button, Card, Facts, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.kernel import wording
from bot.store.postings import Showing
from bot.workflows.calls import inbound
from bot.workflows.calls import queries as calls
from bot.workflows.calls.inbound import INBOUND_CARD, UnknownCaller
from bot.workflows.calls.operations import Conversation
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.tasks.operations import TASK_CARD
from bot.workflows.worklists import outcomes
from dialogs import choosing, documents, phrasing, reader, tasks
from dialogs import inbound_cards as cards
from dialogs.tasks import DOERS

dialog: Final = Dialog("inbound")


@dialog.says(
    "call in NAME", help="log a call or voicemail that came in", only_reads=True, roles=DOERS
)
def call_in(turn: Turn) -> Card:
    """Show what can be logged of a call that came in; a caller nobody knows has a form, too."""
    choosing.check_private(turn)
    if turn.words and not customers.search(turn.session, turn.words, limit=1):
        note = f"I know no customer called “{turn.words[:60]}”."
        return replace(cards.unknown(turn, {"name": turn.words[:100]}, {}), note=note)
    chosen = choosing.payer_named(turn, turn.words, verb="inbound.open")
    if isinstance(chosen, Card):
        nobody = Button(title="None of these", verb="inbound.unknown")
        return replace(chosen, buttons=(nobody,))
    return cards.came_in(turn, chosen.payer_id)


@dialog.on("open", only_reads=True, roles=DOERS)
def open_payer(turn: Turn) -> Card:
    """Show what can be logged of a call that came in."""
    return cards.came_in(turn, turn.record)


@dialog.on("voicemail", only_reads=True, roles=DOERS)
def voicemail(turn: Turn) -> Card:
    """Show the form of a voicemail."""
    return cards.voicemail(turn, {}, {})


@dialog.on("unknown", only_reads=True, roles=DOERS)
def unknown(turn: Turn) -> Card:
    """Show the form of a caller whom nobody knows."""
    return cards.unknown(turn, {}, {})


def _voicemail_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return cards.voicemail(turn, turn.typed, problems)


@dialog.on("keep", redraw=_voicemail_again, roles=DOERS)
def keep(turn: Turn) -> Card:
    """Log a voicemail: whoever calls the payer is told, and returns it today (R29)."""
    if turn.nonce and (earlier := calls.by_nonce(turn.session, turn.nonce)):
        return _kept(turn, earlier, "Logged before: nothing was logged again.")
    form = cards.VoicemailForm.read(turn.typed)
    from_number = f"From {form.number}: " if form.number else ""
    said = Conversation(
        payer_id=turn.record,
        outcome=Outcome.LEFT_VOICEMAIL,
        direction=Direction.IN,
        spoke_to=form.spoke_to,
        number=form.number,
        words=f"{from_number}{form.words}",
        is_difficult=form.is_difficult,
        nonce=turn.nonce,
    )
    recorded = outcomes.record(turn.session, said, by=turn.who, at=turn.now, policy=turn.policy)
    return _kept(turn, recorded.call, _told(turn, recorded.call))


def _unknown_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return cards.unknown(turn, turn.typed, problems)


@dialog.on("keep_unknown", redraw=_unknown_again, roles=DOERS)
def keep_unknown(turn: Turn) -> Card | Reply:
    """Keep a call of somebody unknown for the leads, with what was said."""
    form = cards.UnknownForm.read(turn.typed)
    caller = UnknownCaller(
        name=form.name, number=form.number, words=form.words, nonce=turn.nonce or turn.fresh
    )
    task = inbound.keep_unknown(
        turn.session, caller, by=turn.who, at=turn.now, policy=turn.policy
    )
    card = replace(tasks.draw(turn.view(task.id)), note="Kept: the leads are told.")
    return Reply(card=card, showing=Showing(TASK_CARD, task.id, place_of(turn.who.id)))


@dialog.on("undo", roles=DOERS)
def undo(turn: Turn) -> Card:
    """Take back what was logged as coming in, with the call-back that it made due."""
    call = outcomes.take_back(
        turn.session, turn.record, by=turn.who, at=turn.now, policy=turn.policy
    )
    name = customers.get(turn.session, call.payer_id).name
    return replace(cards.came_in(turn, call.payer_id), note=f"Undone: voicemail of {name}.")


@dialog.draws(INBOUND_CARD)
def draw(view: View) -> Card:
    """Tell whoever calls the payer that it called (R24-R25, R29)."""
    call = calls.get(view.session, view.about)
    payer = customers.get(view.session, call.payer_id)
    kind = "Voicemail of" if inbound.is_voicemail(call) else "Call from"
    by = people.get(view.session, call.agent_id)
    pairs = (
        ("Who", call.spoke_to or payer.contact_name),
        ("Call back at", call.number if call.number != payer.phone else ""),
        ("Phone", payer.phone),
        ("Came of it", "" if inbound.is_voicemail(call) else call.outcome.words),
        ("Next", _next(call)),
        (
            "Taken by",
            f"{by.name}, {wording.moment(call.at, reader.zone_of(view), today=view.today)}",
        ),
    )
    words = (Text(text=f"“{call.words}”"),) if call.words else ()
    call_now = Button(title="Call now", verb="customers.log", about=payer.id, style="positive")
    account = Button(title="Account", verb="customers.open", about=payer.id)
    return Card(
        title=f"{kind} {payer.name}",
        note=f"Taken back by {by.name}." if call.undone_at else "",
        body=(
            *words,
            Facts(pairs=tuple(pair for pair in pairs if pair[1])),
            *documents.row(payer.id, call_now, account),
        ),
    )


def _next(call: Call) -> str:
    if not call.next_step or call.next_on is None:
        return call.next_step
    return f"{call.next_step}, {wording.day(call.next_on)}"


def _told(turn: Turn, call: Call) -> str:
    payer = customers.get(turn.session, call.payer_id)
    owner = inbound.caller_of(turn.session, payer, today=turn.today)
    if owner == turn.who.id:
        return "Logged. It is yours to return today."
    whose = f"{people.get(turn.session, owner).name} is" if owner else "The leads are"
    return f"Logged. {whose} told, and the call-back is due {_day(turn, call)}."


def _day(turn: Turn, call: Call) -> str:
    due_on = call.next_on or turn.today
    return phrasing.due(due_on, turn.today).removeprefix("due ")


def _kept(turn: Turn, call: Call, note: str) -> Card:
    undo_it = Button(title="Undo", verb="inbound.undo", about=call.id)
    return replace(draw(turn.view(call.id)), note=note, note_buttons=(undo_it,))
