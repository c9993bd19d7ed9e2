"""`ardesk worklist` and `ardesk calendar`, as scripts use them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.cli import ardesk

PEOPLE = "entra_id,name,email,roles\ne-ana,Ana Cruz,ana@desk.example,agent\n"
CUSTOMERS = "customer_id,name,agent\nC1,Hotel Aurora,ana@desk.example\nC2,Borealis,e-ana\n"
INVOICES = (
    "invoice_number,customer_id,invoice_date,due_date,amount,kind,disputed\n"
    "F-1021,C1,2026-05-01,2026-06-05,100.00,final,\n"
    "I-2,C2,2026-04-01,2026-05-29,1234.50,other,1000.00\n"
    "I-3,C2,2026-04-01,2026-06-08,9.00,other,\n"
)


@pytest.fixture
def book(ardesk_home: Path, tmp_path: Path) -> None:
    for what, rows in (("people", PEOPLE), ("customers", CUSTOMERS), ("invoices", INVOICES)):
        path = tmp_path / f"{what}.csv"
        path.write_text(rows, "utf-8")
        assert ardesk("import", what, path).code == 0


@pytest.mark.parametrize("agent", ["ana@desk.example", "e-ana", "ana  CRUZ"])
def test_the_list_for_programs_has_exactly_these_fields(book: None, agent: str):
    ran = ardesk("worklist", agent, "--on", "2026-06-08", "--format", "json")

    assert ran.json["agent"] == "ana@desk.example"
    assert (ran.json["on"], ran.json["as_posted"]) == ("2026-06-08", False)
    assert ran.json["entries"] == [
        {
            "position": 1,
            "customer_id": "C1",
            "name": "Hotel Aurora",
            "tier": 1,
            "rule": "R77",
            "reason": "Final invoice F-1021 is 3 days past due (R77).",
            "currency": "USD",
            "past_due": "100.00",
            "ranked": "100.00",
            "oldest_days": 3,
        },
        {
            "position": 2,
            "customer_id": "C2",
            "name": "Borealis",
            "tier": 5,
            "rule": "R93",
            "reason": "Oldest item 10 days past due, an item in the 5–15 day window (R93); "
            "ranked by $234.50, the rest is disputed, promised or planned.",
            "currency": "USD",
            "past_due": "1234.50",
            "ranked": "234.50",
            "oldest_days": 10,
        },
    ]
    assert [line["customer_id"] for line in ran.json["window"]] == ["C2"]
    assert ran.json["left_off"] == []


def test_people_get_a_table(book: None):
    said = ardesk("worklist", "ana@desk.example", "--on", "2026-06-08").out

    assert "Hotel Aurora (C1)" in said
    assert "$1,234.50" in said


def test_a_list_is_shown_as_it_was_posted_and_by_what_is_known_now(book: None, tmp_path: Path):
    listed = ("worklist", "ana@desk.example", "--on", "2026-06-08", "--format", "json")
    assert ardesk("job", "run", "morning-lists", "--at", "2026-06-08T12:30:00-04:00").code == 0
    then = ardesk(*listed).json["entries"]
    paid = tmp_path / "paid.csv"
    paid.write_text(INVOICES.replace("100.00,final,", "0.00,final,"), "utf-8")
    assert ardesk("import", "invoices", paid).code == 0

    posted = ardesk(*listed, "--as-posted")

    assert (posted.json["as_posted"], posted.json["entries"]) == (True, then)
    assert [line["customer_id"] for line in posted.json["window"]] == ["C2"]
    assert posted.json["book_at"]
    assert "Hotel Aurora (C1)" in ardesk(*listed[:-2], "--as-posted").out


def test_a_list_that_was_never_posted_is_said_so(book: None):
    ran = ardesk("worklist", "ana@desk.example", "--on", "2026-06-09", "--as-posted")

    assert (ran.code, ran.out) == (2, "")
    assert "No list was posted for Ana Cruz on Tue 9 Jun" in ran.err


def test_an_unknown_agent_is_refused_with_the_nearest(book: None):
    ran = ardesk("worklist", "anna@desk.example", "--on", "2026-06-08")

    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean ana@desk.example?" in ran.err


@pytest.mark.parametrize("day", ["2026-02-30", "08.06.2026", "today"])
def test_a_day_that_is_none_is_refused_in_a_sentence(ardesk_home: Path, day: str):
    ran = ardesk("worklist", "ana@desk.example", "--on", day)

    assert ran.code == 2
    assert "is not a date like 2026-06-30" in ran.err


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_calendar_is_the_companys(ardesk_home: Path, shared: Path, year: int):
    statements = _column(shared / "data/calendar/statement_dates.csv", "statement_date", year)
    finals = _column(
        shared / "data/calendar/sixth_business_day.csv", "sixth_bd_us_federal_observed", year
    )

    months = ardesk("calendar", year, "--format", "json").json

    assert [month["month"] for month in months] == [f"{year}-{n:02d}" for n in range(1, 13)]
    assert [month["statements_on"] for month in months] == statements
    assert [month["finals_start_on"] for month in months] == finals


def _column(path: Path, name: str, year: int) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file) if row["year"] == str(year)]
