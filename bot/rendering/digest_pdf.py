"""Draws a suspension digest: `python -m bot.rendering.digest_pdf < digest.json`."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from reportlab.lib.colors import Color

from bot.rendering import paper
from bot.rendering.paper import (
    ALERT,
    BAD,
    BOLD,
    BOTTOM,
    GOOD,
    INK,
    LEFT,
    LINE,
    PALE,
    PLAIN,
    RIGHT,
    TOP,
    Page,
    cut,
    wrapped,
)

_WIDE: Final = RIGHT - LEFT
_SMALL: Final = 8.0
_STEP: Final = 11.0


def draw(order: dict[str, Any]) -> bytes:
    """Return the digest that is ordered, as a PDF."""
    whole = BytesIO()
    title = order["title"]
    page = paper.begin(whole, title=title, company=order["company"], heading=title)
    _head(page, order)
    for part in order["parts"]:
        _part(page, part)
    page.end()
    return whole.getvalue()


def _head(page: Page, order: dict[str, Any]) -> None:
    page.text(LEFT, order["company"], size=12, font=BOLD)
    page.down(28)
    page.text(LEFT, order["title"], size=17, font=BOLD)
    page.down(16)
    for fact in order["facts"]:
        _lines(page, fact, PALE)
    page.down(6)
    for _, words in order["totals"]:
        page.text(LEFT, words, size=11, font=BOLD)
        page.down(16)
    _summary(page, order)
    _opening(page, order)


def _summary(page: Page, order: dict[str, Any]) -> None:
    if not order["parts"]:
        page.text(LEFT, "No case stands.")
        page.down(20)
        return
    page.shade()
    page.text(LEFT, "Decision needed", size=_SMALL, font=BOLD)
    page.text(LEFT + 330, "Cases", size=_SMALL, font=BOLD, align="right")
    page.text(RIGHT, "Over 30 days", size=_SMALL, font=BOLD, align="right")
    page.down(15)
    for part in order["parts"]:
        page.text(LEFT, part["heading"])
        page.text(LEFT + 330, f"{len(part['cases']):,}", align="right")
        page.text(RIGHT, part["owed"], align="right")
        page.rule()
        page.down(15)
    page.down(8)


def _opening(page: Page, order: dict[str, Any]) -> None:
    if not order["opening"]:
        return
    page.text(LEFT, "Decided, not carried out", size=11, font=BOLD)
    page.down(15)
    for department, words, days in order["opening"]:
        since = "today" if not days else f"{days} day{'s' if days > 1 else ''} ago"
        _lines(
            page, f"{department[:1].upper()}{department[1:]}: {words}, {since}", ALERT, size=9
        )
    page.down(8)


def _part(page: Page, part: dict[str, Any]) -> None:
    if page.y < BOTTOM + 12 * LINE:
        page.turn()
    page.down(12)
    page.text(LEFT, part["heading"], size=13, font=BOLD)
    page.text(RIGHT, part["owed"], size=10, align="right")
    page.down(8)
    for case in part["cases"]:
        _case(page, case)


def _case(page: Page, case: dict[str, Any]) -> None:
    _turn_for(page, case)
    page.rule()
    page.down(16)
    name = cut(f"{case['number']} · {case['customer']}", BOLD, 10, _WIDE - 170)
    page.text(LEFT, name, size=10, font=BOLD)
    page.text(RIGHT, case["owed"], size=10, font=BOLD, align="right")
    page.down(12)
    page.tinted(LEFT, case["change_words"], ALERT, size=_SMALL)
    age = f"oldest {case['oldest_days']} days" if case["oldest_days"] else ""
    page.text(RIGHT, age, size=_SMALL, align="right")
    page.down(_STEP)
    _lines(page, _waits(case), INK)
    for move in case["moves"]:
        _lines(page, move, INK)
    _lines(page, _facts(case), PALE)
    if case["note"]:
        _lines(page, f"“{case['note']}” {case['noted']}", INK)
    _evidence(page, case)
    if case["since"]:
        _lines(page, f"Since posted: {case['since']}", ALERT)
    for said in case["said"]:
        _lines(page, said, INK)
    page.down(2)


def _turn_for(page: Page, case: dict[str, Any]) -> None:
    """Turn the page if a case is cut by its end, and is not longer than a page."""
    needed = _height(case)
    fits_on_one = needed < TOP - 3 * LINE - BOTTOM
    if page.y < BOTTOM + (needed if fits_on_one else 9 * LINE):
        page.turn()


def _height(case: dict[str, Any]) -> float:
    whole = [_waits(case), *case["moves"], _facts(case), *case["said"]]
    whole += [case["note"] + case["noted"]] if case["note"] else []
    whole += [f"Since posted: {case['since']}"] if case["since"] else []
    indented = [*case["evidence"], *case["accounts"]]
    lines = sum(_count(words) for words in whole)
    lines += sum(_count(words, indent=24) for words in indented)
    lines += _count(case["ready"], font=BOLD, indent=14) if case["ready"] else 0
    return 40 + lines * _STEP


def _count(words: str, *, font: str = PLAIN, indent: float = 0) -> int:
    return sum(1 for _ in wrapped(words, font, _SMALL, _WIDE - indent))


def _waits(case: dict[str, Any]) -> str:
    waits = " · ".join(filter(None, (case["stands"], case["waits"])))
    return f"{waits}. {case['clocks']}"


def _facts(case: dict[str, Any]) -> str:
    calls = f"calls {case['calls']} (reached {case['reached']}), e-mails {case['emails']}"
    return " · ".join(filter(None, (case["owner"], calls, case["marks"])))


def _evidence(page: Page, case: dict[str, Any]) -> None:
    for line in case["evidence"]:
        is_there = line.startswith("✓")
        for place, words in enumerate(wrapped(line[2:], PLAIN, _SMALL, _WIDE - 24)):
            if not place:
                _mark(page, is_there=is_there)
            page.text(LEFT + 14, words, size=_SMALL)
            page.down(_STEP)
    for words in wrapped(case["ready"], BOLD, _SMALL, _WIDE - 14) if case["ready"] else ():
        page.text(LEFT + 14, words, size=_SMALL, font=BOLD)
        page.down(_STEP)
    for account in case["accounts"]:
        _lines(page, account, INK, indent=14)


def _mark(page: Page, *, is_there: bool) -> None:
    """Draw a tick for what is there, a cross for what is missing."""
    canvas, x, y = page.canvas, LEFT + 3, page.y
    canvas.setStrokeColor(GOOD if is_there else BAD)
    canvas.setLineWidth(1.2)
    if is_there:
        canvas.lines([(x, y + 2.5, x + 2, y + 0.5), (x + 2, y + 0.5, x + 6, y + 5.5)])
    else:
        canvas.lines([(x, y + 0.5, x + 5, y + 5.5), (x, y + 5.5, x + 5, y + 0.5)])
    canvas.setLineWidth(1)


def _lines(
    page: Page,
    words: str,
    ink: Color,
    *,
    size: float = _SMALL,
    indent: float = 0,
) -> None:
    for line in wrapped(words, PLAIN, size, _WIDE - indent):
        page.tinted(LEFT + indent, line, ink, size=size)
        page.down(_STEP)


def write(order: dict[str, Any]) -> None:
    """Draw the PDF that is ordered; the file appears whole or not at all."""
    path = Path(order["path"])
    half = path.with_suffix(".pdf.part")
    half.write_bytes(draw(order))
    half.replace(path)


if __name__ == "__main__":
    paper.register()
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    write(json.load(sys.stdin))
