"""What columns each import has, in the order of the manual, and how each cell is read."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from bot.kernel.shapes import dataclass
from bot.workflows.customers.rules import Flag
from bot.workflows.imports import cells
from bot.workflows.ledger.rules import InvoiceKind
from bot.workflows.people.rules import Role

Parser = Callable[[str], Any]


class Column(NamedTuple):
    """A column: its name, what reads its cells (given the date format), its default."""

    name: str
    parser: Callable[[str], Parser]
    is_needed: bool = False
    default: str = ""
    is_verbatim: bool = False
    """What it means depends on another column, as an amount on its currency."""
    is_amount: bool = False
    """It holds money, written with the marks that a map names."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of file."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)


def roles(text: str) -> str:
    """
    Read roles, separated by commas, semicolons or bars; the result is comma-separated.

    :raises BadCell: if one is unknown.
    """
    return _several(text, Role, what="roles")


def flags(text: str) -> str:
    """
    Read flags, separated by commas, semicolons or bars; the result is comma-separated.

    :raises BadCell: if one is unknown: misspelt, it would stop no call and no mail.
    """
    return _several(cells.words(text), Flag, what="flags")


def partners(text: str) -> str:
    """Read names of sales partners, separated by semicolons, each once."""
    named = (" ".join(part.split()) for part in cells.words(text).split(";"))
    return ";".join({name.casefold(): name for name in named if name}.values())


def _several(text: str, known: type[StrEnum], *, what: str) -> str:
    parts = text.replace(";", ",").replace("|", ",").lower().split(",")
    named = ("_".join(part.replace("-", " ").split()) for part in parts)
    found = list(dict.fromkeys(filter(None, named)))
    if unknown := [repr(name) for name in found if name not in set(known)]:
        be = "is" if len(unknown) == 1 else "are"
        raise cells.BadCell(f"{', '.join(unknown)} {be} none of the {what}: {', '.join(known)}")
    return ",".join(found)


def _lower(text: str) -> str:
    return cells.key(text).lower()


def _plain(parse: Parser) -> Callable[[str], Parser]:
    return lambda _date_format: parse


_KEY: Final = _plain(cells.key)
_WORDS: Final = _plain(cells.words)
_EMAIL: Final = _plain(cells.email)
_CURRENCY: Final = _plain(cells.currency)
_AMOUNT: Final = Column("amount", _plain(str), is_needed=True, is_verbatim=True, is_amount=True)

INVOICES: Final = Layout(
    "invoices",
    (
        Column("invoice_number", _KEY, is_needed=True),
        Column("customer_id", _KEY, is_needed=True),
        Column("invoice_date", cells.day, is_needed=True),
        Column("due_date", cells.day, is_needed=True),
        _AMOUNT,
        Column("customer_name", _WORDS),
        Column("agent", _plain(_lower)),
        Column("kind", _plain(cells.one_of(*InvoiceKind)), default=InvoiceKind.OTHER),
        Column("currency", _CURRENCY, default="USD"),
        Column("settled_on", cells.optional_day),
        Column("disputed", _plain(cells.flag_or_amount), is_amount=True),
        Column("service_from", cells.optional_day),
        Column("service_to", cells.optional_day),
        Column("terms", _WORDS),
        Column("po", _WORDS),
    ),
)
CUSTOMERS: Final = Layout(
    "customers",
    (
        Column("customer_id", _KEY, is_needed=True),
        Column("name", _WORDS, is_needed=True),
        Column("agent", _plain(_lower)),
        Column("email", _EMAIL),
        Column("phone", _plain(cells.phone)),
        Column("time_zone", _plain(cells.time_zone)),
        Column("sales_partner", _WORDS),
        Column("payer_id", _KEY),
        Column("site", _WORDS),
        Column("contact_name", _WORDS),
        Column("state", _WORDS),
        Column("brand", _WORDS),
        Column("flags", _plain(flags)),
    ),
)
PAYMENTS: Final = Layout(
    "payments",
    (
        Column("payment_id", _KEY, is_needed=True),
        Column("customer_id", _KEY, is_needed=True),
        Column("received_on", cells.day, is_needed=True),
        _AMOUNT,
        Column("currency", _CURRENCY, default="USD"),
        Column("method", _WORDS),
        Column("reference", _WORDS),
        Column("invoice_number", _KEY),
    ),
)
PEOPLE: Final = Layout(
    "people",
    (
        Column("entra_id", _plain(_lower), is_needed=True),
        Column("name", _WORDS, is_needed=True),
        Column("email", _plain(lambda text: cells.email(text).lower())),
        Column("roles", _plain(roles)),
        Column("time_zone", _plain(cells.time_zone)),
        Column("shift_start", _plain(cells.clock_time)),
        Column("shift_end", _plain(cells.clock_time)),
        Column("shift_zone", _plain(cells.time_zone)),
        Column("sales_partners", _plain(partners)),
    ),
)
LAYOUTS: Final = {layout.name: layout for layout in (INVOICES, CUSTOMERS, PAYMENTS, PEOPLE)}
