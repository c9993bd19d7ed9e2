"""Opening and closing cases as the book changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit
from bot.workflows.suspension import queries, rules
from bot.workflows.suspension.overdue import overdue
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import CaseState, Overdue


def settle(session: Session, *, on: date, at: datetime, policy: Policy) -> tuple[int, int]:
    """
    Open a case for each payer that entered, close those that left; return how many of each.

    A case that comes back before a digest reported it gone goes on under its number, so that
    each change of a payer is reported once (I06).
    """
    amounts = overdue(session, on=on, policy=policy)
    entered = {payer for payer, owed in amounts.items() if rules.has_case(owed, policy)}
    still = queries.open_cases(session)
    left = [case for case in still if case.payer_id not in entered]
    for case in left:
        _close(session, case, amounts.get(case.payer_id, ()), on=on, at=at)
    fresh = sorted(entered - {case.payer_id for case in still})
    _open(session, fresh, on=on, at=at)
    return len(fresh), len(left)


def _open(session: Session, payer_ids: Sequence[int], *, on: date, at: datetime) -> None:
    unreported = {case.payer_id: case for case in queries.unreported(session)}
    back = [unreported[payer_id] for payer_id in payer_ids if payer_id in unreported]
    for case in back:
        case.state, case.closed_on, case.closed_why = CaseState.WATCH, None, ""
    last = session.scalar(select(func.max(SuspensionCase.number))) or 0
    entered = [payer_id for payer_id in payer_ids if payer_id not in unreported]
    fresh = [
        SuspensionCase(
            number=number, payer_id=payer_id, state=CaseState.WATCH, opened_on=on, closed_why=""
        )
        for number, payer_id in enumerate(entered, start=last + 1)
    ]
    session.add_all(fresh)
    session.flush()
    for case in (*back, *fresh):
        _note_state(session, case, CaseState.WATCH, at=at)


def _close(
    session: Session,
    case: SuspensionCase,
    owed: Sequence[Overdue],
    *,
    on: date,
    at: datetime,
) -> None:
    case.state, case.closed_on = CaseState.CLOSED, on
    case.closed_why = "what is left is disputed" if owed else "nothing is that late any more"
    _note_state(session, case, CaseState.CLOSED, at=at)


def _note_state(
    session: Session, case: SuspensionCase, state: CaseState, *, at: datetime
) -> None:
    audit.note(
        session,
        audit.Note(
            what="suspension case",
            about=f"suspension_case:{case.id}",
            at=at,
            after={"number": case.number, "payer": case.payer_id, "state": state},
            why=case.closed_why,
        ),
    )
