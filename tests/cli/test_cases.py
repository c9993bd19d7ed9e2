"""`ardesk case` and `ardesk template`, as scripts and controllers use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import ardesk

PEOPLE = (
    "entra_id,name,email,roles\n"
    "e-ana,Ana Cruz,ana@desk.example,agent\n"
    "e-con,Con Troller,con@desk.example,controller\n"
    "e-lea,Lea Lead,lea@desk.example,lead\n"
)
CUSTOMERS = "customer_id,name,agent,email\nC1,Hotel Aurora,ana@desk.example,ap@aurora.example\n"
INVOICES = (
    "invoice_number,customer_id,invoice_date,due_date,amount\n"
    "I-1,C1,2026-04-01,2026-05-01,100.00\n"
)


@pytest.fixture
def book(ardesk_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARDESK_CLOCK", "2026-06-08T10:00:00-04:00")
    for what, rows in (("people", PEOPLE), ("customers", CUSTOMERS), ("invoices", INVOICES)):
        path = tmp_path / f"{what}.csv"
        path.write_text(rows, "utf-8")
        assert ardesk("import", what, path).code == 0
    assert ardesk("job", "run", "suspension-cases").code == 0
    return ardesk_home


def test_a_case_for_programs_by_what_is_known_now(book: Path):
    ran = ardesk("case", 1, "--format", "json")

    assert ran.json["state"] == "watch"
    assert ran.json["customer"] == "Hotel Aurora"
    assert ran.json["accounts"] == [
        {
            "name": "Hotel Aurora",
            "state": "watch",
            "owed": {"USD": "100.00"},
            "disputed": {},
            "causing": {},
            "invoices": ["I-1"],
            "oldest_days": 38,
        }
    ]
    assert "Second contact: not tried yet" in ran.json["missing"]
    assert ran.json["steps"][0]["words"] == "Watch: more than 30 days past due"
    [happened] = ran.json["happened"]
    assert happened["words"] == "Watch: more than 30 days past due"


def test_r168_what_happened_on_a_case_is_printed_with_its_day(book: Path):
    text = ardesk("case", 1).out

    assert "What happened:\n2026-06-08 10:00 Watch: more than 30 days past due\n" in text


def test_a_case_as_it_stood_then(book: Path):
    posted = ardesk("case", 1, "--on", "2026-06-07", "--as-posted", "--format", "json")
    assert posted.json["state"] is None
    assert "stood at “watch”" in ardesk("case", 1, "--on", "2026-06-08", "--as-posted").out


def test_r70_before_it_was_opened_there_was_no_case(book: Path):
    before = ardesk("case", 1, "--on", "2026-06-07")
    assert before.out == "There was no case 1 on 2026-06-07: it was opened on 2026-06-08.\n"
    found = ardesk("case", 1, "--on", "2026-06-07", "--format", "json").json
    assert (found["state"], found["accounts"]) == (None, [])
    assert ardesk("case", 1, "--on", "2026-06-08", "--format", "json").json["state"] == "watch"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("case", "7"), "There is no case 7"),
        (("case", "1", "--on", "31 May"), "31 May"),
        (("template", "lock", "fourth_notice", "--by", "con@desk.example"), "no template"),
        (("template", "lock", "first_notice", "--by", "nobody@desk.example"), "Nobody"),
        (("template", "lock", "first_notice", "--by", "lea@desk.example"), "is for:"),
        (("template", "lock", "first_notice", "--by", "con@desk.example"), "There is no file"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(book: Path, asked: tuple[str, ...], says: str):
    ran = ardesk(*asked)

    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_the_companys_own_wording_goes_out_only_once_it_is_approved(book: Path):
    own = book / "templates" / "first_notice.txt"
    own.parent.mkdir()
    own.write_text(ardesk("template", "show", "first_notice").out + "\nOur own words.\n")
    assert "changed and not approved" in ardesk("template", "list").out
    assert "changed and not approved: first_notice" in ardesk("doctor").out
    assert ardesk("job", "run", "suspension-steps").out.startswith("no notices drafted")

    locked = ardesk("template", "lock", "first_notice", "--by", "con@desk.example")

    assert "is locked as" in locked.out
    listed = ardesk("template", "list", "--format", "json").json
    assert listed[0]["state"] == "the company's, approved 2026-06-08"
    own.write_text(own.read_text() + "One more line.\n")
    assert "changed and not approved" in ardesk("template", "list").out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Dear $contact, $amount $invoices", "first line"),
        ("Subject: x\n$amount", "does not name $invoices"),
        ("Subject: x\n$amount $invoices $secret", "names $secret"),
        ("Subject: x\n$amount $invoices costs $ 5", "write $$"),
    ],
)
def test_a_wording_that_cannot_be_used_is_not_approved(book: Path, text: str, says: str):
    own = book / "templates" / "first_notice.txt"
    own.parent.mkdir()
    own.write_text(text)

    ran = ardesk("template", "lock", "first_notice", "--by", "con@desk.example")

    assert ran.code == 2
    assert says in ran.err
