"""The register of tax-exempt certificates: entered, looked up, and asked for in time (R134)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from bot.workflows.people.records import place_of
from bot.workflows.tasks.records import Task, TaskState
from bot.workflows.tax_certificates.records import TaxCertificate
from scheduler import tax_certificates
from scheduler.job import Tick
from tests.support.desk import Desk

TX = {
    "jurisdiction": "TX",
    "valid_from": "2026-01-01",
    "valid_until": "2026-07-08",
    "file": "aurora-tx.pdf",
}


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def aurora(desk, ana):
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "100.00", kind="final", number="F-1", days_past_due=-10)
    return payer


def enter(desk: Desk, who, **given):
    form = desk.press(who, desk.say(who, "certificates Hotel Aurora"), "New certificate")
    return desk.press(who, form, "Save", TX | given)


def run(desk: Desk, at: str) -> str:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    tick = Tick(at=moment, database=desk.database, policy=desk.policy)
    return tax_certificates.ask_for_next(tick)


def tasks(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.reading() as session:
        found = session.scalars(select(Task).order_by(Task.id))
        return [(task.title, task.state.value, task.words) for task in found]


def test_a_certificate_is_entered_once_and_shown(desk, ana, aurora):
    assert "No certificate is on hand." in desk.say(ana, "certificates Hotel Aurora")
    form = desk.press(ana, desk.say(ana, "certificates aurora"), "New certificate")

    saved = desk.press(ana, form, "Save", TX | {"valid_until": "2027-12-31"})
    desk.press(ana, form, "Save", TX)

    assert "Entered: TX, valid through Fri 31 Dec 2027." in saved
    assert "TX: valid through Fri 31 Dec 2027" in saved
    assert "Received Mon 8 Jun, entered by Ana Reyes" in saved
    assert "Open final and MRR invoices: F-1." in saved
    with desk.reading() as session:
        assert len(list(session.scalars(select(TaxCertificate)))) == 1


def test_what_makes_no_sense_is_refused_and_kept_on_the_form(desk, ana, aurora):
    wrong = enter(desk, ana, valid_until="2025-01-01")
    assert "ends before it begins" in wrong
    over = enter(desk, ana, valid_from="2025-01-01", valid_until="2026-06-07")
    assert "ran out on Sun 7 Jun 2026" in over
    assert "aurora-tx.pdf" in str(over.card)
    assert "should be a day" in enter(desk, ana, valid_from="soon")
    assert "No certificate is on hand." in desk.say(ana, "certificates Hotel Aurora")


def test_the_next_one_is_asked_for_thirty_days_before_once(desk, ana, aurora):
    enter(desk, ana)

    assert run(desk, "2026-06-07T12:00") == "no certificates asked for."
    assert run(desk, "2026-06-08T12:00") == "1 certificate asked for."
    assert "looked through already" in run(desk, "2026-06-08T13:00")
    assert run(desk, "2026-06-09T12:00") == "no certificates asked for."

    [(title, _, words)] = tasks(desk)
    assert title == "Tax certificate TX runs out: Hotel Aurora"
    assert words == "It holds through Wed 8 Jul 2026. Open invoices it bears on: F-1."
    assert "tasks.task" in desk.owed(place_of(ana.id))


def test_entering_the_next_one_ends_the_asking(desk, ana, aurora):
    enter(desk, ana)
    run(desk, "2026-06-08T12:00")

    enter(desk, ana, valid_until="2027-07-08")

    [(_, state, _)] = tasks(desk)
    assert state == TaskState.DONE
    assert run(desk, "2026-06-10T12:00") == "no certificates asked for."


def test_a_machine_that_was_off_asks_late_and_nobody_is_asked_without_need(desk, ana, aurora):
    enter(desk, ana)
    bay = desk.customer("Bay Inn", agent=ana)
    form = desk.press(ana, desk.say(ana, "certificates Bay Inn"), "New certificate")
    desk.press(ana, form, "Save", TX)

    assert run(desk, "2026-07-20T12:00") == "1 certificate asked for."

    [(title, _, _)] = tasks(desk)
    assert title == "Tax certificate TX ran out: Hotel Aurora"
    assert bay


def test_a_line_of_the_register_opens_the_certificate(desk, ana, aurora):
    register = enter(desk, ana)
    assert "Strike off" not in register.titles

    one = desk.press(ana, register, "Certificate TX")

    assert "Tax certificate of Hotel Aurora" in one
    assert "Received Mon 8 Jun, entered by Ana Reyes" in one
    assert one.titles == ["Strike off", "Back"]
    assert desk.press(ana, one, "Back") == desk.say(ana, "certificates Hotel Aurora")


def test_one_struck_off_does_not_count_and_stays_on_record(desk, ana, aurora):
    register = enter(desk, ana)
    form = desk.press(ana, desk.press(ana, register, "Certificate TX"), "Strike off")
    assert "Please fill in" in desk.press(ana, form, "Strike off", {"why": " "})

    gone = desk.press(ana, form, "Strike off", {"why": "For another company"})

    assert "No certificate is on hand." in gone
    stale = desk.press(ana, register, "Certificate TX")
    assert "Struck off: For another company" in stale
    assert stale.titles == ["Back"]
    assert run(desk, "2026-06-08T12:00") == "no certificates asked for."
    with desk.reading() as session:
        assert session.scalars(select(TaxCertificate)).one().withdrawn_why
    with (
        pytest.raises(Exception, match="do not change"),
        desk.database.transaction() as session,
    ):
        session.execute(text("DELETE FROM tax_certificates"))


def test_an_auditor_reads_and_changes_nothing(desk, ana, aurora):
    al = desk.person("Al Auditor", "auditor")
    enter(desk, ana)

    shown = desk.say(al, "certificates Hotel Aurora")

    assert "TX: valid through Wed 8 Jul 2026: ask for the next one" in shown
    assert "New certificate" not in shown.titles
    opened = desk.press(al, shown, "Certificate TX")
    assert opened.titles == ["Back"]
    with desk.reading() as session:
        assert len(list(session.scalars(select(TaxCertificate)))) == 1
