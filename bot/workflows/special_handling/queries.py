"""Finding what keeps a payer from being worked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from bot.kernel.calendar import ONE_DAY
from bot.policy import Policy
from bot.workflows.special_handling.records import Hold

_IN_FORCE: Final = (
    select(Hold)
    .where(
        Hold.first_day <= bindparam("on"),
        or_(Hold.last_day.is_(None), Hold.last_day >= bindparam("on")),
        or_(Hold.lifted_at.is_(None), Hold.lifted_at >= bindparam("end_of_day")),
    )
    .order_by(Hold.id)
)
_OF_PAYER: Final = _IN_FORCE.where(Hold.payer_id == bindparam("payer"))


def get(session: Session, hold_id: int) -> Hold:
    """Return a hold by the desk's own id."""
    return session.get_one(Hold, hold_id)


def of_payer(session: Session, payer_id: int, *, on: date, policy: Policy) -> list[Hold]:
    """Return the holds on a payer that are in force on a company date, the oldest first."""
    given = {"payer": payer_id, "on": on, "end_of_day": _end_of(on, policy)}
    return list(session.scalars(_OF_PAYER, given))


def in_force(session: Session, *, on: date, policy: Policy) -> list[Hold]:
    """Return every hold in force at the end of a company date, the oldest first."""
    given = {"on": on, "end_of_day": _end_of(on, policy)}
    return list(session.scalars(_IN_FORCE, given))


def _end_of(on: date, policy: Policy) -> datetime:
    return datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)
