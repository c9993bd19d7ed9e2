"""The digest's PDF and workbook, drawn as the desk draws them (R80, R168)."""

from __future__ import annotations

import ctypes
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2

LEFT, RIGHT, TOP, FOOT, PAGE_NUMBER = 47.0, 565.0, 756.0, 60.0, 45.0
"""A letter page's margins, in points, with a point to spare; below them its number."""
HOSTILE = "W" * 60 + "i" * 900


@dataclass(frozen=True)
class Printed:
    """A line on a page, and where."""

    words: str
    left: float
    bottom: float
    right: float
    top: float


def test_a_long_line_of_a_case_is_wrapped_at_the_right_margin_and_not_cut(tmp_path: Path):
    ready = f"Ready on Wed 24 Jun if {', '.join(f'condition {n} is met' for n in range(12))}."

    [page] = pages_of([a_case(1, ready=ready)], tmp_path)

    assert ready in " ".join(one.words for one in page)
    assert max(one.right for one in page) <= RIGHT


def test_r80_a_case_that_waits_for_nobody_says_so_in_words(tmp_path: Path):
    case = a_case(1, waits="nobody, the next step is not due yet", clocks="Day 2.")

    [page] = pages_of([case], tmp_path)

    said = "Watch · waits for nobody, the next step is not due yet. Day 2."
    assert said in [one.words for one in page]


def test_r80_only_what_has_changed_is_marked_in_colour(tmp_path: Path):
    same = {"change": "same", "change_words": "As on the last digest"}
    file = a_digest_of([a_case(1), a_case(2, **same)], tmp_path)

    with pypdfium2.PdfDocument(file) as document:
        text = document[0].get_textpage()
        new, unchanged = ink_of(text, "New"), ink_of(text, "As on the last digest")

    assert max(new) - min(new) > 100
    assert max(unchanged) - min(unchanged) < 50


def test_r80_pages_are_filled_and_a_case_goes_on_under_its_name(tmp_path: Path):
    cases = [a_full_case(n) for n in range(1, 41)]

    pages = pages_of(cases, tmp_path)

    assert all(lowest(page) < FOOT + 150 for page in pages[:-1])
    assert any("continued" in page[1].words for page in pages)
    for before, page in pairwise(pages):
        if page[1].words.endswith(", continued"):
            name = page[1].words.removesuffix(", continued")
            assert lines_after(before, name) >= 4
            assert lines_of_case(page[2:]) >= 3


def test_r80_a_chapter_begins_with_its_first_case(tmp_path: Path):
    parts = [
        {"heading": f"Chapter {n}.", "owed": "$1.00", "cases": [a_full_case(n)]}
        for n in range(1, 30)
    ]

    pages = pages_of([], tmp_path, parts=parts)[1:]

    for n in range(1, 30):
        for page in pages:
            words = [one.words for one in page]
            if f"Chapter {n}." in words:
                assert f"{n} · Hotel" in words
                assert lines_after(page, f"{n} · Hotel") >= 4


def test_r80_no_line_of_any_case_is_lost_or_said_twice(tmp_path: Path):
    cases = [a_full_case(n) for n in range(1, 41)]
    cases[7] |= {"accounts": [f"Site {n} of case 8: watch, $1.00" for n in range(100)]}

    printed = [one.words for page in pages_of(cases, tmp_path) for one in page]

    for case in cases:
        number = case["number"]
        assert printed.count(f"{number} · Hotel") == 1
        told = [line[2:] for line in case["evidence"]] + case["accounts"] + case["said"]
        places = [printed.index(words) for words in told]
        assert places == sorted(places)
        assert all(printed.count(words) == 1 for words in told)


def test_nothing_is_drawn_outside_of_the_page_whatever_was_typed(tmp_path: Path):
    names = ("customer", "waits", "clocks", "note", "noted", "since", "ready", "marks")
    hostile = a_case(1) | dict.fromkeys((*names, "change_words"), HOSTILE)
    hostile |= {name: [f"x {HOSTILE}"] * 3 for name in ("evidence", "accounts", "said")}
    hostile |= {"owed": " + ".join(f"{n},111,111.11 CAD" for n in range(1, 30))}
    given: dict[str, Any] = dict.fromkeys(("title", "company"), HOSTILE)
    given |= {
        "facts": [HOSTILE],
        "opening": [["billing", HOSTILE, 3]],
        "totals": [[{}, HOSTILE]],
    }

    pages = pages_of([hostile, a_case(2)], tmp_path, **given)

    assert "2 · Hotel" in [one.words for one in pages[-1]]
    for one in (one for page in pages for one in page):
        assert one.left >= LEFT
        assert one.right <= RIGHT
        assert FOOT <= one.bottom < one.top <= TOP


