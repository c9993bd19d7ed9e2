"""From decided to cash: the watch until the money, or the credit, is in the book (R23)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.disputes import clocks, department, queries
from bot.workflows.disputes.closing import CLOSED_CARD, credit_key
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.disputes.rules import DisputeState
from bot.workflows.ledger.records import Application, Invoice, InvoiceVersion
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as open_tasks


def watch(session: Session, dispute: Dispute, *, at: datetime, policy: Policy) -> bool:
    """
    Look whether a decided dispute is paid and credited; return if anything changed.

    One that is neither after the policy's days comes to the lead, once.
    """
    if dispute.state is not DisputeState.RESOLVED:
        return False
    on = policy.company_date(at)
    changed = _watch_credit(session, dispute, on=on, at=at)
    if _is_credited(session, dispute) and _is_paid(session, dispute):
        _settle(session, dispute, on=on, at=at)
        return True
    assert dispute.closed_on is not None
    late_on = policy.calendar.plus(dispute.closed_on, policy.dispute_cash_business_days)
    is_late = on > late_on
    return (is_late and clocks.tell_unpaid(session, dispute, due_on=late_on, at=at)) or changed


def went_back(session: Session, *, on: date, policy: Policy) -> list[int]:
    """Return the settled disputes on whose invoices money was taken back since, by id."""
    given = {"since": on - timedelta(days=policy.judged_again_days)}
    return rows(session, _went_back(), given).scalars()


@cache
def _went_back() -> Prepared:
    disputes, named = table_of(Dispute).c, table_of(DisputedInvoice).c
    applied = table_of(Application).c
    taken = select(named.dispute_id).where(
        applied.invoice_id == named.invoice_id,
        applied.amount < 0,
        applied.learned_at >= disputes.closed_at,
        named.dispute_id == disputes.id,
    )
    settled = select(disputes.id).where(
        disputes.state == DisputeState.SETTLED,
        disputes.settled_on >= bindparam("since"),
        taken.exists(),
    )
    return Prepared(settled.order_by(disputes.id))


def watch_again(session: Session, dispute: Dispute, *, at: datetime) -> bool:
    """Go on watching a settled dispute if its money went back, such as a returned check."""
    if dispute.state is not DisputeState.SETTLED or _is_paid(session, dispute):
        return False
    dispute.state, dispute.settled_on = DisputeState.RESOLVED, None
    dispute.version += 1
    session.flush()
    _note(session, dispute, "dispute watched again", at=at, why="A payment for it went back.")
    _refresh(session, dispute, at=at)
    return True


def _watch_credit(session: Session, dispute: Dispute, *, on: date, at: datetime) -> bool:
    awaited = queries.credit_of(session, dispute.id)
    if awaited is None or awaited.state is not DisputeState.AWAITING_CREDIT:
        return False
    found = _credit_found(session, awaited)
    if not found:
        return False
    awaited.state, awaited.closed_on = DisputeState.SETTLED, on
    awaited.settled_on = on
    if task := open_tasks.by_key(session, credit_key(dispute)):
        tasks.finish(session, task, result=found, by=None, at=at)
    _note(session, awaited, "dispute credited", at=at, why=found)
    _refresh(session, dispute, at=at)
    return True


def _credit_found(session: Session, awaited: Dispute) -> str:
    """Return, in words, what shows that a granted credit is in the book; empty if nothing."""
    if _all_closed(session, awaited):
        return "What it was granted on is closed."
    amount = Money(awaited.amount, awaited.currency)
    if _reduced_by(session, awaited) >= awaited.amount:
        return f"The source has lowered what was billed by {amount} or more."
    number = session.scalars(
        select(Invoice.number)
        .where(
            Invoice.payer_id == awaited.payer_id,
            Invoice.currency == awaited.currency,
            Invoice.amount <= -awaited.amount,
            Invoice.learned_at >= awaited.raised_at,
        )
        .order_by(Invoice.amount.desc(), Invoice.id)
    ).first()
    return f"Credit {number} is in the book." if number else ""


def _reduced_by(session: Session, awaited: Dispute) -> int:
    """Return by how much the source has lowered the disputed invoices since then."""
    reduced = select(func.sum(InvoiceVersion.amount - Invoice.amount)).where(
        InvoiceVersion.invoice_id == Invoice.id,
        InvoiceVersion.superseded_at >= awaited.raised_at,
        InvoiceVersion.learned_at < awaited.raised_at,
        Invoice.id.in_(_invoices(awaited)),
    )
    return int(session.scalar(reduced) or 0)


def _is_credited(session: Session, dispute: Dispute) -> bool:
    awaited = queries.credit_of(session, dispute.id)
    return awaited is None or awaited.state is not DisputeState.AWAITING_CREDIT


def _is_paid(session: Session, dispute: Dispute) -> bool:
    """Test if what stands has come in since it was decided, or its invoices are closed."""
    owed = dispute.amount - dispute.granted
    if owed <= 0 or _all_closed(session, dispute):
        return True
    came_in = select(func.sum(Application.amount)).where(
        Application.invoice_id.in_(_invoices(dispute)),
        Application.learned_at >= dispute.closed_at,
    )
    return int(session.scalar(came_in) or 0) >= owed


def _last_paid_on(session: Session, dispute: Dispute) -> date | None:
    """Return the day of the last money for it since it was decided, if there was any."""
    return session.scalar(
        select(func.max(Application.applied_on)).where(
            Application.invoice_id.in_(_invoices(dispute)),
            Application.learned_at >= dispute.closed_at,
            Application.amount > 0,
        )
    )


def _all_closed(session: Session, dispute: Dispute) -> bool:
    still = select(func.count()).where(
        Invoice.id.in_(_invoices(dispute)), Invoice.closed_on.is_(None)
    )
    return not session.scalar(still)


def _invoices(dispute: Dispute) -> Select[int]:
    return select(DisputedInvoice.invoice_id).where(DisputedInvoice.dispute_id == dispute.id)


def _settle(session: Session, dispute: Dispute, *, on: date, at: datetime) -> None:
    dispute.state = DisputeState.SETTLED
    dispute.settled_on = min(_last_paid_on(session, dispute) or on, on)
    dispute.version += 1
    session.flush()
    for task in open_tasks.open_about(session, f"dispute:{dispute.id}"):
        tasks.drop(session, task, why="It is paid.", by=None, at=at)
    _note(session, dispute, "dispute settled", at=at, why="The money is in the book.")
    _refresh(session, dispute, at=at)


def _refresh(session: Session, dispute: Dispute, *, at: datetime) -> None:
    """Draw again what the department, the leads and the agent were shown."""
    department.refresh(session, dispute, at=at)
    postings.refresh(session, CLOSED_CARD, about=dispute.id, at=at)


def _note(session: Session, dispute: Dispute, what: str, *, at: datetime, why: str) -> None:
    about, after = f"dispute:{dispute.id}", {"state": dispute.state.value}
    audit.note(session, audit.Note(what=what, about=about, at=at, after=after, why=why))
