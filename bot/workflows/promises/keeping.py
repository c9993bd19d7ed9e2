"""Who keeps what: promises that fall due, and what became of earlier ones (R47, R107)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.rows import insert_new, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.promises import returns
from bot.workflows.promises.records import BrokenDay, Promise, PromiseState

BROKEN_CARD: Final = CardName("promises.broken")
"""Tells the leads of the promises that were not kept, by the day; about is its record."""

JUDGED: Final = (PromiseState.KEPT, PromiseState.PARTLY_KEPT, PromiseState.BROKEN)


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise, and whose it is."""

    promise: Promise
    payer: str
    agent_id: int | None
    """Who calls the payer; its taker is `promise.made_by`."""
    went_back: bool = False
    """Money for it was returned after it was made."""

    @property
    def fell_short(self) -> bool:
        """Test if it is kept in part only, since money for it was returned."""
        return self.went_back and self.promise.state is PromiseState.PARTLY_KEPT


@dataclass(frozen=True, slots=True)
class Tally:
    """How many promises came to an end, and what was promised in them (minor units)."""

    currency: str
    state: PromiseState
    count: int
    minor: int


def tell(session: Session, promise: Promise, *, on: date, at: datetime) -> None:
    """Tell the leads at once that a promise was not kept, in one card a day (R107)."""
    promise.told_on = on
    day = {"day": on, "made_at": at}
    if insert_new(session, table_of(BrokenDay), [day]):
        what = f"leads told it is {promise.state.value.replace('_', ' ')}"
        about, after = f"promise:{promise.id}", {"day": on.isoformat()}
        audit.note(session, audit.Note(what=what, about=about, at=at, after=after))
    told = session.scalars(select(BrokenDay).filter_by(day=on)).one()
    for lead in people.leads(session):
        postings.show(session, Showing(BROKEN_CARD, told.id, place_of(lead.id)), at=at)


def tell_again(session: Session, promise: Promise, *, at: datetime) -> None:
    """Draw the card of the day on which a promise was broken again."""
    told = session.scalar(select(BrokenDay).filter_by(day=promise.told_on))
    if told is not None:
        postings.refresh(session, BROKEN_CARD, about=told.id, at=at)


def told_on(session: Session, day: date) -> list[Promised]:
    """Return the promises that the leads were told of that day, whatever came of them."""
    return _promised(session, Promise.told_on == day)


def due(
    session: Session, *, first: date, last: date, owners: Collection[int] | None = None
) -> list[Promised]:
    """Return the live promises for the days from one to another, the soonest first."""
    given = {"first": first, "last": last, "owners": list(owners or ())}
    return _as_promised(session.execute(_due(is_of_some=owners is not None), given))


def broken(
    session: Session, *, since: date, owners: Collection[int] | None = None
) -> list[Promised]:
    """Return the promises that were broken on or after a day, the oldest first."""
    is_broken = Promise.state == PromiseState.BROKEN
    return _promised(session, is_broken, Promise.state_on >= since, *_whose(owners))


def of_payer(session: Session, payer_id: int) -> list[Tally]:
    """Return what became of a payer's promises, ever."""
    rows = session.execute(_tallies().where(Promise.payer_id == payer_id))
    return [Tally(row[0], row[1], row[2], int(row[3])) for row in rows]


def by_agent(session: Session, *, since: date) -> dict[int, list[Tally]]:
    """Return what became of the promises that each agent took, by the end's day."""
    rows = session.execute(
        _tallies()
        .add_columns(Promise.made_by)
        .where(Promise.state_on >= since)
        .group_by(Promise.made_by)
        .order_by(Promise.made_by)
    )
    found: dict[int, list[Tally]] = {}
    for row in rows:
        found.setdefault(row[4], []).append(Tally(row[0], row[1], row[2], int(row[3])))
    return found


def _whose(owners: Collection[int] | None) -> tuple[ColumnElement[bool], ...]:
    return () if owners is None else (Customer.agent_id.in_(owners),)


def _promised(session: Session, *only: ColumnElement[bool]) -> list[Promised]:
    return _as_promised(session.execute(_any_promised().where(*only)))


@cache
def _any_promised() -> Select[*tuple[Any, ...]]:
    return (
        select(Promise, Customer.name, Customer.agent_id, returns.went_back())
        .join(Customer, Customer.id == Promise.payer_id)
        .order_by(Promise.due_on, Promise.id)
    )


@cache
def _due(*, is_of_some: bool) -> Select[*tuple[Any, ...]]:
    due = _any_promised().where(
        Promise.state == PromiseState.LIVE,
        Promise.due_on.between(bindparam("first"), bindparam("last")),
    )
    owners: BindParameter[Any] = bindparam("owners", expanding=True)
    return due.where(Customer.agent_id.in_(owners)) if is_of_some else due


def _as_promised(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Promised]:
    return [Promised(*row) for row in rows]


def _tallies() -> Select[*tuple[Any, ...]]:
    return (
        select(Promise.currency, Promise.state, func.count(), func.sum(Promise.amount))
        .where(Promise.state.in_(JUDGED))
        .group_by(Promise.currency, Promise.state)
        .order_by(Promise.currency)
    )
