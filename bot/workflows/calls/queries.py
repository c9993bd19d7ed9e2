"""Finding calls."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, Row, bindparam, or_, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, record, records, rows, table_of
from bot.workflows.calls import rules
from bot.workflows.calls.records import Call, CallEffect
from bot.workflows.calls.rules import Attempt, Direction, Outcome
from bot.workflows.people.records import Person

_CALLS: Final = table_of(Call).c
_PEOPLE: Final = table_of(Person).c
_BY_NONCE: Final = Prepared(select(_CALLS.id).where(_CALLS.nonce == bindparam("nonce")))


class Touch(NamedTuple):
    """A call to look at, as its row is."""

    id: int
    payer_id: int
    agent_id: int
    at: datetime
    day: date
    direction: Direction
    outcome: Outcome
    is_reached: bool
    spoke_to: str
    words: str
    next_step: str
    next_on: date | None


TOUCH: Final = tuple(_CALLS[name] for name in Touch._fields)
"""The columns of one."""
AnyCall = Call | Touch
"""A call that is only looked at."""


def get(session: Session, call_id: int) -> Call:
    """Return a call by the desk's own id."""
    return record(session, Call, call_id)


def by_nonce(session: Session, nonce: str) -> Call | None:
    """Return the call that a form has logged already."""
    logged = rows(session, _BY_NONCE, {"nonce": nonce}).first()
    return get(session, logged.id) if logged else None


def last_conversation(session: Session, payer_id: int) -> Touch | None:
    """Return the latest call in which somebody said something."""
    made = rows(session, _last_conversation(), {"payer": payer_id}).first()
    return Touch._make(made) if made else None


def touches(session: Session, payer_id: int, limit: int) -> list[Touch]:
    """Return the latest calls with a payer, the newest first; none that was taken back."""
    made = rows(session, _touches(), {"payer": payer_id, "most": limit})
    return [Touch._make(row) for row in made]


def attempts(session: Session, payer_id: int, day: date) -> list[Attempt]:
    """
    Return the attempts on a payer on a company date, by anyone, the first one first.

    A wrong number is none where the right one was learned (`CALL_NEW_NUMBER`).
    """
    made = rows(session, _attempts(), {"payer": payer_id, "day": day})
    return [
        Attempt(
            at=row.at,
            by=row.name,
            outcome=row.outcome,
            back_at=row.next_at,
            next_step=row.next_step,
        )
        for row in made
    ]


def consumer_pause(session: Session, payer_id: int, *, on: date, policy: Policy) -> str:
    """
    Return why a consumer is not to be called that day, in words; empty if it may be (R84).

    As on the list, what the customer asked for goes before: a call-back that is due, or a
    voicemail to return.
    """
    days = max(policy.consumer_calls[1] - 1, policy.consumer_silence_days)
    since = {"payer": payer_id, "since": on - timedelta(days=days), "on": on}
    made = rows(session, _lately(), since).all()
    told = [call for call in made if call.is_reached or _asks_for_a_call(call)]
    if told and _asks_for_a_call(told[-1]):
        agreed = told[-1].next_at
        if agreed is None or policy.company_date(agreed) <= on:
            return ""
    first = on - timedelta(days=policy.consumer_calls[1] - 1)
    reached = [call.day for call in made if call.is_reached]
    return rules.consumer_pause(
        sum(call.day >= first and call.direction is Direction.OUT for call in made),
        last_reached=reached[-1] if reached else None,
        on=on,
        policy=policy,
    )


def last_of_agent(session: Session, agent_id: int) -> Call | None:
    """Return the latest call that somebody logged and has not taken back."""
    theirs = select(Call).where(Call.agent_id == agent_id, Call.undone_at.is_(None))
    return session.scalars(theirs.order_by(Call.id.desc()).limit(1)).first()


def of_day(session: Session, agent_id: int, day: date) -> list[Call]:
    """Return what an agent logged on a company date, in order; none that was taken back."""
    theirs = select(Call).where(
        Call.agent_id == agent_id, Call.day == day, Call.undone_at.is_(None)
    )
    return list(session.scalars(theirs.order_by(Call.at, Call.id)))


def effects_of(session: Session, call_id: int) -> list[CallEffect]:
    """Return what else a call changed, the last change first."""
    return records(session, CallEffect, _effects(), {"call": call_id})


@cache
def _effects() -> Prepared:
    made = select(table_of(CallEffect)).where(CallEffect.call_id == bindparam("call"))
    return Prepared(made.order_by(CallEffect.id.desc()))


@cache
def _attempts() -> Prepared:
    return Prepared(
        select(_CALLS.at, _PEOPLE.name, _CALLS.outcome, _CALLS.next_at, _CALLS.next_step)
        .where(
            _PEOPLE.id == _CALLS.agent_id,
            _CALLS.payer_id == bindparam("payer"),
            _CALLS.day == bindparam("day"),
            _CALLS.direction == Direction.OUT,
            _CALLS.next_step != rules.CALL_NEW_NUMBER,
            _CALLS.undone_at.is_(None),
        )
        .order_by(_CALLS.at, _CALLS.id)
    )


def _asks_for_a_call(call: Row[*tuple[Any, ...]]) -> bool:
    is_voicemail = call.outcome is Outcome.LEFT_VOICEMAIL and call.direction is Direction.IN
    return is_voicemail or call.next_at is not None


@cache
def _lately() -> Prepared:
    return Prepared(
        select(_CALLS.day, _CALLS.direction, _CALLS.outcome, _CALLS.is_reached, _CALLS.next_at)
        .where(
            _CALLS.payer_id == bindparam("payer"),
            _CALLS.day.between(bindparam("since"), bindparam("on")),
            _CALLS.undone_at.is_(None),
        )
        .order_by(_CALLS.at, _CALLS.id)
    )


@cache
def _last_conversation() -> Prepared:
    spoken = or_(_CALLS.is_reached, _CALLS.outcome == Outcome.SPOKE_TO_OTHER)
    return Prepared(_standing().where(spoken).limit(1))


@cache
def _touches() -> Prepared:
    return Prepared(_standing().limit(bindparam("most", type_=Integer())))


def _standing() -> AnySelect:
    standing = select(*TOUCH).where(
        _CALLS.payer_id == bindparam("payer"), _CALLS.undone_at.is_(None)
    )
    # By day first: so an index has them in order, and one call is found without all of them.
    return standing.order_by(_CALLS.day.desc(), _CALLS.at.desc(), _CALLS.id.desc())
