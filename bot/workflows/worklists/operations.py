"""Making lists, posting them, and keeping them as calls are logged (R83-R86, R163)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, case, update
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store import audit
from bot.store.prepared import PreparedChange
from bot.store.rows import change, locked, table_of
from bot.workflows.people.rules import Member
from bot.workflows.worklists.opening import WORKLIST_CARD as WORKLIST_CARD
from bot.workflows.worklists.opening import as_covers as as_covers
from bot.workflows.worklists.opening import open_day as open_day
from bot.workflows.worklists.opening import open_drafted as open_drafted
from bot.workflows.worklists.opening import post_day as post_day
from bot.workflows.worklists.opening import post_drafted as post_drafted
from bot.workflows.worklists.records import EntryState, WindowStanding, WorklistEntry

SAME_SHIFT: Final = timedelta(hours=18)
"""A call belongs to the lists of the shifts that started within this time before it."""

_LINES: Final = table_of(WorklistEntry)
_BACK_AT: Final = bindparam("new_back_at", type_=_LINES.c.back_at.type)
_AFTER_CALL: Final = PreparedChange(
    update(_LINES)
    .where(_LINES.c.payer_id == bindparam("of_payer"), _LINES.c.starts_at > bindparam("since"))
    .values(
        state=bindparam("new_state"),
        attempts=bindparam("new_attempts"),
        back_at=_BACK_AT,
        ready_at=case((_LINES.c.opens_at < _BACK_AT, _BACK_AT), else_=_LINES.c.opens_at),
        version=_LINES.c.version + 1,
    )
)
"""Built once, since every press ends with it."""

_STANDINGS: Final = table_of(WindowStanding)
_REACHED: Final = PreparedChange(
    update(_STANDINGS)
    .where(
        _STANDINGS.c.payer_id == bindparam("of_payer"),
        _STANDINGS.c.starts_at > bindparam("since"),
    )
    .values(reached_at=bindparam("new_reached_at"))
)


class SteppedAside(Refused):
    """The line has changed since the card was drawn."""


def after_call(  # noqa: PLR0913 - the line's whole new state
    session: Session,
    payer_id: int,
    *,
    outcome_state: EntryState,
    attempts: int,
    back_at: datetime | None,
    at: datetime,
) -> None:
    """
    Bring every list of the day that holds the payer up to date after a call with it (R84).

    The call's own entry in the trail stands for this change, too.

    :param attempts: how many were made on the payer today, by anyone.
    :param back_at: the first moment for the next attempt; None: any time.
    """
    line = {
        "of_payer": payer_id,
        "since": at - SAME_SHIFT,
        "new_state": outcome_state,
        "new_attempts": attempts,
        "new_back_at": back_at,
    }
    change(session, _AFTER_CALL, line)
    if outcome_state is EntryState.REACHED:
        _mark_reached(session, payer_id, at=at, reached_at=at)


def restore(
    session: Session, payer_id: int, *, attempts: int, back_at: datetime | None, at: datetime
) -> None:
    """Put a payer back on the lists of the day after a call with it was undone."""
    after_call(
        session,
        payer_id,
        outcome_state=EntryState.OPEN,
        attempts=attempts,
        back_at=back_at,
        at=at,
    )
    _mark_reached(session, payer_id, at=at, reached_at=None)


def put_back(  # noqa: PLR0913 - what was pressed, by whom, and for how long
    session: Session, entry_id: int, *, version: int, by: Member, at: datetime, policy: Policy
) -> WorklistEntry:
    """
    Put a payer off for a while without using an attempt: "not now" (R84).

    :raises SteppedAside: if the line has changed since the card was drawn.
    """
    entry = locked(session, WorklistEntry, entry_id)
    if entry.version != version:
        raise SteppedAside("That payer has changed since this card was drawn.")
    before = {"back_at": entry.back_at.isoformat() if entry.back_at else None}
    entry.back_at = at + timedelta(minutes=policy.not_now_minutes)
    entry.ready_at = max(entry.opens_at, entry.back_at)
    entry.version += 1
    audit.note(
        session,
        audit.Note(
            what="payer put off for now",
            about=f"worklist_entry:{entry.id}",
            at=at,
            by=by.id,
            before=before,
            after={"back_at": entry.back_at.isoformat()},
        ),
    )
    return entry


def _mark_reached(
    session: Session, payer_id: int, *, at: datetime, reached_at: datetime | None
) -> None:
    given = {"of_payer": payer_id, "since": at - SAME_SHIFT, "new_reached_at": reached_at}
    change(session, _REACHED, given)