def test_a_name_too_long_for_a_page_comes_to_an_end(tmp_path: Path):
    pages = pages_of([a_case(1, customer="Grand Hotel " * 900)], tmp_path)

    assert sum(one.words.count("Grand") for page in pages for one in page) >= 900


def test_the_workbook_holds_amounts_as_numbers_days_as_days_and_counts_as_counts(
    tmp_path: Path,
):
    amount = {"currency": "USD", "total": "1234.50", "disputed": "0.00", "before": "7.00"}
    case = a_case(1, held_until="2026-07-17", amounts=[amount], account_rows=[an_account()])
    case |= {"noted_at": "2026-06-09T14:06", "steps": [["2026-06-11", "First notice"]]}

    book_of = workbook_of([case], tmp_path, totals=[[amount, "in words"]])

    digest, accounts = cells_of(book_of["Digest"]), cells_of(book_of["Accounts"])
    assert digest["Over 30 days"] == [(1234.5, "#,##0.00")]
    assert digest["Held until"] == [(day(2026, 7, 17), "d mmm yyyy")]
    assert digest["Noted"] == [(datetime(2026, 6, 9, 14, 6), "d mmm yyyy hh:mm")]  # noqa: DTZ001
    assert digest["Oldest, days"] == [(40, "General")]
    assert cells_of(book_of["Totals"])["Last digest"] == [(7, "#,##0.00")]
    assert cells_of(book_of["Steps"])["Day"] == [(day(2026, 6, 11), "d mmm yyyy")]
    assert accounts["Account"] == [("00042", "General")]
    assert accounts["May cause suspension"] == [(100.25, "#,##0.00")]
    assert accounts["Oldest due"] == [(day(2026, 5, 1), "d mmm yyyy")]
    assert accounts["Oldest, days"] == [(40, "General")]


def test_what_is_counted_of_a_case_stands_once_however_many_currencies_it_owes_in(
    tmp_path: Path,
):
    usd = {"currency": "USD", "total": "1234.50", "disputed": "0.00", "before": "7.00"}
    case = a_case(1, amounts=[usd, usd | {"currency": "EUR"}], calls=7, reached=2, emails=3)

    cells = cells_of(workbook_of([case], tmp_path)["Digest"])

    assert [value for value, _ in cells["Currency"]] == ["USD", "EUR"]
    assert [value for value, _ in cells["Case"]] == [1, 1]
    for name, count in (("Calls", 7), ("Reached", 2), ("E-mails", 3)):
        assert [value for value, _ in cells[name]] == [count, None]


def test_the_workbook_has_a_row_a_case_account_and_currency_to_be_sorted_and_summed(
    tmp_path: Path,
):
    yen = an_account(currency="JPY", total="5000", disputed="0", planned="0", causing="0")
    nothing = an_account(state="Suspended", oldest_due="", oldest_days=None)
    nothing |= dict.fromkeys(("currency", "total", "disputed", "planned", "causing"), "")
    of_before = a_case(2, accounts=["Site 3: watch, $5.00"])

    page = workbook_of(
        [a_case(1, account_rows=[an_account(), yen, nothing]), of_before], tmp_path
    )["Accounts"]

    cells = cells_of(page)
    assert [value for value, _ in cells["Case"]] == [1, 1, 1, 2]
    assert [value for value, _ in cells["Currency"]] == ["USD", "JPY", None, None]
    assert cells["Over 30 days"][1] == (5000, "#,##0")
    assert [value for value, _ in cells["Over 30 days"]] == [350, 5000, None, None]
    assert cells["Site"][-1][0] == "Site 3: watch, $5.00"
    assert page.freeze_panes == "E2"
    assert page.auto_filter.ref == "A1:L5"


def test_i30_nothing_that_was_typed_becomes_a_formula_a_link_or_a_number(tmp_path: Path):
    for typed in ("=1+1", "+1", "-1", "@SUM(A1)", "https://a.example", "00042", "x" * 40_000):
        names = ("customer", "note", "noted_by", "waits", "marks", "owner")
        case = a_case(1) | dict.fromkeys(names, typed)
        case |= {"account_rows": [an_account(number=typed, name=typed, state=typed)]}
        case |= {"said": [typed], "evidence": [f"✗ {typed}"], "steps": [["", typed]]}

        book_of = workbook_of([case], tmp_path, opening=[[typed, typed, 3]])

        found = [
            cell
            for page in book_of
            for row in page.iter_rows()
            for cell in row
            if str(cell.value).startswith(typed[:9])
        ]
        assert len(found) >= 15
        assert {cell.data_type for cell in found} == {"s"}
        assert all(cell.hyperlink is None for cell in found)


