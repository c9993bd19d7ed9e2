"""`ardesk statement`, `ardesk statements`: as of any day, and as it was posted."""

from __future__ import annotations

import pypdfium2
import pytest

from tests.support.cli import ardesk


@pytest.fixture
def home(ardesk_home):
    return filled(ardesk_home)


def filled(ardesk_home):
    ardesk_home.mkdir(parents=True, exist_ok=True)
    customers = ardesk_home / "customers.csv"
    customers.write_text("customer_id,name,email\nC1,Hotel Aurora,ap@hotel.example\n")
    invoices = ardesk_home / "invoices.csv"
    invoices.write_text(
        "invoice_number,customer_id,invoice_date,due_date,amount\n"
        "INV-1,C1,2026-04-01,2026-05-01,400.00\n"
        "CM-1,C1,2026-04-02,2026-04-02,-30.00\n"
    )
    for what in ("customers", "invoices"):
        assert ardesk("import", what, ardesk_home / f"{what}.csv").code == 0
    return ardesk_home


def test_a_statement_is_shown_as_of_any_day(home):
    found = ardesk("statement", "C1", "--as-of", "2026-05-31", "--format", "json").json

    assert [line["document"] for line in found["lines"]] == ["INV-1", "CM-1"]
    assert found["lines"][0]["days_past_due"] == 30
    assert found["currencies"]["USD"] == {
        "outstanding": "370.00",
        "past_due": "400.00",
        "unapplied": "-30.00",
        "disputed": "0.00",
    }
    early = ardesk("statement", "hotel aurora", "--as-of", "2026-03-01", "--format", "json")
    assert early.json["lines"] == []


def test_it_is_written_to_a_file(home):
    path = home / "statement.pdf"

    ran = ardesk("statement", "C1", "--as-of", "2026-05-31", "--pdf", path)

    assert ran.code == 0, ran.err
    assert "USD: $370.00 outstanding, $400.00 past due." in ran.out
    assert "Days past due" in ran.out
    assert "$400.00 │" in ran.out
    assert "statement as of Sun 31 May 2026" in ran.out
    assert "INV-1" in pypdfium2.PdfDocument(path)[0].get_textpage().get_text_bounded()


def test_a_months_run_is_done_once_and_shown_as_it_was_posted(ardesk_home, monkeypatch):
    monkeypatch.setenv("ARDESK_CLOCK", "2026-06-01T12:00:00+00:00")
    filled(ardesk_home)
    for _ in range(2):
        ran = ardesk("job", "run", "statements", "--at", "2026-06-15T09:00:00-04:00")
        assert ran.code == 0, ran.err

    posted = ("statement", "C1", "--as-of", "2026-06-30", "--as-posted", "--format", "json")

    assert ardesk(*posted).json["as_of"] == "2026-06-15"
    found = ardesk("statements", "2026-06", "--format", "json").json
    assert (found["served"], found["states"]) == (1, {"held": 1})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("statement", "Nobody", "--as-of", "2026-05-31"), "no customer 'Nobody'"),
        (("statement", "C1", "--as-of", "yesterday"), "not a date"),
        (("statement", "C1", "--as-of", "2026-05-31", "--as-posted"), "no statement by"),
        (("statements", "2026-13"), "is no month"),
        (("statements", "2027-01"), "No statements were begun"),
    ],
)
def test_what_is_wrong_is_one_sentence(home, arguments, sentence):
    ran = ardesk(*arguments)

    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_a_name_that_is_nobodys_names_who_is_called_alike(home):
    [payer] = ardesk("report", "past-due", "--as-of", "2026-05-31", "--format", "json").json[
        "rows"
    ][:1]

    ran = ardesk("statement", payer["name"][:-1], "--as-of", "2026-05-31")

    assert ran.code == 2
    assert f"Did you mean {payer['name']} ({payer['customer_id']})" in ran.err
