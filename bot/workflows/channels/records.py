"""Channels, as remembered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze
from bot.workflows.channels.rules import Purpose

__all__ = ["Channel", "Purpose"]


class Channel(Record):
    """A channel that was named for something; the last row of a purpose counts."""

    __tablename__ = "channels"
    __table_args__ = (Index("ix_channels_purpose", "purpose", "id"),)

    purpose: Mapped[Purpose]
    conversation_id: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    place: Mapped[str]
    set_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime]


freeze(Channel.__table__)  # type: ignore[arg-type]
