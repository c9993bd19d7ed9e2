"""Draws a suspension digest: `python -m bot.rendering.digest_pdf < digest.json`."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from reportlab.lib.colors import Color

from bot.rendering import digest_case, paper
from bot.rendering.digest_case import SMALL, STEP
from bot.rendering.flow import block, put
from bot.rendering.paper import (
    ALERT,
    BOLD,
    INK,
    LEFT,
    LINE,
    PALE,
    PLAIN,
    RIGHT,
    Page,
    wrapped,
)

_COUNTS: Final = LEFT + 330
"""Where the summary's numbers of cases end."""


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
    _tell(page, order["company"], size=12, font=BOLD, step=16)
    page.down(12)
    _tell(page, order["title"], size=17, font=BOLD, step=20)
    for fact in order["facts"]:
        _tell(page, fact, ink=PALE)
    page.down(6)
    for _, words in order["totals"]:
        _tell(page, words, size=11, font=BOLD, step=16)
    _summary(page, order)
    _opening(page, order)


def _summary(page: Page, order: dict[str, Any]) -> None:
    if not order["parts"]:
        page.text(LEFT, "No case stands.")
        page.down(20)
        return
    page.shade()
    page.text(LEFT, "Decision needed", size=SMALL, font=BOLD)
    page.text(_COUNTS, "Cases", size=SMALL, font=BOLD, align="right")
    page.text(RIGHT, "Over 30 days", size=SMALL, font=BOLD, align="right")
    page.down(15)
    for part in order["parts"]:
        page.text(LEFT, part["heading"])
        page.text(_COUNTS, f"{len(part['cases']):,}", align="right")
        first, *more = wrapped(part["owed"], PLAIN, 9, RIGHT - _COUNTS - 10)
        page.text(RIGHT, first, align="right")
        for words in more:
            page.down(STEP)
            page.text(RIGHT, words, align="right")
        page.rule()
        page.down(15)


def _opening(page: Page, order: dict[str, Any]) -> None:
    if not order["opening"]:
        return
    page.down(8, needs=3 * LINE)
    page.text(LEFT, "Decided, not carried out", size=11, font=BOLD)
    page.down(15)
    for department, words, days in order["opening"]:
        since = "today" if not days else f"{days} day{'s' if days > 1 else ''} ago"
        told = f"{department[:1].upper()}{department[1:]}: {words}, {since}"
        _tell(page, told, ink=ALERT, size=9)


def _part(page: Page, part: dict[str, Any]) -> None:
    title = digest_case.titled(part["heading"], part["owed"], size=13, height=26)
    for case in part["cases"]:
        head, rest = digest_case.heading(case), digest_case.body(case)
        put(page, block([*title, *head], rest), again=digest_case.again(case))
        title = []


def _tell(  # noqa: PLR0913 - what, and how it looks
    page: Page,
    words: str,
    *,
    ink: Color = INK,
    size: float = SMALL,
    font: str = PLAIN,
    step: float = STEP,
) -> None:
    for line in wrapped(words, font, size, RIGHT - LEFT):
        page.tinted(LEFT, line, ink, size=size, font=font)
        page.down(step)


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
