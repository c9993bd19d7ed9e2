"""
Payers that owe something past due and have no next step: the lead sees them (R117).

A next step is a call-back or follow-up agreed for a day to come, a live promise, a kept plan,
an open dispute, an open task, a finals contact that is due, an e-mail on its way, a case under
notice, or a hold. Standing on a list is none: every payer with a debt does.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.kernel.calendar import ONE_DAY
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.calls.records import Call
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.customers.records import Customer
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute
from bot.workflows.finals.records import ContactState, FinalsContact
from bot.workflows.follow_ups.records import FollowUp, FollowUpState
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice
from bot.workflows.payment_plans.records import PaymentPlan
from bot.workflows.promises.records import Promise, PromiseState
from bot.workflows.special_handling.records import Hold
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import CaseState
from bot.workflows.tasks.records import Task, TaskState

AnySelect = Select[*tuple[Any, ...]]
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Without:
    """A payer without a next step: what it owes past due in one currency (minor units)."""

    payer_id: int
    name: str
    agent_id: int | None
    currency: str
    past_due: int
    oldest_due: date


def without(
    session: Session, *, on: date, policy: Policy, first: int = 0, most: int = 10
) -> list[Without]:
    """Return a page of the payers that have none, the largest debts first."""
    owed = _past_due(on)
    found = (
        _lacking(owed, on, policy)
        .add_columns(
            Customer.name, Customer.agent_id, owed.c.currency, owed.c.minor, owed.c.oldest
        )
        .order_by(owed.c.minor.desc(), Customer.id, owed.c.currency)
        .offset(first)
        .limit(most)
    )
    return [
        Without(row[0], row[1], row[2], row[3], int(row[4]), row[5])
        for row in session.execute(found)
    ]


def count(session: Session, *, on: date, policy: Policy) -> int:
    """Return how many payers have none."""
    owed = _past_due(on)
    lacking = _lacking(owed, on, policy)
    each = lacking.with_only_columns(func.count(Customer.id.distinct()))
    return session.scalar(each) or 0


def owed(session: Session, *, on: date, policy: Policy) -> dict[str, int]:
    """Return what they owe past due, by currency, in minor units."""
    sums = _past_due(on)
    lacking = _lacking(sums, on, policy).with_only_columns(
        sums.c.currency, func.sum(sums.c.minor)
    )
    found = session.execute(lacking.group_by(sums.c.currency).order_by(sums.c.currency))
    return {row[0]: int(row[1]) for row in found}


def _past_due(on: date) -> Subquery:
    balance = ledger.balance_on(on)
    return (
        select(
            Invoice.payer_id,
            Invoice.currency,
            func.sum(balance).label("minor"),
            func.min(Invoice.due_date).label("oldest"),
        )
        .where(ledger.is_open_on(on), Invoice.due_date < on, Invoice.amount > 0, balance > 0)
        .group_by(Invoice.payer_id, Invoice.currency)
        .subquery()
    )


def _lacking(owed: Subquery, on: date, policy: Policy) -> AnySelect:
    steps = (*_agreed(on), *_worked(on), *_written(), _held(on, policy))
    lacking = select(Customer.id).join(owed, owed.c.payer_id == Customer.id)
    return lacking.where(*(~step for step in steps))


def _agreed(on: date) -> tuple[Condition, ...]:
    return (
        _has(Call, Call.next_on >= on, Call.undone_at.is_(None)),
        _has(Promise, Promise.state == PromiseState.LIVE),
        _has(PaymentPlan, PaymentPlan.granted_on <= on, PaymentPlan.ended_on.is_(None)),
    )


def _worked(on: date) -> tuple[Condition, ...]:
    under_notice = SuspensionCase.state.not_in((CaseState.WATCH, CaseState.CLOSED))
    return (
        _has(Dispute, disputes.is_open_on(on)),
        _has(Task, Task.state == TaskState.OPEN),
        _has(FinalsContact, FinalsContact.state == ContactState.DUE),
        _has(SuspensionCase, under_notice, SuspensionCase.closed_on.is_(None)),
    )


def _written() -> tuple[Condition, ...]:
    waiting = (MailState.HELD, MailState.DUE, MailState.SENDING)
    return (
        _has(FollowUp, FollowUp.state == FollowUpState.DRAFT),
        _has(Mail, Mail.state.in_(waiting)),
    )


def _held(on: date, policy: Policy) -> Condition:
    day_ends = datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)
    return _has(
        Hold,
        Hold.first_day <= on,
        or_(Hold.last_day.is_(None), Hold.last_day >= on),
        or_(Hold.lifted_at.is_(None), Hold.lifted_at >= day_ends),
    )


def _has(record: Any, *which: Condition) -> Condition:  # noqa: ANN401 - any table of a payer's
    return exists().where(record.payer_id == Customer.id, *which).correlate(Customer)
