"""A promise judged broken is judged again once the payment that kept it is imported (R47)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Invoice
from bot.workflows.people.records import Person
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState
from tests.support.cli import ardesk


def bring_in(folder: Path, what: str, *lines: str) -> None:
    path = folder / f"{what}.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    ran = ardesk("import", what, path)
    assert ran.code == 0, ran.err


def break_a_promise(session: Session) -> None:
    promise = Promise(
        payer_id=session.scalars(select(Customer.id)).one(),
        currency="USD",
        amount=100_00,
        due_on=date(2026, 6, 12),
        state=PromiseState.BROKEN,
        state_on=date(2026, 6, 16),
        made_on=date(2026, 6, 8),
        made_at=datetime(2026, 6, 8, 12, tzinfo=UTC),
        made_by=session.scalars(select(Person.id)).one(),
    )
    session.add(promise)
    session.flush()
    invoice_id = session.scalars(select(Invoice.id)).one()
    part = PromisedInvoice(promise_id=promise.id, invoice_id=invoice_id, amount=100_00)
    session.add(part)


@pytest.mark.parametrize(
    ("received_on", "state"), [("2026-06-15", "kept"), ("2026-06-16", "broken")]
)
def test_a_payment_that_is_imported_late_keeps_the_promise_it_was_in_time_for(
    ardesk_home: Path,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    received_on: str,
    state: str,
):
    monkeypatch.setenv("ARDESK_CLOCK", "2026-06-18T12:00:00+00:00")
    bring_in(tmp_path, "people", "entra_id,name,email,roles", "e-1,Ana,ana@x.example,agent")
    bring_in(
        tmp_path,
        "invoices",
        "invoice_number,customer_id,invoice_date,due_date,amount",
        "INV-1,C1,2026-04-01,2026-05-01,100.00",
    )
    engine = create_engine(database_url)
    with Session(engine) as session, session.begin():
        break_a_promise(session)

    bring_in(
        tmp_path,
        "payments",
        "payment_id,customer_id,received_on,amount,invoice_number",
        f"P-1,C1,{received_on},100.00,INV-1",
    )

    with Session(engine) as session:
        assert session.scalars(select(Promise.state)).one() == state
    engine.dispose()
    assert ardesk("audit", "verify").code == 0
