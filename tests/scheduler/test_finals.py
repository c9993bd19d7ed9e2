"""The month's finals work by the clock: on its day, late rather than never, once (R38-R48)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.store.database import Database
from bot.workflows.correspondence.records import Mail, MailPart, MailState
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.finals import queries
from bot.workflows.finals.funnel import Place
from bot.workflows.finals.records import ContactState, FinalsContact, FinalsMonth, Stage
from bot.workflows.ledger.records import Invoice
from bot.workflows.promises.records import Promise, PromisedInvoice
from bot.workflows.tasks.records import Task, TaskKind
from scheduler import finals
from scheduler.job import Tick
from tests.support.book import news
from tests.support.desk import KEY, Desk

MAY = date(2026, 5, 1)
SIXTH_DAY = datetime(2026, 6, 8, 12, tzinfo=UTC)
FRIDAY_BEFORE = SIXTH_DAY - timedelta(days=3)


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def lea(desk):
    return desk.person("Lea Lead", "lead")


@pytest.fixture
def aurora(desk, ana, lea):
    """A payer with one final invoice dated in May, due on 11 June."""
    payer = desk.customer("Hotel Aurora", agent=ana, email="ap@aurora.example")
    final(desk, payer, "F-1", date(2026, 5, 12))
    return payer


def final(desk: Desk, payer: int, number: str, dated: date, amount: str = "100.00", **given):
    due = given.pop("due_date", dated + timedelta(days=30))
    return desk.invoice(
        payer, amount, kind="final", number=number, invoice_date=dated, due_date=due, **given
    )


def run(desk: Desk, at: datetime, database: Database | None = None) -> str:
    return finals.work(Tick(at=at, database=database or desk.database, policy=desk.policy))


def contacts(desk: Desk, stage: Stage | None = None) -> list[FinalsContact]:
    with desk.reading() as session:
        mine = select(FinalsContact).order_by(FinalsContact.id)
        found = list(session.scalars(mine.filter_by(stage=stage) if stage else mine))
        session.expunge_all()
        return found


def states(desk: Desk, stage: Stage | None = None) -> list[str]:
    return [contact.state.value for contact in contacts(desk, stage)]


def due(desk: Desk, on: date) -> list[tuple[str, tuple[str, ...]]]:
    with desk.reading() as session:
        found = queries.due_contacts(session, on=on, policy=desk.policy)
        return [(contact.kind.value, contact.numbers) for contact in found]


def pay(desk: Desk, number: str, on: date) -> None:
    with desk.database.transaction() as session:
        invoice = session.scalars(select(Invoice).filter_by(number=number)).one()
        invoice.settled_on = invoice.closed_on = on
    news(desk.database, desk.now)


def test_work_starts_on_the_sixth_business_day_once_and_each_payer_is_written_to(desk, aurora):
    early = run(desk, FRIDAY_BEFORE)
    started = run(desk, SIXTH_DAY)
    again = run(desk, SIXTH_DAY + timedelta(minutes=1))

    assert early == "Final invoices: nothing to do now."
    assert started == "Final invoices: work on May 2026 started; 1 payer to call."
    assert again == "Final invoices: nothing to do now."
    [contact] = contacts(desk)
    assert (contact.payer_id, contact.stage) == (aurora, Stage.CONFIRMATION)
    assert contact.due_on == contact.opened_on == date(2026, 6, 8)
    with desk.reading() as session:
        [part] = session.scalars(select(MailPart))
        assert part.topic == f"finals_contact:{contact.id}"
        assert part.subject == "Final invoice F-1: please confirm receipt"
        assert "F-1 of 12 May 2026, $100.00, due 11 June 2026" in part.words
        [mail] = session.scalars(select(Mail))
        assert mail.state is MailState.HELD
        [month] = session.scalars(select(FinalsMonth))
        assert (month.month, month.started_by) == (MAY, None)


def test_before_the_work_has_started_nobody_is_to_be_called(desk, aurora):
    run(desk, FRIDAY_BEFORE)

    assert contacts(desk) == []
    assert due(desk, date(2026, 6, 20)) == []


def test_an_empty_desk_starts_nothing(desk, lea):
    assert run(desk, SIXTH_DAY) == "Final invoices: nothing to do now."
    assert contacts(desk) == []


@pytest.mark.parametrize("days_off", [1, 10, 20])
def test_a_machine_that_was_off_starts_late_rather_than_never(desk, aurora, days_off):
    late = SIXTH_DAY + timedelta(days=days_off)

    assert "work on May 2026 started" in run(desk, late)

    with desk.reading() as session:
        assert session.scalars(select(FinalsMonth.started_on)).one() == late.date()


def test_a_machine_that_was_off_for_months_starts_each_of_them_in_order(desk, aurora):
    run(desk, SIXTH_DAY)
    final(desk, aurora, "F-2", date(2026, 6, 5))
    final(desk, aurora, "F-3", date(2026, 7, 6))
    news(desk.database, desk.now)

    said = run(desk, datetime(2026, 8, 20, 12, tzinfo=UTC))

    assert "work on June 2026 started; work on July 2026 started" in said
    with desk.reading() as session:
        months = list(session.scalars(select(FinalsMonth.month).order_by(FinalsMonth.id)))
    assert months == [MAY, date(2026, 6, 1), date(2026, 7, 1)]


def test_two_machines_at_once_open_nothing_twice(desk, aurora, database_url):
    other = Database(database_url, audit_key=KEY)

    run(desk, SIXTH_DAY)
    run(desk, SIXTH_DAY, other)
    other.close()

    assert len(contacts(desk)) == 1
    with desk.reading() as session:
        assert len(list(session.scalars(select(FinalsMonth)))) == 1


def test_a_late_final_invoice_joins_and_an_older_one_is_not_confirmed_again(desk, aurora):
    final(desk, aurora, "F-0", date(2026, 4, 30))
    run(desk, SIXTH_DAY)
    final(desk, aurora, "F-2", date(2026, 5, 29))
    other = desk.customer("Bay Inn", email="ap@bay.example")
    final(desk, other, "F-3", date(2026, 5, 31))
    news(desk.database, desk.now)

    run(desk, SIXTH_DAY + timedelta(days=2))

    confirmed = due(desk, date(2026, 6, 10))
    assert confirmed == [("confirmation", ("F-1", "F-2")), ("confirmation", ("F-3",))]
    with desk.reading() as session:
        assert len(list(session.scalars(select(MailPart)))) == 3


def test_after_the_next_month_has_started_an_invoice_of_the_month_before_no_longer_joins(
    desk, aurora
):
    run(desk, SIXTH_DAY)
    run(desk, datetime(2026, 7, 9, 12, tzinfo=UTC))
    before = len(contacts(desk, Stage.CONFIRMATION))
    final(desk, aurora, "F-2", date(2026, 5, 29), due_date=date(2026, 8, 30))
    news(desk.database, desk.now)

    run(desk, datetime(2026, 7, 10, 12, tzinfo=UTC))

    assert len(contacts(desk, Stage.CONFIRMATION)) == before


def test_what_is_paid_already_is_counted_and_not_called(desk, aurora):
    pay(desk, "F-1", date(2026, 6, 1))

    run(desk, SIXTH_DAY)

    assert states(desk) == ["paid"]
    assert due(desk, date(2026, 6, 8)) == []
    with desk.reading() as session:
        assert list(session.scalars(select(MailPart))) == []
        [standing] = queries.standings(session, MAY, on=date(2026, 6, 8))
        assert standing.place is Place.PAID


def test_what_is_paid_meanwhile_leaves_the_lists_and_is_not_written_about(desk, aurora):
    run(desk, SIXTH_DAY)
    pay(desk, "F-1", date(2026, 6, 8))

    said = run(desk, SIXTH_DAY + timedelta(hours=1))

    assert said == "Final invoices: 1 call no longer needed."
    assert states(desk) == ["paid"]
    with desk.reading() as session:
        assert session.scalars(select(MailPart)).one().dropped_at is not None


def test_a_payer_without_an_address_is_called_all_the_same_and_becomes_a_task(desk, ana, lea):
    payer = desk.customer("Bay Inn", agent=ana)
    final(desk, payer, "F-1", date(2026, 5, 12))

    run(desk, SIXTH_DAY)

    assert due(desk, date(2026, 6, 8)) == [("confirmation", ("F-1",))]
    with desk.reading() as session:
        [task] = session.scalars(select(Task))
        assert task.kind is TaskKind.NO_ADDRESS
        assert queries.funnel(session, MAY, on=date(2026, 6, 8))[ana.id].no_address == 1


def test_a_disputed_final_is_a_question_already_and_not_called(desk, ana, aurora):
    with desk.database.transaction() as session:
        invoice = session.scalars(select(Invoice)).one()
        invoice.disputed = invoice.amount

    run(desk, SIXTH_DAY)
    run(desk, datetime(2026, 6, 16, 12, tzinfo=UTC))

    assert states(desk) == ["questioned"]
    assert due(desk, date(2026, 6, 16)) == []


def test_at_five_and_fifteen_days_past_due_the_payer_is_asked_when_it_will_be_paid(
    desk, aurora
):
    run(desk, SIXTH_DAY)
    run(desk, datetime(2026, 6, 15, 12, tzinfo=UTC))
    assert [kind for kind, _ in due(desk, date(2026, 6, 15))] == ["confirmation"]

    run(desk, datetime(2026, 6, 16, 12, tzinfo=UTC))
    assert due(desk, date(2026, 6, 16)) == [("day_5", ("F-1",))]
    run(desk, datetime(2026, 6, 25, 12, tzinfo=UTC))
    assert due(desk, date(2026, 6, 25)) == [("day_5", ("F-1",))]
    run(desk, datetime(2026, 6, 26, 12, tzinfo=UTC))

    assert due(desk, date(2026, 6, 26)) == [("day_15", ("F-1",))]
    assert states(desk) == ["not_reached", "not_reached", "due"]
    with desk.reading() as session:
        subjects = list(session.scalars(select(MailPart.subject).order_by(MailPart.id)))
    assert subjects[1:] == ["Final invoice F-1: when may we expect payment?"] * 2


def test_several_invoices_of_a_payer_on_a_day_are_one_contact(desk, aurora):
    final(desk, aurora, "F-2", date(2026, 5, 14), due_date=date(2026, 6, 11))
    run(desk, SIXTH_DAY)

    run(desk, datetime(2026, 6, 16, 12, tzinfo=UTC))

    assert due(desk, date(2026, 6, 16)) == [("day_5", ("F-1", "F-2"))]


def test_no_stage_is_skipped_without_a_record_when_the_desk_was_off(desk, aurora):
    run(desk, SIXTH_DAY)

    run(desk, datetime(2026, 6, 27, 12, tzinfo=UTC))

    assert due(desk, date(2026, 6, 27)) == [("day_15", ("F-1",))]
    found = {contact.stage: contact for contact in contacts(desk)}
    assert found[Stage.DAY_5].state is ContactState.NOT_REACHED
    assert found[Stage.DAY_5].due_on == date(2026, 6, 16)
    assert found[Stage.DAY_15].due_on == date(2026, 6, 26)


def test_a_fresh_desk_does_not_call_about_stages_that_were_over_before_it_began(desk, ana):
    payer = desk.customer("Bay Inn", agent=ana, email="ap@bay.example")
    for n, days in enumerate((6, 10, 14, 16, 25)):
        late = date(2026, 6, 8) - timedelta(days=days)
        final(desk, payer, f"F-{n}", date(2026, 3, 1), due_date=late)

    run(desk, SIXTH_DAY)

    assert contacts(desk) == []
    run(desk, SIXTH_DAY + timedelta(days=1))
    assert due(desk, date(2026, 6, 9)) == [("day_15", ("F-2",))]


def test_a_live_promise_spares_the_payer_the_question_until_it_is_broken(desk, ana, aurora):
    run(desk, SIXTH_DAY)
    with desk.database.transaction() as session:
        invoice = session.scalars(select(Invoice)).one()
        promise = Promise(
            payer_id=aurora,
            currency="USD",
            amount=invoice.amount,
            due_on=date(2026, 6, 18),
            made_on=date(2026, 6, 12),
            made_at=desk.now,
            made_by=ana.id,
        )
        session.add(promise)
        session.flush()
        part = PromisedInvoice(
            promise_id=promise.id, invoice_id=invoice.id, amount=invoice.amount
        )
        session.add(part)

    run(desk, datetime(2026, 6, 16, 12, tzinfo=UTC))
    assert contacts(desk, Stage.DAY_5) == []
    run(desk, datetime(2026, 6, 19, 12, tzinfo=UTC))

    assert due(desk, date(2026, 6, 19)) == [("day_5", ("F-1",))]


def test_once_the_suspension_process_takes_over_it_is_no_longer_asked(desk, aurora):
    run(desk, SIXTH_DAY)
    run(desk, datetime(2026, 6, 26, 12, tzinfo=UTC))

    run(desk, datetime(2026, 7, 12, 12, tzinfo=UTC))

    assert due(desk, date(2026, 7, 12)) == []
    assert states(desk, Stage.DAY_15) == ["not_reached"]


def test_a_past_day_shows_what_was_due_by_its_end(desk, aurora):
    run(desk, SIXTH_DAY)
    pay(desk, "F-1", date(2026, 6, 10))
    run(desk, datetime(2026, 6, 10, 12, tzinfo=UTC))

    assert due(desk, date(2026, 6, 7)) == []
    assert due(desk, date(2026, 6, 9)) == [("confirmation", ("F-1",))]
    assert due(desk, date(2026, 6, 10)) == []


def test_a_partly_disputed_final_is_still_called_about(desk, ana, aurora):
    with desk.database.transaction() as session:
        invoice = session.scalars(select(Invoice)).one()
        dispute = Dispute(
            payer_id=aurora,
            reason="price",
            description="Too much",
            contact="Rosa",
            department="billing",
            currency="USD",
            amount=4000,
            raised_on=date(2026, 6, 1),
            raised_at=desk.now,
            raised_by=ana.id,
            answer_due_on=date(2026, 6, 8),
        )
        session.add(dispute)
        session.flush()
        part = DisputedInvoice(dispute_id=dispute.id, invoice_id=invoice.id, amount=4000)
        session.add(part)

    run(desk, SIXTH_DAY)

    assert due(desk, date(2026, 6, 8)) == [("confirmation", ("F-1",))]
