"""Certificates, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze


class TaxCertificate(Record):
    """A tax-exempt certificate of a payer, for one jurisdiction."""

    __tablename__ = "tax_certificates"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    jurisdiction: Mapped[str]
    """A state or other authority, as it writes itself, such as `TX`."""
    valid_from: Mapped[date]
    valid_until: Mapped[date] = mapped_column(index=True)
    """The last day on which it holds."""
    file: Mapped[str] = mapped_column(default="")
    """Where it is kept: a path below the desk's home, or where people find it."""
    sha256: Mapped[str] = mapped_column(default="")
    """Of the file, where the desk keeps it."""
    received_on: Mapped[date]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None: at the command line."""
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    withdrawn_why: Mapped[str] = mapped_column(default="")
    nonce: Mapped[str | None] = mapped_column(unique=True)


freeze(
    TaxCertificate.__table__,  # type: ignore[arg-type]
    may_change=("withdrawn_at", "withdrawn_by", "withdrawn_why"),
)
