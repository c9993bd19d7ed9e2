"""A case as it is at a moment: its facts, and where they have it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.customers.records import Customer
from bot.workflows.suspension import facts as gathering
from bot.workflows.suspension import readiness
from bot.workflows.suspension.readiness import Facts, Standing
from bot.workflows.suspension.records import SuspensionCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A case, whose it is, what is known about it, and where that has it."""

    case: SuspensionCase
    payer: Customer
    facts: Facts
    standing: Standing
    on: date
    """The company's date."""
    at: datetime
    policy: Policy


def look(session: Session, case: SuspensionCase, *, at: datetime, policy: Policy) -> Look:
    """Look at one case."""
    return look_at(session, [case], at=at, policy=policy)[0]


def look_at(
    session: Session, cases: Collection[SuspensionCase], *, at: datetime, policy: Policy
) -> list[Look]:
    """Look at some cases, at most 200, by a fixed number of queries."""
    on = policy.company_date(at)
    theirs = select(Customer).where(Customer.id.in_([case.payer_id for case in cases]))
    payers = {payer.id: payer for payer in session.scalars(theirs)}
    known = gathering.gather(session, cases, on=on, policy=policy)
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
