"""Finding promises, and the money that came in for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.rows import AnySelect
from bot.workflows.ledger.records import Application, Invoice, Payment
from bot.workflows.promises import rules
from bot.workflows.promises.records import Promise, PromisedInvoice
from bot.workflows.promises.rules import Cash, PromiseState, Word

_LIVE: Final = (
    select(Promise)
    .where(Promise.payer_id == bindparam("payer"), Promise.state == PromiseState.LIVE)
    .order_by(Promise.due_on, Promise.id)
)
_PROMISED: Final = (
    select(PromisedInvoice.invoice_id, func.sum(PromisedInvoice.amount).label("minor"))
    .join(Promise, Promise.id == PromisedInvoice.promise_id)
    .where(
        Promise.payer_id == bindparam("payer"),
        Promise.state == PromiseState.LIVE,
        Promise.due_on >= bindparam("on"),
    )
    .group_by(PromisedInvoice.invoice_id)
)


def get(session: Session, promise_id: int) -> Promise:
    """Return a promise by the desk's own id."""
    return session.get_one(Promise, promise_id)


def several(session: Session, promise_ids: Collection[int]) -> list[Promise]:
    """Return promises by the desk's own ids, in their order."""
    wanted = select(Promise).where(Promise.id.in_(promise_ids))
    return list(session.scalars(wanted.order_by(Promise.id)))


def live(session: Session, payer_id: int) -> list[Promise]:
    """Return the payer's promises that nothing has come of yet, the soonest first."""
    return list(session.scalars(_LIVE, {"payer": payer_id}))


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
    return session.scalar(select(Promise).filter_by(call_id=call_id))


def parts(session: Session, promise_id: int) -> dict[int, int]:
    """Return what a promise is for: minor units by invoice."""
    named = select(PromisedInvoice.invoice_id, PromisedInvoice.amount)
    rows = session.execute(named.where(PromisedInvoice.promise_id == promise_id))
    return {row.invoice_id: row.amount for row in rows}


def promised(session: Session, payer_id: int, *, on: date) -> dict[int, int]:
    """Return what of each invoice is promised for that day or later; minor units."""
    standing = session.execute(_PROMISED, {"payer": payer_id, "on": on})
    return {row.invoice_id: int(row.minor) for row in standing}


def waiting(session: Session, *, on: date) -> list[Promise]:
    """
    Return the live promises that something may have come of by a day, the oldest first.

    Their day is over, or something was learned since: money of the payer, or for an invoice
    of theirs, or that one of these is settled.
    """
    paid = exists().where(
        Payment.payer_id == Promise.payer_id,
        Payment.currency == Promise.currency,
        Payment.learned_at > Promise.made_at,
    )
    applied = exists().where(
        PromisedInvoice.promise_id == Promise.id,
        Application.invoice_id == PromisedInvoice.invoice_id,
        Application.learned_at > Promise.made_at,
    )
    settled = exists().where(
        PromisedInvoice.promise_id == Promise.id,
        Invoice.id == PromisedInvoice.invoice_id,
        Invoice.settled_on.is_not(None),
    )
    news = or_(*(one.correlate(Promise) for one in (paid, applied, settled)))
    still = select(Promise).where(
        Promise.state == PromiseState.LIVE, or_(Promise.due_on < on, news)
    )
    return list(session.scalars(still.order_by(Promise.id)))


def words(session: Session, promise: Promise, *, today: date, policy: Policy) -> list[Word]:
    """Return the payer's promises up to this one that its money could be for, in order."""
    mine = select(Promise).where(
        Promise.payer_id == promise.payer_id,
        Promise.currency == promise.currency,
        Promise.state != PromiseState.WITHDRAWN,
        Promise.id <= promise.id,
    )
    found = session.scalars(mine.order_by(Promise.id)).all()
    return list(words_of(session, found, today=today, policy=policy).values())


