"""What another system answered, as the import of it sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.workflows.imports.parsing import Problem

Item = Mapping[str, Any]
"""A customer or an invoice, as it stands in an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Customers and invoices from one or more answers, each once, as last told."""

    source: str
    customers: tuple[Item, ...]
    invoices: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()
    """Errors among the answers, and pages that are missing."""
    notes: tuple[str, ...] = ()


def text_of(item: Item, name: str) -> str:
    """Return a value as text, whether the answer nests it or names its path."""
    value: Any = item.get(name)
    if value is None:
        value = item
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None or isinstance(value, dict | list) else str(value)


def total_of(items: Iterable[Item], name: str) -> Money:
    """
    Return the sum of an amount of all items that have it, in the base currency.

    :raises ValueError: if one is no amount.
    """
    texts = (text_of(item, name) for item in items)
    return Money(sum(Money.parse(text).minor for text in texts if text))
