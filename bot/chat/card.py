"""
Adaptive cards, drawn from a few typed pieces.

Only elements that every Teams client draws (phones too): TextBlock, FactSet, ColumnSet,
Container, ActionSet, Input.*. All text is data and is shown as it was written: markup, links
and `{{DATE()}}` macros in it are inert (I30), except in `Text(..., is_markup=True)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from itertools import takewhile
from typing import Any, Final, Literal, Protocol

from bot.kernel.shapes import value

Json = dict[str, Any]
Tone = Literal["default", "accent", "good", "warning", "attention"]
Style = Literal["default", "positive", "destructive"]

_FITS: Final = 30
"""Characters of a word that fit beside a fact's name on a phone."""
_PLAIN: Final = re.compile(r"[A-Za-z$(][A-Za-z0-9 $.,:;/()+'\"?!&%=@-]*")
"""What nothing can be live in: most of what a card says, told in an eighth of the time."""
_LIVE: Final = re.compile(r"([\\`*_\[\]~#<>{}|])")
_LEADING: Final = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)", re.MULTILINE)
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def as_text(words: str) -> str:
    """Return the words so that a TextBlock shows them as they are, whatever they contain."""
    if _PLAIN.fullmatch(words):
        return words
    calm = _CONTROL.sub(" ", words)
    return _LEADING.sub(_escape_leading, _LIVE.sub(r"\\\1", calm))


class Seal(Protocol):
    """Signs what a button carries, so that only cards drawn by the desk are answered."""

    def sign(self, parts: Json) -> str:
        """Return the signature of the parts."""
        ...


@value(frozen=True, slots=True, kw_only=True)
class Button:
    """
    Something to press.

    `verb` says which dialog answers (`calls.no_answer`), `about` names the record, `version`
    the row version that the card shows: a press of an older one changes nothing. `nonce` makes
    a form that creates something create it once. `fixed` carries further small values.
    """

    title: str
    verb: str
    about: int | None = None
    version: int | None = None
    nonce: str | None = None
    fixed: Mapping[str, str | int] = field(default_factory=dict)
    style: Style = "default"
    checks_inputs: bool = True
    """False for buttons such as Back, which leave the form however it is filled in."""

    def draw(self, seal: Seal) -> Json:
        """Return the button as Teams wants it, with a fallback for old clients."""
        parts: Json = {
            "verb": self.verb,
            "about": self.about,
            "v": self.version,
            "n": self.nonce,
            "fixed": dict(self.fixed),
        }
        parts["mac"] = seal.sign(parts)
        common: Json = {"title": self.title, "data": {"ar": parts}, "style": self.style}
        if not self.checks_inputs:
            common["associatedInputs"] = "none"
        submit = {"type": "Action.Submit", **common}
        return {"type": "Action.Execute", "verb": self.verb, **common, "fallback": submit}


@value(frozen=True, slots=True, kw_only=True)
class Fold:
    """A button that shows or hides parts of the card (their ids), without asking the desk."""

    title: str
    parts: tuple[str, ...]

    def draw(self, seal: Seal) -> Json:
        """Return the button as Teams wants it."""
        return {
            "type": "Action.ToggleVisibility",
            "title": self.title,
            "targetElements": list(self.parts),
        }


@value(frozen=True, slots=True, kw_only=True)
class Link:
    """A button that opens an address: `https:`, `tel:` or `mailto:`."""

    title: str
    url: str

    def draw(self, seal: Seal) -> Json:
        """Return the button as Teams wants it."""
        return {"type": "Action.OpenUrl", "title": self.title, "url": self.url}


Action = Button | Fold | Link


