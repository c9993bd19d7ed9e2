"""
Claiming postings for delivery, and noting what became of each.

A claim has an owner of its own and a lease. Whoever's lease ran out may have sent a first
message or not, so it becomes *unknown* (I23); a replacement may be repeated and is due again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import pace
from bot.store.pace import Reserved
from bot.store.postings import Place, Posting, PostingState
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, rows, table_of

LEASE: Final = timedelta(seconds=45)
HORIZON: Final = pace.SECOND // 2
"""Messages are claimed this far ahead of the moment at which they may leave."""
_POSTINGS: Final = table_of(Posting).c
_NEXT_DUE: Final = Prepared(
    select(
        select(func.min(_POSTINGS.due_at))
        .where(_POSTINGS.state == PostingState.DUE)
        .scalar_subquery(),
        select(func.min(_POSTINGS.lease_until))
        .where(_POSTINGS.state == PostingState.SENDING)
        .scalar_subquery(),
    )
)
LATE: Final = "The courier that had it did not come back; it may have been sent."


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A posting that this courier delivers, and nobody else until the lease ends."""

    posting_id: int
    owner: str
    send_at: datetime
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """What was sent: which state of the record, and where the message is."""

    drawn: int
    conversation_id: str
    message_id: str


def next_due(session: Session) -> datetime | None:
    """Return when something is next due, or a lease ends; None if nothing waits."""
    moments = rows(session, _NEXT_DUE, {}).one()
    return min((moment for moment in moments if moment), default=None)


def claim(
    session: Session, *, owner: str, at: datetime, a_second: int, most: int
) -> list[Claim]:
    """Claim what may be sent about now, at most one message for each place, oldest first."""
    _end_leases(session, at)
    _miss(session, at)
    first = _first_of_each_place(session, at, most)
    if not first:
        return []
    reserved = pace.reserve(
        session,
        first,
        now=pace.microseconds(at),
        horizon=HORIZON,
        a_second=a_second,
    )
    free = _unlocked(session, [first[place] for place in reserved.leaving])
    _put_off(session, reserved, at)
    lease_until = at + LEASE
    _take(session, free, owner, lease_until)
    return [
        Claim(
            posting_id=first[place],
            owner=owner,
            send_at=pace.moment_of(moment),
            lease_until=lease_until,
        )
        for place, moment in reserved.leaving.items()
        if first[place] in free
    ]


def shown(session: Session, claimed: Claim, what: Shown, *, at: datetime) -> bool:
    """
    Note that the card is shown; it stays due if its record has changed since it was drawn.

    A claim whose lease ran out still counts as long as nobody else has taken the posting.
    """
    given = {
        "posting": claimed.posting_id,
        "mine": claimed.owner,
        "as_drawn": what.drawn,
        "conversation": what.conversation_id,
        "message": what.message_id or None,
        "now": at,
    }
    session.flush()
    return session.connection().execute(_note_shown(), given).rowcount == 1


@cache
def _note_shown() -> Update:
    postings = table_of(Posting)
    is_newer = postings.c.wanted > bindparam("as_drawn")
    return (
        update(postings)
        .where(
            postings.c.id == bindparam("posting"),
            postings.c.owner == bindparam("mine"),
            postings.c.state.in_((PostingState.SENDING, PostingState.UNKNOWN)),
        )
        .values(
            state=case((is_newer, PostingState.DUE), else_=PostingState.SHOWN),
            drawn=bindparam("as_drawn"),
            conversation_id=bindparam("conversation"),
            message_id=bindparam("message"),
            shown_at=bindparam("now"),
            due_at=bindparam("now"),
            attempts=0,
            last_error="",
            owner=None,
            lease_until=None,
        )
    )


def put_off(session: Session, claimed: Claim, *, until: datetime, error: str) -> bool:
    """Note that it was not delivered, certainly, and is to be tried again then."""
    return _settle(session, claimed, state=PostingState.DUE, due_at=until, last_error=error)


