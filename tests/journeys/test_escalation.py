"""Aged MRR: what the call asks (R52), and the ladder by the clock, each step once (R53)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from bot.chat.dialog import View
from bot.store.database import Database
from bot.store.postings import Posting
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.ledger.records import Invoice
from bot.workflows.mrr import queries
from bot.workflows.mrr.records import EscalationDigest, EscalationStep, Ladder, Rung
from bot.workflows.mrr.steps import ESCALATION_CARD
from bot.workflows.people.records import place_of
from bot.workflows.promises.records import Promise, PromisedInvoice, PromiseState
from bot.workflows.tasks.records import Task, TaskState
from dialogs import mrr as faces
from scheduler import mrr
from scheduler.job import Tick
from tests.support.book import news
from tests.support.desk import KEY, TODAY, Desk, Shown, drawn

MONDAY = datetime(2026, 6, 8, 12, tzinfo=UTC)


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def lea(desk):
    return desk.person("Lea Lead", "lead")


@pytest.fixture
def cole(desk):
    return desk.person("Cole Collections", "collections_manager")


@pytest.fixture
def carla(desk):
    return desk.person("Carla Controller", "controller")


@pytest.fixture
def aurora(desk, ana, lea, cole, carla):
    """A payer whose MRR invoice is 14 days past due on Monday; the desk is at work."""
    payer = desk.customer("Hotel Aurora", agent=ana)
    bill(desk, payer, "M-1", days=14)
    run(desk, MONDAY)
    return payer


def bill(desk: Desk, payer: int, number: str, days: int, amount: str = "100.00", **given):
    return desk.invoice(payer, amount, kind="mrr", number=number, days_past_due=days, **given)


def run(desk: Desk, at: datetime, database: Database | None = None) -> str:
    return mrr.climb(Tick(at=at, database=database or desk.database, policy=desk.policy))


def on(day: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def steps(desk: Desk) -> list[tuple[str, date, bool]]:
    with desk.reading() as session:
        taken = select(EscalationStep).order_by(EscalationStep.id)
        return [(one.rung.name, one.on, one.is_start) for one in session.scalars(taken)]


def digests(desk: Desk, who) -> list[date]:
    with desk.reading() as session:
        shown = (
            select(EscalationDigest.on)
            .join(Posting, Posting.about == EscalationDigest.id)
            .where(Posting.card == ESCALATION_CARD, Posting.place == place_of(who.id))
        )
        return list(session.scalars(shown.order_by(EscalationDigest.on)))


def pay(desk: Desk, number: str, at: datetime) -> None:
    with desk.database.transaction() as session:
        invoice = session.scalars(select(Invoice).filter_by(number=number)).one()
        invoice.settled_on = invoice.closed_on = at.date()
    news(desk.database, at)


def card_of(desk: Desk, who) -> Shown:
    with desk.reading() as session:
        digest = queries.latest_digest(session, who.id)
        assert digest is not None
        view = View(session=session, now=desk.now, policy=desk.policy, about=digest.id)
        return drawn(faces.draw(view))


def test_the_lead_hears_at_fifteen_days_the_manager_at_31_the_controller_at_45(
    desk, lea, cole, carla, aurora
):
    for day in range(9, 31):
        run(desk, on(day))
    for day in range(1, 16):
        run(desk, on(day, 7))

    assert steps(desk) == [
        ("LEAD", date(2026, 6, 9), False),
        ("COLLECTIONS_MANAGER", date(2026, 6, 25), False),
        ("CONTROLLER", date(2026, 7, 9), False),
    ]
    assert digests(desk, lea) == [date(2026, 6, 9)]
    assert digests(desk, cole) == [date(2026, 6, 25)]
    assert digests(desk, carla) == [date(2026, 7, 9)]
    with desk.reading() as session:
        assert queries.rung_of(session, aurora) is Rung.CONTROLLER


def test_looking_again_the_same_day_changes_nothing(desk, aurora, database_url):
    run(desk, on(9))
    other = Database(database_url, audit_key=KEY)

    said = run(desk, on(9) + timedelta(hours=1), other)
    other.close()

    assert "looked through already" in said
    assert len(steps(desk)) == 1


def test_a_day_off_puts_a_step_off_to_the_next_business_day(desk, aurora):
    bay = desk.customer("Bay Inn")
    bill(desk, bay, "M-2", days=9)

    for day in range(9, 16):
        run(desk, on(day))

    assert ("LEAD", date(2026, 6, 15), False) in steps(desk)


def test_no_step_is_skipped_because_the_desk_was_off(desk, aurora):
    for day in (24, 27, 28, 29, 30):
        run(desk, on(day, 7))
    run(desk, on(31, 7))

    assert [(rung, day.day) for rung, day, _ in steps(desk)] == [
        ("LEAD", 24),
        ("COLLECTIONS_MANAGER", 27),
        ("CONTROLLER", 28),
    ]


def test_one_broken_promise_is_enough_for_the_first_step(desk, ana, aurora):
    bay = desk.customer("Bay Inn", agent=ana)
    number = bill(desk, bay, "M-2", days=3)
    with desk.database.transaction() as session:
        promise = Promise(
            payer_id=bay,
            currency="USD",
            amount=100_00,
            due_on=TODAY,
            made_on=TODAY,
            made_at=desk.now,
            made_by=ana.id,
            state=PromiseState.BROKEN,
            state_on=date(2026, 6, 10),
        )
        session.add(promise)
        session.flush()
        part = PromisedInvoice(promise_id=promise.id, invoice_id=number, amount=100_00)
        session.add(part)

    run(desk, on(10))

    assert ("LEAD", date(2026, 6, 10), False) in steps(desk)
    with desk.reading() as session:
        step = session.scalars(select(EscalationStep).filter_by(payer_id=bay)).one()
        assert step.why == "MRR 5 days past due: $100.00, 1 month aged; 1 broken promise"


def test_a_fresh_book_starts_where_each_payer_fits_with_one_card_a_person(
    desk, ana, lea, cole, carla
):
    for n, days in enumerate((16, 20, 31, 50, 60, 15, 3)):
        payer = desk.customer(f"Hotel {n}", agent=ana)
        bill(desk, payer, f"M-{n}", days=days)

    run(desk, MONDAY)
    run(desk, on(9))

    assert sorted(steps(desk)) == sorted(
        [
            ("LEAD", TODAY, True),
            ("LEAD", TODAY, True),
            ("COLLECTIONS_MANAGER", TODAY, True),
            ("CONTROLLER", TODAY, True),
            ("CONTROLLER", TODAY, True),
            ("LEAD", TODAY, False),
        ]
    )
    assert digests(desk, lea) == digests(desk, cole) == digests(desk, carla) == [TODAY]
    with desk.reading() as session:
        titles = list(session.scalars(select(Task.title).order_by(Task.title)))
    assert titles == [
        "Escalated to the lead: Hotel 5",
        "Look through who starts with the collections manager (aged MRR)",
        "Look through who starts with the controller (aged MRR)",
        "Look through who starts with the lead (aged MRR)",
    ]
    shown = card_of(desk, lea)
    assert "Escalated to you on Mon 8 Jun: 3 payers" in shown
    assert "2 payers had gone that far when the desk first knew of it" in shown


def test_an_invoice_learned_of_late_starts_where_it_fits(desk, aurora):
    bay = desk.customer("Bay Inn")
    desk.now = on(10)
    bill(desk, bay, "M-2", days=40)
    news(desk.database, on(10))

    run(desk, on(10))

    assert ("COLLECTIONS_MANAGER", date(2026, 6, 10), True) in steps(desk)


def test_a_ladder_ends_when_the_aged_mrr_is_paid_and_starts_anew_with_the_next(desk, aurora):
    run(desk, on(9))
    pay(desk, "M-1", on(10))

    said = run(desk, on(10))

    assert said == "Escalation: no steps taken, 1 ladder ended."
    with desk.reading() as session:
        ladder = session.scalars(select(Ladder)).one()
        assert (ladder.closed_on, ladder.closed_why) == (
            date(2026, 6, 10),
            "The aged MRR is paid.",
        )
        task = session.scalars(select(Task)).one()
        assert (task.state, task.result) == (TaskState.DROPPED, "The aged MRR is paid.")
        assert queries.rung_of(session, aurora) is None
    desk.now = on(10)
    bill(desk, aurora, "M-2", days=0)
    for day in range(11, 26):
        run(desk, on(day))
    assert steps(desk)[-1] == ("LEAD", date(2026, 6, 23), False)


def test_what_is_disputed_does_not_count_and_a_promise_does_not_stop_it(desk, ana, aurora):
    bay = desk.customer("Bay Inn", agent=ana)
    cap = desk.customer("Cap Motel", agent=ana)
    disputed, promised = bill(desk, bay, "M-2", days=14), bill(desk, cap, "M-3", days=14)
    with desk.database.transaction() as session:
        dispute = Dispute(
            payer_id=bay,
            reason="price",
            description="Too much",
            contact="Rosa",
            department="billing",
            currency="USD",
            amount=100_00,
            raised_on=TODAY,
            raised_at=desk.now,
            raised_by=ana.id,
            answer_due_on=TODAY,
        )
        promise = Promise(
            payer_id=cap,
            currency="USD",
            amount=100_00,
            due_on=date(2026, 6, 20),
            made_on=TODAY,
            made_at=desk.now,
            made_by=ana.id,
        )
        session.add_all([dispute, promise])
        session.flush()
        session.add(DisputedInvoice(dispute_id=dispute.id, invoice_id=disputed, amount=100_00))
        session.add(PromisedInvoice(promise_id=promise.id, invoice_id=promised, amount=100_00))

    run(desk, on(9))

    with desk.reading() as session:
        escalated = set(session.scalars(select(EscalationStep.payer_id)))
    assert escalated == {aurora, cap}


def test_other_kinds_of_invoices_never_climb(desk, aurora):
    bay = desk.customer("Bay Inn")
    desk.invoice(bay, "10.00", kind="final", days_past_due=60)
    desk.invoice(bay, "10.00", kind="other", days_past_due=60)

    run(desk, on(9))

    with desk.reading() as session:
        assert set(session.scalars(select(EscalationStep.payer_id))) == {aurora}


def test_without_a_collections_manager_the_assistant_then_the_controller_hears(desk):
    carla = desk.person("Carla Controller", "controller")
    payer = desk.customer("Hotel Aurora")
    bill(desk, payer, "M-1", days=40)

    run(desk, MONDAY)

    assert digests(desk, carla) == [TODAY]


def test_a_step_never_changes(desk, aurora):
    run(desk, on(9))

    for statement in ("UPDATE escalation_steps SET days = 1", "DELETE FROM escalation_steps"):
        with (
            pytest.raises(Exception, match="do not change"),
            desk.database.transaction() as session,
        ):
            session.execute(text(statement))


def test_the_lead_takes_a_step_and_ends_it_with_a_result(desk, lea, aurora):
    desk.now = on(9)
    run(desk, desk.now)
    card = card_of(desk, lea)
    assert "Lead: MRR 15 days past due: $100.00, 1 month aged" in card
    assert "Due Thu 11 Jun, with nobody yet." in card

    step = desk.press(lea, card, "Hotel Aurora")
    task = desk.press(lea, step, "The task")
    form = desk.press(lea, task, "Done")
    desk.press(lea, form, "Save", {"result": "They pay on Friday"})

    assert "Ended: They pay on Friday." in card_of(desk, lea)


def test_a_step_leads_back_to_its_page_of_the_day_and_of_the_ladder(desk, lea, aurora):
    for n in range(faces.A_PAGE + 1):
        bill(desk, desk.customer(f"Hotel {n:02}"), f"N-{n}", days=15, amount=f"{50 - n}.00")
    desk.now = on(9)
    run(desk, desk.now)
    more = desk.press(lea, card_of(desk, lea), "More")
    ladder = desk.press(lea, desk.say(lea, "ladder"), "More")

    for page in (more, ladder):
        found = next(name for name in ("Hotel Aurora", "Hotel 10", "Hotel 09") if name in page)
        assert desk.press(lea, desk.press(lea, page, found), "Back") == page
    first = desk.press(lea, more, "Previous")
    assert "Escalated to you on Tue 9 Jun: 12 payers" in first
    assert "Previous" not in first.titles


def test_the_ladder_shows_who_stands_where_to_leads_only(desk, ana, lea, aurora):
    assert "no payers" in desk.say(lea, "ladder")
    desk.now = on(9)
    run(desk, desk.now)

    shown = desk.say(lea, "ladder")

    assert "Escalated for aged MRR: 1 payer" in shown
    assert "1 with the lead, 0 with the collections manager" in shown
    assert "With the lead since Tue 9 Jun" in shown
    assert "ladder" not in desk.say(ana, "help")
    assert "is for" in desk.say(ana, "ladder")


def test_r53_the_ladder_shows_what_is_aged_and_how_old_the_largest_first(desk, lea, aurora):
    largest = desk.customer("Zebra House")
    bill(desk, largest, "Z-1", days=15, amount="4000.00")
    bill(desk, largest, "Z-2", days=3, amount="900.00")
    desk.invoice(largest, "7777.00", number="O-1", days_past_due=60)
    desk.now = on(9)
    run(desk, desk.now)

    shown = desk.say(lea, "ladder")

    assert "$4,900.00\n16 days past due" in shown
    assert "$100.00\n15 days past due" in shown
    assert shown.text.index("Zebra House") < shown.text.index("Hotel Aurora")
    with desk.database.transaction() as session:
        for invoice in session.scalars(select(Invoice).filter_by(payer_id=largest)):
            invoice.settled_on = invoice.closed_on = desk.now.date()
    assert "nothing\naged now" in desk.say(lea, "ladder")


def test_r53_amounts_are_compared_in_their_currency_the_companys_first(desk, lea, aurora):
    rows = (("Nara Inn", "900000", "JPY"), ("Cap Motel", "70.00", "EUR"))
    for number, (name, amount, currency) in enumerate(rows):
        payer = desk.customer(name)
        bill(desk, payer, f"N-{number}", days=14, amount=amount, currency=currency)
    both = desk.customer("Bay Inn")
    bill(desk, both, "B-1", days=14, amount="9000.00", currency="EUR")
    bill(desk, both, "B-2", days=14, amount="80.00")
    desk.now = on(9)
    run(desk, desk.now)

    ladder = desk.say(lea, "ladder")

    assert "$80.00 + €9,000.00\n15 days past due" in ladder
    order = ("Hotel Aurora", "Bay Inn", "Cap Motel", "Nara Inn")
    places = [ladder.text.index(name) for name in order]
    assert places == sorted(places)
    day = card_of(desk, lea).text
    assert day.index("Hotel Aurora") < day.index("Cap Motel") < day.index("Nara Inn")


def test_todays_steps_are_offered_again_to_who_comes_back(desk, lea, aurora):
    desk.now = on(9)
    run(desk, desk.now)

    assert any("Escalated to you on Tue 9 Jun" in shown for shown in desk.installs(lea))
    desk.now = on(10)
    assert not any("Escalated to you" in shown for shown in desk.installs(lea))


def test_the_call_card_asks_about_aged_mrr_that_is_free(desk, ana, aurora):
    bill(desk, aurora, "M-2", days=-3)
    assert "1 MRR invoice past due. Was it received" in desk.say(ana, "log Hotel Aurora")

    bill(desk, aurora, "M-3", days=2)

    assert "2 MRR invoices past due. Were they received" in desk.say(ana, "log Hotel Aurora")
