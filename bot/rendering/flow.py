"""
Lines that go on from page to page: a line is measured by what draws it.

A line is as high as it is far below the one before; the first of a page stands at its top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.kernel.shapes import dataclass
from bot.rendering.paper import BOTTOM, Page

Draw = Callable[[Page], None]

_TOGETHER: Final = 3
"""So many lines of a block stay with its first ones, and go over to the next page at least."""


@dataclass(frozen=True, slots=True)
class Line:
    """How far it is below the line before, in points, and what draws it at a page's height."""

    height: float
    draw: Draw
    may_end: bool = True
    """Whether a page may end with it, and the next one go on."""


def paragraph(lines: Sequence[Line]) -> Iterator[Line]:
    """Let a page end within a paragraph only between two lines of it and two more."""
    last = len(lines) - 1
    for place, line in enumerate(lines):
        yield replace(line, may_end=place == last or 1 <= place <= last - 2)


def block(head: Sequence[Line], rest: Iterable[Line]) -> list[Line]:
    """Keep a heading with its first lines, and the last lines with each other."""
    lines = [replace(line, may_end=False) for line in head]
    lines += rest
    first, last = len(head) + _TOGETHER, len(lines) - _TOGETHER
    return [
        line if first <= place <= last or place == len(lines) else replace(line, may_end=False)
        for place, line in enumerate(lines, start=1)
    ]


def put(page: Page, lines: Sequence[Line], *, again: Line) -> None:
    """
    Draw a block of lines, on this page and the next ones.

    :param again: what opens each page on which the block goes on.
    """
    rest, is_begun, is_at_top = list(lines), False, False
    while rest:
        count = _fitting(page.y, rest, is_at_top=is_at_top)
        for line in rest[:count]:
            page.y -= line.height
            line.draw(page)
        rest, is_begun = rest[count:], is_begun or count > 0
        if rest:
            page.turn()
            rest = [replace(again, may_end=False), *rest] if is_begun else rest
            page.y += rest[0].height
            is_at_top = True


def _fitting(y: float, lines: Sequence[Line], *, is_at_top: bool) -> int:
    """Return how many lines fit, up to one that may end a page; a whole page always ends."""
    whole = 0
    for place, line in enumerate(lines, start=1):
        y -= line.height
        if y < BOTTOM:
            return whole or (place - 1 if is_at_top else 0)
        if line.may_end:
            whole = place
    return len(lines)
