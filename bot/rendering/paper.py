"""
A PDF page to write on, line by line: what statements and digests are drawn with.

Everything is drawn as text: nothing that was typed becomes markup or a link. Characters that
the font lacks are drawn with Adobe's Asian fonts, which every PDF reader brings along.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import letter
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bot.kernel.shapes import dataclass

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
BLEED: Final = 4.0
"""How far bands and rules go beyond the text on either side, in points."""

INK: Final = HexColor("#1f2430")
PALE: Final = HexColor("#6b7280")
RULE: Final = HexColor("#d6d9de")
SHADE: Final = HexColor("#f3f4f6")
ALERT: Final = HexColor("#b45309")
GOOD: Final = HexColor("#15803d")
BAD: Final = HexColor("#b91c1c")


@dataclass
class Page:
    """Where the next line goes."""

    canvas: Canvas
    company: str
    """At each page's foot."""
    heading: str
    """At the head of each page but the first."""
    y: float = TOP
    number: int = 1

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

    def tinted(
        self, x: float, words: str, ink: Color, *, size: float = 9, font: str = PLAIN
    ) -> None:
        """Write words in a colour."""
        self.canvas.setFillColor(ink)
        self.text(x, words, size=size, font=font)
        self.canvas.setFillColor(INK)

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
        self.text(LEFT, cut(self.heading, PLAIN, 8, 400), size=8)
        self.canvas.setFillColor(INK)
        self.y -= 2 * LINE

    def rule(self, *, above: float = -4) -> None:
        """Draw a thin line below the current one, or so far above its foot."""
        self.canvas.setStrokeColor(RULE)
        y = self.y + above
        self.canvas.line(LEFT - BLEED, y, RIGHT + BLEED, y)

    def shade(self) -> None:
        """Shade the current line."""
        self.canvas.setFillColor(SHADE)
        width = RIGHT - LEFT + 2 * BLEED
        self.canvas.rect(LEFT - BLEED, self.y - 4, width, LINE + 1, stroke=0, fill=1)
        self.canvas.setFillColor(INK)

    def end(self) -> None:
        """Finish the last page."""
        self._foot()
        self.canvas.showPage()
        self.canvas.save()

    def _foot(self) -> None:
        kept, self.y = self.y, BOTTOM - 28
        self.canvas.setFillColor(PALE)
        self.text(LEFT, cut(self.company, PLAIN, 8, 400), size=8)
        self.text(RIGHT, f"Page {self.number}", size=8, align="right")
        self.canvas.setFillColor(INK)
        self.y = kept


def begin(whole: BytesIO, *, title: str, company: str, heading: str) -> Page:
    """Begin a paper: always the same bytes for the same words."""
    canvas = Canvas(whole, pagesize=letter, invariant=1)
    canvas.setTitle(title)
    canvas.setAuthor(company)
    canvas.setFillColor(INK)
    return Page(canvas, company, heading)


def wrapped(words: str, font: str, size: float, width: float) -> Iterator[str]:
    """Break words into lines of at most that width; a word that is too long is cut."""
    line = ""
    for word in _short_words(words, font, size, width):
        longer = f"{line} {word}" if line else word
        if width_of(longer, font, size) <= width:
            line = longer
        else:
            yield line
            line = word
    yield line


def _short_words(words: str, font: str, size: float, width: float) -> Iterator[str]:
    for word in words.split():
        rest = word
        while width_of(rest, font, size) > width:
            end = len(rest)
            while end > 1 and (wide := width_of(rest[:end], font, size)) > width:
                end = max(1, int(end * width / wide))
            yield rest[:end]
            rest = rest[end:]
        yield rest


def cut(words: str, font: str, size: float, width: float) -> str:
    """Return as many of the words as fit into that width."""
    return next(iter(wrapped(words, font, size, width)))


def width_of(words: str, font: str, size: float) -> float:
    """Return how wide words are, in points."""
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
