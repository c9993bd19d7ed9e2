"""Looking at cases again: their steps, the money, and the notices that are due."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import locked_records, table_of
from bot.workflows.suspension import looking, notices, readiness, restoring, steps
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.steps import Cause

AT_ONCE: Final = 200
"""Cases in one transaction: SQLite has one writer, which presses wait for."""

_WHICH: Final[BindParameter[Any]] = bindparam("cases", expanding=True)
_HELD: Final = Prepared(
    select(table_of(SuspensionCase))
    .where(SuspensionCase.id.in_(_WHICH), SuspensionCase.closed_on.is_(None))
    .order_by(SuspensionCase.id)
    .with_for_update()
)


def review(
    session: Session,
    case_ids: Collection[int],
    *,
    at: datetime,
    policy: Policy,
    first_notices: int = 0,
) -> int:
    """
    Bring some cases (at most 200) to where their facts have them; return the drafts made.

    Nothing happens twice: what was told, ordered or drafted before is left as it is.

    :param first_notices: how many first notices may be drafted for them, at most.
    """
    cases = locked_records(session, SuspensionCase, _HELD, {"cases": list(case_ids)})
    if not cases:
        return 0
    known = steps.accounts_of(session, case_ids)
    drafts = notices.drafts_of(session, case_ids)
    drafted = 0
    hangs_on_calls = partial(
        readiness.hangs_on_calls, on=policy.company_date(at), policy=policy
    )
    looks = looking.look_at(session, cases, at=at, policy=policy, calls_of=hangs_on_calls)
    courses = restoring.gather(session, looks)
    for seen in looks:
        steps.take(session, seen, Cause(at=at), known=known[seen.case.id])
        if course := courses.get(seen.case.id):
            restoring.follow(session, seen, course)
        draft = drafts.get(seen.case.id)
        drafted += notices.prepare(session, seen, draft, takes_first=drafted < first_notices)
    if drafted:
        notices.tell_leads(session, on=policy.company_date(at), at=at)
    return drafted


def review_one(session: Session, case_id: int, *, at: datetime, policy: Policy) -> None:
    """Bring one case to where its facts have it, after something happened to it."""
    review(session, [case_id], at=at, policy=policy)


def room_for_first(session: Session, policy: Policy) -> int:
    """
    Return how many first notices may be drafted now.

    No more than so many wait for a lead at a time, so that a fresh book brings no burst.
    """
    return max(policy.notice_drafts_at_once - notices.first_waiting(session), 0)
