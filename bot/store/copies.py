"""Earlier messages that show the card of a posting, too: each is redrawn with it (R167)."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store.base import Record
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of


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


_COPIES: Final = table_of(Copy).c
_OF_POSTING: Final = Prepared(
    select(_COPIES.conversation_id, _COPIES.message_id)
    .where(_COPIES.posting_id == bindparam("posting"))
    .order_by(_COPIES.id)
)


def keep(session: Session, posting_id: int, message: Message) -> None:
    """Have a message redrawn whenever the posting is."""
    if message not in of_posting(session, posting_id):
        session.add(Copy(posting_id=posting_id, **message._asdict()))


def of_posting(session: Session, posting_id: int) -> list[Message]:
    """Return the earlier messages of a posting, the oldest first."""
    return [Message(*row) for row in rows(session, _OF_POSTING, {"posting": posting_id})]


def forget(session: Session, message: Message) -> None:
    """Redraw a message no more: it is gone, or shows something else."""
    session.execute(
        delete(Copy).where(
            Copy.conversation_id == message.conversation_id,
            Copy.message_id == message.message_id,
        )
    )
