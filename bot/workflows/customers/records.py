"""Customers, as remembered."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze


class Customer(Record):
    """An account; it is a payer where `payer_id` is its own id."""

    __tablename__ = "customers"
    __table_args__ = (Index("ix_customers_agent_payer", "agent_id", "payer_id"),)

    number: Mapped[str] = mapped_column(unique=True)
    """The source system's `customer_id`."""
    name: Mapped[str] = mapped_column(index=True)
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    site: Mapped[str] = mapped_column(default="")
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    agent_named: Mapped[str] = mapped_column(default="")
    """Whom the source names as the customer's agent, known to the desk or not."""
    invoices_agent: Mapped[str] = mapped_column(default="")
    """Whom its invoices name, used where the customer names nobody."""
    payer_named: Mapped[str] = mapped_column(default="")
    """The number that the source names as its payer's, known to the desk or not."""
    sales_partner: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    extension: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="")
    """IANA name; empty when unknown."""
    state: Mapped[str] = mapped_column(default="")
    brand: Mapped[str] = mapped_column(default="")
    flags: Mapped[str] = mapped_column(default="")
    """Comma-separated: each a `rules.Flag`."""
    learned_at: Mapped[datetime]

    @property
    def is_payer(self) -> bool:
        """Test if this account is the one that pays."""
        return self.payer_id == self.id


class Payer(NamedTuple):
    """
    A payer to look at, or one of its accounts, as its row is.

    What a call needs of it costs a third of a record.
    """

    id: int
    number: str
    name: str
    payer_id: int
    site: str
    agent_id: int | None
    sales_partner: str
    email: str
    phone: str
    extension: str
    contact_name: str
    time_zone: str
    state: str
    brand: str
    flags: str

    @property
    def is_payer(self) -> bool:
        """Test if this account is the one that pays."""
        return self.payer_id == self.id


AnyCustomer = Customer | Payer
"""A customer that is only looked at."""


class ContactChange(Record):
    """A contact datum that was captured in a conversation; the old value is kept (R76)."""

    __tablename__ = "contact_changes"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    field: Mapped[str]
    old: Mapped[str]
    new: Mapped[str]
    by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


freeze(ContactChange.__table__)  # type: ignore[arg-type]
