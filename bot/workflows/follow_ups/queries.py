"""Finding follow-up e-mails, and what one has to say."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    bindparam,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Session, aliased

from bot.kernel.calendar import days_around
from bot.kernel.money import Money
from bot.policy import Policy
from bot.store.base import UtcColumn
from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, rows, table_of
from bot.workflows.calls.records import Call, Direction
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.follow_ups import rules
from bot.workflows.follow_ups.records import FollowUp, FollowUpBatch, FollowUpState
from bot.workflows.follow_ups.rules import Due, Words
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice
from bot.workflows.payment_plans import pauses

_INVOICES: Final = table_of(Invoice).c
_FOLLOW_UPS: Final = table_of(FollowUp).c
_BATCHES: Final = table_of(FollowUpBatch).c
_AGENT: Final = bindparam("agent", type_=BigInteger())
_FIRST: Final = bindparam("first", type_=Date())
_SINCE: Final = bindparam("since", type_=UtcColumn())
_UNTIL: Final = bindparam("until", type_=UtcColumn())
_BATCH: Final = select(_BATCHES.id, _BATCHES.agent_id, _BATCHES.day)


class Written(NamedTuple):
    """A follow-up to look at: to whom, and what became of it."""

    id: int
    payer_id: int
    state: FollowUpState


class Batch(NamedTuple):
    """What an agent is asked at a shift's end, to look at."""

    id: int
    agent_id: int
    day: date


def get(session: Session, follow_up_id: int) -> FollowUp:
    """Return a follow-up by the desk's own id."""
    return record(session, FollowUp, follow_up_id)


def batch(session: Session, batch_id: int) -> Batch:
    """Return what an agent is asked at a shift's end, by the desk's own id."""
    return Batch._make(rows(session, _batch(), {"batch": batch_id}).one())


@cache
def _batch() -> Prepared:
    return Prepared(_BATCH.where(_BATCHES.id == bindparam("batch")))


def batch_of(session: Session, agent_id: int, day: date) -> Batch | None:
    """Return what an agent was asked at the end of a day's shift, if anything."""
    asked = rows(session, _batch_of(), {"agent": agent_id, "day": day}).first()
    return Batch._make(asked) if asked else None


@cache
def _batch_of() -> Prepared:
    return Prepared(
        _BATCH.where(_BATCHES.agent_id == bindparam("agent"), _BATCHES.day == bindparam("day"))
    )


def open_batch(session: Session, agent_id: int) -> Batch | None:
    """Return the latest question to an agent of which drafts still wait, if any."""
    asked = rows(session, _open_batch(), {"agent": agent_id}).first()
    return Batch._make(asked) if asked else None


@cache
def _open_batch() -> Prepared:
    waiting = _BATCH.where(
        _BATCHES.agent_id == bindparam("agent"),
        exists().where(
            _FOLLOW_UPS.agent_id == _BATCHES.agent_id,
            _FOLLOW_UPS.day == _BATCHES.day,
            _FOLLOW_UPS.state == FollowUpState.DRAFT,
        ),
    )
    return Prepared(waiting.order_by(_BATCHES.day.desc()).limit(1))


def of_payer(session: Session, payer_id: int, day: date) -> FollowUp | None:
    """Return the follow-up to a payer of a business day, whatever became of it."""
    return first_record(session, FollowUp, _of_payer(), {"payer": payer_id, "day": day})


@cache
def _of_payer() -> Prepared:
    return Prepared(
        select(table_of(FollowUp)).where(
            _FOLLOW_UPS.payer_id == bindparam("payer"), _FOLLOW_UPS.day == bindparam("day")
        )
    )


def latest_of_payer(session: Session, payer_id: int) -> FollowUp | None:
    """Return the follow-up to a payer of the last business day that had one."""
    return first_record(session, FollowUp, _latest_of_payer(), {"payer": payer_id})


@cache
def _latest_of_payer() -> Prepared:
    theirs = select(table_of(FollowUp)).where(_FOLLOW_UPS.payer_id == bindparam("payer"))
    return Prepared(theirs.order_by(_FOLLOW_UPS.day.desc()).limit(1))


def of_call(session: Session, call_id: int) -> list[FollowUp]:
    """Return the drafts that a third miss made."""
    return records(session, FollowUp, _drafts_of_call(), {"call": call_id})


@cache
def _drafts_of_call() -> Prepared:
    return Prepared(
        select(table_of(FollowUp)).where(
            _FOLLOW_UPS.call_id == bindparam("call"), _FOLLOW_UPS.state == FollowUpState.DRAFT
        )
    )


def drafts_of_payer(session: Session, payer_id: int) -> list[FollowUp]:
    """Return the drafts to a payer that nobody has sent or dropped."""
    return records(session, FollowUp, _drafts_of_payer(), {"payer": payer_id})


@cache
def _drafts_of_payer() -> Prepared:
    waiting = select(table_of(FollowUp)).where(
        _FOLLOW_UPS.payer_id == bindparam("payer"), _FOLLOW_UPS.state == FollowUpState.DRAFT
    )
    return Prepared(waiting.order_by(_FOLLOW_UPS.id))


def drafts_of(session: Session, agent_id: int, day: date) -> list[Written]:
    """Return the drafts of an agent's business day that nobody has sent or dropped."""
    return [one for one in of_day(session, agent_id, day) if one.state is FollowUpState.DRAFT]


