"""A new user brings a book in and asks for figures, with the command lines of the manual."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.support.cli import ardesk

HEADER = "invoice_number,customer_id,invoice_date,due_date,amount"
IBM_MAP = """
[invoices]
date_format = "%d/%m/%Y"
[invoices.columns]
invoice_number = "invoiceNumber"
customer_id = "customerID"
invoice_date = "InvoiceDate"
due_date = "DueDate"
amount = "InvoiceAmount"
disputed = "Disputed"
settled_on = "SettledDate"
[invoices.defaults]
currency = "USD"
"""


def file(folder: Path, *lines: str, name: str = "invoices.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def folder(ardesk_home: Path, tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


def test_the_public_book_gives_the_published_figures(folder: Path, shared: Path):
    by_map = file(folder, IBM_MAP, name="ibm.toml")
    book = shared / "data" / "ibm" / "invoices.csv"

    told = ardesk("import", "invoices", book, "--map", by_map, "--format", "json").json
    assert (told["accepted"], told["rejected"], told["errors"]) == (2466, 0, [])
    assert told["accepted_total"] == {"USD": "147703.18"}

    aging = ardesk("report", "aging", "--as-of", "2013-06-30", "--format", "json").json
    assert aging["as_of"] == "2013-06-30"
    assert aging["currencies"] == {
        "USD": {
            "current": "4284.29",
            "1-30": "835.56",
            "31-60": "0.00",
            "61-90": "0.00",
            "91-120": "0.00",
            "121+": "0.00",
            "unapplied": "0.00",
            "outstanding": "5119.85",
            "invoices": 84,
            "customers": 52,
        }
    }
    dso = ardesk("report", "dso", "--as-of", "2013-06-30", "--format", "json").json
    assert dso["currencies"]["USD"]["simple_90"] == "23.15"
    assert set(dso["currencies"]["USD"]) == {
        "countback",
        "simple_90",
        "best_possible",
        "over_31",
    }
    before = ardesk("report", "aging", "--as-of", "2012-12-31", "--format", "json").json
    assert before["currencies"]["USD"]["outstanding"] == "5725.06"


def test_the_largest_debts_come_first_one_row_a_customer_and_currency(folder: Path):
    ardesk(
        "import",
        "invoices",
        file(
            folder,
            f"{HEADER},currency,customer_name",
            "A-1,A,2026-04-01,2026-05-01,100.00,USD,Aurora",
            "A-2,A,2026-04-01,2026-05-09,50.00,USD,Aurora",
            "A-3,A,2026-04-01,2026-05-09,900.00,EUR,Aurora",
            "A-4,A,2026-05-09,2026-06-08,5000.00,USD,Aurora",
            "B-1,B,2026-04-01,2026-05-09,120.00,USD,Borealis",
            "C-1,C,2026-04-01,2026-05-09,-9000.00,USD,Credit",
        ),
    )

    command = ("report", "past-due", "--as-of", "2026-06-08", "--top", "2", "--format", "json")

    assert ardesk(*command).json == {
        "rows": [
            {
                "customer_id": "A",
                "name": "Aurora",
                "currency": "EUR",
                "past_due": "900.00",
                "invoices": 1,
                "oldest_days": 30,
            },
            {
                "customer_id": "A",
                "name": "Aurora",
                "currency": "USD",
                "past_due": "150.00",
                "invoices": 2,
                "oldest_days": 38,
            },
        ]
    }


def test_over_31_counts_from_31_days_on_and_no_sales_is_null(folder: Path):
    ardesk(
        "import",
        "invoices",
        file(
            folder,
            HEADER,
            "A-1,A,2026-01-01,2026-05-09,1.00",
            "A-2,A,2026-01-01,2026-05-08,20.00",
            "A-3,A,2026-01-01,2026-01-08,300.00",
        ),
    )

    told = ardesk("report", "dso", "--as-of", "2026-06-08", "--format", "json").json

    assert told["currencies"]["USD"] == {
        "countback": "159.00",
        "simple_90": None,
        "best_possible": None,
        "over_31": "320.00",
    }


def test_aging_by_customer_has_the_same_shape_for_each_and_adds_up(folder: Path):
    ardesk(
        "import",
        "invoices",
        file(
            folder,
            f"{HEADER},customer_name",
            "A-1,A,2026-01-01,2026-06-08,100.00,Aurora",
            "B-1,B,2026-01-01,2026-06-01,70.00,Borealis",
            "B-2,B,2026-01-01,2026-06-01,-20.00,Borealis",
        ),
    )
    ardesk(
        "import",
        "payments",
        file(folder, "payment_id,customer_id,received_on,amount", "P1,A,2026-06-01,30.00"),
    )

    told = ardesk(
        "report", "aging", "--as-of", "2026-06-08", "--by", "customer", "--format", "json"
    ).json

    rows = {one["customer_id"]: one["currencies"]["USD"] for one in told["customers"]}
    assert [one["name"] for one in told["customers"]] == ["Aurora", "Borealis"]
    assert (rows["A"]["current"], rows["A"]["unapplied"]) == ("100.00", "-30.00")
    assert (rows["B"]["1-30"], rows["B"]["outstanding"]) == ("70.00", "50.00")
    assert set(rows["A"]) == set(told["currencies"]["USD"])
    assert told["currencies"]["USD"]["outstanding"] == "120.00"
    assert (told["currencies"]["USD"]["invoices"], told["currencies"]["USD"]["customers"]) == (
        2,
        2,
    )


def test_rows_with_an_error_are_listed_and_the_exit_code_is_zero(folder: Path):
    ran = ardesk(
        "import",
        "invoices",
        file(
            folder,
            HEADER,
            "A-1,A,2026-01-01,2026-06-08,100.00",
            "A-2,A,2026-01-01,soon,5.00",
            "A-3,A,2026-01-01,2026-06-08,lots",
        ),
        "--format",
        "json",
    )

    assert ran.code == 0
    assert ran.json["accepted_total"] == {"USD": "100.00"}
    assert ran.json["rejected_total"] == {"USD": "5.00"}
    assert ran.json["unreadable_amounts"] == 1
    assert [set(one) for one in ran.json["errors"]] == [{"line", "column", "message"}] * 2
    assert [one["line"] for one in ran.json["errors"]] == [3, 4]


def test_strict_prints_what_is_wrong_changes_nothing_and_exits_with_2(folder: Path):
    path = file(
        folder, HEADER, "A-1,A,2026-01-01,2026-06-08,1.00", "A-2,A,2026-01-01,soon,5.00"
    )

    ran = ardesk("import", "invoices", path, "--strict", "--format", "json")

    assert ran.code == 2
    assert ran.json["rejected"] == 1
    assert "all or nothing" in ran.err
    aging = ardesk("report", "aging", "--as-of", "2026-06-08", "--format", "json").json
    assert aging["currencies"] == {}


def test_what_is_wrong_is_listed_in_the_order_of_the_file(folder: Path):
    path = file(
        folder,
        HEADER,
        "I1,A,2026-01-01,2026-06-08,1.00",
        "I1,A,2026-01-01,2026-06-08,2.00",
        "I2,A,2026-01-01,2026-06-08,1e5",
    )

    told = ardesk("import", "invoices", path, "--format", "json").json

    assert [(one["line"], one["column"]) for one in told["errors"]] == [
        (3, "invoice_number"),
        (4, "amount"),
    ]


def test_a_workbook_is_imported_like_a_csv(folder: Path):
    book = Workbook()
    book.worksheets[0].append([*HEADER.split(","), "kind"])
    book.worksheets[0].append([1001, "A", "2026-01-01", "2026-06-08", 99.5, "MRR"])
    path = folder / "book.xlsx"
    book.save(path)

    told = ardesk("import", "invoices", path, "--format", "json").json

    assert told["accepted_total"] == {"USD": "99.50"}


def test_a_date_of_a_workbook_is_one_whatever_format_the_map_says_texts_are(folder: Path):
    book = Workbook()
    book.worksheets[0].append(HEADER.split(","))
    due = datetime(2026, 6, 8)  # noqa: DTZ001 - a cell has no time zone
    book.worksheets[0].append(["I1", "A", date(2026, 1, 5), due, 99.5])
    book.worksheets[0].append(["I2", "A", "05/01/2026", "08/06/2026", 0.5])
    path, map_file = folder / "book.xlsx", folder / "map.toml"
    book.save(path)
    map_file.write_text('[invoices]\ndate_format = "%d/%m/%Y"\n')

    told = ardesk("import", "invoices", path, "--map", map_file, "--format", "json").json

    assert (told["accepted"], told["errors"]) == (2, [])


def test_a_book_with_decimal_commas_is_imported_to_the_cent(folder: Path):
    by_map = file(
        folder,
        '[invoices]\ndecimal = ","\ndate_format = "%d.%m.%Y"\n[invoices.defaults]\n'
        'currency = "EUR"\n[payments]\ndecimal = ","',
        name="map.toml",
    )
    path = file(
        folder,
        f"{HEADER.replace(',', ';')};disputed",
        "I1;A;05.01.2026;08.06.2026;1.234,56;1.000,50",
        "I2;A;05.01.2026;08.06.2026;-34,56;nein",
        "I3;B;05.01.2026;08.06.2026;2 000;yes",
        "I4;B;05.01.2026;;0,44;",
        "I5;B;05.01.2026;08.06.2026;12.5;",
        "I6;B;05.01.2026;08.06.2026;-34,56;no",
    )

    told = ardesk("import", "invoices", path, "--map", by_map, "--format", "json").json

    assert told["accepted_total"] == {"EUR": "3200.00"}
    assert (told["accepted"], told["rejected"]) == (3, 3)
    assert told["rejected_total"] == {"EUR": "-34.12"}
    assert [(one["line"], one["column"]) for one in told["errors"]] == [
        (3, "disputed"),
        (5, "due_date"),
        (6, "amount"),
    ]
    assert "'12.5' is not an amount like 1.234,50" in told["errors"][2]["message"]


def test_the_recorded_intacct_company_is_imported(folder: Path, shared: Path):
    told = ardesk("import", "intacct", shared / "data" / "intacct", "--format", "json").json
    assert told["rejected"] == 0

    aging = ardesk("report", "aging", "--as-of", "2026-06-08", "--format", "json").json

    figures = aging["currencies"]["USD"]
    assert (figures["121+"], figures["unapplied"]) == ("3452958.43", "-2650.00")
    assert figures["outstanding"] == "3450308.43"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "invoices", "nothing.csv"), "There is no file"),
        (("import", "intacct", "nothing"), "not a folder"),
        (("import", "invoices", "."), "is a folder"),
        (("import", "invoices", "a.csv", "--map", "nothing.toml"), "cannot be read"),
        (("report", "aging", "--as-of", "2026-02-30"), "not a date"),
        (("report", "aging", "--as-of", "yesterday"), "not a date"),
        (("report", "past-due", "--as-of", "2026-06-08", "--top", "0"), "--top"),
        (("report", "aging"), "--as-of"),
        (("import", "everything", "a.csv"), "No such command"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(
    folder: Path, arguments: tuple[str, ...], said: str
):
    ran = ardesk(*arguments)

    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert "Traceback" not in ran.err


def test_answers_of_which_none_can_be_read_are_named_and_refused(folder: Path):
    answers = folder / "answers"
    answers.mkdir()
    (answers / "page.json").write_text("{", "utf-8")

    ran = ardesk("import", "intacct", answers)

    assert ran.code == 2
    sentence = "Nothing was imported: answers has no customer or invoice in it."
    assert ran.err.splitlines()[-1] == sentence
    assert "page.json" in ran.out
    assert "The file is not JSON that can be read." in ran.out


def test_people_get_tables_with_thousands_and_reasons(folder: Path):
    path = file(
        folder, HEADER, 'A-1,A,2026-01-01,2026-05-08,"1,234.50"', "A-2,A,2026-01-01,x,1"
    )

    told = ardesk("import", "invoices", path).out
    assert "$1,234.50" in told
    assert "'x' is not a date like 2026-06-08" in told

    assert "$1,234.50" in ardesk("report", "aging", "--as-of", "2026-06-08").out
    assert "1,234.50" in ardesk("report", "past-due", "--as-of", "2026-06-08").out
    measured = ardesk("report", "dso", "--as-of", "2026-06-08").out
    assert "Countback" in measured
    assert "159.00 days" in measured
    assert "$1,234.50" in measured


def test_names_with_markup_are_shown_as_text(folder: Path):
    path = file(
        folder, f"{HEADER},customer_name", "A-1,A,2026-01-01,2026-05-08,1.00,[red]Boo[/red]"
    )
    ardesk("import", "invoices", path)

    assert "[red]Boo[/red]" in ardesk("report", "past-due", "--as-of", "2026-06-08").out


def test_the_disputes_report_counts_nothing_on_an_empty_desk(ardesk_home):
    found = ardesk("report", "disputes", "--as-of", "2026-06-01", "--format", "json").json

    assert found["open"] == {}
    assert found["raised_late"] == {"count": 0, "amounts": {}}
    assert found["days_to_cash"] is None


PAID = "payment_id,customer_id,received_on,amount"


def test_a_payment_that_is_yet_to_come_counts_from_its_day_and_is_pointed_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARDESK_CLOCK", "2026-06-08T14:00:00Z")
    rows = ("P1,C1,2026-06-08,1.00", "P2,C1,2026-06-09,2.00", "P3,C1,2062-06-08,4.00")
    paid = file(folder, PAID, *rows, name="payments.csv")

    told = ardesk("import", "payments", paid, "--format", "json").json

    assert (told["accepted"], told["rejected"]) == (3, 0)
    assert told["accepted_total"] == {"USD": "7.00"}
    assert "1 payment dated ahead, taken from the day given: check the dates." in told["notes"]


def test_payments_of_customers_nobody_knew_are_taken_and_the_customers_named_once(
    folder: Path,
):
    paid = file(folder, PAID, "P1,C1,2026-06-08,1.00", "P2,C2,2026-06-08,2.00", name="p.csv")

    first = ardesk("import", "payments", paid).out
    again = ardesk("import", "payments", paid, "--format", "json").json

    assert "2 customers nobody knew: C1, C2. Added by number alone" in " ".join(first.split())
    assert (again["accepted"], again["errors"], again["notes"]) == (2, [], [])
