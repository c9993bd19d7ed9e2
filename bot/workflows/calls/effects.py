"""What a call changes beside the call itself, and how each change is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.shapes import value
from bot.policy import Policy
from bot.store.prepared import PreparedChange
from bot.store.rows import change, record, table_of
from bot.workflows.calls import queries, rules
from bot.workflows.calls.records import Call, CallEffect, DocumentRequest, EffectKind
from bot.workflows.calls.rules import Outcome
from bot.workflows.customers import contacts
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import Member
from bot.workflows.promises import operations as promises
from bot.workflows.promises.operations import Made, NewPromise
from bot.workflows.special_handling import operations as holds
from bot.workflows.special_handling.operations import NewHold
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.tasks import operations as tasks

_ASK: Final = PreparedChange(insert(table_of(DocumentRequest)))
_REMEMBER: Final = PreparedChange(insert(table_of(CallEffect)))


@value(frozen=True, slots=True, kw_only=True)
class Changes:
    """What was agreed or learned in a conversation."""

    promise: NewPromise | None = None
    contact: Mapping[str, str] = field(default_factory=dict)
    """New contact data by field (R76)."""
    document: str = ""
    """What they asked to be sent (R12-R14)."""
    send_to: str = ""


def apply(
    session: Session, changes: Changes, *, call: Call, by: Member, policy: Policy
) -> None:
    """
    Make the changes of a call and remember them, so that undoing it takes them back.

    :raises BadPromise: if what was promised cannot be taken.
    """
    if changes.promise:
        made = Made(payer_id=call.payer_id, call_id=call.id, by=by.id, at=call.at)
        promise = promises.make(session, changes.promise, made=made, policy=policy)
        remember(session, call, EffectKind.PROMISE, promise.id)
    if changes.contact:
        _capture(session, changes.contact, call, by)
    if changes.document:
        _ask_for(session, changes, call)
    if hold := _hold(call, policy):
        placed = holds.place(session, hold, by=by.id, at=call.at)
        remember(session, call, EffectKind.HOLD, placed.id)


def take_back(
    session: Session, call: Call, *, by: Member, at: datetime, policy: Policy
) -> None:
    """Take back everything that a call changed, the last change first."""
    for effect in queries.effects_of(session, call.id):
        match effect.kind:
            case EffectKind.PROMISE:
                promises.withdraw(session, effect.record_id, by=by.id, at=at, policy=policy)
            case EffectKind.HOLD:
                holds.lift(session, effect.record_id, by=by.id, at=at, why="call undone")
            case EffectKind.CONTACT:
                contacts.put_back(session, effect.record_id, by=by, at=at)
            case EffectKind.REQUEST:
                request = record(session, DocumentRequest, effect.record_id)
                request.cancelled_at = at
            case EffectKind.TASK | EffectKind.TASK_ENDED:
                _put_back(session, effect, by=by, at=at)


def _put_back(session: Session, effect: CallEffect, *, by: Member, at: datetime) -> None:
    task, why = tasks.locked(session, effect.record_id), "The call was undone"
    if effect.kind is EffectKind.TASK:
        tasks.drop(session, task, why=why, by=by, at=at)
    else:
        tasks.open_again(session, task, why=why, by=by, at=at)


def _hold(call: Call, policy: Policy) -> NewHold | None:
    if reason := rules.LEGAL_HOLD.get(call.outcome):
        return NewHold(
            payer_id=call.payer_id, kind=HoldKind.LEGAL, reason=reason, first_day=call.day
        )
    if call.outcome is not Outcome.PAID_ALREADY:
        return None
    return NewHold(
        payer_id=call.payer_id,
        kind=HoldKind.TRACE,
        reason="Says it is paid: the payment is being traced",
        first_day=call.day,
        last_day=call.day + timedelta(days=policy.paid_already_days),
    )


def _capture(session: Session, data: Mapping[str, str], call: Call, by: Member) -> None:
    payer = customers.get(session, call.payer_id)
    for learned in contacts.capture(session, payer, data, by=by, at=call.at):
        remember(session, call, EffectKind.CONTACT, learned.id)


def _ask_for(session: Session, changes: Changes, call: Call) -> None:
    asked = {
        "payer_id": call.payer_id,
        "call_id": call.id,
        "what": changes.document,
        "send_to": changes.send_to,
        "asked_at": call.at,
    }
    remember(session, call, EffectKind.REQUEST, change(session, _ASK, asked).new_id)


def remember(session: Session, call: Call, kind: EffectKind, record_id: int) -> None:
    """Remember a record that a call made or changed, so that undoing it takes that back."""
    change(session, _REMEMBER, {"call_id": call.id, "kind": kind, "record_id": record_id})
