"""Special handling, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.workflows.special_handling.rules import HoldKind

__all__ = ["Hold", "HoldKind"]


class Hold(Record):
    """A payer left off the lists from one day to another (None: until lifted)."""

    __tablename__ = "holds"

    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[HoldKind]
    reason: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
