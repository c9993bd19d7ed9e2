"""Who keeps what: how many promises came to which end, by payer and by agent (R47)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Found, Prepared
from bot.store.rows import records, rows, table_of
from bot.workflows.promises import judging
from bot.workflows.promises.records import Promise, PromiseState

_JUDGED: Final = (PromiseState.KEPT, PromiseState.PARTLY_KEPT, PromiseState.BROKEN)
_PROMISES: Final = table_of(Promise)
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
    mine = _of(session, _of_one(), {"payer": payer_id}, on=on, policy=policy)
    return [tally for tallies in mine.values() for tally in tallies]


def by_agent(
    session: Session, *, since: date, on: date, policy: Policy
) -> dict[int, list[Tally]]:
    """Return what became of the promises that each agent took, by the end's day."""
    return _of(session, _ended_since(), {"since": since}, on=on, policy=policy)


class _Wanted(NamedTuple):
    """Some promises: how many came to which end, and those that were kept in part."""

    tallies: Prepared
    in_part: Prepared


@cache
def _of_one() -> _Wanted:
    return _wanted(_PROMISES.c.payer_id == bindparam("payer"))


@cache
def _ended_since() -> _Wanted:
    return _wanted(_PROMISES.c.state_on >= bindparam("since"))


def _wanted(which: ColumnElement[bool]) -> _Wanted:
    promises = _PROMISES.c
    ends = (promises.made_by, promises.currency, promises.state)
    tallies = (
        select(*ends, func.count(), func.sum(promises.amount))
        .where(promises.state.in_(_JUDGED), which)
        .group_by(*ends)
        .order_by(promises.made_by, promises.currency)
    )
    in_part = select(_PROMISES).where(which, promises.state == PromiseState.PARTLY_KEPT)
    return _Wanted(Prepared(tallies), Prepared(in_part))


def _of(
    session: Session,
    wanted: _Wanted,
    given: Mapping[str, object],
    *,
    on: date,
    policy: Policy,
) -> dict[int, list[Tally]]:
    ended = rows(session, wanted.tallies, given)
    came_in = _came_in(session, wanted, given, ended, on=on, policy=policy)
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


def _came_in(  # noqa: PLR0913 - of which, that ended how, by when
    session: Session,
    wanted: _Wanted,
    given: Mapping[str, object],
    ended: Found,
    *,
    on: date,
    policy: Policy,
) -> _Taken:
    taken = _Taken()
    if not any(row[2] is PromiseState.PARTLY_KEPT for row in ended):
        return taken
    promises = records(session, Promise, wanted.in_part, given)
    came_in = judging.came_in(session, promises, on=on, policy=policy)
    for promise in promises:
        taken[promise.made_by, promise.currency] += came_in[promise.id]
    return taken
