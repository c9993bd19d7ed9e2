"""Finding cases."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import locked as locked_record
from bot.store.rows import record, rows, table_of
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.people.rules import Member
from bot.workflows.suspension.case_records import CaseAccount, NoticeState, SuspensionNotice
from bot.workflows.suspension.records import (
    Case,
    CaseNote,
    Digest,
    DigestLine,
    SuspensionCase,
)
from bot.workflows.suspension.rules import CaseClosed, CaseState, Change, NoSuchCase

_ALL: Final = table_of(SuspensionCase)
_CASE: Final = tuple(_ALL.c[name] for name in Case._fields)
_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)


def get(session: Session, case_id: int) -> SuspensionCase:
    """Return a case."""
    return record(session, SuspensionCase, case_id)


def check_open(case: SuspensionCase) -> None:
    """
    Check that something may still happen to a case.

    :raises CaseClosed: if it is closed.
    """
    if case.closed_on is not None:
        raise CaseClosed(f"Case {case.number} is closed: {case.closed_why}.")


def locked(session: Session, case_id: int) -> SuspensionCase:
    """Return a case as it is now, held against everybody else until the commit."""
    return locked_record(session, SuspensionCase, case_id)


def states_of(session: Session, case_ids: Collection[int]) -> dict[int, CaseState]:
    """Return where cases stand, by id."""
    return {row.id: row.state for row in rows(session, _states(), {"cases": case_ids})}


@cache
def _states() -> Prepared:
    return Prepared(select(_ALL.c.id, _ALL.c.state).where(_ALL.c.id.in_(_CASES)))


def looked_at(session: Session, case_ids: Collection[int]) -> list[Case]:
    """Return cases only to look at them, by id."""
    return [Case._make(row) for row in rows(session, _looked_at(), {"cases": case_ids})]


@cache
def _looked_at() -> Prepared:
    return Prepared(select(*_CASE).where(_ALL.c.id.in_(_CASES)).order_by(_ALL.c.id))


def by_number(session: Session, number: int) -> SuspensionCase:
    """
    Return the case with a number.

    :raises NoSuchCase: if there is none.
    """
    case = session.scalar(select(SuspensionCase).filter_by(number=number))
    if case is None:
        raise NoSuchCase(f"There is no case {number}. The digest lists the cases' numbers.")
    return case


def of_payer(session: Session, payer_id: int) -> Case | None:
    """Return the payer's open case, only to look at it."""
    found = rows(session, _of_payer(), {"payer": payer_id}).first()
    return Case._make(found) if found else None


@cache
def _of_payer() -> Prepared:
    theirs = (_ALL.c.payer_id == bindparam("payer"), _ALL.c.closed_on.is_(None))
    return Prepared(select(*_CASE).where(*theirs).limit(1))


def last_of_payer(session: Session, payer_id: int) -> SuspensionCase | None:
    """Return the payer's last case, open or closed."""
    theirs = select(SuspensionCase).filter_by(payer_id=payer_id)
    return session.scalars(theirs.order_by(SuspensionCase.id.desc()).limit(1)).first()


def open_cases(session: Session) -> list[SuspensionCase]:
    """Return the open cases by number."""
    still = select(SuspensionCase).where(SuspensionCase.state != CaseState.CLOSED)
    return list(session.scalars(still.order_by(SuspensionCase.number)))


def under_way(session: Session, agents: Collection[int] | None = None) -> list[int]:
    """
    Return the open cases that the clock moves, by id: beyond watch, or with a notice.

    :param agents: only those of payers of these agents.
    """
    given = {"agents": list(agents or ())}
    # Sorted here: in the database that would have it read all cases there ever were.
    return sorted(rows(session, _under_way(of_some=agents is not None), given).scalars())


