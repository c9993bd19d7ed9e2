"""
Claiming postings for delivery, and noting what became of each.

A claim has an owner of its own and a lease. Whoever's lease ran out may have sent a first
message or not, so it becomes *unknown* (I23); a replacement may be repeated and is due again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    Integer,
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
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, rows, table_of

LEASE: Final = timedelta(seconds=45)
HORIZON: Final = pace.SECOND // 2
"""Messages are claimed this far ahead of the moment at which they may leave."""
LATE: Final = "The courier that had it did not come back; it may have been sent."


_POSTINGS: Final = table_of(Posting)
_P: Final = _POSTINGS.c
_NEXT_DUE: Final = Prepared(
    select(
        select(func.min(_P.due_at)).where(_P.state == PostingState.DUE).scalar_subquery(),
        select(func.min(_P.lease_until))
        .where(_P.state == PostingState.SENDING)
        .scalar_subquery(),
    )
)
_IS_DUE: Final = and_(_P.state == PostingState.DUE, _P.due_at <= bindparam("now"))
_FIRST_OF_EACH_PLACE: Final = Prepared(
    select(_P.place, func.min(_P.id).label("first"))
    .where(_IS_DUE, _P.place.not_in(select(_P.place).where(_P.state == PostingState.SENDING)))
    .group_by(_P.place)
    .order_by(func.min(_P.due_at), func.min(_P.id))
    .limit(bindparam("most", type_=Integer()))
)
_STILL_DUE: Final = Prepared(
    select(_P.id)
    .where(_P.id.in_(bindparam("ids", expanding=True)), _P.state == PostingState.DUE)
    .with_for_update(skip_locked=True)
)
_PUT_OFF: Final = PreparedChange(
    update(_POSTINGS)
    .where(_P.place == bindparam("at_place"), _IS_DUE)
    .values(due_at=bindparam("later"))
)
_TAKE: Final = PreparedChange(
    update(_POSTINGS)
    .where(_P.id == bindparam("posting"))
    .values(
        state=PostingState.SENDING,
        owner=bindparam("by"),
        lease_until=bindparam("end"),
        attempts=_P.attempts + 1,
    )
)
_IS_NEWER: Final = _P.wanted > bindparam("as_drawn")
_SHOWN: Final = PreparedChange(
    update(_POSTINGS)
    .where(
        _P.id == bindparam("posting"),
        _P.owner == bindparam("mine"),
        _P.state.in_((PostingState.SENDING, PostingState.UNKNOWN)),
    )
    .values(
        state=case((_IS_NEWER, PostingState.DUE), else_=PostingState.SHOWN),
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
_IS_FIRST: Final = _P.message_id.is_(None)
_END_LEASES: Final = PreparedChange(
    update(_POSTINGS)
    .where(
        _P.state == PostingState.SENDING,
        or_(_P.lease_until < bindparam("now"), _P.lease_until > bindparam("farthest")),
    )
    .values(
        state=case((_IS_FIRST, PostingState.UNKNOWN), else_=PostingState.DUE),
        last_error=case((_IS_FIRST, LATE), else_=_P.last_error),
        due_at=bindparam("now"),
    )
)
_MISS: Final = PreparedChange(
    update(_POSTINGS)
    .where(_P.state == PostingState.DUE, _IS_FIRST, _P.until < bindparam("now"))
    .values(state=PostingState.MISSED)
)


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
    change(session, _END_LEASES, {"now": at, "farthest": at + 2 * LEASE})
    change(session, _MISS, {"now": at})
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
    return change(session, _SHOWN, given).rows == 1


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


def _first_of_each_place(session: Session, at: datetime, most: int) -> dict[Place, int]:
    waiting = rows(session, _FIRST_OF_EACH_PLACE, {"now": at, "most": most})
    return {Place(row.place): row.first for row in waiting}


def _unlocked(session: Session, ids: Iterable[int]) -> set[int]:
    """Return those that are still due and nobody is changing at this moment; hold them."""
    return set(rows(session, _STILL_DUE, {"ids": list(ids)}).scalars())


def _put_off(session: Session, reserved: Reserved, at: datetime) -> None:
    for place, moment in reserved.waiting.items():
        later = {"at_place": place, "now": at, "later": pace.moment_of(moment)}
        change(session, _PUT_OFF, later)


def _take(session: Session, ids: Iterable[int], owner: str, lease_until: datetime) -> None:
    for posting in sorted(ids):
        change(session, _TAKE, {"posting": posting, "by": owner, "end": lease_until})
