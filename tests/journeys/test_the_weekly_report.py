"""The week in figures: once, on its last business day, from its days as posted (R5, R142)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.kernel.money import Money
from bot.policy import Policy
from bot.store.runs import Run
from bot.workflows.daily_lines import weeks
from bot.workflows.daily_lines.rules import Counted
from bot.workflows.ledger.records import Invoice
from bot.workflows.people.records import place_of
from dialogs import weekly_reports as faces
from scheduler import daily_lines, weekly_reports
from scheduler.job import Tick
from tests.support.cli import ardesk
from tests.support.desk import TODAY, Desk, drawn

MONDAY_17_30 = datetime(2026, 6, 8, 21, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FRIDAY_17_30 = MONDAY_17_30 + 4 * DAY


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def lea(desk: Desk):
    return desk.person("Lea Lead", "lead")


@pytest.fixture
def began(desk: Desk, lea) -> None:
    """The desk posted its first daily line on Monday."""
    daily_lines.post(tick(desk, MONDAY_17_30))


def tick(desk: Desk, at: datetime) -> Tick:
    desk.now = at
    return Tick(at=at, database=desk.database, policy=desk.policy)


def shown(desk: Desk):
    with desk.reading() as session:
        run = session.scalars(select(Run).filter_by(job=weekly_reports.WEEK)).one()
        view = View(session=session, now=desk.now, policy=desk.policy, about=run.id)
        return drawn(faces.draw(view))


def test_r5_the_week_is_posted_once_on_its_last_business_day(desk, lea, began):
    early = weekly_reports.post(tick(desk, FRIDAY_17_30 - timedelta(seconds=1)))
    posted = weekly_reports.post(tick(desk, FRIDAY_17_30))
    again = weekly_reports.post(tick(desk, FRIDAY_17_30 + 2 * DAY))

    assert early == again == "No weekly report is due now."
    assert posted == "The week to Fri 12 Jun goes to 1 place."
    assert desk.owed(place_of(lea.id)) == ["daily_lines.line", "weekly_reports.week"]


def test_r5_a_week_at_whose_end_the_desk_was_off_is_posted_once_it_is_back(desk, lea, began):
    late = weekly_reports.post(tick(desk, FRIDAY_17_30 + 8 * DAY))

    assert late == (
        "The week to Fri 12 Jun goes to 1 place. The week to Thu 18 Jun goes to 1 place."
    )


def test_the_week_before_the_desk_began_is_not_reported(desk, lea, began):
    assert weekly_reports.post(tick(desk, MONDAY_17_30)) == "No weekly report is due now."


def test_r142_the_days_are_added_up_as_they_were_posted(desk, ana, lea):
    hotel = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(hotel, "500.00", days_past_due=45, number="INV-1")
    desk.invoice(hotel, "900.00", days_past_due=45, currency="EUR")
    for day in range(2):
        desk.now = MONDAY_17_30 + day * DAY - timedelta(hours=5)
        desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")
        daily_lines.post(tick(desk, MONDAY_17_30 + day * DAY))
    with desk.database.transaction() as session:
        invoice = session.scalars(select(Invoice).filter_by(number="INV-1")).one()
        invoice.settled_on = invoice.closed_on = TODAY + DAY
    weekly_reports.post(tick(desk, FRIDAY_17_30))

    card = shown(desk)

    assert "Mon 8 Jun to Fri 12 Jun: the week in figures" in card
    assert "2 payers tried, nobody reached; no promises made. The +31 total is $0.00" in card
    assert "2/375" in card
    assert "$500.00 on Mon 8 Jun" in card
    assert "€900.00 apart" in card
    assert "3 days by what is known now, the others as posted." in card


def test_r116_disputes_raised_in_the_week_are_counted_by_cause(desk, ana, lea):
    hotel = desk.customer("Hotel Aurora", agent=ana)
    number = desk.invoice(hotel, "500.00", days_past_due=45)
    form = desk.say(ana, "dispute Hotel Aurora")
    typed = {
        "invoices": str(number),
        "reason": "price",
        "description": "Wrong rate",
        "contact": "Jo",
        "department": "billing",
    }
    desk.press(ana, form, "Save dispute", typed)

    card = desk.say(ana, "weekly")

    assert "\nMon 8 Jun: the week in figures" in f"\n{card.text}"
    assert "Disputes raised, by cause" in card
    assert "1, $500.00" in card
    assert "So far, Mon 8 Jun 08:00." in card


def test_a_week_of_holidays_at_its_end_ends_on_its_last_business_day():
    assert weeks.business_days(date(2026, 7, 1), Policy())[-1] == date(2026, 7, 2)
    assert weekly_reports.due_at(date(2026, 7, 3), Policy()) == datetime(
        2026, 7, 2, 21, 30, tzinfo=UTC
    )


def test_counts_are_added_up_by_currency():
    one = Counted(count=1, amounts=(Money(5), Money(7, "EUR")))

    assert weeks.summed([one, Counted(), one]) == Counted(
        count=2, amounts=(Money(14, "EUR"), Money(10))
    )


def test_the_same_is_printed_for_programs(ardesk_home):
    ran = ardesk("report", "weekly", "--on", "2026-06-10", "--format", "json")

    found = json.loads(ran.out)
    assert (found["first"], found["last"]) == ("2026-06-08", "2026-06-10")
    assert (found["goal"], len(found["days"]), found["posted_days"]) == (225, 3, 0)
    assert ardesk("report", "weekly", "--on", "2026-06-10").code == 0


def test_r110_the_same_is_kept_as_a_workbook(desk, ana, lea, began, tmp_path):
    hotel = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(hotel, "500.00", days_past_due=45)
    desk.invoice(hotel, "900.50", days_past_due=45, currency="EUR")

    weekly_reports.post(replace(tick(desk, FRIDAY_17_30), home=tmp_path))

    book = openpyxl.load_workbook(tmp_path / "reports/week-2026-06-12.xlsx")
    rows = list(book["Days"].iter_rows(min_row=4, values_only=True))
    friday = datetime(2026, 6, 12)  # noqa: DTZ001 - a cell's
    assert rows[-2][:1] + rows[-2][7:9] == (friday, "USD", 500)
    assert (rows[-1][7], rows[-1][8]) == ("EUR", 900.5)
    agents = list(book["Agents"].iter_rows(min_row=4, values_only=True))
    assert agents == [("Ana Reyes", 0, 375, 0)]
    assert book["Days"]["A1"].value == "Mon 8 Jun to Fri 12 Jun 2026: the week in figures"


def test_a_workbook_that_cannot_be_written_is_one_sentence(ardesk_home, tmp_path):
    drawn = ardesk("report", "weekly", "--on", "2026-06-10", "--xlsx", tmp_path / "w.xlsx")
    refused = ardesk("report", "weekly", "--xlsx", "/proc/nowhere/w.xlsx")

    assert drawn.code == 0, drawn.err
    assert (tmp_path / "w.xlsx").exists()
    assert refused.code == 2
    assert "could not be drawn" in refused.err
