"""Earlier messages that show the card of a posting, too: each is redrawn with it (R167)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store.base import Record


class Message(NamedTuple):
    """Where a message is."""

    conversation_id: str
    message_id: str


class Copy(Record):
    """An earlier message of a posting, still on somebody's screen."""

    __tablename__ = "posting_copies"
    __table_args__ = (UniqueConstraint("posting_id", "conversation_id", "message_id"),)

    posting_id: Mapped[int] = mapped_column(ForeignKey("postings.id"))
    conversation_id: Mapped[str]
    message_id: Mapped[str]


def keep(session: Session, posting_id: int, message: Message) -> None:
    """Have a message redrawn whenever the posting is."""
    if message not in of_posting(session, posting_id):
        session.add(Copy(posting_id=posting_id, **message._asdict()))


def of_posting(session: Session, posting_id: int) -> list[Message]:
    """Return the earlier messages of a posting, the oldest first."""
    found = select(Copy.conversation_id, Copy.message_id).filter_by(posting_id=posting_id)
    return [Message(*row) for row in session.execute(found.order_by(Copy.id))]


def forget(session: Session, message: Message) -> None:
    """Redraw a message no more: it is gone, or shows something else."""
    session.execute(
        delete(Copy).where(
            Copy.conversation_id == message.conversation_id,
            Copy.message_id == message.message_id,
        )
    )
