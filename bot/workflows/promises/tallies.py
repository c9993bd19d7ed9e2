"""Who keeps what: how many promises came to which end, by payer and by agent (R47)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.promises import judging
from bot.workflows.promises.records import Promise, PromiseState

_JUDGED: Final = (PromiseState.KEPT, PromiseState.PARTLY_KEPT, PromiseState.BROKEN)
_Taken = Counter[tuple[int, str]]
"""Minor units by who took the promise, and currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many promises came to an end, and what was promised in them (minor units)."""

    currency: str
    state: PromiseState
    count: int
    minor: int
    came_in: int
    """What came in of those that were kept in part (minor units)."""


def of_payer(session: Session, payer_id: int, *, on: date, policy: Policy) -> list[Tally]:
    """Return what became of a payer's promises, ever."""
    mine = _of(session, Promise.payer_id == payer_id, on=on, policy=policy)
    return [tally for tallies in mine.values() for tally in tallies]


def by_agent(
    session: Session, *, since: date, on: date, policy: Policy
) -> dict[int, list[Tally]]:
    """Return what became of the promises that each agent took, by the end's day."""
    return _of(session, Promise.state_on >= since, on=on, policy=policy)


def _of(
    session: Session, which: ColumnElement[bool], *, on: date, policy: Policy
) -> dict[int, list[Tally]]:
    ended = session.execute(_tallies().where(which)).all()
    came_in = _came_in(session, which, ended, on=on, policy=policy)
    found: dict[int, list[Tally]] = {}
    for taker, currency, state, count, minor in ended:
        is_in_part = state is PromiseState.PARTLY_KEPT
        tally = Tally(
            currency=currency,
            state=state,
            count=count,
            minor=int(minor),
            came_in=came_in[taker, currency] if is_in_part else 0,
        )
        found.setdefault(taker, []).append(tally)
    return found


def _came_in(
    session: Session,
    which: ColumnElement[bool],
    ended: Iterable[Row[*tuple[Any, ...]]],
    *,
    on: date,
    policy: Policy,
) -> _Taken:
    taken = _Taken()
    if not any(row[2] is PromiseState.PARTLY_KEPT for row in ended):
        return taken
    in_part = select(Promise).where(which, Promise.state == PromiseState.PARTLY_KEPT)
    promises = session.scalars(in_part).all()
    came_in = judging.came_in(session, promises, on=on, policy=policy)
    for promise in promises:
        taken[promise.made_by, promise.currency] += came_in[promise.id]
    return taken


def _tallies() -> Select[*tuple[Any, ...]]:
    ends = (Promise.made_by, Promise.currency, Promise.state)
    return (
        select(*ends, func.count(), func.sum(Promise.amount))
        .where(Promise.state.in_(_JUDGED))
        .group_by(*ends)
        .order_by(Promise.made_by, Promise.currency)
    )
