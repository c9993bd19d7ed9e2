"""Letting a case rest until a day, as the meeting decided (R80, Authority)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.workflows.approvals.rules import Act
from bot.workflows.suspension import queries, reviewing
from bot.workflows.suspension.records import CaseHold


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """Until when a case rests, that day included, and why."""

    case_id: int
    until: date
    why: str


def hold(session: Session, new: NewHold, *, act: Act, policy: Policy) -> CaseHold:
    """
    Let a case rest: the days until then do not count, no notice goes, nothing is suspended.

    Who may decide that is checked where it is decided.

    :raises CaseClosed: if the case is closed.
    """
    case = queries.get(session, new.case_id)
    queries.check_open(case)
    placed = CaseHold(
        case_id=case.id,
        first_day=act.on,
        last_day=new.until,
        why=new.why,
        by=act.by.id,
        at=act.at,
    )
    session.add(placed)
    session.flush()
    note = audit.Note(
        what="case held",
        about=f"case_hold:{placed.id}",
        at=act.at,
        by=act.by.id,
        after={"case": case.id, "until": new.until.isoformat()},
        why=new.why,
    )
    audit.note(session, note)
    reviewing.review_one(session, case.id, at=act.at, policy=policy)
    return placed