@cache
def _under_way(*, of_some: bool) -> Prepared:
    notices, payers = table_of(SuspensionNotice).c, table_of(Customer).c
    noticed = select(notices.id).where(
        notices.case_id == _ALL.c.id, notices.state != NoticeState.DROPPED
    )
    moving = select(_ALL.c.id).where(
        _ALL.c.closed_on.is_(None), or_(_ALL.c.state != CaseState.WATCH, noticed.exists())
    )
    if of_some:
        agents: BindParameter[Any] = bindparam("agents", expanding=True)
        theirs = select(payers.id).where(payers.agent_id.in_(agents))
        moving = moving.where(_ALL.c.payer_id.in_(theirs))
    return Prepared(moving)


def beyond_watch(session: Session) -> list[SuspensionCase]:
    """Return the open cases of which something was decided or told, by number."""
    moving = select(SuspensionCase).where(
        SuspensionCase.closed_on.is_(None), SuspensionCase.state != CaseState.WATCH
    )
    return list(session.scalars(moving.order_by(SuspensionCase.number)))


def suspended(session: Session) -> list[int]:
    """Return the cases with services that are suspended, by id."""
    return [row.id for row in rows(session, _suspended(), {})]


@cache
def _suspended() -> Prepared:
    off = select(_ALL.c.id).where(_ALL.c.state == CaseState.SUSPENDED)
    return Prepared(off.order_by(_ALL.c.id))


def ready_accounts(session: Session, case_id: int) -> list[int]:
    """Return the accounts of a case that are ready to be suspended, by id."""
    ready = select(CaseAccount.customer_id).filter_by(case_id=case_id, state=CaseState.READY)
    return list(session.scalars(ready.order_by(CaseAccount.customer_id)))


def watched(session: Session) -> list[int]:
    """Return the open cases that no notice was drafted for, the longest open first, by id."""
    moving = under_way(session)
    quiet = rows(session, _quiet(), {}).scalars()
    known = set(moving)
    return [case_id for case_id in quiet if case_id not in known]


@cache
def _quiet() -> Prepared:
    quiet = select(_ALL.c.id).where(_ALL.c.closed_on.is_(None), _ALL.c.state == CaseState.WATCH)
    return Prepared(quiet.order_by(_ALL.c.opened_on, _ALL.c.id))


def unreported(session: Session) -> list[SuspensionCase]:
    """Return the closed cases that no digest has reported gone yet, by number (I06)."""
    reported = (
        select(DigestLine.id)
        .join(Digest, Digest.id == DigestLine.digest_id)
        .where(
            DigestLine.case_id == SuspensionCase.id,
            DigestLine.change == Change.GONE,
            Digest.as_of >= SuspensionCase.closed_on,
        )
    )
    closed = select(SuspensionCase).where(
        SuspensionCase.state == CaseState.CLOSED, ~reported.exists()
    )
    return list(session.scalars(closed.order_by(SuspensionCase.number)))


def stale_cases(session: Session, agent: Member, *, today: date, since: datetime) -> list[Case]:
    """Return the open cases of an agent's portfolio and cover without a note since then."""
    mine = customers.agents_payers(session, agent, today=today)
    given = {"payers": mine, "since": since}
    return [Case._make(row) for row in rows(session, _stale(), given)]


@cache
def _stale() -> Prepared:
    noted = table_of(CaseNote).c
    fresh = select(noted.case_id).where(noted.at >= bindparam("since"))
    mine = _ALL.c.payer_id.in_(bindparam("payers", expanding=True))
    return Prepared(
        select(*_CASE)
        .where(mine, _ALL.c.state != CaseState.CLOSED, _ALL.c.id.not_in(fresh))
        .order_by(_ALL.c.number)
    )


def find_cases(session: Session, payer_ids: Collection[int]) -> list[SuspensionCase]:
    """Return the open cases of some payers, by number."""
    theirs = select(SuspensionCase).where(
        SuspensionCase.payer_id.in_(payer_ids), SuspensionCase.closed_on.is_(None)
    )
    return list(session.scalars(theirs.order_by(SuspensionCase.number)))
