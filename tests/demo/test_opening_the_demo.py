"""Issue point 1: one command opens a desk, with or without Node, on any book."""

from __future__ import annotations

import io
import os
import re
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from bot.demo import prepare, programme
from bot.demo.prepare import AlreadyRunning, NotOurs
from bot.demo.programme import CannotMove
from bot.demo.stage import Chair
from bot.demo.teams_client.config import Account
from bot.kernel.calendar import BusinessCalendar
from bot.policy import Policy
from bot.workflows.people.rules import Role
from tests.support.cli import ardesk

ZONE = Policy().zone
MONDAY = "2026-06-08T08:00:00-04:00"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home of a desk that nothing in the environment points elsewhere."""
    for name in [name for name in os.environ if name.startswith("ARDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ARDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path / "home"


def test_without_node_it_says_so_and_shows_the_lists_and_a_day_in_the_terminal(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home / "nothing-here"))

    ran = ardesk("demo")

    assert ran.code == 0, ran.err
    assert "Node 20 or newer is not installed on this machine." in ran.out
    for name in ("Maria Santos", "Jose Reyes", "Liza Cruz", "Paolo Garcia"):
        assert f"{name}'s morning list" in ran.out
    for moment in (
        "Logged: no answer at",
        "Undone: left voicemail at",
        "A promise is for Mon 22 Jun at the latest",
        "Logged: promise to pay at",
        "what the lead is told at once",
        "Default answer: no.",
        "Carol Whitfield approved your request.",
        "the VP Finance's copy closed itself",
        "Your shift of Mon 8 Jun",
        "Suspension digest for Wed 10 Jun",
    ):
        assert moment in ran.out
    assert "Nothing to show" not in ran.out
    assert "Something went wrong" not in ran.out
    assert list(home.glob("demo/activity/2026-06-08/maria-santos-*.xlsx"))


def test_ones_own_files_are_worked_by_ones_own_people(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (book / "people.csv").write_text(
        "entra_id,name,email,roles\n"
        "e-1,Ana Cruz,ana@own.example,agent\n"
        "e-2,Lee Wong,lee@own.example,lead\n"
    )
    (book / "map.toml").write_text('[invoices.columns]\ninvoice_number = "No"\n')
    (book / "invoices.csv").write_text(
        "No,customer_id,customer_name,invoice_date,due_date,amount,agent\n"
        "A-1,C1,Hotel Aurora,2026-04-01,2026-05-01,900.00,ana@own.example\n"
        "A-2,C2,Harbor Inn,2026-04-01,soon,100.00,ana@own.example\n"
    )

    monkeypatch.setenv("ARDESK_CLOCK", MONDAY)

    ran = ardesk("demo", "--terminal", "--book", book)

    assert ran.code == 0, ran.err
    assert "invoices.csv: 1 row taken, 1 left out (the first, line 3:" in ran.out
    assert "Ana Cruz's morning list" in ran.out
    assert "1. Hotel Aurora" in ran.out
    assert "Nothing to show here: nobody is controller." in ran.out


def test_files_without_people_are_shared_among_the_sample_companys_agents(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "book"
    book.mkdir()
    rows = [f"A-{n},C{n},2026-04-01,2026-05-01,{n}00.00\n" for n in range(1, 9)]
    header = "invoice_number,customer_id,invoice_date,due_date,amount\n"
    (book / "invoices.csv").write_text(header + "".join(rows))

    monkeypatch.setenv("ARDESK_CLOCK", MONDAY)

    ran = ardesk("demo", "--terminal", "--book", book)

    assert ran.code == 0, ran.err
    assert ran.out.count("2 to call") == 4


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds no invoices.csv or invoices.xlsx."),
        ({"invoices.csv": "a,b\n1,2\n"}, "invoice_number"),
    ],
)
def test_a_book_that_cannot_be_used_is_told_in_one_sentence(
    home: Path, tmp_path: Path, files: dict[str, str], said: str
) -> None:
    book = tmp_path / "book"
    book.mkdir()
    for name, text in files.items():
        (book / name).write_text(text)

    ran = ardesk("demo", "--terminal", "--book", book)

    assert ran.code == 2
    assert said in ran.err.splitlines()[-1]


def test_a_book_that_is_not_there_is_told_in_one_sentence(home: Path, tmp_path: Path) -> None:
    ran = ardesk("demo", "--terminal", "--book", tmp_path / "nowhere")

    assert ran.code == 2
    assert "There is no folder" in ran.err.splitlines()[-1]


def test_a_folder_that_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "desk.db").write_text("precious")

    with pytest.raises(NotOurs):
        prepare.empty(tmp_path / "demo")

    assert (tmp_path / "demo" / "desk.db").read_text() == "precious"


def test_a_second_demo_in_the_same_home_is_refused_while_one_runs(
    home: Path,
) -> None:
    with prepare.claimed(home / "demo"):
        ran = ardesk("demo", "--terminal")
        with pytest.raises(AlreadyRunning), prepare.claimed(home / "demo"):
            pass

    assert ran.code == 2
    assert "A demo is running already" in ran.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Wed 08:00", "2026-06-10T08:00:00-04:00"),
        ("wednesday 8:00", "2026-06-10T08:00:00-04:00"),
        ("Mon 16:59:30", "2026-06-08T16:59:30-04:00"),
        ("2026-06-09T10:00", "2026-06-09T10:00:00-04:00"),
        ("2026-06-09T10:00:00+00:00", "2026-06-09T10:00:00+00:00"),
        ("Mon 07:30", "2026-06-15T07:30:00-04:00"),
    ],
)
def test_the_clock_is_moved_by_what_people_type(typed: str, meant: str) -> None:
    assert moment_in(typed, prepare.SHIFT_START).isoformat() == meant


def test_the_clock_goes_on_from_where_it_was_moved_to() -> None:
    wednesday = moment_in("Wed 08:00", prepare.SHIFT_START)

    assert moment_in("Mon 17:00", wednesday).isoformat() == "2026-06-15T17:00:00-04:00"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("Someday 08:00", "'Someday 08:00' is not a time."),
        ("Wed 25:00", "'Wed 25:00' is not a time."),
        ("", "is not a time."),
        ("list", "'list' is not a time."),
        ("Sun 08:00", "Sun 14 Jun is a day off at the desk"),
        ("2026-06-19T08:00", "Fri 19 Jun is a day off at the desk"),
        ("2026-06-08T07:59", "The desk's clock is at Mon 8 Jun 08:00 and only goes forward"),
        ("2026-06-08T08:00", "The desk's clock is at Mon 8 Jun 08:00 and only goes forward"),
    ],
)
def test_the_clock_stays_where_it_is_and_says_why(typed: str, why: str) -> None:
    with pytest.raises(CannotMove, match=re.escape(why)):
        moment_in(typed, prepare.SHIFT_START)


def moment_in(typed: str, now: datetime) -> datetime:
    calendar = BusinessCalendar()
    return programme.moment_in(typed, now=now, zone=ZONE, calendar=calendar)


def test_what_is_typed_outside_the_chat_is_said_to_be_typed_in_the_terminal(home: Path):
    console = Console(record=True, width=200, file=io.StringIO())
    linda = Chair(Account("e5", "Linda Marsh", "linda@example.com"), Role.LEAD, "leads", 5)

    programme.tell(
        console, {linda: "http://127.0.0.1:3982"}, now=prepare.SHIFT_START, home=home
    )

    words = " ".join(console.export_text().split())
    assert "type Wed 08:00 in this terminal" in words
