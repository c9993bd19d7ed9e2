"""Finding what keeps a payer from being worked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from bot.kernel.calendar import ONE_DAY
from bot.policy import Policy
from bot.workflows.special_handling.records import Hold


def get(session: Session, hold_id: int) -> Hold:
    """Return a hold by the desk's own id."""
    return session.get_one(Hold, hold_id)


def of_payer(session: Session, payer_id: int, *, on: date, policy: Policy) -> list[Hold]:
    """Return the holds on a payer that are in force on a company date, the oldest first."""
    held = _in_force(on, policy).where(Hold.payer_id == payer_id)
    return list(session.scalars(held.order_by(Hold.id)))


def in_force(session: Session, *, on: date, policy: Policy) -> list[Hold]:
    """Return every hold in force at the end of a company date, the oldest first."""
    return list(session.scalars(_in_force(on, policy).order_by(Hold.id)))


def _in_force(on: date, policy: Policy) -> Select[Hold]:
    end_of_day = datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)
    return select(Hold).where(
        Hold.first_day <= on,
        or_(Hold.last_day.is_(None), Hold.last_day >= on),
        or_(Hold.lifted_at.is_(None), Hold.lifted_at >= end_of_day),
    )
