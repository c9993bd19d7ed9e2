"""What earlier calls mean for today: who is owed a call, who is left in peace (R29)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Date, and_, bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.kernel.hours import is_zone
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import (
    CALL_NEW_NUMBER,
    Direction,
    Outcome,
    consumer_pause,
)
from bot.workflows.customers.records import Customer
from bot.workflows.worklists import words
from bot.workflows.worklists.scope import ON, AnySelect, Kind, Scope

OWED_ON_ITS_DAY: Final = frozenset({Outcome.CALL_BACK_AT, Outcome.INVOICE_NOT_RECEIVED})
"""Outcomes whose next step is owed on its day; after others the payer ranks by its debts."""

MEMORY: Final = timedelta(days=180)
"""Calls older than this no longer bear on a list."""
LATELY: Final = timedelta(days=7)
"""Within this, or longer where the policy counts a consumer's calls, every call bears on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What earlier calls with a payer mean for a day."""

    owed: str = ""
    is_agreed: bool = False
    agreed_at: datetime | None = None
    """The moment of the call-back that is owed."""
    quiet: str = ""
    last_reached: date | None = None
    attempts: int = 0
    tried_at: datetime | None = None
    recent_calls: int = 0
    """Calls out in the days that count for a consumer."""


class Touch(NamedTuple):
    """A call, as far as it matters here."""

    payer_id: int
    at: datetime
    day: date
    direction: Direction
    outcome: Outcome
    is_reached: bool
    next_on: date | None
    next_at: datetime | None
    time_zone: str
    next_step: str = ""


NEVER: Final = Contact()
_SINCE: Final = bindparam("since", type_=Date())
_LATELY: Final = bindparam("lately", type_=Date())


def contacts(session: Session, scope: Scope, *, on: date, policy: Policy) -> dict[int, Contact]:
    """Return what earlier calls mean for a day, for every payer that was called."""
    lately = on - max(LATELY, timedelta(days=policy.consumer_calls[1]))
    given = {**scope.given, "on": on, "since": on - MEMORY, "lately": lately}
    calls: dict[int, list[Touch]] = {}
    for touch in [*_earlier(session, scope.kind, given), *_lately(session, scope.kind, given)]:
        calls.setdefault(touch.payer_id, []).append(touch)
    return {payer_id: meaning(made, on, policy) for payer_id, made in calls.items()}


def owed(session: Session, scope: Scope, *, on: date, policy: Policy) -> dict[int, str]:
    """
    Return the payers to whom a call is owed on a day, each with why.

    It is what `contacts` says of it, by each payer's last call that decides alone.
    """
    given = {**scope.given, "since": on - MEMORY, "lately": on + ONE_DAY}
    deciding = map(Touch._make, rows(session, _last_calls(scope.kind), given))
    return {call.payer_id: why for call in deciding if (why := _owed(call, on, policy)[0])}


def _lately(session: Session, whose: Kind, given: Mapping[str, Any]) -> list[Touch]:
    return [Touch._make(row) for row in rows(session, _all_calls(whose), given)]


def _earlier(session: Session, whose: Kind, given: Mapping[str, Any]) -> list[Touch]:
    """Return, in order, each payer's last call before that decides, and that reached it."""
    deciding = [Touch._make(row) for row in rows(session, _last_calls(whose), given)]
    if all(touch.is_reached for touch in deciding):
        return deciding
    reached = rows(session, _last_calls(whose, is_reached=True), given)
    both = {*deciding, *map(Touch._make, reached)}
    return sorted(both, key=lambda touch: (touch.at, not touch.is_reached))


def meaning(calls: Iterable[Touch], on: date, policy: Policy) -> Contact:
    """Return what a payer's calls, the first one first, mean for a day."""
    made = tuple(calls)
    tried = [call for call in made if call.day == on and _is_attempt(call)]
    reached = [call.day for call in made if call.is_reached]
    deciding = [call for call in made if _decides(call)]
    owed, is_agreed = _owed(deciding[-1], on, policy) if deciding else ("", False)
    first = on - timedelta(days=policy.consumer_calls[1] - 1)
    return Contact(
        owed=owed,
        is_agreed=is_agreed,
        agreed_at=deciding[-1].next_at if is_agreed else None,
        quiet="" if owed or not deciding else _quiet(deciding[-1], on, policy),
        last_reached=reached[-1] if reached else None,
        attempts=len(tried),
        tried_at=tried[-1].at if tried else None,
        recent_calls=sum(c.day >= first and c.direction is Direction.OUT for c in made),
    )


