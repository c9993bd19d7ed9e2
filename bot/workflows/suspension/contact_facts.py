"""Gathering the calls on many cases, and who else was tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.customers.records import ContactChange, Customer
from bot.workflows.ledger.balances import AnyRow
from bot.workflows.suspension.case_records import CaseReport, ReportKind
from bot.workflows.suspension.contacts import Contacts, Tried
from bot.workflows.suspension.records import AnyCase

_HEARD: Final = (Outcome.SPOKE_TO_OTHER, Outcome.LEFT_VOICEMAIL)
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)


def gather(
    session: Session,
    cases: Collection[AnyCase],
    since: Mapping[int, date],
    *,
    on: date,
    policy: Policy,
) -> dict[int, Contacts]:
    """
    Return the calls on cases, and the like, by case.

    :param since: the day since which calls count, by payer.
    """
    if not cases:
        return {}
    payers = [case.payer_id for case in cases]
    calls = _calls(session, {one: since[one] for one in payers}, on=on, policy=policy)
    learned = _learned(session, payers, on=on, policy=policy)
    others = _others(session, [case.id for case in cases], on=on)
    return {
        case.id: Contacts(
            calls=tuple(calls[case.payer_id]),
            learned=frozenset(learned[case.payer_id]),
            others=tuple(others[case.id]),
        )
        for case in cases
    }


def _calls(
    session: Session, since: Mapping[int, date], *, on: date, policy: Policy
) -> defaultdict[int, list[Tried]]:
    found = defaultdict[int, list[Tried]](list)
    if not since:
        return found
    given = {"payers": list(since), "first": min(since.values()), "on": on}
    for call in rows(session, _calls_of(), given):
        if call.day >= since[call.payer_id]:
            found[call.payer_id].append(_tried(call, policy))
    return found


@cache
def _calls_of() -> Prepared:
    calls, payers = table_of(Call).c, table_of(Customer)
    return Prepared(
        select(
            calls.id,
            calls.payer_id,
            calls.day,
            calls.at,
            calls.number,
            calls.is_reached,
            calls.outcome,
            calls.spoke_to,
            payers.c.time_zone,
        )
        .join(payers, payers.c.id == calls.payer_id)
        .where(
            calls.payer_id.in_(_PAYERS),
            calls.direction == Direction.OUT,
            calls.day >= bindparam("first"),
            calls.day <= bindparam("on"),
            calls.undone_at.is_(None),
        )
        .order_by(calls.at, calls.id)
    )


def _tried(call: AnyRow, policy: Policy) -> Tried:
    there = call.at.astimezone(_zone(call.time_zone, policy))
    return Tried(
        id=call.id,
        day=there.date(),
        clock=there.time(),
        number=call.number,
        is_heard=call.is_reached or call.outcome in _HEARD,
        is_wrong=call.outcome is Outcome.WRONG_NUMBER,
        spoke_to=call.spoke_to,
    )


def _zone(name: str, policy: Policy) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else policy.zone
    except (ZoneInfoNotFoundError, ValueError):
        return policy.zone


def _learned(
    session: Session, payers: Collection[int], *, on: date, policy: Policy
) -> defaultdict[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    for change in rows(session, _new_numbers(), {"payers": payers}):
        if change.new and policy.company_date(change.at) <= on:
            found[change.customer_id].append(change.new)
    return found


@cache
def _new_numbers() -> Prepared:
    changes = table_of(ContactChange).c
    return Prepared(
        select(changes.customer_id, changes.new, changes.at).where(
            changes.customer_id.in_(_PAYERS), changes.field == "phone"
        )
    )


def _others(
    session: Session, case_ids: Collection[int], *, on: date
) -> defaultdict[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    for report in rows(session, _second_contacts(), {"cases": case_ids, "on": on}):
        found[report.case_id].append(report.words)
    return found


@cache
def _second_contacts() -> Prepared:
    reports = table_of(CaseReport).c
    return Prepared(
        select(reports.case_id, reports.words)
        .where(
            reports.case_id.in_(bindparam("cases", expanding=True)),
            reports.kind == ReportKind.SECOND_CONTACT,
            reports.on <= bindparam("on"),
            reports.taken_back_at.is_(None),
        )
        .order_by(reports.id)
    )
