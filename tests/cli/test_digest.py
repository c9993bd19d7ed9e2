"""`ardesk digest` and `ardesk report daily`, as programs and the meeting use them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from tests.support.cli import ardesk
from tests.support.databases import ON_SQLITE

PEOPLE = (
    "entra_id,name,email,roles\n"
    "e-ana,Ana Cruz,ana@desk.example,agent\n"
    "e-lea,Lea Lead,lea@desk.example,lead\n"
)
CUSTOMERS = (
    "customer_id,name,agent,email\n"
    "C1,Hotel Aurora,ana@desk.example,ap@aurora.example\n"
    "C2,Bay Inn,ana@desk.example,ap@bay.example\n"
)
INVOICES = (
    "invoice_number,customer_id,invoice_date,due_date,amount,settled_on\n"
    "I-1,C1,2026-04-01,2026-05-01,1100.00,\n"
    "I-2,C2,2026-04-02,2026-05-09,70.50,{settled}\n"
)
CUSTOMERS_TO_PAY_FOR = "customer_id,name,agent,email,payer_id\n"
IN_CURRENCIES = "invoice_number,customer_id,invoice_date,due_date,amount,settled_on,currency"
NEXT_DIGEST_AT = "2026-06-17T08:00:00-04:00"
DIGEST_AT = "2026-06-10T08:00:00-04:00"


def bring(tmp_path: Path, what: str, rows: str) -> None:
    path = tmp_path / f"{what}.csv"
    path.write_text(rows, "utf-8")
    assert ardesk("import", what, path).code == 0


@pytest.fixture
def book(ardesk_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARDESK_CLOCK", DIGEST_AT)
    for what, rows in (("people", PEOPLE), ("customers", CUSTOMERS)):
        bring(tmp_path, what, rows)
    bring(tmp_path, "invoices", INVOICES.format(settled=""))
    assert ardesk("job", "run", "suspension-digest", "--at", DIGEST_AT).code == 0
    return ardesk_home


def test_the_digest_for_programs_adds_up(book: Path):
    ran = ardesk("digest", "--on", "2026-06-10", "--as-posted", "--format", "json")

    assert ran.json["totals"] == {
        "USD": {"total": "1170.50", "disputed": "0.00", "before": "0.00"}
    }
    assert ran.json["groups"] == {"evidence_short": 2}
    assert [case["number"] for case in ran.json["cases"]] == [1, 2]
    first = ran.json["cases"][0]
    assert first["customer"] == "Hotel Aurora"
    assert first["state"] == "watch"
    assert first["change"] == "new"
    assert first["amounts"]["USD"]["total"] == "1100.00"
    assert "Second contact: not tried yet" in first["missing"]
    assert [day for day, _ in first["steps"]] == ["2026-06-10"]
    assert first["moves"] == [f"Wed 10 Jun: {words}" for _, words in first["steps"]]


def test_r80_each_account_and_currency_of_a_case_is_a_row_as_posted_and_as_known(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    bring(tmp_path, "customers", f"{CUSTOMERS_TO_PAY_FOR}S1,Aurora Spa,,,C1\n")
    rows = ("I-3,S1,2026-04-01,2026-04-20,20.00,,USD", "I-4,S1,2026-04-01,2026-05-05,9.00,,EUR")
    bring(tmp_path, "invoices", "\n".join((IN_CURRENCIES, *rows, "")))
    monkeypatch.setenv("ARDESK_CLOCK", NEXT_DIGEST_AT)
    assert ardesk("job", "run", "suspension-digest", "--at", NEXT_DIGEST_AT).code == 0

    day = ("digest", "--on", "2026-06-17", "--format", "json")
    known, posted = ardesk(*day).json["cases"], ardesk(*day, "--as-posted").json["cases"]

    [case] = [one for one in posted if one["customer"] == "Hotel Aurora"]
    found = [
        tuple(
            row[name] for name in ("number", "currency", "total", "oldest_due", "oldest_days")
        )
        for row in case["account_rows"]
    ]
    assert found == [
        ("S1", "EUR", "9.00", "2026-05-05", 43),
        ("S1", "USD", "20.00", "2026-04-20", 58),
        ("C1", "USD", "1100.00", "2026-05-01", 47),
    ]
    assert {currency: one["total"] for currency, one in case["amounts"].items()} == {
        "EUR": "9.00",
        "USD": "1120.00",
    }
    assert [one["account_rows"] for one in known] == [one["account_rows"] for one in posted]
    assert [one["steps"] for one in posted if one["customer"] == "Hotel Aurora"] == [[]]


def test_as_posted_stays_while_what_is_known_now_follows(book: Path, tmp_path: Path):
    bring(tmp_path, "invoices", INVOICES.format(settled="2026-06-09"))

    now = ardesk("digest", "--on", "2026-06-10", "--format", "json").json
    posted = ardesk("digest", "--on", "2026-06-10", "--as-posted", "--format", "json").json

    assert now["totals"]["USD"]["total"] == "1100.00"
    assert posted["totals"]["USD"]["total"] == "1170.50"


@ON_SQLITE
def test_the_digest_as_pdf_and_workbook(book: Path, tmp_path: Path):
    pdf, xlsx = tmp_path / "out" / "d.pdf", tmp_path / "out" / "d.xlsx"

    ran = ardesk("digest", "--on", "2026-06-10", "--as-posted", "--pdf", pdf, "--xlsx", xlsx)

    assert ran.code == 0
    with pypdfium2.PdfDocument(pdf) as document:
        words = document[0].get_textpage().get_text_range()
    assert "Suspension digest for Wed 10 Jun 2026" in words
    assert "1 · Hotel Aurora" in words
    assert "$1,170.50 over 30 days" in words
    book_of = openpyxl.load_workbook(xlsx)
    assert book_of.sheetnames == [
        "Digest",
        "Totals",
        "Evidence",
        "Accounts",
        "Steps",
        "Decided",
    ]
    amounts = [row[5] for row in book_of["Digest"].iter_rows(values_only=True)]
    assert sum(one for one in amounts if isinstance(one, int | float)) == 1170.5


@ON_SQLITE
def test_the_files_of_the_digest_are_kept_in_the_home(book: Path):
    drawn = ardesk("job", "run", "digest-files", "--at", DIGEST_AT)

    assert "2026-06-10.pdf, 2026-06-10.xlsx" in drawn.out
    kept = sorted(path.name for path in (book / "digests").iterdir())
    assert kept == ["2026-06-10.pdf", "2026-06-10.xlsx"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--on", "soon"), "is not a date like"),
        (
            ("--on", "2026-06-09", "--as-posted"),
            "No suspension digest was posted by 2026-06-09.",
        ),
        (("--pdf", "/proc/nowhere/d.pdf"), "could not be drawn"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(book: Path, arguments, sentence: str):
    ran = ardesk("digest", *arguments)

    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


@ON_SQLITE
def test_people_read_tables(book: Path):
    ran = ardesk("digest")

    assert "Evidence short: something is missing" in ran.out
    assert "Hotel Aurora" in ran.out


def test_the_daily_line_for_programs(book: Path):
    before = ardesk("report", "daily", "--on", "2026-06-10", "--as-posted")
    at = "2026-06-10T17:15:00-04:00"
    assert ardesk("job", "run", "daily-line", "--at", at).code == 0

    posted = ardesk(
        "report", "daily", "--on", "2026-06-10", "--as-posted", "--format", "json"
    ).json
    now = ardesk("report", "daily", "--on", "2026-06-10", "--format", "json").json

    assert before.code == 2
    assert "No daily line was posted for 2026-06-10." in before.err
    assert posted["over_31"] == {"USD": "1170.50"}
    assert posted["limit"] == {"USD": "2000000.00"}
    assert posted["at_or_over_limit"] is False
    assert posted["agents"] == [
        {"name": "Ana Cruz", "attempted": 0, "reached": 0, "away": False}
    ]
    assert posted["cases"] == {"watch": 2}
    assert {**now, "as_posted": True} == posted
    assert "+31 total: $1,170.50" in ardesk("report", "daily", "--on", "2026-06-10").out


def test_a_case_that_was_closed_since_stands_on_the_day_before(book: Path, tmp_path: Path):
    bring(tmp_path, "invoices", INVOICES.format(settled="2026-06-12"))
    at = "2026-06-13T09:00:00-04:00"
    assert ardesk("job", "run", "suspension-cases", "--at", at).code == 0

    then = ardesk("digest", "--on", "2026-06-11", "--format", "json").json
    after = ardesk("digest", "--on", "2026-06-13", "--format", "json").json

    assert then["totals"]["USD"]["total"] == "1170.50"
    assert after["totals"]["USD"] == {
        "total": "1100.00",
        "disputed": "0.00",
        "before": "1170.50",
    }
    assert after["groups"] == {"evidence_short": 1, "gone": 1}
