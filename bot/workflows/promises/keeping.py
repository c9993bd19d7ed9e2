"""Promises that fall due, and those that were not kept: found, and told (R47, R107)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import Prepared
from bot.store.rows import amend, first_record, insert_new, records, rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.promises import returns
from bot.workflows.promises.records import BrokenDay, Promise, PromiseState

BROKEN_CARD: Final = CardName("promises.broken")
"""Tells the leads of the promises that were not kept, by the day; about is its record."""
_PROMISES: Final = table_of(Promise)
_DAYS: Final = table_of(BrokenDay)
_TOLD_ON: Final = Prepared(select(_DAYS).where(_DAYS.c.day == bindparam("day")))


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
    amend(session, promise, told_on=on)
    day = {"day": on, "made_at": at}
    if insert_new(session, table_of(BrokenDay), [day]):
        what = f"leads told it is {promise.state.value.replace('_', ' ')}"
        about, after = f"promise:{promise.id}", {"day": on.isoformat()}
        audit.note(session, audit.Note(what=what, about=about, at=at, after=after))
    [told] = records(session, BrokenDay, _TOLD_ON, {"day": on})
    for lead in people.leads(session):
        postings.show(session, Showing(BROKEN_CARD, told.id, place_of(lead.id)), at=at)


def tell_again(session: Session, promise: Promise, *, at: datetime) -> None:
    """Draw the card of the day on which a promise was not kept again."""
    if told := first_record(session, BrokenDay, _TOLD_ON, {"day": promise.told_on}):
        postings.refresh(session, BROKEN_CARD, about=told.id, at=at)


def told_on(session: Session, day: date) -> list[Promised]:
    """Return the promises that the leads were told of that day, whatever came of them."""
    return _promised(session, _told_on(), {"day": day})


def due(
    session: Session, *, first: date, last: date, owners: Collection[int] | None = None
) -> list[Promised]:
    """Return the live promises for the days from one to another, the soonest first."""
    given = {"first": first, "last": last, "owners": list(owners or ())}
    return _promised(session, _due(is_of_some=owners is not None), given)


def broken(
    session: Session, *, since: date, owners: Collection[int] | None = None
) -> list[Promised]:
    """Return the promises that were broken on or after a day, the oldest first."""
    return _judged(session, PromiseState.BROKEN, since=since, owners=owners)


def partly_kept(
    session: Session, *, since: date, owners: Collection[int] | None = None
) -> list[Promised]:
    """Return the promises that were found kept in part on or after a day, the oldest first."""
    return _judged(session, PromiseState.PARTLY_KEPT, since=since, owners=owners)


def _judged(
    session: Session, state: PromiseState, *, since: date, owners: Collection[int] | None
) -> list[Promised]:
    given = {"state": state, "since": since, "owners": list(owners or ())}
    return _promised(session, _became(is_of_some=owners is not None), given)


def _promised(
    session: Session, wanted: Prepared, given: Mapping[str, object]
) -> list[Promised]:
    found = rows(session, wanted, given).all()
    ids = [row.id for row in found]
    promises = {one.id: one for one in records(session, Promise, _several(), {"ids": ids})}
    return [Promised(promises[row[0]], *row[1:]) for row in found]


@cache
def _several() -> Prepared:
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    return Prepared(select(_PROMISES).where(_PROMISES.c.id.in_(ids)))


@cache
def _told_on() -> Prepared:
    return _where(Promise.told_on == bindparam("day"))


@cache
def _due(*, is_of_some: bool) -> Prepared:
    is_due = Promise.due_on.between(bindparam("first"), bindparam("last"))
    return _where(Promise.state == PromiseState.LIVE, is_due, is_of_some=is_of_some)


@cache
def _became(*, is_of_some: bool) -> Prepared:
    became = Promise.state == bindparam("state"), Promise.state_on >= bindparam("since")
    return _where(*became, is_of_some=is_of_some)


def _where(*only: ColumnElement[bool], is_of_some: bool = False) -> Prepared:
    wanted = (
        select(Promise.id, Customer.name, Customer.agent_id, returns.went_back())
        .join(Customer, Customer.id == Promise.payer_id)
        .where(*only)
        .order_by(Promise.due_on, Promise.id)
    )
    owners: BindParameter[Any] = bindparam("owners", expanding=True)
    return Prepared(wanted.where(Customer.agent_id.in_(owners)) if is_of_some else wanted)
