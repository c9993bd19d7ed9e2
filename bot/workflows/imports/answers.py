"""What another system answered, as the import of it sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