def a_case(number: int, **given: object) -> dict[str, Any]:
    texts = ["owner", "marks", "waits", "clocks", "note", "noted", "since", "owed", "ready"]
    texts += ["noted_by", "noted_at", "held_until"]
    lists = ("evidence", "accounts", "account_rows", "moves", "steps", "said", "amounts")
    case: dict[str, Any] = dict.fromkeys(texts, "") | {name: [] for name in lists}
    case |= {"number": number, "customer": "Hotel", "oldest_days": 40}
    case |= {"change": "new", "change_words": "New"}
    case |= {"state": "watch", "stands": "Watch", "calls": 0, "reached": 0, "emails": 0}
    return case | given


def an_account(**given: object) -> dict[str, Any]:
    account = {"number": "00042", "name": "Bay Inn", "state": "Watch", "currency": "USD"}
    account |= {"total": "350.00", "disputed": "50.00", "planned": "0.00", "causing": "100.25"}
    return account | {"oldest_due": "2026-05-01", "oldest_days": 40} | given


def a_full_case(number: int) -> dict[str, Any]:
    """Return a case of 10 to 30 lines, each unlike all others."""
    return a_case(
        number,
        evidence=[f"✗ Missing {n} of case {number}" for n in range(number % 7)],
        accounts=[f"Site {n} of case {number}" for n in range(number % 11)],
        said=[f"Comment {n} on case {number}" for n in range(6 + number % 5)],
    )


def pages_of(cases: list[dict[str, Any]], folder: Path, **given: Any) -> list[list[Printed]]:
    """Return what stands on each page of a digest's PDF, from top to foot."""
    with pypdfium2.PdfDocument(a_digest_of(cases, folder, **given)) as document:
        return [_printed(page.get_textpage()) for page in document]


def _printed(text: pypdfium2.PdfTextPage) -> list[Printed]:
    found = []
    for n in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(n)
        words = text.get_text_bounded(left, bottom, right, top)
        found.append(Printed(" ".join(words.split()), left, bottom, right, top))
    return [one for one in found if one.bottom > PAGE_NUMBER]


def ink_of(text: pypdfium2.PdfTextPage, words: str) -> tuple[int, ...]:
    """Return the red, green and blue in which words stand on a page."""
    found = text.search(words).get_next()
    assert found, words
    parts = [ctypes.c_uint() for _ in range(4)]
    pypdfium2.raw.FPDFText_GetFillColor(text.raw, found[0], *map(ctypes.byref, parts))
    return tuple(part.value for part in parts[:3])


def lowest(page: Sequence[Printed]) -> float:
    return min(one.bottom for one in page)


def lines_after(page: Sequence[Printed], name: str) -> int:
    """Return how many lines stand below a case's name on a page."""
    [at] = [one.bottom for one in page if one.words in (name, f"{name}, continued")]
    return len({round(one.bottom / 4) for one in page if one.bottom < at - 4})


def lines_of_case(page: Sequence[Printed]) -> int:
    """Return how many lines stand above the next case."""
    starts = [n for n, one in enumerate(page) if re.fullmatch(r"\d+ · Hotel", one.words)]
    return min(starts, default=len(page))


def workbook_of(cases: list[dict[str, Any]], folder: Path, **given: Any) -> openpyxl.Workbook:
    return openpyxl.load_workbook(a_digest_of(cases, folder, "digest_workbook", **given))


def cells_of(page: Any) -> dict[str, list[tuple[object, str]]]:
    """Return each column's cells below its title: what they hold, and how it is shown."""
    rows = [row for row in page.iter_rows() if row[1].value is not None]
    return {
        title.value: [(row[n].value, row[n].number_format) for row in rows[1:]]
        for n, title in enumerate(rows[0])
    }


def day(year: int, month: int, on: int) -> datetime:
    return datetime(year, month, on)  # noqa: DTZ001 - a cell's


def a_digest_of(
    cases: list[dict[str, Any]], folder: Path, drawn_by: str = "digest_pdf", **given: Any
) -> Path:
    """Return a file that is drawn as the desk draws it: in a process of its own."""
    file = folder / ("d.pdf" if drawn_by == "digest_pdf" else "d.xlsx")
    order: dict[str, Any] = {"title": "Digest", "company": "Us"}
    order |= {name: [] for name in ("facts", "totals", "opening")}
    part = {"heading": "Watch", "owed": "$1.00", "cases": cases}
    order |= {"parts": [part], "path": str(file)} | given
    command = [sys.executable, "-m", f"bot.rendering.{drawn_by}"]
    subprocess.run(command, input=json.dumps(order), text=True, check=True)
    return file