@value(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph."""

    text: str
    size: Literal["small", "default", "medium", "large"] = "default"
    is_bold: bool = False
    is_subtle: bool = False
    is_markup: bool = False
    is_single_line: bool = False
    tone: Tone = "default"
    spacing: Literal["none", "small", "default", "medium", "large"] = "default"
    align: Literal["left", "center", "right"] = "left"

    def draw(self, seal: Seal) -> Json:
        """Return the paragraph as Teams wants it."""
        block: Json = {
            "type": "TextBlock",
            "text": self.text if self.is_markup else as_text(self.text),
            "wrap": not self.is_single_line,
        }
        if self.size != "default":
            block["size"] = self.size.capitalize()
        if self.is_bold:
            block["weight"] = "Bolder"
        if self.is_subtle:
            block["isSubtle"] = True
        return block | _changed(self.tone, self.spacing, self.align)


@value(frozen=True, slots=True, kw_only=True)
class Facts:
    """
    Names and values, one pair a line; very long words have lines of their own.

    Those stand before the rest where they come first, else below it: a FactSet breaks its
    lines at spaces only, and two of them have columns that do not line up.
    """

    pairs: tuple[tuple[str, str], ...]

    def draw(self, seal: Seal) -> Json:
        """Return the pairs as Teams wants them, in one FactSet at most."""
        long = [pair for pair in self.pairs if _runs_out(pair)]
        if not long:
            return _fact_set(self.pairs)
        first = list(takewhile(_runs_out, self.pairs))
        short = [pair for pair in self.pairs if not _runs_out(pair)]
        columns = [_fact_set(short)] if short else []
        items = [*_apart(first, seal), *columns, *_apart(long[len(first) :], seal)]
        return {"type": "Container", "items": items}


def _fact_set(pairs: Iterable[tuple[str, str]]) -> Json:
    facts = [{"title": as_text(name), "value": as_text(words)} for name, words in pairs]
    return {"type": "FactSet", "facts": facts}


def _apart(pairs: Iterable[tuple[str, str]], seal: Seal) -> Iterator[Json]:
    for name, words in pairs:
        yield Text(text=name, is_bold=True).draw(seal)
        yield Text(text=words, spacing="none").draw(seal)


def _runs_out(pair: tuple[str, str]) -> bool:
    return any(len(word) > _FITS for word in pair[1].split())


@value(frozen=True, slots=True, kw_only=True)
class Cell:
    """A column: what stands in it, and its width (`auto`, `stretch`, `80px`, or a weight)."""

    items: tuple[Element, ...]
    width: str | int = "stretch"

    def draw(self, seal: Seal) -> Json:
        """Return the column as Teams wants it."""
        items = [item.draw(seal) for item in self.items]
        return {"type": "Column", "width": self.width, "items": items}


@value(frozen=True, slots=True, kw_only=True)
class Columns:
    """Cells side by side."""

    cells: tuple[Cell, ...]
    spacing: Literal["none", "small", "default", "medium", "large"] = "default"
    has_separator: bool = False
    press: Button | None = None
    """Pressing anywhere on the line does this."""

    def draw(self, seal: Seal) -> Json:
        """Return the line as Teams wants it."""
        line: Json = {"type": "ColumnSet", "columns": [cell.draw(seal) for cell in self.cells]}
        if self.spacing != "default":
            line["spacing"] = self.spacing.capitalize()
        if self.has_separator:
            line["separator"] = True
        if self.press:
            line["selectAction"] = self.press.draw(seal)
        return line


@value(frozen=True, slots=True, kw_only=True)
class Section:
    """Elements together, perhaps shaded, perhaps hidden until unfolded."""

    items: tuple[Element, ...]
    id: str | None = None
    is_hidden: bool = False
    style: Literal["default", "emphasis", "good", "attention", "warning", "accent"] = "default"
    has_separator: bool = False

    def draw(self, seal: Seal) -> Json:
        """Return the section as Teams wants it."""
        box: Json = {"type": "Container", "items": [item.draw(seal) for item in self.items]}
        if self.id:
            box["id"] = self.id
        if self.is_hidden:
            box["isVisible"] = False
        if self.style != "default":
            box["style"] = self.style
        if self.has_separator:
            box["separator"] = True
        return box


@value(frozen=True, slots=True, kw_only=True)
class Input:
    """One input, as a form's field draws it."""

    drawn: Json

    def draw(self, seal: Seal) -> Json:
        """Return the input as Teams wants it."""
        return dict(self.drawn)


@value(frozen=True, slots=True, kw_only=True)
class Buttons:
    """A row of buttons in the middle of a card."""

    actions: tuple[Action, ...]

    def draw(self, seal: Seal) -> Json:
        """Return the row as Teams wants it."""
        return {"type": "ActionSet", "actions": [action.draw(seal) for action in self.actions]}


Element = Text | Facts | Columns | Section | Input | Buttons


@value(frozen=True, slots=True, kw_only=True)
class Card:
    """A card: a title, a body, and buttons at its foot."""

    title: str
    body: tuple[Element, ...] = ()
    buttons: tuple[Action, ...] = ()
    note: str = ""
    """A sentence above everything: what just happened, or what is wrong."""
    note_tone: Tone = "accent"
    note_buttons: tuple[Action, ...] = ()
    """What can be done about what just happened, such as Undo."""
    summary: str = ""
    """What the activity feed and the notification say; the title when empty."""

    def draw(self, seal: Seal) -> Json:
        """Return the card as Teams wants it."""
        title = Text(text=self.title, size="medium", is_bold=True).draw(seal)
        head = [Text(text=self.note, tone=self.note_tone).draw(seal)] if self.note else []
        if self.note_buttons:
            head.append(Buttons(actions=self.note_buttons).draw(seal))
        body = [*head, title | {"style": "heading"}, *_drawn(self.body, seal)]
        if self.buttons:
            body.append(Buttons(actions=self.buttons).draw(seal))
        return {
            "type": "AdaptiveCard",
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "version": "1.5",
            "msteams": {"width": "full"},
            "body": body,
        }


def _drawn(elements: Iterable[Element], seal: Seal) -> list[Json]:
    return [element.draw(seal) for element in elements]


def _changed(tone: str, spacing: str, align: str) -> Json:
    changed: Json = {}
    if tone != "default":
        changed["color"] = tone.capitalize()
    if spacing != "default":
        changed["spacing"] = spacing.capitalize()
    if align != "left":
        changed["horizontalAlignment"] = align.capitalize()
    return changed


def _escape_leading(match: re.Match[str]) -> str:
    mark = match[2]
    return f"{match[1]}{mark[:-1]}\\{mark[-1]}"