def consumer_quiet(contact: Contact, on: date, policy: Policy) -> str:
    """Return why a consumer or sole proprietor is not called that day, in words."""
    return consumer_pause(
        contact.recent_calls, last_reached=contact.last_reached, on=on, policy=policy
    )


def _is_attempt(call: Touch) -> bool:
    return call.direction is Direction.OUT and call.next_step != CALL_NEW_NUMBER


def _decides(call: Touch) -> bool:
    return call.is_reached or call.next_at is not None or _is_voicemail_in(call)


def _is_voicemail_in(call: Touch) -> bool:
    return call.direction is Direction.IN and call.outcome is Outcome.LEFT_VOICEMAIL


def _owed(call: Touch, on: date, policy: Policy) -> tuple[str, bool]:
    if _is_voicemail_in(call):
        return f"Voicemail of {wording.day(call.day)} to return", True
    if call.next_at:
        is_due = policy.company_date(call.next_at) <= on
        return (_call_back(call, call.next_at, policy), True) if is_due else ("", False)
    if call.outcome in OWED_ON_ITS_DAY and call.next_on and call.next_on <= on:
        if call.outcome is Outcome.CALL_BACK_AT:
            return f"Call-back agreed for {wording.day(call.next_on)}", True
        return f"Call again about the invoice resent on {wording.day(call.day)}", False
    return "", False


def _call_back(call: Touch, agreed: datetime, policy: Policy) -> str:
    is_known = bool(call.time_zone) and is_zone(call.time_zone)
    zone = ZoneInfo(call.time_zone) if is_known else policy.zone
    there = agreed.astimezone(zone)
    whose = "their time" if is_known else "company time"
    return f"Call-back agreed for {wording.day(there.date())}, {there:%H:%M} {whose}"


def _quiet(call: Touch, on: date, policy: Policy) -> str:
    next_on = policy.company_date(call.next_at) if call.next_at else call.next_on
    is_confirmed = call.outcome is Outcome.RECEIPT_CONFIRMED
    if call.is_reached and (next_on is None or is_confirmed):
        cooled_on = policy.calendar.plus(call.day, policy.cool_down_business_days)
        next_on = min(next_on or cooled_on, cooled_on)
    return words.cooling(next_on) if next_on and on < next_on else ""


@cache
def _all_calls(whose: Kind) -> Prepared:
    made = _touches().join(Customer, Customer.id == Call.payer_id)
    return Prepared(
        made.where(
            whose.has(Call.payer_id),
            Call.day.between(_LATELY, ON),
            Call.undone_at.is_(None),
        ).order_by(Call.at, Call.id)
    )


@cache
def _last_calls(whose: Kind, *, is_reached: bool = False) -> Prepared:
    """
    Return the select of each payer's last call before lately that decides anything.

    It is looked up for each payer, so that a list reads one call of a year and not all.
    """
    call = aliased(Call)
    voicemail = and_(call.direction == Direction.IN, call.outcome == Outcome.LEFT_VOICEMAIL)
    decides = or_(call.is_reached, call.next_at.is_not(None), voicemail)
    last = (
        select(call.id)
        .where(
            call.payer_id == Customer.id,
            call.day >= _SINCE,
            call.day < _LATELY,
            call.undone_at.is_(None),
            call.is_reached if is_reached else decides,
        )
        .order_by(call.day.desc(), call.at.desc(), call.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    made = _touches().select_from(Customer).join(Call, Call.id == last)
    return Prepared(made.where(whose.is_meant()))


def _touches() -> AnySelect:
    return select(
        Call.payer_id,
        Call.at,
        Call.day,
        Call.direction,
        Call.outcome,
        Call.is_reached,
        Call.next_on,
        Call.next_at,
        Customer.time_zone,
        Call.next_step,
    )
