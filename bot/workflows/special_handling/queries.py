"""Finding what keeps a payer from being worked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import bindparam, or_, select, true
from sqlalchemy.orm import Session

from bot.kernel.calendar import ONE_DAY
from bot.policy import Policy
from bot.store.base import UtcColumn
from bot.store.prepared import Prepared
from bot.store.rows import record, records, rows, table_of
from bot.workflows.special_handling.records import Hold, HoldKind

_IN_FORCE: Final = Prepared(
    select(table_of(Hold))
    .where(
        Hold.first_day <= bindparam("on"),
        or_(Hold.last_day.is_(None), Hold.last_day >= bindparam("on")),
        or_(Hold.lifted_at.is_(None), Hold.lifted_at >= bindparam("end_of_day")),
    )
    .order_by(Hold.id)
)


class InForce(NamedTuple):
    """A hold that is in force, as far as others have to know."""

    payer_id: int
    kind: HoldKind
    reason: str


def get(session: Session, hold_id: int) -> Hold:
    """Return a hold by the desk's own id."""
    return record(session, Hold, hold_id)


def of_payer(session: Session, payer_id: int, *, on: date, policy: Policy) -> list[InForce]:
    """Return the holds on a payer that are in force on a company date, the oldest first."""
    return of_payers(session, [payer_id], on=on, policy=policy)


def in_force(session: Session, *, on: date, policy: Policy) -> list[Hold]:
    """Return every hold in force at the end of a company date, the oldest first."""
    given = {"on": on, "end_of_day": _end_of(on, policy)}
    return records(session, Hold, _IN_FORCE, given)


def of_payers(
    session: Session, payer_ids: Collection[int] | None, *, on: date, policy: Policy
) -> list[InForce]:
    """
    Return the holds in force at the end of a company date, the oldest first.

    :param payer_ids: on whom; None: on anybody.
    """
    given = {"payers": payer_ids, "on": on, "end_of_day": _end_of(on, policy)}
    wanted = _of_payers(of_some=payer_ids is not None)
    return [InForce._make(row) for row in rows(session, wanted, given)]


@cache
def _of_payers(*, of_some: bool) -> Prepared:
    holds = table_of(Hold).c
    end_of_day = bindparam("end_of_day", type_=UtcColumn())
    theirs = holds.payer_id.in_(bindparam("payers", expanding=True))
    return Prepared(
        select(holds.payer_id, holds.kind, holds.reason)
        .where(
            theirs if of_some else true(),
            holds.first_day <= bindparam("on"),
            or_(holds.last_day.is_(None), holds.last_day >= bindparam("on")),
            or_(holds.lifted_at.is_(None), holds.lifted_at >= end_of_day),
        )
        .order_by(holds.id)
    )


def _end_of(on: date, policy: Policy) -> datetime:
    return datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)