def words_of(
    session: Session, promises: Sequence[Promise], *, today: date, policy: Policy
) -> dict[int, Word]:
    """Return promises as they compete for money, by id, in their order."""
    named = _parts_of(session, [one.id for one in promises])
    invoices = {invoice_id for parts in named.values() for invoice_id in parts}
    settled = _settled(session, invoices)
    return {one.id: _word(one, named[one.id], settled, today, policy) for one in promises}


def cash(session: Session, promise: Promise, words: Sequence[Word]) -> list[Cash]:
    """
    Return the money that may be for promises, minor units: applied to what they name, or not.

    What was taken back again is left out.
    """
    named = {invoice_id for word in words for invoice_id in word.parts}
    on_invoices = [
        Cash(amount=row[0], on=row[1], learned_at=row[2], invoice_id=row[3])
        for row in session.execute(applied_to(named))
    ]
    free = free_of([promise.payer_id]).where(Payment.currency == promise.currency)
    rows = session.execute(free)
    on_none = [Cash(amount=row[0], on=row[1], learned_at=row[2]) for row in rows]
    return rules.net(on_invoices + on_none)


def applied_to(invoice_ids: Collection[int]) -> AnySelect:
    """Return the select of what was applied to invoices: amount, day, learned, invoice."""
    return select(
        Application.amount,
        Application.applied_on,
        Application.learned_at,
        Application.invoice_id,
    ).where(Application.invoice_id.in_(invoice_ids))


def free_of(payer_ids: Collection[int]) -> AnySelect:
    """Return the select of payers' money on no invoice: amount, day, learned, whose."""
    return select(
        Payment.amount - Payment.applied,
        Payment.received_on,
        Payment.learned_at,
        Payment.payer_id,
        Payment.currency,
    ).where(Payment.payer_id.in_(payer_ids), Payment.amount != Payment.applied)


def judged_too_early(session: Session, *, on: date, policy: Policy) -> list[int]:
    """
    Return the broken and partly kept promises of which something was learned since, by id.

    That is a payment of the payer, or that an invoice of the promise is settled.
    """
    judged = select(Promise.id, Promise.state_on).where(
        Promise.state.in_((PromiseState.BROKEN, PromiseState.PARTLY_KEPT)),
        Promise.state_on >= on - timedelta(days=policy.judged_again_days),
    )
    paid = judged.add_columns(func.max(Payment.learned_at)).join(
        Payment,
        and_(Payment.payer_id == Promise.payer_id, Payment.currency == Promise.currency),
    )
    settled = (
        judged.add_columns(func.max(Invoice.learned_at))
        .join(PromisedInvoice, PromisedInvoice.promise_id == Promise.id)
        .join(Invoice, Invoice.id == PromisedInvoice.invoice_id)
        .where(Invoice.settled_on.is_not(None))
    )
    news = [
        row
        for told in (paid, settled)
        for row in session.execute(told.group_by(Promise.id, Promise.state_on))
    ]
    return sorted({row[0] for row in news if policy.company_date(row[2]) >= row[1]})


def _parts_of(
    session: Session, promise_ids: Collection[int]
) -> defaultdict[int, dict[int, int]]:
    named = select(
        PromisedInvoice.promise_id, PromisedInvoice.invoice_id, PromisedInvoice.amount
    ).where(PromisedInvoice.promise_id.in_(promise_ids))
    found = defaultdict[int, dict[int, int]](dict)
    for promise_id, invoice_id, amount in session.execute(named):
        found[promise_id][invoice_id] = amount
    return found


def _settled(session: Session, invoice_ids: Collection[int]) -> dict[int, date]:
    settled = select(Invoice.id, Invoice.settled_on).where(
        Invoice.id.in_(invoice_ids), Invoice.settled_on.is_not(None)
    )
    return {row[0]: row[1] for row in session.execute(settled) if row[1]}


def _word(
    promise: Promise,
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


_LATE_NEWS: Final = timedelta(days=7)
"""A payment that was under way when the promise was made may carry an earlier day."""
