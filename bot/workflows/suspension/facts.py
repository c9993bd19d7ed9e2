"""Gathering the facts of many cases by a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Date, bindparam, exists, func, or_, select, union_all
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.customers.queries import PAYER
from bot.workflows.customers.records import Customer, Payer
from bot.workflows.ledger.balances import AnyRow
from bot.workflows.ledger.records import Invoice, Payment
from bot.workflows.payment_plans import on_account
from bot.workflows.payment_plans.records import PaymentPlan, PlannedInvoice, PlanState
from bot.workflows.special_handling import queries as special_handling
from bot.workflows.special_handling import rules as flags
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.suspension import contact_facts, notice_facts, overdue, returned_money
from bot.workflows.suspension.case_facts import Account, Facts, Owing, Restored, RestoredFor
from bot.workflows.suspension.case_records import (
    Extension,
    OrderKind,
    OrderState,
    SupportOrder,
)
from bot.workflows.suspension.contacts import Contacts
from bot.workflows.suspension.ladder import Notice, Pause
from bot.workflows.suspension.notice_facts import Written
from bot.workflows.suspension.records import AnyCase, CaseHold, plain

Test = Callable[[Facts], bool]
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)
_ON: Final = bindparam("on", type_=Date())
_PLANS: Final = table_of(PaymentPlan)
_PLANNED: Final = table_of(PlannedInvoice)
_PAYMENTS: Final = table_of(Payment).c
_INVOICES: Final = table_of(Invoice).c
_ORDERS: Final = table_of(SupportOrder).c


def always(_: Facts) -> bool:
    """Take every case."""
    return True


def customers_of(session: Session, cases: Collection[AnyCase]) -> list[Payer]:
    """Return the payers of cases and the accounts that they pay for, by site and name."""
    wanted = {"payers": [case.payer_id for case in cases]}
    return [Payer._make(row) for row in rows(session, _customers(), wanted)]


def gather(  # noqa: PLR0913 - what is known already, when, and what is wanted
    session: Session,
    cases: Collection[AnyCase],
    *,
    on: date,
    policy: Policy,
    calls_of: Test = always,
    customers: Sequence[Payer] | None = None,
) -> dict[int, Facts]:
    """
    Return the facts of each of the cases on a day, by case id; at most 200 at a time.

    :param customers: what `customers_of` returns for the cases, if it was asked already.
    :param calls_of: leaves out the calls on cases that do not pass this test, which sees all
        other facts: a year of calls is most of what there is to read.
    """
    cases = [plain(case) for case in cases]
    owed = _owed(session, [case.payer_id for case in cases], on=on, policy=policy)
    written = notice_facts.gather(session, [case.id for case in cases], on=on, policy=policy)
    if customers is None:
        customers = customers_of(session, cases)
    known = _but_calls(session, cases, customers, owed, written, on=on, policy=policy)
    called = [case for case in cases if calls_of(known[case.id])]
    since = _since(called, owed, written)
    return _with_calls(
        known, contact_facts.gather(session, called, since, on=on, policy=policy)
    )


def _but_calls(  # noqa: PLR0913 - what else is known of them, when
    session: Session,
    cases: Collection[AnyCase],
    customers: Sequence[Payer],
    owed: Mapping[int, Sequence[Owing]],
    written: Mapping[int, Written],
    *,
    on: date,
    policy: Policy,
) -> dict[int, Facts]:
    payers, ids = {case.payer_id for case in cases}, [case.id for case in cases]
    notices = {case_id: written[case_id].notices for case_id in ids}
    accounts = _accounts(session, cases, customers, notices, on=on)
    unapplied = on_account.unapplied(session, payers, on=on)
    pauses = _pauses(session, ids, on=on)
    paying = [one for one in customers if one.id in payers]
    stops = _stops(session, paying, on=on, policy=policy)
    return {
        case.id: Facts(
            opened_on=case.opened_on,
            accounts=tuple(accounts[case.id]),
            owed=tuple(owed.get(case.payer_id, ())),
            unapplied=unapplied.get(case.payer_id, {}),
            notices=tuple(notices[case.id]),
            withheld=written[case.id].withheld,
            pauses=tuple(pauses[case.id]),
            stops=tuple(stops[case.payer_id]),
        )
        for case in cases
    }


def _with_calls(known: dict[int, Facts], calls: Mapping[int, Contacts]) -> dict[int, Facts]:
    return known | {one: replace(known[one], contacts=mine) for one, mine in calls.items()}


def of(session: Session, case: AnyCase, *, on: date, policy: Policy) -> Facts:
    """Return the facts of one case on a day."""
    return gather(session, [case], on=on, policy=policy)[case.id]


def _since(
    cases: Collection[AnyCase],
    owed: Mapping[int, Sequence[Owing]],
    written: Mapping[int, Written],
) -> dict[int, date]:
    """
    Return the day since which calls count, by payer: the oldest invoice fell due.

    That is of those that are owed, and of those that were named beside them in a notice: a part
    payment takes no evidence away, and notices that are over add none.
    """
    since: dict[int, date] = {}
    for case in cases:
        mine = {one.invoice_id: one.due_on for one in owed.get(case.payer_id, ())}
        days = [*mine.values(), *written[case.id].speaks_since(mine)]
        since[case.payer_id] = min(days, default=written[case.id].oldest_due or date.min)
    return since


def _owed(
    session: Session, payers: Collection[int], *, on: date, policy: Policy
) -> defaultdict[int, list[Owing]]:
    planned = _planned(session, payers)
    found = defaultdict[int, list[Owing]](list)
    for row in rows(session, overdue.late_items(), overdue.given(on, policy, payers)):
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


def _planned(session: Session, payers: Collection[int]) -> dict[int, int]:
    """Return what of each invoice is on a payment plan that is kept."""
    found = rows(session, _planned_items(), {"payers": payers})
    return {row.invoice_id: int(row.minor) for row in found}


@cache
def _planned_items() -> Prepared:
    minor = func.sum(_PLANNED.c.amount).label("minor")
    return Prepared(
        select(_PLANNED.c.invoice_id, minor)
        .join(_PLANS, _PLANS.c.id == _PLANNED.c.plan_id)
        .where(_PLANS.c.payer_id.in_(_PAYERS), _PLANS.c.state == PlanState.KEPT)
        .group_by(_PLANNED.c.invoice_id)
    )


def _accounts(
    session: Session,
    cases: Collection[AnyCase],
    customers: Sequence[Payer],
    notices: Mapping[int, Sequence[Notice]],
    *,
    on: date,
) -> dict[int, list[Account]]:
    given = {"cases": [case.id for case in cases], "on": on}
    last: dict[tuple[int, int], AnyRow] = {}
    for order in rows(session, _orders_done(), given):
        last[order.case_id, order.customer_id] = order
    sites = defaultdict[int, list[Payer]](list)
    for site in customers:
        sites[site.payer_id].append(site)
    gone = returned_money.of(session, cases, list(last.values()), notices)
    only_pays = _only_pays(session, sites)
    return {
        case.id: [
            _account(site, last.get((case.id, site.id)), gone)
            for site in sites[case.payer_id]
            if site.id not in only_pays or (case.id, site.id) in last
        ]
        for case in cases
    }


def _only_pays(session: Session, sites: Mapping[int, Sequence[Payer]]) -> set[int]:
    """Return the payers of several accounts that were never billed themselves: no sites."""
    several = [payer_id for payer_id, mine in sites.items() if len(mine) > 1]
    if not several:
        return set()
    return {row.id for row in rows(session, _never_billed(), {"payers": several})}


@cache
def _never_billed() -> Prepared:
    payers = table_of(Customer).c
    billed = exists().where(_INVOICES.customer_id == payers.id)
    return Prepared(select(payers.id).where(payers.id.in_(_PAYERS), ~billed))


@cache
def _orders_done() -> Prepared:
    return Prepared(
        select(
            _ORDERS.id,
            _ORDERS.case_id,
            _ORDERS.customer_id,
            _ORDERS.kind,
            _ORDERS.restored_for,
            _ORDERS.done_at,
            _ORDERS.done_on,
            _ORDERS.left,
        )
        .where(
            _ORDERS.case_id.in_(_CASES),
            _ORDERS.state == OrderState.DONE,
            _ORDERS.done_on <= _ON,
        )
        .order_by(_ORDERS.done_at, _ORDERS.id)
    )


@cache
def _customers() -> Prepared:
    sites = table_of(Customer).c
    return Prepared(
        select(*PAYER)
        .where(or_(sites.payer_id.in_(_PAYERS), sites.id.in_(_PAYERS)))
        .order_by(sites.site, sites.name, sites.id)
    )


def _account(site: Payer, last: AnyRow | None, gone: Mapping[int, int]) -> Account:
    restored = None
    if last and last.kind is OrderKind.RESTORE and last.done_on:
        why = last.restored_for or RestoredFor.PAID
        restored = Restored(on=last.done_on, why=why, left=last.left, gone=gone.get(last.id, 0))
    return Account(
        id=site.id,
        number=site.number,
        name=site.site or site.name,
        is_suspended=last is not None and last.kind is OrderKind.SUSPEND,
        restored=restored,
        stop=_flagged(site),
    )


def _pauses(
    session: Session, case_ids: Collection[int], *, on: date
) -> defaultdict[int, list[Pause]]:
    found = defaultdict[int, list[Pause]](list)
    for case_id, first, last in rows(session, _paused(), {"cases": case_ids, "on": on}):
        found[case_id].append(Pause(first, last))
    return found


@cache
def _paused() -> Prepared:
    granted, held = table_of(Extension).c, table_of(CaseHold).c
    extended = select(granted.case_id, granted.granted_on, granted.until).where(
        granted.case_id.in_(_CASES), granted.granted_on <= _ON, granted.until.is_not(None)
    )
    kept = select(held.case_id, held.first_day, held.last_day).where(
        held.case_id.in_(_CASES), held.first_day <= _ON
    )
    return Prepared(select(union_all(extended, kept).subquery()))


def _stops(
    session: Session, payers: Collection[Payer], *, on: date, policy: Policy
) -> defaultdict[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    for payer in payers:
        if why := _flagged(payer):
            found[payer.id].append(why.rstrip("."))
    wanted = [payer.id for payer in payers]
    for hold in special_handling.of_payers(session, wanted, on=on, policy=policy):
        if hold.kind is HoldKind.LEGAL:
            found[hold.payer_id].append(f"Legal hold: {hold.reason}")
    return found


def _flagged(customer: Payer) -> str:
    """Return why the book's flags keep a customer's services on, in words."""
    return flags.legal_hold(flags.flags_of(customer.flags)) if customer.flags else ""
