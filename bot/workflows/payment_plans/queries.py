"""Finding plans, what may be planned, and who asked for it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, table_of
from bot.workflows.calls.records import Call, Outcome
from bot.workflows.disputes import queries as disputes
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice, InvoiceKind, Payment
from bot.workflows.ledger.rules import OpenItem
from bot.workflows.payment_plans.records import (
    Installment,
    PaymentPlan,
    PlanDirection,
    PlannedInvoice,
)
from bot.workflows.payment_plans.rules import Part, PlanState
from bot.workflows.people import queries as people


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a plan may be asked for: the customer's inquiry, or management's direction (R63)."""

    text: str
    words: str
    """The customer's, where it was their inquiry."""


def get(session: Session, plan_id: int) -> PaymentPlan:
    """Return a plan by the desk's own id."""
    return record(session, PaymentPlan, plan_id)


def of_approval(session: Session, approval_id: int) -> PaymentPlan:
    """Return the plan that a request is about."""
    return session.scalars(select(PaymentPlan).filter_by(approval_id=approval_id)).one()


def kept(session: Session, payer_id: int | None = None) -> list[PaymentPlan]:
    """Return the plans that are being kept, of everybody or of one payer."""
    return records(
        session, PaymentPlan, _kept(of_one=payer_id is not None), {"payer": payer_id}
    )


@cache
def _kept(*, of_one: bool) -> Prepared:
    plans = table_of(PaymentPlan)
    running = select(plans).where(plans.c.state == PlanState.KEPT).order_by(plans.c.id)
    return Prepared(
        running.where(plans.c.payer_id == bindparam("payer")) if of_one else running
    )


def parts_of(session: Session, plan: PaymentPlan) -> list[Part]:
    """Return a granted plan's payments, in order."""
    mine = select(Installment).filter_by(plan_id=plan.id).order_by(Installment.number)
    return [
        Part(row.number, row.due_on, Money(row.amount, plan.currency))
        for row in session.scalars(mine)
    ]


def plannable(session: Session, payer_id: int, *, on: date) -> list[OpenItem]:
    """Return the payer's invoices that are past due and undisputed, the oldest first (R62)."""
    items = disputes.disputable_items(session, payer_id, on=on)
    return [
        found.item
        for found in items
        if found.item.days_past_due(on) > 0 and found.left == found.item.balance
    ]


def basis(session: Session, payer_id: int, *, on: date, policy: Policy) -> Basis | None:
    """Return what allows a plan to be asked for now, None if nothing does (R63)."""
    since = on - timedelta(days=policy.plan_inquiry_days)
    if call := _inquiry(session, payer_id, since):
        who = people.get(session, call.agent_id).name
        text = f"Customer's own inquiry, {wording.day(call.day)} ({who})"
        return Basis(text, call.words)
    if direction := _direction(session, payer_id, since):
        who = people.get(session, direction.by).name
        text = f"Direction by {who}, {wording.day(direction.on)}: {direction.words}"
        return Basis(text, "")
    return None


def mrr_a_month(session: Session, payer_id: int, *, on: date) -> dict[str, int]:
    """Return what the payer's services cost this month, by currency, in minor units."""
    month = on.year * 12 + on.month - 1
    current = select(Invoice.currency, Invoice.amount, Invoice.service_months).where(
        Invoice.payer_id == payer_id,
        Invoice.kind == InvoiceKind.MRR,
        Invoice.invoice_date <= on,
        Invoice.service_month <= month,
        Invoice.service_month + Invoice.service_months > month,
    )
    sums: dict[str, int] = {}
    for row in session.execute(current):
        sums[row.currency] = sums.get(row.currency, 0) + row.amount // row.service_months
    return sums


def paid(session: Session, plan: PaymentPlan, *, on: date) -> Money:
    """Return what has come in for a granted plan, applied to its invoices or not yet at all."""
    planned = select(PlannedInvoice.invoice_id, PlannedInvoice.amount)
    rows = session.execute(planned.where(PlannedInvoice.plan_id == plan.id))
    covered = {row.invoice_id: row.amount for row in rows}
    still = ledger.open_invoices(session, list(covered), on=on)
    left = sum(min(covered[one], item.balance.minor) for one, item in still.items())
    since = select(func.sum(Payment.amount - Payment.applied)).where(
        Payment.payer_id == plan.payer_id,
        Payment.currency == plan.currency,
        Payment.received_on.between(plan.granted_on, on),
    )
    unapplied = int(session.scalar(since) or 0)
    return Money(sum(covered.values()) - left + unapplied, plan.currency)


def _inquiry(session: Session, payer_id: int, since: date) -> Call | None:
    return first_record(session, Call, _inquiries(), {"payer": payer_id, "since": since})


@cache
def _inquiries() -> Prepared:
    asked = select(table_of(Call)).where(
        Call.payer_id == bindparam("payer"),
        Call.outcome == Outcome.PLAN_INQUIRY,
        Call.day >= bindparam("since"),
        Call.undone_at.is_(None),
    )
    return Prepared(asked.order_by(Call.at.desc()).limit(1))


def _direction(session: Session, payer_id: int, since: date) -> PlanDirection | None:
    given = select(PlanDirection).where(
        PlanDirection.payer_id == payer_id, PlanDirection.on >= since
    )
    return session.scalars(given.order_by(PlanDirection.id.desc()).limit(1)).first()
