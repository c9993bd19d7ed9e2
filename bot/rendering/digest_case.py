"""A case of a digest's PDF, as lines that may go on on the next page (R80)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

from reportlab.lib.colors import Color

from bot.rendering.flow import Draw, Line, paragraph
from bot.rendering.paper import (
    ALERT,
    BAD,
    BOLD,
    GOOD,
    INK,
    LEFT,
    PALE,
    PLAIN,
    RIGHT,
    Page,
    cut,
    width_of,
    wrapped,
)

SMALL: Final = 8.0
STEP: Final = 11.0
UNCHANGED: Final = "same"
"""The change of a case that stands as on the last digest: nothing to look at."""
_WIDE: Final = RIGHT - LEFT
_GAP: Final = 12.0
_INDENT: Final = 14.0
_RULE: Final = 14.0
"""How far the line between two cases is above the foot of a case's name."""


def titled(
    name: str, owed: str, *, size: float, height: float, is_ruled: bool = False
) -> list[Line]:
    """Return a title, and at the right what it is about: beside it, or below if long."""
    beside = owed if width_of(owed, BOLD, 10) <= _WIDE / 2 else ""
    below = () if beside == owed else wrapped(owed, BOLD, 10, _WIDE)
    room = _WIDE - _GAP - width_of(beside, BOLD, 10)
    first, *more = wrapped(name, BOLD, size, room)
    return [
        Line(height, partial(_title, words=first, owed=beside, size=size, is_ruled=is_ruled)),
        *(Line(size + 4, partial(_write, words=one, size=size, font=BOLD)) for one in more),
        *(Line(size + 4, partial(_at_right, words=one)) for one in below),
    ]


def heading(case: dict[str, Any]) -> list[Line]:
    """Return a case's name and what it owes, and how both have changed."""
    name, owed = f"{case['number']} · {case['customer']}", case["owed"]
    first, *more = wrapped(case["change_words"], PLAIN, SMALL, _WIDE - 90)
    ink, days = PALE if case["change"] == UNCHANGED else ALERT, case["oldest_days"]
    return [
        *titled(name, owed, size=10, height=24, is_ruled=True),
        Line(STEP + 1, partial(_change, words=first, ink=ink, days=days)),
        *(Line(STEP, partial(_write, words=one, ink=ink)) for one in more),
    ]


def again(case: dict[str, Any]) -> Line:
    """Return what stands above the rest of a case on the next page."""
    name = cut(f"{case['number']} · {case['customer']}", BOLD, SMALL, _WIDE - 60)
    return Line(STEP, partial(_write, words=f"{name}, continued", font=BOLD))


def body(case: dict[str, Any]) -> Iterator[Line]:
    """Return everything else about a case."""
    yield from _standing(case)
    yield from _pack(case)
    if case["since"]:
        yield from _told(f"Since posted: {case['since']}", ink=ALERT)
    for said in case["said"]:
        yield from _told(said)


def _standing(case: dict[str, Any]) -> Iterator[Line]:
    yield from _told(_waits(case))
    for move in case["moves"]:
        yield from _told(move)
    yield from _told(_facts(case), ink=PALE)
    if case["note"]:
        yield from _told(f"“{case['note']}” {case['noted']}")


def _pack(case: dict[str, Any]) -> Iterator[Line]:
    for line in case["evidence"]:
        yield from _evidence(line)
    if case["ready"]:
        yield from _told(case["ready"], font=BOLD, indent=_INDENT)
    for account in case["accounts"]:
        yield from _told(account, indent=_INDENT)


def _waits(case: dict[str, Any]) -> str:
    is_for_nobody = case["waits"].startswith("nobody")
    waits = f"waits for {case['waits']}" if is_for_nobody else case["waits"]
    return f"{' · '.join(filter(None, (case['stands'], waits)))}. {case['clocks']}"


def _facts(case: dict[str, Any]) -> str:
    calls = f"calls {case['calls']} (reached {case['reached']}), e-mails {case['emails']}"
    return " · ".join(filter(None, (case["owner"], calls, case["marks"])))


def _told(
    words: str, *, ink: Color = INK, font: str = PLAIN, indent: float = 0
) -> Iterator[Line]:
    drawn = partial(_write, ink=ink, font=font, indent=indent)
    lines = wrapped(words, font, SMALL, _WIDE - indent)
    return paragraph([Line(STEP, partial(drawn, words=one)) for one in lines])


def _evidence(line: str) -> Iterator[Line]:
    first, *more = _told(line[2:], indent=_INDENT)
    marked = partial(_marked, draw=first.draw, is_there=line.startswith("✓"))
    yield replace(first, draw=marked)
    yield from more


def _title(page: Page, *, words: str, owed: str, size: float, is_ruled: bool) -> None:
    if is_ruled:
        page.rule(above=_RULE)
    page.text(LEFT, words, size=size, font=BOLD)
    _at_right(page, words=owed)


def _at_right(page: Page, *, words: str) -> None:
    page.text(RIGHT, words, size=10, font=BOLD, align="right")


def _change(page: Page, *, words: str, ink: Color, days: int) -> None:
    page.tinted(LEFT, words, ink, size=SMALL)
    if days:
        page.text(RIGHT, f"oldest {days} days", size=SMALL, align="right")


def _write(  # noqa: PLR0913 - what, and how it looks
    page: Page,
    *,
    words: str,
    ink: Color = INK,
    size: float = SMALL,
    font: str = PLAIN,
    indent: float = 0,
) -> None:
    page.tinted(LEFT + indent, words, ink, size=size, font=font)


def _marked(page: Page, *, draw: Draw, is_there: bool) -> None:
    """Draw a tick for what is there, a cross for what is missing, and what it is."""
    canvas, x, y = page.canvas, LEFT + 3, page.y
    canvas.setStrokeColor(GOOD if is_there else BAD)
    canvas.setLineWidth(1.2)
    if is_there:
        canvas.lines([(x, y + 2.5, x + 2, y + 0.5), (x + 2, y + 0.5, x + 6, y + 5.5)])
    else:
        canvas.lines([(x, y + 0.5, x + 5, y + 5.5), (x, y + 5.5, x + 5, y + 0.5)])
    canvas.setLineWidth(1)
    draw(page)
