"""What is more than 30 days past due: the query and a plain count agree (R49, I06, I15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.disputes.rules import Department, Reason
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.suspension.overdue import overdue
from tests.support.desk import TODAY


@dataclass(frozen=True)
class Item:
    amount: int
    days: int
    currency: str
    source_disputed: int
    paid: int
    paid_days_ago: int
    disputed: int
    disputed_days_ago: int
    closed_days_ago: int | None


ITEMS = st.builds(
    Item,
    amount=st.integers(-500, 1000).filter(bool),
    days=st.integers(25, 45),
    currency=st.sampled_from(["USD", "EUR"]),
    source_disputed=st.integers(0, 300),
    paid=st.integers(0, 400),
    paid_days_ago=st.integers(-3, 3),
    disputed=st.integers(0, 300),
    disputed_days_ago=st.integers(-3, 3),
    closed_days_ago=st.none() | st.integers(-3, 3),
)


def day(days_ago: int) -> date:
    return TODAY - timedelta(days=days_ago)


def plain(items: list[Item]) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for item in items:
        paid = item.paid if item.amount > item.paid and item.paid_days_ago >= 0 else 0
        balance = item.amount - paid
        if item.amount <= 0 or item.days <= 30 or balance <= 0:
            continue
        is_open = item.disputed_days_ago >= 0 and (
            item.closed_days_ago is None or item.closed_days_ago < 0
        )
        disputed = min(item.source_disputed + (item.disputed if is_open else 0), balance)
        total, of_it = sums.get(item.currency, (0, 0))
        sums[item.currency] = (total + balance, of_it + disputed)
    return sums


def add(session, payer, item, number, ana, at):
    invoice = Invoice(
        number=f"{payer}-{number}",
        customer_id=payer,
        payer_id=payer,
        currency=item.currency,
        invoice_date=day(item.days + 30),
        due_date=day(item.days),
        amount=item.amount,
        disputed=item.source_disputed,
        service_month=1,
        learned_at=at,
    )
    session.add(invoice)
    session.flush()
    if 0 < item.paid < item.amount:
        received = day(item.paid_days_ago)
        payment = Payment(
            number=f"P{payer}-{number}",
            customer_id=payer,
            payer_id=payer,
            received_on=received,
            amount=item.paid,
            applied=item.paid,
            currency=item.currency,
            learned_at=at,
        )
        session.add(payment)
        session.flush()
        invoice.applied = item.paid
        session.add(
            Application(
                payment_id=payment.id,
                invoice_id=invoice.id,
                amount=item.paid,
                applied_on=received,
                learned_at=at,
            )
        )
    raised = day(item.disputed_days_ago)
    dispute = Dispute(
        payer_id=payer,
        reason=Reason.PRICE,
        description="",
        department=Department.TAX,
        currency=item.currency,
        amount=item.disputed,
        raised_on=raised,
        raised_at=at,
        raised_by=ana.id,
        answer_due_on=raised,
        closed_on=None if item.closed_days_ago is None else day(item.closed_days_ago),
    )
    session.add(dispute)
    session.flush()
    session.add(
        DisputedInvoice(dispute_id=dispute.id, invoice_id=invoice.id, amount=item.disputed)
    )


def test_the_query_equals_a_plain_count_on_any_book(desk):
    ana = desk.person("Ana Reyes")

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(ITEMS, min_size=1, max_size=8))
    def check(items):
        payer = desk.customer("Hotel Aurora", agent=ana)
        with desk.database.transaction() as session:
            for number, item in enumerate(items):
                add(session, payer, item, number, ana, desk.now)
        with desk.reading() as session:
            found = overdue(session, on=TODAY, policy=desk.policy, payer_ids=[payer])
        sums = {each.currency: (each.total, each.disputed) for each in found.get(payer, ())}
        assert sums == plain(items)

    check()
