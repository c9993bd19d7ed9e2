"""A case as it is at a moment: its facts, and where they have it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import value
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.customers.queries import PAYER
from bot.workflows.customers.records import Payer
from bot.workflows.suspension import facts as gathering
from bot.workflows.suspension import readiness
from bot.workflows.suspension.case_facts import Facts
from bot.workflows.suspension.readiness import Standing
from bot.workflows.suspension.records import AnyCase, SuspensionCase


@value(frozen=True, slots=True, kw_only=True)
class Look:
    """A case, whose it is, what is known about it, and where that has it."""

    case: SuspensionCase
    payer: Payer
    facts: Facts
    standing: Standing
    on: date
    """The company's date."""
    at: datetime
    policy: Policy


def look(session: Session, case: SuspensionCase, *, at: datetime, policy: Policy) -> Look:
    """Look at one case."""
    return look_at(session, [case], at=at, policy=policy)[0]


def payers_of(session: Session, cases: Collection[AnyCase]) -> dict[int, Payer]:
    """Return whose the cases are, by the payer's id."""
    wanted = {"payers": [case.payer_id for case in cases]}
    return {row[0]: Payer._make(row) for row in rows(session, _payers(), wanted)}


def look_at(
    session: Session,
    cases: Collection[SuspensionCase],
    *,
    at: datetime,
    policy: Policy,
    calls_of: gathering.Test = gathering.always,
) -> list[Look]:
    """
    Look at some cases, at most 200, by a fixed number of queries.

    :param calls_of: leaves out the calls on cases whose other facts do not pass this test.
    """
    on = policy.company_date(at)
    customers = gathering.customers_of(session, cases)
    payers = {one.id: one for one in customers}
    known = gathering.gather(
        session, cases, on=on, policy=policy, calls_of=calls_of, customers=customers
    )
    return [
        Look(
            case=case,
            payer=payers[case.payer_id],
            facts=known[case.id],
            standing=readiness.stand(known[case.id], on=on, policy=policy),
            on=on,
            at=at,
            policy=policy,
        )
        for case in cases
    ]


@cache
def _payers() -> Prepared:
    payer = PAYER[0]
    return Prepared(select(*PAYER).where(payer.in_(bindparam("payers", expanding=True))))
