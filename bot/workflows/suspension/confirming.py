"""Support says that it is done: after the last check, and once (R57, R70-R75)."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store import postings
from bot.store.rows import locked as locked_record
from bot.store.rows import record
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import OPEN, Act
from bot.workflows.ledger.records import Payment
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, NotForYou, Role
from bot.workflows.suspension import coverage, looking, orders, queries, steps
from bot.workflows.suspension.case_records import OrderKind, OrderState, SupportOrder
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.orders import ORDER_CARD
from bot.workflows.suspension.rules import CaseState
from bot.workflows.suspension.steps import Cause


class TooLate(Refused):
    """What support confirmed is taken back by its author, for ten minutes."""


class Confirmed(NamedTuple):
    """An order, and whether this tap ended it or it had been before."""

    order: SupportOrder
    is_new: bool


def confirm(
    session: Session, order_id: int, *, version: int | None, act: Act, policy: Policy
) -> Confirmed:
    """
    Record that support has done what was asked; for a suspension after the last check.

    Where the last check finds a reason not to suspend, the order ends as refused, with it. An
    order that has ended, or changed since the card was drawn, stays as it is.

    :raises NotForYou: if the person is not of support.
    """
    check_may_confirm(session, act.by)
    case = queries.locked(session, record(session, SupportOrder, order_id).case_id)
    order = locked(session, order_id)
    if order.state is not OrderState.OPEN or order.version != version:
        return Confirmed(order, is_new=False)
    seen = looking.look(session, case, at=act.at, policy=policy)
    if order.kind is OrderKind.SUSPEND and (why := last_check(session, order, seen)):
        orders.end(session, order, OrderState.REFUSED, why=why, at=act.at, by=act.by.id)
        return Confirmed(order, is_new=True)
    order.state, order.done_at, order.done_by = OrderState.DONE, act.at, act.by.id
    order.done_on, order.version = act.on, order.version + 1
    order.left = coverage.left_of(seen.facts, order.customer_id)
    session.flush()
    orders.note(session, order, f"{order.kind} confirmed", by=act.by.id, at=act.at)
    _follow(session, order, act=act, policy=policy)
    return Confirmed(order, is_new=True)


def undo(session: Session, order_id: int, *, act: Act, policy: Policy) -> SupportOrder:
    """
    Take back a confirmation that was a slip: its author, for ten minutes.

    :raises TooLate: if it is not theirs, or older.
    """
    queries.locked(session, record(session, SupportOrder, order_id).case_id)
    order = locked(session, order_id)
    if order.state is not OrderState.DONE or order.done_at is None:
        return order
    if order.done_by != act.by.id:
        raise TooLate("Only who confirmed this takes it back.")
    if act.at - order.done_at > timedelta(minutes=policy.undo_minutes):
        limit = policy.undo_minutes
        raise TooLate(f"It is too late to take this back: that goes for {limit} minutes.")
    order.state, order.version = OrderState.OPEN, order.version + 1
    order.done_at = order.done_on = order.done_by = None
    session.flush()
    orders.note(session, order, f"{order.kind} confirmation undone", by=act.by.id, at=act.at)
    _follow(session, order, act=act, policy=policy, why=f"{act.by.name} took that back")
    return order


def last_check(session: Session, order: SupportOrder, seen: Look) -> str:
    """Return why services stay on after all, in words; empty when they are to be suspended."""
    received = select(Payment.id).where(
        Payment.payer_id == seen.payer.id,
        Payment.learned_at >= order.asked_at,
        Payment.amount > 0,
    )
    if session.scalar(received.limit(1)) is not None:
        return "a payment came in after the decision"
    asked = select(Approval.id).where(
        Approval.payer_id == seen.payer.id, Approval.state.in_(OPEN)
    )
    if session.scalar(asked.limit(1)) is not None:
        return "a request for this customer waits for a decision"
    if seen.standing.stops:
        return seen.standing.stops[0]
    if seen.standing.accounts.get(order.customer_id) is CaseState.READY:
        return ""
    if seen.standing.paused_until:
        return "it is on hold: an extension was approved, or the meeting decided it"
    return "what would remain is paid or disputed, or the evidence is not complete any more"


def check_may_confirm(session: Session, member: Member) -> None:
    """
    Check that a person may say that services were suspended or restored.

    Where nobody is of support, the leads get its cards, and confirm in its place.

    :raises NotForYou: if they may not.
    """
    if Role.SUPPORT in member.roles:
        return
    if member.is_lead and not people.in_roles(session, {Role.SUPPORT}):
        return
    raise NotForYou("Confirming this is for: support.")


def locked(session: Session, order_id: int) -> SupportOrder:
    """Return an order as it is now, held against everybody else until the commit."""
    return locked_record(session, SupportOrder, order_id)


def _follow(
    session: Session, order: SupportOrder, *, act: Act, policy: Policy, why: str = ""
) -> None:
    case = queries.get(session, order.case_id)
    seen = looking.look(session, case, at=act.at, policy=policy)
    steps.take(session, seen, Cause(at=act.at, by=act.by.id, why=why))
    postings.refresh(session, ORDER_CARD, about=order.id, at=act.at)