def drafts_of_each(session: Session, agent_ids: Collection[int], day: date) -> dict[int, int]:
    """Return how many such drafts some agents have, each that has any."""
    found = rows(session, _drafts_of_each(), {"agents": list(agent_ids), "day": day})
    return {row.agent_id: row.waiting for row in found}


@cache
def _drafts_of_each() -> Prepared:
    counted = select(_FOLLOW_UPS.agent_id, func.count().label("waiting")).where(
        _FOLLOW_UPS.agent_id.in_(bindparam("agents", expanding=True)),
        _FOLLOW_UPS.day == bindparam("day"),
        _FOLLOW_UPS.state == FollowUpState.DRAFT,
    )
    return Prepared(counted.group_by(_FOLLOW_UPS.agent_id))


def of_day(session: Session, agent_id: int, day: date) -> list[Written]:
    """Return the follow-ups of an agent's business day, whatever became of them."""
    found = rows(session, _of_day(), {"agent": agent_id, "day": day})
    return [Written._make(row) for row in found]


@cache
def _of_day() -> Prepared:
    theirs = select(_FOLLOW_UPS.id, _FOLLOW_UPS.payer_id, _FOLLOW_UPS.state).where(
        _FOLLOW_UPS.agent_id == bindparam("agent"), _FOLLOW_UPS.day == bindparam("day")
    )
    return Prepared(theirs.order_by(_FOLLOW_UPS.id))


def waiting_of(session: Session, agent_id: int) -> list[FollowUp]:
    """Return every draft that waits for an agent, the oldest first."""
    return records(session, FollowUp, _waiting_of(), {"agent": agent_id})


@cache
def _waiting_of() -> Prepared:
    waiting = select(table_of(FollowUp)).where(
        _FOLLOW_UPS.agent_id == bindparam("agent"), _FOLLOW_UPS.state == FollowUpState.DRAFT
    )
    return Prepared(waiting.order_by(_FOLLOW_UPS.day, _FOLLOW_UPS.id))


def missed(session: Session, agent_id: int, *, since: datetime, until: datetime) -> list[int]:
    """
    Return the payers that an agent tried last in a shift and that nobody has reached since.

    :param since: the shift's start, :param until: its end, each with its overtime.
    """
    first, last = days_around(since, until)
    given = {"agent": agent_id, "since": since, "until": until, "first": first, "last": last}
    return [row.payer_id for row in rows(session, _missed(), given)]


@cache
def _missed() -> Prepared:
    tried = select(Call.payer_id).where(
        Call.agent_id == _AGENT,
        Call.day.between(_FIRST, bindparam("last", type_=Date())),
        Call.at >= _SINCE,
        Call.at < _UNTIL,
        Call.direction == Direction.OUT,
        Call.undone_at.is_(None),
        ~_was_reached(),
        ~_is_anothers(),
    )
    return Prepared(tried.distinct().order_by(Call.payer_id))


def _was_reached() -> ColumnElement[bool]:
    reached = aliased(Call)
    return exists().where(
        reached.payer_id == Call.payer_id,
        reached.day >= _FIRST,
        reached.at >= _SINCE,
        reached.is_reached,
        reached.undone_at.is_(None),
    )


def _is_anothers() -> ColumnElement[bool]:
    later = aliased(Call)
    return exists().where(
        later.payer_id == Call.payer_id,
        later.day >= Call.day,
        later.at > Call.at,
        later.at < _UNTIL,
        later.agent_id != _AGENT,
        later.direction == Direction.OUT,
        later.undone_at.is_(None),
    )


def was_reached(session: Session, payer_id: int, *, since: datetime) -> bool:
    """Test if anybody has reached a payer since a moment."""
    given = {"payer": payer_id, "since": since, "first": days_around(since, since)[0]}
    return rows(session, _reached(), given).first() is not None


@cache
def _reached() -> Prepared:
    reached = select(Call.id).where(
        Call.payer_id == bindparam("payer"),
        Call.day >= bindparam("first"),
        Call.at >= bindparam("since"),
        Call.is_reached,
        Call.undone_at.is_(None),
    )
    return Prepared(reached.limit(1))


def due(session: Session, payer_id: int, *, on: date) -> list[Due]:
    """Return what a payer is written to about: past due, and nobody has a word on it."""
    items = [i for i in ledger.open_items(session, payer_id, on=on) if i.days_past_due(on) > 0]
    ids = [item.invoice_id for item in items]
    spoken_for = rows(session, _spoken_for(), {"on": on, "ids": ids}) if ids else ()
    minor = {row[0]: int(row[1]) for row in spoken_for}
    free = ((i, i.balance.minor - i.disputed.minor - minor.get(i.invoice_id, 0)) for i in items)
    return [Due(i.number, i.due_date, Money(left, i.currency)) for i, left in free if left > 0]


@cache
def _spoken_for() -> Prepared:
    wanted: BindParameter[Any] = bindparam("ids", expanding=True)
    held = pauses.held_of(_INVOICES.id, bindparam("on", type_=Date()))
    return Prepared(select(_INVOICES.id, held).where(_INVOICES.id.in_(wanted)))


def text(session: Session, payer: AnyCustomer, *, on: date, policy: Policy) -> Words | None:
    """Return what the e-mail to a payer says on a day; None where there is nothing to say."""
    if not (items := due(session, payer.id, on=on)):
        return None
    return rules.words(
        items,
        on=on,
        company=policy.company_name,
        how_to_pay=policy.how_to_pay,
        brand=policy.brand(payer.brand),
    )
