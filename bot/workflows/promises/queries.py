"""Finding promises, and the words of a payer that compete for its money."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, first_record, record, rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.promises import money, rules
from bot.workflows.promises.records import Made, Promise, PromisedInvoice
from bot.workflows.promises.rules import Cash, PromiseState, Word

_PROMISES: Final = table_of(Promise).c
_NAMED: Final = table_of(PromisedInvoice).c
_PAYMENTS: Final = table_of(Payment).c
_INVOICES: Final = table_of(Invoice).c
_APPLIED: Final = table_of(Application).c
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_WHICH: Final[BindParameter[Any]] = bindparam("promises", expanding=True)
_LATE_NEWS: Final = timedelta(days=7)
"""A payment that was under way when the promise was made may carry an earlier day."""
_LIVE: Final = Prepared(
    select(_PROMISES.id, _PROMISES.amount, _PROMISES.currency, _PROMISES.due_on)
    .where(_PROMISES.payer_id == bindparam("payer"), _PROMISES.state == PromiseState.LIVE)
    .order_by(_PROMISES.due_on, _PROMISES.id)
)
_PROMISED: Final = Prepared(
    select(PromisedInvoice.invoice_id, func.sum(PromisedInvoice.amount).label("minor"))
    .join(Promise, Promise.id == PromisedInvoice.promise_id)
    .where(
        Promise.payer_id == bindparam("payer"),
        Promise.state == PromiseState.LIVE,
        Promise.due_on >= bindparam("on"),
    )
    .group_by(PromisedInvoice.invoice_id)
)


class Live(NamedTuple):
    """A promise that nothing has come of yet; minor units."""

    id: int
    amount: int
    currency: str
    due_on: date


class Falling(NamedTuple):
    """A promise that falls due, and whose it is; minor units."""

    owner_id: int
    payer_id: int
    payer: str
    amount: int
    currency: str
    due_on: date


def get(session: Session, promise_id: int) -> Promise:
    """Return a promise by the desk's own id."""
    return record(session, Promise, promise_id)


def several(session: Session, promise_ids: Collection[int]) -> list[Made]:
    """Return promises by the desk's own ids, in their order, only to look at them."""
    wanted = {"promises": list(promise_ids)}
    return [Made._make(row) for row in rows(session, _several(), wanted)] if promise_ids else []


def standing(session: Session, payer_ids: Collection[int]) -> list[Made]:
    """Return the promises of payers that were not withdrawn, the oldest first."""
    wanted = {"payers": list(payer_ids)}
    return [Made._make(row) for row in rows(session, _standing(), wanted)]


def live(session: Session, payer_id: int) -> list[Live]:
    """Return the payer's promises that nothing has come of yet, the soonest first."""
    return [Live._make(row) for row in rows(session, _LIVE, {"payer": payer_id})]


def history(session: Session, payer_id: int, *, limit: int) -> list[Promise]:
    """Return the payer's latest promises, whatever became of them, the newest first."""
    made = select(Promise).filter_by(payer_id=payer_id)
    return list(session.scalars(made.order_by(Promise.id.desc()).limit(limit)))


def broken_count(session: Session, payer_id: int, *, since: date | None = None) -> int:
    """Return how many promises the payer broke, ever or since a day."""
    broken = select(func.count()).where(
        Promise.payer_id == payer_id, Promise.state == PromiseState.BROKEN
    )
    return session.scalar(broken.where(Promise.state_on >= since) if since else broken) or 0


def of_call(session: Session, call_id: int) -> Promise | None:
    """Return the promise that a call ended in."""
    return first_record(session, Promise, _of_call(), {"call": call_id})


def parts(session: Session, promise_id: int) -> dict[int, int]:
    """Return what a promise is for: minor units by invoice."""
    named = select(PromisedInvoice.invoice_id, PromisedInvoice.amount)
    found = session.execute(named.where(PromisedInvoice.promise_id == promise_id))
    return {row.invoice_id: row.amount for row in found}


def promised(session: Session, payer_id: int, *, on: date) -> dict[int, int]:
    """Return what of each invoice is promised for that day or later; minor units."""
    standing = rows(session, _PROMISED, {"payer": payer_id, "on": on})
    return {row.invoice_id: int(row.minor) for row in standing}


def falling_due(
    session: Session, owners: Collection[int], *, first: date, last: date
) -> list[Falling]:
    """Return the live promises of agents' payers for some days, the soonest first."""
    given = {"owners": list(owners), "first": first, "last": last}
    return [Falling._make(row) for row in rows(session, _falling_due(), given)]


