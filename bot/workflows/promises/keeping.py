"""Promises that fall due, and those that were not kept: found, and told (R47, R107)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, select
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
    def is_in_part(self) -> bool:
        """Test if less than was promised came in."""
        return self.promise.state is PromiseState.PARTLY_KEPT


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
    """Draw the card of the day on which a promise was not kept again."""
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


def partly_kept(
    session: Session, *, since: date, owners: Collection[int] | None = None
) -> list[Promised]:
    """Return the promises that were found kept in part on or after a day, the oldest first."""
    in_part = Promise.state == PromiseState.PARTLY_KEPT
    return _promised(session, in_part, Promise.state_on >= since, *_whose(owners))


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
