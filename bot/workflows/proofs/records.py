"""Files that were handed over, as remembered."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze


class ProofFile(Record):
    """A file that somebody handed the desk; the same contents are one file."""

    __tablename__ = "proof_files"

    sha256: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes."""
    name: Mapped[str]
    """As it was first called, made safe to show."""
    path: Mapped[str]
    """Below the desk's home."""
    received_by: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    received_at: Mapped[datetime]


class ProofUse(Record):
    """What a file proves."""

    __tablename__ = "proof_uses"

    file_id: Mapped[int] = mapped_column(ForeignKey("proof_files.id"), index=True)
    about: Mapped[str] = mapped_column(index=True)
    """The record: `case_report:3`, `dispute:7`, `tax_certificate:2`."""
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    taken_off_at: Mapped[datetime | None]
    """It was put there by mistake."""
    taken_off_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


freeze(ProofFile.__table__)  # type: ignore[arg-type]
freeze(ProofUse.__table__, may_change=("taken_off_at", "taken_off_by"))  # type: ignore[arg-type]
