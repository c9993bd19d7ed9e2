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
from typing import Final, NamedTuple, NewType

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Index,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import copies
from bot.store.base import Record, UtcColumn
from bot.store.copies import Message
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, rows, table_of

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


class Owed(NamedTuple):
    """What is known of a posting as its card is drawn."""

    id: int
    card: str
    about: int
    place: str
    wanted: int
    attempts: int
    message_id: str | None
    conversation_id: str | None


_POSTINGS: Final = table_of(Posting)


def _wanted_again(*which: ColumnElement[bool]) -> PreparedChange:
    """Count up in one statement, so that a courier confirming meanwhile cannot lose it."""
    known = _POSTINGS.c
    rests = known.state.in_((PostingState.SHOWN, PostingState.FAILED))
    again = {
        "wanted": known.wanted + 1,
        "state": case((rests, PostingState.DUE), else_=known.state),
        "due_at": case((rests, bindparam("now", type_=UtcColumn())), else_=known.due_at),
        "attempts": case((rests, 0), else_=known.attempts),
    }
    return PreparedChange(update(_POSTINGS).where(*which).values(again))


_FOUND: Final = Prepared(
    select(_POSTINGS.c.id, _POSTINGS.c.state).where(
        _POSTINGS.c.card == bindparam("card"),
        _POSTINGS.c.about == bindparam("about"),
        _POSTINGS.c.place == bindparam("place"),
    )
)
_OWED: Final = Prepared(
    select(*(_POSTINGS.c[name] for name in Owed._fields)).where(
        _POSTINGS.c.id == bindparam("posting")
    )
)
_ENTER: Final = PreparedChange(insert(_POSTINGS))
_THIS: Final = _POSTINGS.c.id == bindparam("posting")
_OWE_AGAIN: Final = PreparedChange(
    update(_POSTINGS)
    .where(_THIS)
    .values(state=PostingState.DUE, due_at=bindparam("now"), until=bindparam("last"))
)
_OF_RECORD: Final = and_(
    _POSTINGS.c.card == bindparam("of_card"), _POSTINGS.c.about == bindparam("of_record")
)
_WANT_AGAIN: Final = _wanted_again(_THIS)
_WANT_ALL_AGAIN: Final = _wanted_again(_OF_RECORD)
_WANT_STANDING_AGAIN: Final = _wanted_again(_OF_RECORD, _POSTINGS.c.message_id.is_not(None))


def get(session: Session, posting_id: int) -> Owed:
    """
    Return what is known of a posting.

    :raises LookupError: if there is none of that id.
    """
    row = rows(session, _OWED, {"posting": posting_id}).first()
    if row is None:
        raise LookupError(f"there is no posting {posting_id}")
    return Owed._make(row)


def show(
    session: Session, showing: Showing, *, at: datetime, until: datetime | None = None
) -> None:
    """
    Owe a card to a place; where it was shown before, that copy is drawn again.

    :param until: the last moment at which a first delivery still makes sense.
    """
    posting = rows(session, _FOUND, showing._asdict()).first()
    if posting is None:
        change(session, _ENTER, _new(showing, at=at, until=until))
        return
    if posting.state is PostingState.MISSED:
        change(session, _OWE_AGAIN, {"posting": posting.id, "now": at, "last": until})
    change(session, _WANT_AGAIN, {"posting": posting.id, "now": at})


def thread_under(session: Session, showing: Showing) -> Place:
    """
    Return the place that is the thread under a card shown in a channel.

    :raises LookupError: if that card is not owed to that place.
    """
    posting = rows(session, _FOUND, showing._asdict()).first()
    if posting is None:
        raise LookupError(f"{showing.card} is not shown in {showing.place}")
    return Place(f"thread:{posting.id}")


def refresh(session: Session, card: CardName, *, about: int, at: datetime) -> None:
    """Draw again every copy of the card that has been shown or is on its way."""
    change(session, _WANT_ALL_AGAIN, {"of_card": card, "of_record": about, "now": at})


def refresh_where_shown(session: Session, card: CardName, *, about: int, at: datetime) -> None:
    """Draw again every copy that stands: none where somebody turned its message (`let_go`)."""
    change(session, _WANT_STANDING_AGAIN, {"of_card": card, "of_record": about, "now": at})


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
    posting = rows(session, _FOUND, showing._asdict()).first()
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
    shown = select(Posting).filter_by(**showing._asdict())
    return session.scalar(shown.execution_options(populate_existing=True))


def _new(showing: Showing, *, at: datetime, until: datetime | None) -> dict[str, object]:
    return {
        **showing._asdict(),
        "state": PostingState.DUE,
        "wanted": 1,
        "drawn": 0,
        "attempts": 0,
        "due_at": at,
        "until": until,
        "last_error": "",
    }
