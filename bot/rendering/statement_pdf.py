"""
Draws statements: `python -m bot.rendering.statement_pdf`, an order a line on standard input.

Everything is drawn as text: nothing that was typed becomes markup or a link. Characters that
the font lacks are drawn with Adobe's Asian fonts, which every PDF reader brings along.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import letter
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS: Final = Path(__file__).parent / "fonts"
PLAIN: Final = "Roboto"
BOLD: Final = "Roboto-Bold"
ASIAN: Final = "STSong-Light"

WIDTH, HEIGHT = letter
LEFT: Final = 48.0
RIGHT: Final = WIDTH - 48.0
TOP: Final = HEIGHT - 48.0
BOTTOM: Final = 64.0
LINE: Final = 13.0

INK: Final = HexColor("#1f2430")
PALE: Final = HexColor("#6b7280")
RULE: Final = HexColor("#d6d9de")
SHADE: Final = HexColor("#f3f4f6")
ALERT: Final = HexColor("#b45309")

COLUMNS: Final = (
    ("Document", LEFT, "left"),
    ("Date", 176.0, "left"),
    ("Due", 238.0, "left"),
    ("Days past due", 342.0, "right"),
    ("Amount", 424.0, "right"),
    ("Open", 504.0, "right"),
    ("", 512.0, "left"),
)


@dataclass
class Page:
    """Where the next line goes."""

    canvas: Canvas
    order: dict[str, Any]
    y: float = TOP
    number: int = 1
    widths: dict[tuple[str, str, float], float] = field(default_factory=dict)

    def text(
        self, x: float, words: str, *, size: float = 9, font: str = PLAIN, align: str = "left"
    ) -> None:
        """Write words at the current height."""
        runs = list(_runs(words, font))
        if align == "right":
            x -= sum(pdfmetrics.stringWidth(part, name, size) for part, name in runs)
        for part, name in runs:
            self.canvas.setFont(name, size)
            self.canvas.drawString(x, self.y, part)
            x += pdfmetrics.stringWidth(part, name, size)

    def down(self, height: float = LINE, *, needs: float = 0) -> None:
        """Go down a line, to a new page where what follows has no room."""
        self.y -= height
        if self.y - needs < BOTTOM:
            self.turn()

    def turn(self) -> None:
        """Begin a new page."""
        self._foot()
        self.canvas.showPage()
        self.number += 1
        self.y = TOP
        self.canvas.setFillColor(PALE)
        self.text(
            LEFT, _cut(f"{self.order['title']} · {self.order['payer']}", PLAIN, 8, 400), size=8
        )
        self.canvas.setFillColor(INK)
        self.y -= 2 * LINE

    def rule(self) -> None:
        """Draw a thin line below the current one."""
        self.canvas.setStrokeColor(RULE)
        self.canvas.line(LEFT, self.y - 4, RIGHT, self.y - 4)

    def shade(self) -> None:
        """Shade the current line."""
        self.canvas.setFillColor(SHADE)
        self.canvas.rect(LEFT - 4, self.y - 4, RIGHT - LEFT + 8, LINE + 1, stroke=0, fill=1)
        self.canvas.setFillColor(INK)

    def end(self) -> None:
        """Finish the last page."""
        self._foot()
        self.canvas.showPage()
        self.canvas.save()

    def _foot(self) -> None:
        kept, self.y = self.y, BOTTOM - 28
        self.canvas.setFillColor(PALE)
        self.text(LEFT, self.order["company"], size=8)
        self.text(RIGHT, f"Page {self.number}", size=8, align="right")
        self.canvas.setFillColor(INK)
        self.y = kept


def draw(order: dict[str, Any]) -> bytes:
    """Return the statement that is ordered, as a PDF."""
    whole = BytesIO()
    canvas = Canvas(whole, pagesize=letter, invariant=1)
    canvas.setTitle(order["title"])
    canvas.setAuthor(order["company"])
    canvas.setFillColor(INK)
    page = Page(canvas, order)
    _head(page)
    for account in order["accounts"]:
        _account(page, account)
    _ages(page)
    _notes(page)
    page.end()
    return whole.getvalue()


def _head(page: Page) -> None:
    order = page.order
    page.text(LEFT, order["company"], size=14, font=BOLD)
    page.canvas.setFillColor(PALE)
    for line in order["company_address"].splitlines()[:4]:
        page.down(11)
        page.text(LEFT, line, size=8)
    page.canvas.setFillColor(INK)
    page.down(34)
    page.text(LEFT, order["title"], size=17, font=BOLD)
    page.down(22)
    for line in _wrapped(order["payer"], BOLD, 11, RIGHT - LEFT):
        page.text(LEFT, line, size=11, font=BOLD)
        page.down(15)
    for name, value in order["facts"]:
        page.canvas.setFillColor(PALE)
        page.text(LEFT, name)
        page.canvas.setFillColor(INK)
        for line in _wrapped(value, PLAIN, 9, RIGHT - LEFT - 90):
            page.text(LEFT + 90, line)
            page.down()
    page.down(6)


def _account(page: Page, account: dict[str, Any]) -> None:
    if page.y < BOTTOM + 5 * LINE:
        page.turn()
    for line in _wrapped(account["name"], BOLD, 10, RIGHT - LEFT):
        page.text(LEFT, line, size=10, font=BOLD)
        page.down(15)
    _columns(page)
    for cells in account["lines"]:
        if page.y < BOTTOM + LINE:
            page.turn()
            _columns(page)
        _line(page, cells)
    for words in account["sums"]:
        page.text(RIGHT, words, font=BOLD, align="right")
        page.down()
    page.down(8)


def _columns(page: Page) -> None:
    page.shade()
    for name, x, align in COLUMNS:
        page.text(x, name, size=8, font=BOLD, align=align)
    page.down(15)


def _line(page: Page, cells: Sequence[str]) -> None:
    document = list(_wrapped(cells[0], PLAIN, 9, 122))
    for words, (_, x, align) in zip((document[0], *cells[1:6]), COLUMNS, strict=False):
        page.text(x, words, align=align)
    if cells[6]:
        page.canvas.setFillColor(ALERT)
        page.text(COLUMNS[6][1], cells[6], size=7.5)
        page.canvas.setFillColor(INK)
    for more in document[1:]:
        page.down(11)
        page.text(LEFT, more)
    page.rule()
    page.down(15)


def _ages(page: Page) -> None:
    names, rows = page.order["age_names"], page.order["ages"]
    if not rows:
        return
    if page.y < BOTTOM + (len(rows) + 4) * LINE:
        page.turn()
    page.text(LEFT, "By age", size=10, font=BOLD)
    page.down(15)
    page.shade()
    step = (RIGHT - LEFT) / len(names)
    for place, name in enumerate(names):
        align, x = ("left", LEFT) if not place else ("right", LEFT + step * (place + 1))
        page.text(x, name, size=8, font=BOLD, align=align)
    page.down(15)
    for row in rows:
        for place, value in enumerate(row):
            align, x = ("left", LEFT) if not place else ("right", LEFT + step * (place + 1))
            last = place == len(row) - 1
            page.text(x, value, size=8.5, font=BOLD if last else PLAIN, align=align)
        page.rule()
        page.down(15)
    page.down(8)


def _notes(page: Page) -> None:
    for note in page.order["notes"]:
        for line in _wrapped(note, PLAIN, 9, RIGHT - LEFT):
            page.text(LEFT, line)
            page.down()
        page.down(4)


def _wrapped(words: str, font: str, size: float, width: float) -> Iterator[str]:
    """Break words into lines of at most that width; a word that is too long is cut."""
    line = ""
    for word in _short_words(words, font, size, width):
        longer = f"{line} {word}" if line else word
        if _width(longer, font, size) <= width:
            line = longer
        else:
            yield line
            line = word
    yield line


def _short_words(words: str, font: str, size: float, width: float) -> Iterator[str]:
    for word in words.split():
        rest = word
        while _width(rest, font, size) > width:
            end = max(1, int(len(rest) * width / _width(rest, font, size)) - 1)
            yield rest[:end]
            rest = rest[end:]
        yield rest


def _cut(words: str, font: str, size: float, width: float) -> str:
    return next(iter(_wrapped(words, font, size, width)))


def _width(words: str, font: str, size: float) -> float:
    parts = (pdfmetrics.stringWidth(part, name, size) for part, name in _runs(words, font))
    return float(sum(parts))


def _runs(words: str, font: str) -> Iterator[tuple[str, str]]:
    """Split words into parts, each with the font that has its characters."""
    known = pdfmetrics.getFont(font).face.charToGlyph
    part, name = "", font
    for character in words:
        wanted = font if ord(character) in known else ASIAN
        if wanted != name and part:
            yield part, name
            part = ""
        part, name = part + character, wanted
    if part:
        yield part, name


def register() -> None:
    """Make the fonts known."""
    pdfmetrics.registerFont(TTFont(PLAIN, FONTS / "Roboto-Regular.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "Roboto-Bold.ttf"))
    pdfmetrics.registerFont(UnicodeCIDFont(ASIAN))


def answer(order: dict[str, Any]) -> str:
    """Draw one order into its file; return its digest, or what is wrong, in one line."""
    try:
        drawn = draw(order)
        path = Path(order["path"])
        half = path.with_name(f"{path.name}.{hashlib.sha256(drawn).hexdigest()[:8]}.part")
        half.write_bytes(drawn)
        half.replace(path)
    except Exception as fault:
        return f"failed {fault!r}".replace("\n", " ")
    return f"ok {hashlib.sha256(drawn).hexdigest()}"


if __name__ == "__main__":
    register()
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for asked in sys.stdin:
        sys.stdout.write(answer(json.loads(asked)) + "\n")
        sys.stdout.flush()
