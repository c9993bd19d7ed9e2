"""
What comes in: anybody logs it, whoever calls the payer is told, a voicemail is returned today.

R24-R25, R28-R29: a call or voicemail is routed to the payer's agent, or to whoever covers; with
no agent, to the leads. A caller whom nobody knows is kept as a task of the leads.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import postings
from bot.store.postings import CardName, Showing
from bot.workflows.calls import effects
from bot.workflows.calls.records import Call, EffectKind
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as open_tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind

INBOUND_CARD: Final = CardName("calls.inbound")
"""Tells whoever calls the payer that it called; about is the call."""

RETURNS: Final = frozenset({Outcome.LEFT_VOICEMAIL, Outcome.SPOKE_TO_OTHER})
"""What returns a call without reaching anybody who can act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownCaller:
    """Somebody who called and belongs to no customer that the desk knows."""

    name: str
    number: str
    words: str
    nonce: str


def caller_of(session: Session, payer: AnyCustomer, *, today: date) -> int | None:
    """Return who calls the payer that day: its agent, or whoever covers for them."""
    away = people.absent_on(session, today) if payer.agent_id else {}
    owner, seen = payer.agent_id, set[int]()
    while owner in away and owner not in seen:
        seen.add(owner)
        owner = away[owner] or None
    return owner


def is_voicemail(call: Call) -> bool:
    """Test if the customer left a voicemail or a message, which is returned the same day."""
    return call.direction is Direction.IN and call.outcome is Outcome.LEFT_VOICEMAIL


def route(session: Session, call: Call, payer: AnyCustomer, *, policy: Policy) -> None:
    """Tell whoever calls the payer of what came in; a voicemail is theirs to return today."""
    owner = caller_of(session, payer, today=call.day)
    readers = [owner] if owner else [lead.id for lead in people.leads(session)]
    for reader in readers:
        if reader != call.agent_id:
            showing = Showing(INBOUND_CARD, call.id, place_of(reader))
            postings.show(session, showing, at=call.at)
    if is_voicemail(call):
        task = _call_back(session, call, payer, owner, policy)
        effects.remember(session, call, EffectKind.TASK, task.id)


def asked_since(session: Session, payer_id: int, moment: datetime) -> bool:
    """Test if the payer has asked for a call since a moment, and still waits for it (R29)."""
    return any(
        task.kind is TaskKind.CALL_BACK and task.opened_at > moment
        for task in open_tasks.open_of_payer(session, payer_id)
    )


def returned(session: Session, call: Call, *, by: Member) -> None:
    """
    End what a call out settles: call-backs, and asking when a decided dispute is paid (R23).

    Leaving a voicemail returns a call; only a conversation asks for a date.
    """
    if not call.is_reached and call.outcome not in RETURNS:
        return
    for task in open_tasks.open_of_payer(session, call.payer_id):
        is_asked = task.kind is TaskKind.PAYMENT_DATE and call.is_reached
        if task.kind is TaskKind.CALL_BACK or is_asked:
            result = f"Called back: {call.outcome.words}"
            tasks.finish(session, task, result=result, by=by, at=call.at)
            effects.remember(session, call, EffectKind.TASK_ENDED, task.id)


def keep_unknown(
    session: Session, caller: UnknownCaller, *, by: Member, at: datetime, policy: Policy
) -> Task:
    """Keep a call of somebody unknown as a task of the leads; the same form keeps it once."""
    due_on = policy.calendar.on_or_after(policy.company_date(at))
    reached_at = f" Call back: {caller.number}." if caller.number else ""
    new = NewTask(
        key=f"unknown_caller:{caller.nonce}",
        kind=TaskKind.CALL_BACK,
        title=f"Unknown caller: {caller.name}",
        words=f"“{caller.words}”{reached_at}",
        due_on=due_on,
    )
    return tasks.open_once(session, new, at=at, by=by.id)


def _call_back(
    session: Session, call: Call, payer: AnyCustomer, owner: int | None, policy: Policy
) -> Task:
    new = NewTask(
        key=f"call_back:{call.id}",
        kind=TaskKind.CALL_BACK,
        title=f"Call back {payer.name}: they left a voicemail",
        words=call.words,
        about=f"call:{call.id}",
        payer_id=payer.id,
        owner_id=owner,
        due_on=policy.calendar.on_or_after(call.day),
    )
    return tasks.open_once(session, new, at=call.at, by=call.agent_id, tell=False)
