"""Drawing the desk's cards as text, for a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.chat.card import Json

WIDTH: Final = 88
_ESCAPED: Final = re.compile(r"\\(.)")
_TONES: Final = {
    "Accent": "cyan",
    "Good": "green",
    "Warning": "yellow",
    "Attention": "red",
}


def show(console: Console, card: Json, *, title: str) -> None:
    """Print a drawn card in a frame."""
    console.print(Panel(_body(card), title=title, title_align="left", width=WIDTH))


def heading(card: Json) -> str:
    """Return what a card is called."""
    blocks: list[Json] = card["body"]
    titles = [str(block["text"]) for block in blocks if block.get("style") == "heading"]
    return plain(titles[0]) if titles else ""


def buttons(card: Json) -> list[str]:
    """Return what the rows of buttons of a card say."""
    rows = [block for block in card["body"] if block["type"] == "ActionSet"]
    return [plain(str(action["title"])) for row in rows for action in row["actions"]]


def plain(text: str) -> str:
    """Return a card's text without the marks that keep it as it was written."""
    return _ESCAPED.sub(r"\1", text)


def _body(card: Json) -> RenderableType:
    return Group(*_drawn(card.get("body", [])), *_actions(card.get("actions", [])))


def _drawn(elements: list[Json]) -> Iterator[RenderableType]:
    for element in elements:
        if element.get("isVisible", True):
            draw = _DRAWINGS.get(str(element.get("type")))
            yield from draw(element) if draw else ()


def _text(block: Json) -> Iterator[RenderableType]:
    style = [_TONES.get(block.get("color", ""), "")]
    style += ["bold"] if block.get("weight") == "Bolder" else []
    style += ["dim"] if block.get("isSubtle") else []
    yield Text(plain(str(block["text"])), style=" ".join(filter(None, style)))


def _facts(facts: Json) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for fact in facts["facts"]:
        table.add_row(Text(plain(fact["title"]), style="bold"), Text(plain(fact["value"])))
    yield table


def _columns(line: Json) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2), expand=True)
    cells: list[Json] = line["columns"]
    for cell in cells:
        table.add_column(ratio=None if cell.get("width") == "auto" else 1)
    table.add_row(*(Group(*_drawn(cell["items"])) for cell in cells))
    yield table


def _container(box: Json) -> Iterator[RenderableType]:
    if box.get("separator"):
        yield Text("─" * (WIDTH - 4), style="dim")
    yield from _drawn(box["items"])


def _input(field: Json) -> Iterator[RenderableType]:
    label = plain(str(field.get("label") or field.get("title") or ""))
    chosen = str(field.get("value", ""))
    if "choices" in field:
        taken = chosen.split(",")
        titles = [plain(one["title"]) for one in field["choices"] if one["value"] in taken]
        chosen = ", ".join(titles)
    yield Padding(Text.assemble((f"{label}: ", "bold"), f"[{chosen or '…'}]"), (0, 0, 0, 1))


def _actions(actions: list[Json]) -> Iterator[RenderableType]:
    if actions:
        titles = (f"[ {plain(action['title'])} ]" for action in actions)
        yield Text(" ".join(titles), style="cyan")


def _row(row: Json) -> Iterator[RenderableType]:
    yield from _actions(row["actions"])


_Drawing = Callable[[Any], Iterator[RenderableType]]
_DRAWINGS: Final[dict[str, _Drawing]] = {
    "TextBlock": _text,
    "FactSet": _facts,
    "ColumnSet": _columns,
    "Container": _container,
    "ActionSet": _row,
    "Input.Text": _input,
    "Input.Number": _input,
    "Input.Date": _input,
    "Input.Time": _input,
    "Input.Toggle": _input,
    "Input.ChoiceSet": _input,
}