def stop(session: Session, claimed: Claim, state: PostingState, *, error: str) -> bool:
    """Note that it is not delivered, or that nobody knows: unknown, parked or failed."""
    return _settle(session, claimed, state=state, last_error=error)


def post_anew(session: Session, claimed: Claim, *, at: datetime) -> bool:
    """Note that the message to replace is gone, so that the card is posted as a new one."""
    return _settle(
        session, claimed, state=PostingState.DUE, message_id=None, due_at=at, last_error=""
    )


def _settle(session: Session, claimed: Claim, **values: object) -> bool:
    """Write the outcome, if the posting is still this claim's."""
    mine = and_(
        Posting.id == claimed.posting_id,
        Posting.owner == claimed.owner,
        Posting.state.in_((PostingState.SENDING, PostingState.UNKNOWN)),
    )
    ended = values | {"owner": None, "lease_until": None}
    result = session.execute(update(Posting).where(mine).values(**ended))
    return int(getattr(result, "rowcount", 0)) == 1


def _end_leases(session: Session, at: datetime) -> None:
    session.flush()
    session.connection().execute(_ended_leases(), {"now": at, "farthest": at + 2 * LEASE})


@cache
def _ended_leases() -> Update:
    postings = table_of(Posting)
    lease, first = postings.c.lease_until, postings.c.message_id.is_(None)
    ended = or_(lease < bindparam("now"), lease > bindparam("farthest"))
    return (
        update(postings)
        .where(postings.c.state == PostingState.SENDING, ended)
        .values(
            state=case((first, PostingState.UNKNOWN), else_=PostingState.DUE),
            last_error=case((first, LATE), else_=postings.c.last_error),
            due_at=bindparam("now"),
        )
    )


def _miss(session: Session, at: datetime) -> None:
    session.connection().execute(_too_late(), {"now": at})


@cache
def _too_late() -> Update:
    postings = table_of(Posting)
    return (
        update(postings)
        .where(
            postings.c.state == PostingState.DUE,
            postings.c.message_id.is_(None),
            postings.c.until < bindparam("now"),
        )
        .values(state=PostingState.MISSED)
    )


def _first_of_each_place(session: Session, at: datetime, most: int) -> dict[Place, int]:
    waiting = session.execute(_waiting(), {"at": at, "most": most})
    return {Place(row.place): row.first for row in waiting}


@cache
def _waiting() -> AnySelect:
    busy = select(Posting.place).where(Posting.state == PostingState.SENDING)
    is_due = and_(Posting.state == PostingState.DUE, Posting.due_at <= bindparam("at"))
    return (
        select(Posting.place, func.min(Posting.id).label("first"))
        .where(is_due, Posting.place.not_in(busy))
        .group_by(Posting.place)
        .order_by(func.min(Posting.due_at), func.min(Posting.id))
        .limit(bindparam("most", type_=Integer()))
    )


def _unlocked(session: Session, ids: Iterable[int]) -> set[int]:
    """Return those that are still due and nobody is changing at this moment; hold them."""
    wanted = select(Posting.id).where(
        Posting.id.in_(list(ids)), Posting.state == PostingState.DUE
    )
    return set(session.scalars(wanted.with_for_update(skip_locked=True)))


def _put_off(session: Session, reserved: Reserved, at: datetime) -> None:
    for place, moment in reserved.waiting.items():
        session.execute(
            update(Posting)
            .where(Posting.place == place, _is_due(at))
            .values(due_at=pace.moment_of(moment))
        )


def _take(session: Session, ids: set[int], owner: str, lease_until: datetime) -> None:
    if not ids:
        return
    taken = update(Posting).where(Posting.id.in_(ids))
    session.execute(
        taken.values(
            state=PostingState.SENDING,
            owner=owner,
            lease_until=lease_until,
            attempts=Posting.attempts + 1,
        )
    )


def _is_due(at: datetime) -> ColumnElement[bool]:
    return and_(Posting.state == PostingState.DUE, Posting.due_at <= at)
