"""What is known about each open case: who owns it, contacts so far, promises, notes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.calls.records import Call
from bot.workflows.correspondence.records import Mail
from bot.workflows.customers.records import Customer
from bot.workflows.payment_plans.records import PaymentPlan, PlanState
from bot.workflows.people.records import Person
from bot.workflows.promises.records import Promise, PromiseState
from bot.workflows.special_handling import queries as special_handling
from bot.workflows.suspension import overdue as late
from bot.workflows.suspension import remarks
from bot.workflows.suspension.records import AnyCase, SuspensionCase
from bot.workflows.suspension.remarks import Said
from bot.workflows.suspension.rules import Overdue

NOBODY: Final = "no agent yet"
_FEW: Final = 200
"""Up to so many cases are asked for by name, more by reading the whole book once."""
_CALLS: Final = table_of(Call)
_CUSTOMERS: Final = table_of(Customer)
_MAILS: Final = table_of(Mail)
_PEOPLE: Final = table_of(Person)
_PLANS: Final = table_of(PaymentPlan)
_PROMISES: Final = table_of(Promise)


@dataclass(frozen=True, slots=True)
class Contacts:
    """Calls and e-mails since the oldest invoice fell due."""

    calls: int = 0
    reached: int = 0
    emails: int = 0
    """That left and did not come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the meeting has to know about one case."""

    case: AnyCase
    payer_name: str
    owner_name: str
    owed: tuple[Overdue, ...] = ()
    contacts: Contacts = field(default_factory=Contacts)
    marks: tuple[str, ...] = ()
    note: Said | None = None

    def oldest_days(self, on: date) -> int:
        """Return how many days past due its oldest undisputed item is."""
        due = [amount.oldest_due for amount in self.owed if amount.oldest_due]
        return (on - min(due)).days if due else 0

    @property
    def totals(self) -> dict[str, int]:
        """What is more than 30 days past due, by currency, in minor units."""
        return {amount.currency: amount.total for amount in self.owed}


def gather(
    session: Session, cases: Collection[AnyCase], *, on: date, policy: Policy
) -> list[Evidence]:
    """Return what is known about each of the cases, by a fixed number of queries."""
    some = [case.payer_id for case in cases] if len(cases) <= _FEW else None
    owed = late.overdue(session, on=on, policy=policy, payer_ids=some)
    names = _names(session, some)
    contacts = _contacts(session, some, on=on, policy=policy)
    marks = _marks(session, some, on=on, policy=policy)
    ids = None if some is None else [case.id for case in cases]
    noted = remarks.last_notes(session, ids, before=_end_of(on, policy))
    return [
        Evidence(
            case=case,
            payer_name=names[case.payer_id][0],
            owner_name=names[case.payer_id][1],
            owed=owed.get(case.payer_id, ()) if _is_open(case, on) else (),
            contacts=contacts.get(case.payer_id, Contacts()),
            marks=tuple(marks.get(case.payer_id, ())),
            note=noted.get(case.id),
        )
        for case in cases
    ]


def _is_open(case: AnyCase, on: date) -> bool:
    return case.closed_on is None or case.closed_on > on


def _end_of(on: date, policy: Policy) -> datetime:
    return datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)


def _names(session: Session, some: Collection[int] | None) -> dict[int, tuple[str, str]]:
    found = rows(session, _named(of_some=some is not None), {"payers": some})
    return {row.id: (row.name, row.owner or NOBODY) for row in found}


@cache
def _named(*, of_some: bool) -> Prepared:
    owners = _CUSTOMERS.outerjoin(_PEOPLE, _PEOPLE.c.id == _CUSTOMERS.c.agent_id)
    with_case = select(table_of(SuspensionCase).c.payer_id)
    return Prepared(
        select(_CUSTOMERS.c.id, _CUSTOMERS.c.name, _PEOPLE.c.name.label("owner"))
        .select_from(owners)
        .where(_CUSTOMERS.c.id.in_(late.PAYERS if of_some else with_case))
    )


def _contacts(
    session: Session, some: Collection[int] | None, *, on: date, policy: Policy
) -> dict[int, Contacts]:
    is_some, given = some is not None, late.given(on, policy, some)
    called: dict[int, dict[bool, int]] = {}
    for row in rows(session, _called(of_some=is_some), given):
        called.setdefault(row.payer_id, {})[row.is_reached] = row.calls
    sent = {row.payer_id: row.mails for row in rows(session, _sent(of_some=is_some), given)}
    return {
        payer: Contacts(
            calls=sum(called.get(payer, {}).values()),
            reached=called.get(payer, {}).get(True, 0),
            emails=sent.get(payer, 0),
        )
        for payer in called.keys() | sent.keys()
    }


@cache
def _called(*, of_some: bool) -> Prepared:
    """Return the select of how many calls were made to each payer, reached or not."""
    calls, since = _CALLS.c, late.oldest(of_some=of_some)
    return Prepared(
        select(calls.payer_id, calls.is_reached, func.count().label("calls"))
        .join(since, since.c.payer_id == calls.payer_id)
        .where(calls.day >= since.c.day, calls.day <= late.ON, calls.undone_at.is_(None))
        .group_by(calls.payer_id, calls.is_reached)
    )


@cache
def _sent(*, of_some: bool) -> Prepared:
    """Return the select of how many e-mails to each payer left and did not come back."""
    mails, since = _MAILS.c, late.oldest(of_some=of_some)
    return Prepared(
        select(mails.payer_id, func.count().label("mails"))
        .join(since, since.c.payer_id == mails.payer_id)
        .where(
            mails.day >= since.c.day,
            mails.day <= late.ON,
            mails.sent_at.is_not(None),
            mails.bounced_at.is_(None),
        )
        .group_by(mails.payer_id)
    )


def _marks(
    session: Session, some: Collection[int] | None, *, on: date, policy: Policy
) -> Mapping[int, list[str]]:
    marks: dict[int, list[str]] = {}
    is_some, given = some is not None, {"on": on, "payers": some}
    for row in rows(session, _promises(of_some=is_some), given):
        words = f"promised {Money(row.amount, row.currency)} by {wording.dated(row.due_on)}"
        marks.setdefault(row.payer_id, []).append(words)
    for row in rows(session, _broken(of_some=is_some), given):
        words = wording.counted(row.broken, "promise") + " broken"
        marks.setdefault(row.payer_id, []).append(words)
    for row in rows(session, _plans(of_some=is_some), given):
        marks.setdefault(row.payer_id, []).append("on a payment plan")
    for hold in special_handling.of_payers(session, some, on=on, policy=policy):
        marks.setdefault(hold.payer_id, []).append(f"{hold.kind.value}: {hold.reason}")
    return marks


@cache
def _promises(*, of_some: bool) -> Prepared:
    promises = _PROMISES.c
    is_live = or_(promises.state == PromiseState.LIVE, promises.state_on > late.ON)
    return Prepared(
        select(promises.payer_id, promises.amount, promises.currency, promises.due_on)
        .where(
            promises.made_on <= late.ON,
            is_live,
            promises.state != PromiseState.WITHDRAWN,
            _are(promises.payer_id, of_some=of_some),
        )
        .order_by(promises.due_on, promises.id)
    )


@cache
def _broken(*, of_some: bool) -> Prepared:
    promises = _PROMISES.c
    return Prepared(
        select(promises.payer_id, func.count().label("broken"))
        .where(
            promises.state == PromiseState.BROKEN,
            promises.state_on <= late.ON,
            _are(promises.payer_id, of_some=of_some),
        )
        .group_by(promises.payer_id)
    )


@cache
def _plans(*, of_some: bool) -> Prepared:
    plans = _PLANS.c
    theirs = _are(plans.payer_id, of_some=of_some)
    return Prepared(select(plans.payer_id).where(plans.state == PlanState.KEPT, theirs))


def _are(payer: ColumnElement[Any], *, of_some: bool) -> ColumnElement[bool]:
    return payer.in_(late.PAYERS) if of_some else true()
