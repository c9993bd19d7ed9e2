"""Gathering the calls on many cases, and who else was tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.rows import AnySelect
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.customers.records import ContactChange, Customer
from bot.workflows.suspension.case_records import (
    CaseReport,
    NoticedInvoice,
    ReportKind,
    SuspensionNotice,
)
from bot.workflows.suspension.contacts import Contacts, Tried
from bot.workflows.suspension.readiness import Owing
from bot.workflows.suspension.records import SuspensionCase

_HEARD: Final = (Outcome.SPOKE_TO_OTHER, Outcome.LEFT_VOICEMAIL)


def gather(
    session: Session,
    cases: Collection[SuspensionCase],
    owed: Mapping[int, list[Owing]],
    *,
    on: date,
    policy: Policy,
) -> dict[int, Contacts]:
    """Return the calls since the oldest invoice fell due, and the like, by case."""
    payers = [case.payer_id for case in cases]
    calls = _calls(session, cases, owed, on=on, policy=policy)
    learned = _learned(session, payers, on=on, policy=policy)
    others = _others(session, cases, on=on)
    return {
        case.id: Contacts(
            calls=tuple(calls[case.payer_id]),
            learned=frozenset(learned[case.payer_id]),
            others=tuple(others[case.id]),
        )
        for case in cases
    }


def _calls(
    session: Session,
    cases: Collection[SuspensionCase],
    owed: Mapping[int, list[Owing]],
    *,
    on: date,
    policy: Policy,
) -> defaultdict[int, list[Tried]]:
    payers = [case.payer_id for case in cases]
    zones = _zones(session, payers, policy)
    since = _since(session, cases, owed)
    found = defaultdict[int, list[Tried]](list)
    given = {"payers": payers, "first": min(since.values()), "on": on}
    for call in session.scalars(_calls_of(), given):
        if call.day >= since[call.payer_id]:
            found[call.payer_id].append(_tried(call, zones[call.payer_id]))
    return found


@cache
def _calls_of() -> Select[Call]:
    return (
        select(Call)
        .where(
            Call.payer_id.in_(bindparam("payers", expanding=True)),
            Call.direction == Direction.OUT,
            Call.day >= bindparam("first"),
            Call.day <= bindparam("on"),
            Call.undone_at.is_(None),
        )
        .order_by(Call.at, Call.id)
    )


def _since(
    session: Session, cases: Collection[SuspensionCase], owed: Mapping[int, list[Owing]]
) -> dict[int, date]:
    """Return the day since which calls count, by payer: the oldest invoice fell due."""
    named = _named(session, [case.id for case in cases])
    since: dict[int, date] = {}
    for case in cases:
        days = [one.due_on for one in owed.get(case.payer_id, ())]
        first = [named[case.id]] if case.id in named else []
        since[case.payer_id] = min([*days, *first], default=date.min)
    return since


def _named(session: Session, case_ids: Collection[int]) -> dict[int, date]:
    """Return the due date of the oldest invoice that notices ever named, by case."""
    rows = session.execute(_oldest_named(), {"cases": list(case_ids)})
    return {row.case_id: row.day for row in rows}


@cache
def _oldest_named() -> AnySelect:
    return (
        select(SuspensionNotice.case_id, func.min(NoticedInvoice.due_date).label("day"))
        .join(NoticedInvoice, NoticedInvoice.notice_id == SuspensionNotice.id)
        .where(SuspensionNotice.case_id.in_(bindparam("cases", expanding=True)))
        .group_by(SuspensionNotice.case_id)
    )


def _tried(call: Call, zone: ZoneInfo) -> Tried:
    there = call.at.astimezone(zone)
    return Tried(
        id=call.id,
        day=there.date(),
        hour=there.hour,
        number=call.number,
        is_heard=call.is_reached or call.outcome in _HEARD,
        is_wrong=call.outcome is Outcome.WRONG_NUMBER,
        spoke_to=call.spoke_to,
    )


def _zones(session: Session, payers: Collection[int], policy: Policy) -> dict[int, ZoneInfo]:
    named = session.execute(_zones_of(), {"payers": list(payers)})
    return {row.id: _zone(row.time_zone, policy) for row in named}


@cache
def _zones_of() -> AnySelect:
    wanted: BindParameter[Any] = bindparam("payers", expanding=True)
    return select(Customer.id, Customer.time_zone).where(Customer.id.in_(wanted))


def _zone(name: str, policy: Policy) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else policy.zone
    except (ZoneInfoNotFoundError, ValueError):
        return policy.zone


def _learned(
    session: Session, payers: Collection[int], *, on: date, policy: Policy
) -> defaultdict[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    for change in session.scalars(_new_numbers(), {"payers": list(payers)}):
        if change.new and policy.company_date(change.at) <= on:
            found[change.customer_id].append(change.new)
    return found


@cache
def _new_numbers() -> Select[ContactChange]:
    return select(ContactChange).where(
        ContactChange.customer_id.in_(bindparam("payers", expanding=True)),
        ContactChange.field == "phone",
    )


def _others(
    session: Session, cases: Iterable[SuspensionCase], *, on: date
) -> defaultdict[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    given = {"cases": [case.id for case in cases], "on": on}
    for report in session.scalars(_second_contacts(), given):
        found[report.case_id].append(report.words)
    return found


@cache
def _second_contacts() -> Select[CaseReport]:
    return (
        select(CaseReport)
        .where(
            CaseReport.case_id.in_(bindparam("cases", expanding=True)),
            CaseReport.kind == ReportKind.SECOND_CONTACT,
            CaseReport.on <= bindparam("on"),
            CaseReport.taken_back_at.is_(None),
        )
        .order_by(CaseReport.id)
    )
