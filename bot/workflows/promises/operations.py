"""Taking a customer's word, and looking whether it was kept (R47, R107)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.prepared import PreparedChange
from bot.store.rows import amend, change, enter, locked, table_of
from bot.workflows.promises import keeping, queries, returns, rules
from bot.workflows.promises.records import AnyPromise, Promise, PromisedInvoice
from bot.workflows.promises.rules import Owed, PromiseState

LATE: Final = "Its money had come in time; the desk learned of it later."
_MAKE: Final = PreparedChange(insert(table_of(Promise)))
_NAME: Final = PreparedChange(insert(table_of(PromisedInvoice)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """What was promised, as said on the phone."""

    amount: Money
    owed: tuple[Owed, ...]
    """The invoices named, each with what can be promised of it, in order of payment."""
    due_on: date
    method: str = ""
    check_number: str = ""


class Trace(NamedTuple):
    """What is entered in the trail about a promise: the change, when, and by whom."""

    what: str
    at: datetime
    by: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """By whom, with whom, in which call and when a promise is made."""

    payer_id: int
    call_id: int
    by: int
    at: datetime


def make(session: Session, said: NewPromise, *, made: Made, policy: Policy) -> Promise:
    """
    Take a promise, and leave what it covers out of the ranking until its day.

    :raises BadPromise: if the day is too far out or the invoices do not owe that much.
    """
    today = policy.company_date(made.at)
    rules.check_day(said.due_on, today=today, policy=policy)
    parts = rules.spread(said.amount, said.owed)
    promise = _made(session, said, made=made, today=today)
    for invoice_id, minor in parts.items():
        named = {"promise_id": promise.id, "invoice_id": invoice_id, "amount": minor}
        change(session, _NAME, named)
    after = {"amount": str(said.amount), "due_on": said.due_on, "invoices": parts}
    _note(session, promise, Trace("promise made", made.at, made.by), after=after)
    return promise


def withdraw(
    session: Session, promise_id: int, *, by: int, at: datetime, policy: Policy
) -> bool:
    """Take a live promise back; False when something has become of it already."""
    promise = locked(session, Promise, promise_id)
    if promise.state is not PromiseState.LIVE:
        return False
    today, trace = policy.company_date(at), Trace("promise withdrawn", at, by)
    _become(session, promise, PromiseState.WITHDRAWN, on=today, by=trace)
    return True


def settle(session: Session, promise_id: int, *, at: datetime, policy: Policy) -> PromiseState:
    """
    Say what became of a promise; tell the leads of one not kept, or only in part (R107).

    It is kept as soon as the money is in, and partly kept or broken once its grace is over.
    Before that, and once it has been said, nothing changes.
    """
    promise = locked(session, Promise, promise_id)
    if promise.state is not PromiseState.LIVE:
        return promise.state
    today = policy.company_date(at)
    state = _came_of(session, promise, today=today, policy=policy)
    if state is not PromiseState.KEPT and today <= last_day(promise, policy):
        return PromiseState.LIVE
    _become(session, promise, state, on=today, by=Trace("promise settled", at))
    if state is not PromiseState.KEPT:
        keeping.tell(session, promise, on=today, at=at)
    return state


def judge_again(session: Session, promise_id: int, *, at: datetime, policy: Policy) -> bool:
    """
    Say that a promise was kept after all, or in part, by money learned of only later (R47).

    Return whether it was; a promise never becomes worse by looking again.
    """
    promise = locked(session, Promise, promise_id)
    if promise.state not in (PromiseState.BROKEN, PromiseState.PARTLY_KEPT):
        return False
    state = _came_of(session, promise, today=policy.company_date(at), policy=policy)
    if not rules.is_better(state, promise.state):
        return False
    before, promise.state = {"state": promise.state.value}, state
    after, trace = {"state": state.value}, Trace("promise judged again", at, why=LATE)
    _note(session, promise, trace, before=before, after=after)
    keeping.tell_again(session, promise, at=at)
    return True


def judge_return(session: Session, promise_id: int, *, at: datetime, policy: Policy) -> bool:
    """
    Say that a promise is not kept after all, since money for it went back (R47, R97).

    Before its grace is over it lives on; then it is partly kept or broken, and the leads are
    told. Return whether it changed; what other money kept stays kept.
    """
    promise = locked(session, Promise, promise_id)
    if promise.state not in returns.KEPT:
        return False
    today = policy.company_date(at)
    state = _came_of(session, promise, today=today, policy=policy)
    if not rules.is_better(promise.state, state):
        return False
    if today <= last_day(promise, policy):
        state = PromiseState.LIVE
    is_over = state is not PromiseState.LIVE
    trace = Trace("promise judged again", at, why=returns.RETURNED)
    _become(session, promise, state, on=today if is_over else None, by=trace)
    keeping.tell_again(session, promise, at=at)
    if is_over:
        keeping.tell(session, promise, on=today, at=at)
    return True


def last_day(promise: AnyPromise, policy: Policy) -> date:
    """Return the day on which a promise's grace ends."""
    is_check = bool(promise.check_number)
    return rules.grace_ends(promise.due_on, is_check=is_check, policy=policy)


def _made(session: Session, said: NewPromise, *, made: Made, today: date) -> Promise:
    values = {
        "payer_id": made.payer_id,
        "currency": said.amount.currency,
        "amount": said.amount.minor,
        "due_on": said.due_on,
        "method": said.method,
        "check_number": said.check_number,
        "state": PromiseState.LIVE,
        "made_on": today,
        "made_at": made.at,
        "made_by": made.by,
        "call_id": made.call_id,
    }
    return enter(session, Promise, _MAKE, values)


def _came_of(
    session: Session, promise: Promise, *, today: date, policy: Policy
) -> PromiseState:
    words = queries.words(session, promise, today=today, policy=policy)
    received = rules.allot(words, queries.cash(session, promise, words))
    return rules.judge(words[-1].parts, received[promise.id])


def _become(
    session: Session, promise: Promise, state: PromiseState, *, on: date | None, by: Trace
) -> None:
    before, after = {"state": promise.state.value}, {"state": state.value}
    amend(session, promise, state=state, state_on=on)
    _note(session, promise, by, before=before, after=after)


def _note(
    session: Session,
    promise: Promise,
    by: Trace,
    *,
    after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:
    about = f"promise:{promise.id}"
    note = audit.Note(
        what=by.what, about=about, at=by.at, by=by.by, before=before, after=after, why=by.why
    )
    audit.note(session, note)
