"""Money that comes in, or goes back, on a case that is under notice or suspended (R57)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.store.base import UtcColumn
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.ledger.records import Payment, PaymentVersion
from bot.workflows.suspension import coverage, orders, part_payments, reports, steps
from bot.workflows.suspension.case_facts import RestoredFor
from bot.workflows.suspension.case_records import (
    CaseReport,
    OrderKind,
    OrderState,
    ReportKind,
    SupportOrder,
)
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.part_payments import Paid
from bot.workflows.suspension.reports import NewReport
from bot.workflows.suspension.rules import CaseState

_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)


@dataclass(slots=True, kw_only=True)
class Course:
    """What a case has seen since its first notice, as far as money goes."""

    since: datetime | None = None
    """When the first notice was released."""
    payments: list[Paid] = field(default_factory=list)
    """Those learned of since, as they are now; what went back has an amount of 0 or less."""
    told: set[str] = field(default_factory=set)
    """The keys of what was reported."""
    orders: list[SupportOrder] = field(default_factory=list)
    """What support still has to do."""


def gather(session: Session, looks: Collection[Look]) -> dict[int, Course]:
    """
    Return the course of those of the cases, at most 200, that are beyond watch, by case.

    They are asked for by a fixed number of questions, and by none where no case is.
    """
    beyond = [seen for seen in looks if steps.state_after(seen.standing) is not CaseState.WATCH]
    if not beyond:
        return {}
    found = {seen.case.id: Course(since=_first_released(seen)) for seen in beyond}
    payers = defaultdict[int, list[Course]](list)
    for seen in beyond:
        if found[seen.case.id].since:
            payers[seen.case.payer_id].append(found[seen.case.id])
    _gather_payments(session, payers)
    for row in rows(session, _keys(), {"cases": list(found)}):
        found[row.case_id].told.add(row.key)
    for order in orders.open_of_cases(session, list(found)):
        found[order.case_id].orders.append(order)
    return found


def follow(session: Session, seen: Look, course: Course) -> None:
    """Tell of the money that came in or went back, and have done what follows from it."""
    received = _tell_received(session, seen, course)
    _tell_returned(session, seen, course)
    _withdraw(session, seen, course)
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


def _first_released(seen: Look) -> datetime | None:
    released = (notice.released_at for notice in seen.facts.notices)
    return min(filter(None, released), default=None)


def _paid(seen: Look, suspended: Sequence[int]) -> list[int]:
    """
    Return which suspended accounts have paid what the notices named.

    Money that names no invoice is for all of it: less than the whole is a part payment (R57).
    """
    if coverage.is_whole(seen.facts, seen.policy):
        return list(suspended)
    return [one for one in suspended if coverage.is_paid(seen.facts, one, seen.policy)]


def _tell_received(session: Session, seen: Look, course: Course) -> list[Paid]:
    """Tell management of each payment since the first notice; return the ones told now."""
    received = [payment for payment in course.payments if payment.amount > 0]
    return [one for one in received if _is_news(session, seen, one, course)]


def _is_news(session: Session, seen: Look, payment: Paid, course: Course) -> bool:
    key = f"case:{seen.case.id}:payment:{payment.id}:{payment.amount}"
    if key in course.told:
        return False
    amount = Money(payment.amount, payment.currency)
    words = f"{amount} received {wording.day(payment.received_on)}, {payment.number}"
    new = NewReport(kind=ReportKind.PAYMENT_RECEIVED, key=key, words=words)
    reports.report(session, seen.case, new, by=None, at=seen.at, policy=seen.policy)
    return True


def _tell_returned(session: Session, seen: Look, course: Course) -> None:
    """Tell of what is owed again; of a payment, if it came, and so went, since then."""
    for account in seen.facts.accounts:
        if account.restored and coverage.is_returned(seen.facts, account, seen.policy):
            left = coverage.left_of(seen.facts, account.id)
            key = f"case:{seen.case.id}:returned:{account.id}:{account.restored.on}:{left}"
            if key not in course.told:
                _report_returned(session, seen, key, steps.RETURNED)
    for payment in course.payments:
        key = f"case:{seen.case.id}:payment:{payment.id}:returned:{payment.learned_at}"
        if payment.amount > 0 or key in course.told:
            continue
        part_payments.take_back(session, seen, payment)
        if was := _once(session, payment, f"case:{seen.case.id}", course):
            words = f"{was} ({payment.number}) was returned"
            _report_returned(session, seen, key, words)


def _once(session: Session, payment: Paid, case: str, course: Course) -> str:
    """Return what a returned payment had been when it was told of; empty if it never was."""
    for amount, currency in rows(session, _earlier(), {"payment": payment.id}):
        if f"{case}:payment:{payment.id}:{amount}" in course.told:
            return str(Money(amount, currency))
    return ""


def _report_returned(session: Session, seen: Look, key: str, words: str) -> None:
    new = NewReport(kind=ReportKind.PAYMENT_RETURNED, key=key, words=words)
    reports.report(session, seen.case, new, by=None, at=seen.at, policy=seen.policy)


def _withdraw(session: Session, seen: Look, course: Course) -> None:
    """Take back what support was asked to do and does not follow from the facts any more."""
    accounts = {one.id: one for one in seen.facts.accounts}
    for order in course.orders:
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


def _gather_payments(session: Session, courses: Mapping[int, Sequence[Course]]) -> None:
    """Note, by payer, what is known of payments since the first notice of a case."""
    starts = [course.since for of in courses.values() for course in of if course.since]
    if not starts:
        return
    given = {"payers": list(courses), "since": min(starts)}
    for row in rows(session, _payments(), given):
        paid = Paid._make(row)
        for course in courses[paid.payer_id]:
            if course.since and paid.learned_at >= course.since:
                course.payments.append(paid)


@cache
def _payments() -> Prepared:
    payments = table_of(Payment).c
    return Prepared(
        select(*(payments[name] for name in Paid._fields))
        .where(
            payments.payer_id.in_(bindparam("payers", expanding=True)),
            payments.learned_at >= bindparam("since", type_=UtcColumn()),
        )
        .order_by(payments.learned_at, payments.id)
    )


@cache
def _keys() -> Prepared:
    told = table_of(CaseReport).c
    return Prepared(select(told.case_id, told.key).where(told.case_id.in_(_CASES)))


@cache
def _earlier() -> Prepared:
    versions = table_of(PaymentVersion).c
    return Prepared(
        select(versions.amount, versions.currency)
        .where(versions.payment_id == bindparam("payment"))
        .order_by(versions.id.desc())
    )
