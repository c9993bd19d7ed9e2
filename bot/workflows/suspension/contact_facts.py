"""Gathering the calls on many cases, and who else was tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, or_, select
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
    zones = _zones(session, since, policy)
    for payers in _together(since):
        first = min(since[one] for one in payers)
        for call in rows(session, _calls_of(), {"payers": payers, "first": first, "on": on}):
            if call.day >= since[call.payer_id]:
                found[call.payer_id].append(_tried(call, zones[call.payer_id]))
    return found


def _together(since: Mapping[int, date]) -> Iterator[list[int]]:
    """Group payers whose calls count since the same month: of others too many were read."""

    def month(payer_id: int) -> date:
        return since[payer_id].replace(day=1)

    for _, payers in groupby(sorted(since, key=month), key=month):
        yield list(payers)


@cache
def _calls_of() -> Prepared:
    calls = table_of(Call).c
    is_heard = or_(calls.is_reached, calls.outcome.in_(_HEARD))
    return Prepared(
        select(
            calls.id,
            calls.payer_id,
            calls.day,
            calls.at,
            calls.number,
            calls.spoke_to,
            _flag(is_heard).label("is_heard"),
            _flag(calls.outcome == Outcome.WRONG_NUMBER).label("is_wrong"),
        )
        .where(
            calls.payer_id.in_(_PAYERS),
            calls.direction == Direction.OUT,
            calls.day >= bindparam("first"),
            calls.day <= bindparam("on"),
            calls.undone_at.is_(None),
        )
        .order_by(calls.at, calls.id)
    )


def _flag(test: ColumnElement[bool]) -> ColumnElement[int]:
    return case((test, 1), else_=0)


def _tried(call: AnyRow, zone: ZoneInfo) -> Tried:
    return Tried(
        id=call.id,
        at=call.at,
        zone=zone,
        number=call.number,
        is_heard=bool(call.is_heard),
        is_wrong=bool(call.is_wrong),
        spoke_to=call.spoke_to,
    )


def _zones(session: Session, payer_ids: Collection[int], policy: Policy) -> dict[int, ZoneInfo]:
    named = rows(session, _time_zones(), {"payers": list(payer_ids)}) if payer_ids else ()
    return {row.id: _zone(row.time_zone, policy) for row in named}


@cache
def _time_zones() -> Prepared:
    payers = table_of(Customer).c
    return Prepared(select(payers.id, payers.time_zone).where(payers.id.in_(_PAYERS)))


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
