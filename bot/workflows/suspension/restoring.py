"""Money that comes in, or goes back, on a case that is under notice or suspended (R57)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.ledger.records import Payment, PaymentVersion
from bot.workflows.suspension import orders, part_payments, readiness, reports, steps
from bot.workflows.suspension.case_records import (
    NoticeState,
    OrderKind,
    OrderState,
    ReportKind,
    SupportOrder,
    SuspensionNotice,
)
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.readiness import RestoredFor
from bot.workflows.suspension.reports import NewReport
from bot.workflows.suspension.rules import CaseState


def follow(session: Session, seen: Look) -> None:
    """Tell of the money that came in or went back, and have done what follows from it."""
    if seen.case.state is CaseState.WATCH:
        return
    since = _first_notice(session, seen)
    received = _tell_received(session, seen, since) if since else []
    _tell_returned(session, seen, since)
    _withdraw(session, seen)
    suspended = [one.id for one in seen.facts.accounts if one.is_suspended]
    if not suspended:
        return
    paid = _paid(seen, suspended)
    if paid:
        why = "what the notices named is paid"
        orders.restore_accounts(session, seen, paid, for_=RestoredFor.PAID, why=why, by=None)
    if len(paid) == len(suspended):
        part_payments.settle(session, seen, "what the notices named is paid in full")
    elif received:
        part_payments.ask(session, seen, received[-1])


def _paid(seen: Look, suspended: Sequence[int]) -> list[int]:
    """
    Return which suspended accounts have paid what the notices named.

    Money that names no invoice is for all of it: less than the whole is a part payment (R57).
    """
    if readiness.is_whole(seen.facts, seen.policy):
        return list(suspended)
    return [one for one in suspended if readiness.is_paid(seen.facts, one, seen.policy)]


def _first_notice(session: Session, seen: Look) -> datetime | None:
    released = select(func.min(SuspensionNotice.released_at)).filter_by(
        case_id=seen.case.id, state=NoticeState.RELEASED
    )
    return session.scalar(released)


def _tell_received(session: Session, seen: Look, since: datetime) -> list[Payment]:
    """Tell management of each payment since the first notice; return the ones told now."""
    made = select(Payment).where(
        Payment.payer_id == seen.payer.id, Payment.learned_at >= since, Payment.amount > 0
    )
    return [
        payment
        for payment in session.scalars(made.order_by(Payment.learned_at, Payment.id))
        if _is_news(session, seen, payment)
    ]


def _is_news(session: Session, seen: Look, payment: Payment) -> bool:
    key = f"case:{seen.case.id}:payment:{payment.id}:{payment.amount}"
    if reports.is_known(session, key):
        return False
    amount = Money(payment.amount, payment.currency)
    words = f"{amount} received {wording.day(payment.received_on)}, {payment.number}"
    new = NewReport(kind=ReportKind.PAYMENT_RECEIVED, key=key, words=words)
    reports.report(session, seen.case, new, by=None, at=seen.at, policy=seen.policy)
    return True


def _tell_returned(session: Session, seen: Look, since: datetime | None) -> None:
    """Tell of what is owed again; of a payment, if it came, and so went, since `since`."""
    for account in seen.facts.accounts:
        if account.restored and readiness.is_returned(seen.facts, account, seen.policy):
            left = readiness.left_of(seen.facts, account.id)
            key = f"case:{seen.case.id}:returned:{account.id}:{account.restored.on}:{left}"
            _report_returned(session, seen, key, steps.RETURNED)
    if since is None:
        return
    gone = select(Payment).where(
        Payment.payer_id == seen.payer.id, Payment.learned_at >= since, Payment.amount <= 0
    )
    for payment in session.scalars(gone):
        part_payments.take_back(session, seen, payment)
        if was := _once(session, seen, payment):
            words = f"{was} ({payment.number}) was returned"
            key = f"case:{seen.case.id}:payment:{payment.id}:returned:{payment.learned_at}"
            _report_returned(session, seen, key, words)


def _once(session: Session, seen: Look, payment: Payment) -> str:
    """Return what a returned payment had been when it was told of; empty if it never was."""
    earlier = select(PaymentVersion).filter_by(payment_id=payment.id)
    for version in session.scalars(earlier.order_by(PaymentVersion.id.desc())):
        key = f"case:{seen.case.id}:payment:{payment.id}:{version.amount}"
        if reports.is_known(session, key):
            return str(Money(version.amount, version.currency))
    return ""


def _report_returned(session: Session, seen: Look, key: str, words: str) -> None:
    new = NewReport(kind=ReportKind.PAYMENT_RETURNED, key=key, words=words)
    reports.report(session, seen.case, new, by=None, at=seen.at, policy=seen.policy)


def _withdraw(session: Session, seen: Look) -> None:
    """Take back what support was asked to do and does not follow from the facts any more."""
    accounts = {one.id: one for one in seen.facts.accounts}
    for order in orders.open_of(session, seen.case.id):
        is_suspended = accounts[order.customer_id].is_suspended
        if why := _overtaken(session, order, seen, is_suspended=is_suspended):
            orders.end(session, order, OrderState.WITHDRAWN, why=why, at=seen.at, by=None)


def _overtaken(session: Session, order: SupportOrder, seen: Look, *, is_suspended: bool) -> str:
    if order.kind is OrderKind.SUSPEND:
        is_ready = seen.standing.accounts[order.customer_id] is CaseState.READY
        return "" if is_ready else "it is not ready to be suspended any more"
    if not is_suspended:
        return "its services are on"
    if _is_covered(session, order, seen):
        return ""
    return "the payment was returned: its services stay suspended"


def _is_covered(session: Session, order: SupportOrder, seen: Look) -> bool:
    """Test if the money that services are to be restored for is still there."""
    if order.restored_for is RestoredFor.PAID:
        return bool(_paid(seen, [order.customer_id]))
    if order.restored_for is RestoredFor.PART:
        return not part_payments.is_gone(session, order.case_id)
    return True
