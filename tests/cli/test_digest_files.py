"""The digest's PDF and workbook, drawn as the desk draws them (R80, R168)."""

from __future__ import annotations

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


def test_the_workbook_holds_the_day_of_a_hold_as_a_day(tmp_path: Path):
    case = a_case(1, held_until="2026-07-17", amounts=[], moves=["Thu 11 Jun: First notice"])

    book_of = openpyxl.load_workbook(a_digest_of([case], tmp_path, "digest_workbook"))

    [titles, held] = list(book_of["Digest"].iter_rows(values_only=True))[-2:]
    assert held[titles.index("Held until")] == datetime(2026, 7, 17)  # noqa: DTZ001 - a cell's
    assert [cell.value for cell in book_of["Steps"][1]][2] == "Step since the last digest"


def a_case(number: int, **given: object) -> dict[str, Any]:
    texts = ("owner", "marks", "waits", "clocks", "note", "noted", "since", "owed", "ready")
    lists = ("evidence", "accounts", "moves", "said")
    case: dict[str, Any] = dict.fromkeys(texts, "") | {name: [] for name in lists}
    case |= {"number": number, "customer": "Hotel", "change_words": "New", "oldest_days": 40}
    case |= {"state": "watch", "stands": "Watch", "calls": 0, "reached": 0, "emails": 0}
    return case | given


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
