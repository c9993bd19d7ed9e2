"""Which open invoices a form is about: the oldest to tick, any other one by its number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar

from bot.chat.card import Text
from bot.chat.form import Form, NotFilledIn, Option, TextField
from bot.workflows.ledger.rules import OpenItem

Filled = TypeVar("Filled", bound=Form)


class Numbered(Protocol):
    """An invoice that can be chosen: an open item, or what of one can be promised."""

    @property
    def invoice_id(self) -> int:
        """The desk's own id."""

    @property
    def number(self) -> str:
        """The source system's, which people type."""


TICKED: Final = "invoices"
"""The form's field in which invoices are ticked."""
TYPED: Final = "others"
"""Its field for the numbers of those that are not listed."""


def others_field() -> TextField:
    """Return the field for invoices that are not listed."""
    return TextField(
        "Other invoices, by number", longest=1000, is_optional=True, hint="INV-1001, INV-1002"
    )


def options(items: Sequence[OpenItem], *, most: int) -> list[Option]:
    """Return open invoices to tick, the oldest first."""
    return [
        Option(
            f"{item.number} · {item.balance} · due {item.due_date:%-d %b %Y}",
            str(item.invoice_id),
        )
        for item in items[:most]
    ]


def more(count: int, *, most: int) -> tuple[Text, ...]:
    """Return a line that says that not all open invoices are listed."""
    if count <= most:
        return ()
    words = f"The {most} oldest of {count} invoices are listed; name others by their numbers."
    return (Text(text=words, is_subtle=True),)


def not_needed(count: int, typed: Mapping[str, str], *, most: int) -> frozenset[str]:
    """Return the field for other invoices where all are listed and none was named."""
    is_needed = count > most or typed.get(TYPED)
    return frozenset() if is_needed else frozenset({TYPED})


def read(
    form: type[Filled],
    typed: Mapping[str, str],
    items: Sequence[Numbered],
    *,
    needs_one: bool = False,
) -> tuple[Filled, tuple[int, ...]]:
    """
    Return what was filled in, and the ids of the invoices that were ticked or named.

    :raises NotFilledIn: with everything that is wrong, a number that cannot be chosen included.
    """
    problems: dict[str, str] = {}
    chosen: tuple[int, ...] = ()
    filled = None
    try:
        filled = form.read(typed)
    except NotFilledIn as missing:
        problems |= missing.problems
    try:
        chosen = _chosen(typed, items)
    except NotFilledIn as unknown:
        problems |= unknown.problems
    if needs_one and not chosen:
        problems.setdefault(TICKED, "Please choose at least one invoice.")
    if filled is None or problems:
        raise NotFilledIn(problems)
    return filled, chosen


def named(typed: str, items: Sequence[Numbered]) -> tuple[int, ...]:
    """
    Return the ids of the invoices that were named by their numbers.

    :raises NotFilledIn: saying which numbers cannot be chosen.
    """
    known = {item.number.casefold(): item.invoice_id for item in items}
    found, unknown = _named(typed, known)
    if unknown:
        are = "is not" if len(unknown) == 1 else "are not"
        sentence = f"{', '.join(unknown)} {are} among the invoices that can be chosen."
        raise NotFilledIn({TYPED: sentence})
    return tuple(found)


def _chosen(typed: Mapping[str, str], items: Sequence[Numbered]) -> tuple[int, ...]:
    ticked = [part for part in typed.get(TICKED, "").split(",") if part]
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in ticked):
        raise NotFilledIn({TICKED: "Please tick the boxes of the list."})
    others = named(typed.get(TYPED, ""), items)
    return tuple(dict.fromkeys((*map(int, ticked), *others)))


def _named(typed: str, known: Mapping[str, int]) -> tuple[list[int], list[str]]:
    """Return the ids of the numbers typed, and the numbers that are unknown."""
    found, unknown = [], []
    for part in filter(None, (part.strip() for part in re.split(r"[,;\n]", typed))):
        words = [part] if part.casefold() in known else part.split()
        found += [known[word.casefold()] for word in words if word.casefold() in known]
        unknown += [word for word in words if word.casefold() not in known]
    return found, unknown
