"""How commands speak: to people in tables and sentences, to programs in JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.kernel.money import Money, digits_of

_CENTS: Final = 2


class Format(StrEnum):
    """For whom the output is."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[
    Format, typer.Option("--format", help="`text` for people, `json` for programs.")
]
"""Give a command's parameter this type and the default `Format.TEXT`."""


def as_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print a value as JSON, readable and stable."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def plain(amount: Money) -> str:
    """Return an amount for programs: `-1234.50`; three decimals where the currency has them."""
    missing = _CENTS - digits_of(amount.currency)
    if missing <= 0:
        return amount.plain
    dot = "." if digits_of(amount.currency) == 0 else ""
    return f"{amount.plain}{dot}{'0' * missing}"


def say(sentence: str) -> None:
    """Print a sentence for people, whatever characters are in it."""
    Console(soft_wrap=True, highlight=False).print(escape(sentence))


def say_aside(sentence: str) -> None:
    """Print a sentence beside the output proper, on stderr."""
    typer.echo(sentence, err=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """
    Print a table for people.

    :param columns: their headings; one that starts with `>` is aligned right.
    """
    drawn = Table(title=escape(title), title_justify="left")
    for column in columns:
        is_right = column.startswith(">")
        drawn.add_column(column.removeprefix(">"), justify="right" if is_right else "left")
    for row in rows:
        drawn.add_row(*(escape(cell) for cell in row))
    width = None if sys.stdout.isatty() else 160
    Console(highlight=False, width=width).print(drawn)
