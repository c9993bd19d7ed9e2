"""
The cards the desk owes people.

A workflow never talks to Teams. In the same transaction as its change it *shows* a card about
a record in a place, or asks that the copies already shown be drawn again (`refresh`); the
courier delivers. So no message is lost, and none announces a change that was rolled back.

There is one posting for each (card, about, place), and one message of it; where a request was
opened again in the same chat, its earlier messages are kept beside it (`copies`). `wanted`
counts up whenever the card should be drawn (again); the posting is due while `drawn` lags
behind it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple, NewType

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Index,
    Select,
    UniqueConstraint,
    bindparam,
    case,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import copies
from bot.store.base import Record
from bot.store.copies import Message

CardName = NewType("CardName", str)
"""Which card, such as `fee_waivers.approval`. Exactly one dialog draws each."""

Place = NewType("Place", str)
"""Where a card goes: `person:12` (their personal chat), `channel:3`, `thread:<posting id>`."""


class Showing(NamedTuple):
    """A card about a record, in a place: what a posting is the delivery of."""

    card: CardName
    about: int
    place: Place


GREETING: Final = "greeting"
"""Who holds a card that is sent in answer to somebody who opens the app."""


class PostingState(StrEnum):
    """Where a card has got to."""

    DUE = "due"
    SENDING = "sending"
    """Claimed by a courier until `lease_until`; a POST may have left."""
    SHOWN = "shown"
    UNKNOWN = "unknown"
    """A POST left and its outcome is not known: never sent again by itself (I23)."""
    PARKED = "parked"
    """The person blocked or has not installed the app; waits until they are back."""
    FAILED = "failed"
    """Teams or the drawing refuses it for good; a lead sees it."""
    MISSED = "missed"
    """Its last moment (`until`) passed before it could be delivered."""


AFTER_ALL: Final = (
    PostingState.UNKNOWN,
    PostingState.PARKED,
    PostingState.FAILED,
    PostingState.MISSED,
)
"""The states from which a person may have a posting sent after all."""


class Posting(Record):
    """One card about one record, in one place."""

    __tablename__ = "postings"
    __table_args__ = (
        UniqueConstraint("card", "about", "place"),
        Index("ix_postings_state_due", "state", "due_at"),
    )

    card: Mapped[str]
    about: Mapped[int] = mapped_column(BigInteger)
    place: Mapped[str] = mapped_column(index=True)
    state: Mapped[PostingState] = mapped_column(default=PostingState.DUE)
    wanted: Mapped[int] = mapped_column(default=1)
    drawn: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str | None]
    conversation_id: Mapped[str | None]
    due_at: Mapped[datetime]
    until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]


def show(
    session: Session, showing: Showing, *, at: datetime, until: datetime | None = None
) -> None:
    """
    Owe a card to a place; where it was shown before, that copy is drawn again.

    :param until: the last moment at which a first delivery still makes sense.
    """
    posting = _find(session, showing)
    if posting is None:
        session.add(Posting(**showing._asdict(), due_at=at, until=until))
        return
    if posting.state is PostingState.MISSED:
        posting.state, posting.due_at, posting.until = PostingState.DUE, at, until
        session.flush()
    _want_again(session, at, Posting.id == posting.id)


def thread_under(session: Session, showing: Showing) -> Place:
    """
    Return the place that is the thread under a card shown in a channel.

    :raises LookupError: if that card is not owed to that place.
    """
    session.flush()
    posting = _find(session, showing)
    if posting is None:
        raise LookupError(f"{showing.card} is not shown in {showing.place}")
    return Place(f"thread:{posting.id}")


def refresh(session: Session, card: CardName, *, about: int, at: datetime) -> None:
    """Draw again every copy of the card that has been shown or is on its way."""
    _want_again(session, at, Posting.card == card, Posting.about == about)


def refresh_where_shown(session: Session, card: CardName, *, about: int, at: datetime) -> None:
    """Draw again every copy that stands: none where somebody turned its message (`let_go`)."""
    stands = Posting.message_id.is_not(None)
    _want_again(session, at, Posting.card == card, Posting.about == about, stands)


def adopt(
    session: Session,
    showing: Showing,
    *,
    sent: Message,
    at: datetime,
    keeps_earlier: bool = False,
) -> None:
    """
    Let the copy just sent in answer to somebody be the one that is kept up to date.

    :param keeps_earlier: the message that showed the card before stays up to date beside it.
    """
    posting = _find(session, showing)
    if posting is None:
        posting = Posting(**showing._asdict(), due_at=at, wanted=1)
        session.add(posting)
    elif keeps_earlier and _is_on_its_way(posting):
        copies.keep(session, posting.id, sent)
        return
    elif keeps_earlier:
        _keep_earlier(session, posting, sent)
    posting.conversation_id, posting.message_id = sent
    posting.state, posting.drawn, posting.shown_at = PostingState.SHOWN, posting.wanted, at
    posting.last_error, posting.owner, posting.lease_until = "", None, None


def let_go(session: Session, card: CardName, *, place: Place, message_id: str | None) -> None:
    """
    Stop drawing a card where somebody has turned its message into something else.

    It is shown in a message of its own the next time it is drawn.
    """
    if message_id is None:
        return
    turned = update(Posting).where(
        Posting.card == card, Posting.place == place, Posting.message_id == message_id
    )
    session.execute(turned.values(message_id=None, conversation_id=None))


def revive(session: Session, place: Place, *, at: datetime) -> int:
    """Make due again what was parked for a place whose person is back; return how many."""
    parked = update(Posting).where(Posting.place == place, Posting.state == PostingState.PARKED)
    result = session.execute(parked.values(state=PostingState.DUE, due_at=at))
    return int(getattr(result, "rowcount", 0))


def state_of(session: Session, showing: Showing) -> PostingState | None:
    """Return where a card has got to; None if it is not owed to that place."""
    posting = _find(session, showing)
    return posting.state if posting else None


def troubled(session: Session) -> list[Posting]:
    """Return what has not arrived, or may not have, oldest first: for leads and `doctor`."""
    wanted = select(Posting).where(Posting.state.in_(AFTER_ALL))
    return list(session.scalars(wanted.order_by(Posting.due_at, Posting.id)))


def send_again(session: Session, posting_id: int, *, at: datetime) -> bool:
    """Deliver a troubled posting after all, since a person said so; False if it is not one."""
    posting = session.get(Posting, posting_id, with_for_update=True)
    if posting is None or posting.state not in AFTER_ALL:
        return False
    posting.state, posting.due_at, posting.until = PostingState.DUE, at, None
    posting.attempts, posting.last_error = 0, ""
    posting.owner, posting.lease_until = None, None
    return True


def _keep_earlier(session: Session, posting: Posting, sent: Message) -> None:
    copies.forget(session, sent)
    if posting.conversation_id and posting.message_id and posting.message_id != sent.message_id:
        earlier = Message(posting.conversation_id, posting.message_id)
        copies.keep(session, posting.id, earlier)


def _is_on_its_way(posting: Posting) -> bool:
    """Test if a courier may be bringing the first message of a card."""
    is_sent = posting.state is PostingState.SENDING and posting.owner != GREETING
    return is_sent and not posting.message_id


def _find(session: Session, showing: Showing) -> Posting | None:
    return session.scalar(_shown(), showing._asdict())


@cache
def _shown() -> Select[Posting]:
    return select(Posting).where(
        Posting.card == bindparam("card"),
        Posting.about == bindparam("about"),
        Posting.place == bindparam("place"),
    )


def _want_again(session: Session, at: datetime, *which: ColumnElement[bool]) -> None:
    """Count up in one statement, so that a courier confirming meanwhile cannot lose it."""
    session.flush()
    rests = Posting.state.in_((PostingState.SHOWN, PostingState.FAILED))
    again = (
        update(Posting)
        .where(*which)
        .values(
            wanted=Posting.wanted + 1,
            state=case((rests, PostingState.DUE), else_=Posting.state),
            due_at=case((rests, at), else_=Posting.due_at),
            attempts=case((rests, 0), else_=Posting.attempts),
        )
    )
    session.execute(again, execution_options={"synchronize_session": "fetch"})
