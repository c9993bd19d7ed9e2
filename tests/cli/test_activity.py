"""`ardesk activity`: an agent's sheet of a day, whenever it is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.cli import ardesk


@pytest.fixture
def home(ardesk_home: Path) -> Path:
    ardesk_home.mkdir(parents=True, exist_ok=True)
    people = ardesk_home / "people.csv"
    people.write_text("entra_id,name,email,roles\ne-1,Ana Cruz,ana@desk.example,agent\n")
    assert ardesk("import", "people", people).code == 0
    return ardesk_home


def test_the_sheet_of_a_day_is_drawn_where_it_is_wanted(home):
    path = home / "ana.xlsx"

    ran = ardesk("activity", "ana@desk.example", "--on", "2026-06-08", "--out", path)

    assert ran.code == 0, ran.err
    assert "no calls of Ana Cruz" in ran.out.replace("\n", " ")
    page = load_workbook(path).active
    assert page is not None
    assert page["A1"].value == "Ana Cruz, Mon 8 Jun 2026"


def test_an_unknown_agent_is_one_sentence(home):
    ran = ardesk("activity", "Zoe", "--on", "2026-06-08")

    assert ran.code == 2
    assert ran.err.count("\n") == 1
