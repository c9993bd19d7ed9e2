"""Gathering the facts of many cases by a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Date, Select, bindparam, func, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.rows import AnySelect
from bot.workflows.customers.records import Customer
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice, Payment
from bot.workflows.payment_plans.records import PaymentPlan, PlannedInvoice, PlanState
from bot.workflows.special_handling import queries as special_handling
from bot.workflows.special_handling import rules as flags
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.suspension import contact_facts, notice_facts, overdue, returned_money
from bot.workflows.suspension.case_records import (
    Extension,
    OrderKind,
    OrderState,
    SupportOrder,
)
from bot.workflows.suspension.ladder import Notice, Pause
from bot.workflows.suspension.readiness import (
    Account,
    Facts,
    Owing,
    Restored,
    RestoredFor,
)
from bot.workflows.suspension.records import CaseHold, SuspensionCase

_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)
_ON: Final = bindparam("on", type_=Date())


def gather(
    session: Session, cases: Collection[SuspensionCase], *, on: date, policy: Policy
) -> dict[int, Facts]:
    """Return the facts of each of the cases on a day, by case id; at most 200 at a time."""
    payers = [case.payer_id for case in cases]
    ids = [case.id for case in cases]
    owed = _owed(session, payers, on=on, policy=policy)
    contacts = contact_facts.gather(session, cases, owed, on=on, policy=policy)
    notices = notice_facts.gather(session, ids, on=on, policy=policy)
    withheld = notice_facts.withheld(session, ids)
    accounts = _accounts(session, cases, notices, on=on)
    unapplied = _unapplied(session, payers, on=on)
    pauses = _pauses(session, ids, on=on)
    stops = _stops(session, payers, on=on, policy=policy)
    return {
        case.id: Facts(
            opened_on=case.opened_on,
            accounts=tuple(accounts[case.id]),
            owed=tuple(owed[case.payer_id]),
            unapplied=unapplied.get(case.payer_id, {}),
            notices=tuple(notices[case.id]),
            withheld=withheld[case.id],
            contacts=contacts[case.id],
            pauses=tuple(pauses[case.id]),
            stops=tuple(stops[case.payer_id]),
        )
        for case in cases
    }


def of(session: Session, case: SuspensionCase, *, on: date, policy: Policy) -> Facts:
    """Return the facts of one case on a day."""
    return gather(session, [case], on=on, policy=policy)[case.id]


def _owed(
    session: Session, payers: Collection[int], *, on: date, policy: Policy
) -> defaultdict[int, list[Owing]]:
    due_before = on - timedelta(days=policy.suspension_days)
    planned = _planned(session, payers)
    found = defaultdict[int, list[Owing]](list)
    given = {"on": on, "due_before": due_before, "payers": list(payers)}
    for row in session.execute(_late_items(), given):
        if row.open > 0:
            disputed = min(int(row.disputed), int(row.open))
            found[row.payer_id].append(
                Owing(
                    invoice_id=row.id,
                    number=row.number,
                    account_id=row.customer_id,
                    due_on=row.due_date,
                    currency=row.currency,
                    balance=int(row.open),
                    disputed=disputed,
                    planned=min(planned.get(row.id, 0), int(row.open) - disputed),
                )
            )
    return found


@cache
def _late_items() -> AnySelect:
    items = overdue.items(_ON, bindparam("due_before", type_=Date()), _PAYERS).subquery()
    return select(items).order_by(items.c.due_date, items.c.id)


def _planned(session: Session, payers: Collection[int]) -> dict[int, int]:
    """Return what of each invoice is on a payment plan that is kept."""
    rows = session.execute(_planned_items(), {"payers": list(payers)})
    return {row.invoice_id: int(row.minor) for row in rows}


@cache
def _planned_items() -> AnySelect:
    return (
        select(PlannedInvoice.invoice_id, func.sum(PlannedInvoice.amount).label("minor"))
        .join(PaymentPlan, PaymentPlan.id == PlannedInvoice.plan_id)
        .where(PaymentPlan.payer_id.in_(_PAYERS), PaymentPlan.state == PlanState.KEPT)
        .group_by(PlannedInvoice.invoice_id)
    )


def _accounts(
    session: Session,
    cases: Collection[SuspensionCase],
    notices: Mapping[int, Sequence[Notice]],
    *,
    on: date,
) -> dict[int, list[Account]]:
    payers = [case.payer_id for case in cases]
    served: dict[tuple[int, int], list[SupportOrder]] = defaultdict(list)
    given = {"cases": [case.id for case in cases], "on": on}
    for order in session.scalars(_orders_done(), given):
        served[order.case_id, order.customer_id].append(order)
    sites = defaultdict[int, list[Customer]](list)
    for site in session.scalars(_sites(), {"payers": payers}):
        sites[site.payer_id].append(site)
    last = {one: done[-1] for one, done in served.items()}
    gone = returned_money.of(session, cases, list(last.values()), notices)
    return {
        case.id: [
            _account(site, last.get((case.id, site.id)), gone) for site in sites[case.payer_id]
        ]
        for case in cases
    }


@cache
def _orders_done() -> Select[SupportOrder]:
    return (
        select(SupportOrder)
        .where(
            SupportOrder.case_id.in_(_CASES),
            SupportOrder.state == OrderState.DONE,
            SupportOrder.done_on <= _ON,
        )
        .order_by(SupportOrder.done_at, SupportOrder.id)
    )


@cache
def _sites() -> Select[Customer]:
    theirs = select(Customer).where(Customer.payer_id.in_(_PAYERS))
    return theirs.order_by(Customer.site, Customer.name, Customer.id)


def _account(site: Customer, last: SupportOrder | None, gone: Mapping[int, int]) -> Account:
    restored = None
    if last and last.kind is OrderKind.RESTORE and last.done_on:
        why = last.restored_for or RestoredFor.PAID
        restored = Restored(on=last.done_on, why=why, left=last.left, gone=gone.get(last.id, 0))
    return Account(
        id=site.id,
        name=site.site or site.name,
        is_suspended=last is not None and last.kind is OrderKind.SUSPEND,
        restored=restored,
        stop=flags.legal_hold(flags.flags_of(site.flags)),
    )


def _unapplied(
    session: Session, payers: Collection[int], *, on: date
) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for wanted in (_cash(), _credits()):
        rows = session.execute(wanted, {"payers": list(payers), "on": on})
        for payer_id, currency, minor in rows:
            sums = found.setdefault(payer_id, {})
            sums[currency] = sums.get(currency, 0) + int(minor)
    return found


@cache
def _cash() -> AnySelect:
    return (
        select(Payment.payer_id, Payment.currency, func.sum(ledger.unapplied_on(_ON)))
        .where(Payment.payer_id.in_(_PAYERS), Payment.received_on <= _ON)
        .group_by(Payment.payer_id, Payment.currency)
    )


@cache
def _credits() -> AnySelect:
    return (
        select(Invoice.payer_id, Invoice.currency, -func.sum(ledger.balance_on(_ON)))
        .where(Invoice.payer_id.in_(_PAYERS), Invoice.amount < 0, ledger.is_open_on(_ON))
        .group_by(Invoice.payer_id, Invoice.currency)
    )


def _pauses(
    session: Session, case_ids: Collection[int], *, on: date
) -> defaultdict[int, list[Pause]]:
    found = defaultdict[int, list[Pause]](list)
    given = {"cases": list(case_ids), "on": on}
    for extension in session.scalars(_granted(), given):
        if extension.granted_on and extension.until:
            pause = Pause(extension.granted_on, extension.until)
            found[extension.case_id].append(pause)
    for hold in session.scalars(_held(), given):
        found[hold.case_id].append(Pause(hold.first_day, hold.last_day))
    return found


@cache
def _granted() -> Select[Extension]:
    return select(Extension).where(Extension.case_id.in_(_CASES), Extension.granted_on <= _ON)


@cache
def _held() -> Select[CaseHold]:
    return select(CaseHold).where(CaseHold.case_id.in_(_CASES), CaseHold.first_day <= _ON)


def _stops(
    session: Session, payers: Collection[int], *, on: date, policy: Policy
) -> defaultdict[int, list[str]]:
    wanted = set(payers)
    found = defaultdict[int, list[str]](list)
    for row in session.execute(_flagged(), {"payers": list(payers)}):
        if why := flags.legal_hold(flags.flags_of(row.flags)):
            found[row.id].append(why.rstrip("."))
    for hold in special_handling.in_force(session, on=on, policy=policy):
        if hold.kind is HoldKind.LEGAL and hold.payer_id in wanted:
            found[hold.payer_id].append(f"Legal hold: {hold.reason}")
    return found


@cache
def _flagged() -> AnySelect:
    return select(Customer.id, Customer.flags).where(
        Customer.id.in_(_PAYERS), Customer.flags != ""
    )