def waiting(session: Session, *, on: date) -> list[Made]:
    """
    Return the live promises that something may have come of by a day, the oldest first.

    Their day is over, or something was learned since: money of the payer, or for an invoice
    of theirs, or that one of these is settled.
    """
    return [Made._make(row) for row in rows(session, _waiting(), {"on": on})]


def words(session: Session, promise: Promise, *, today: date, policy: Policy) -> list[Word]:
    """Return the payer's promises up to this one that its money could be for, in order."""
    found = [
        one
        for one in standing(session, [promise.payer_id])
        if one.currency == promise.currency and one.id <= promise.id
    ]
    return list(words_of(session, found, today=today, policy=policy).values())


def words_of(
    session: Session, promises: Sequence[Made], *, today: date, policy: Policy
) -> dict[int, Word]:
    """Return promises as they compete for money, by id, in their order."""
    named = money.parts_of(session, [one.id for one in promises])
    invoices = {invoice_id for parts in named.values() for invoice_id in parts}
    settled = money.settled(session, invoices)
    return {one.id: _word(one, named[one.id], settled, today, policy) for one in promises}


def cash(session: Session, promise: Promise, words: Sequence[Word]) -> list[Cash]:
    """
    Return the money that may be for promises, minor units: applied to what they name, or not.

    What was taken back again is left out.
    """
    named = {invoice_id for word in words for invoice_id in word.parts}
    on_invoices = [
        Cash(amount=row[0], on=row[1], learned_at=row[2], invoice_id=row[3])
        for row in money.applied_to(session, named)
    ]
    on_none = [
        Cash(amount=row[0], on=row[1], learned_at=row[2])
        for row in money.free_of(session, [promise.payer_id])
        if row[4] == promise.currency
    ]
    return rules.net(on_invoices + on_none)


def _word(
    promise: Made,
    named: dict[int, int],
    settled: Mapping[int, date],
    today: date,
    policy: Policy,
) -> Word:
    is_check = bool(promise.check_number)
    last = rules.grace_ends(promise.due_on, is_check=is_check, policy=policy)
    first, until = promise.made_on - _LATE_NEWS, min(last, today)
    return Word(
        promise_id=promise.id,
        made_at=promise.made_at,
        until=until,
        parts=named,
        settled=frozenset(
            one for one in named if one in settled and first <= settled[one] <= until
        ),
    )


@cache
def _falling_due() -> Prepared:
    payers = table_of(Customer)
    of_promise = (_PROMISES[name] for name in ("amount", "currency", "due_on"))
    return Prepared(
        select(payers.c.agent_id, _PROMISES.payer_id, payers.c.name, *of_promise)
        .join(payers, payers.c.id == _PROMISES.payer_id)
        .where(
            _PROMISES.state == PromiseState.LIVE,
            _PROMISES.due_on.between(bindparam("first"), bindparam("last")),
            payers.c.agent_id.in_(bindparam("owners", expanding=True)),
        )
        .order_by(_PROMISES.due_on, _PROMISES.id)
    )


@cache
def _of_call() -> Prepared:
    return Prepared(select(table_of(Promise)).where(_PROMISES.call_id == bindparam("call")))


@cache
def _several() -> Prepared:
    return Prepared(_made().where(_PROMISES.id.in_(_WHICH)))


@cache
def _standing() -> Prepared:
    theirs = _PROMISES.payer_id.in_(_PAYERS), _PROMISES.state != PromiseState.WITHDRAWN
    return Prepared(_made().where(*theirs))


@cache
def _waiting() -> Prepared:
    paid = exists().where(
        _PAYMENTS.payer_id == _PROMISES.payer_id,
        _PAYMENTS.currency == _PROMISES.currency,
        _PAYMENTS.learned_at > _PROMISES.made_at,
    )
    applied = exists().where(
        _NAMED.promise_id == _PROMISES.id,
        _APPLIED.invoice_id == _NAMED.invoice_id,
        _APPLIED.learned_at > _PROMISES.made_at,
    )
    settled = exists().where(
        _NAMED.promise_id == _PROMISES.id,
        _INVOICES.id == _NAMED.invoice_id,
        _INVOICES.settled_on.is_not(None),
    )
    promises = table_of(Promise)
    news = or_(*(one.correlate(promises) for one in (paid, applied, settled)))
    is_over = _PROMISES.due_on < bindparam("on")
    return Prepared(_made().where(_PROMISES.state == PromiseState.LIVE, or_(is_over, news)))


def _made() -> AnySelect:
    return select(*(_PROMISES[name] for name in Made._fields)).order_by(_PROMISES.id)
