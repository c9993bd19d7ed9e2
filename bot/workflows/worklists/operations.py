"""Making lists, posting them, and keeping them as calls are logged (R83-R86, R163)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final, cast

from sqlalchemy import Table, bindparam, case, update
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.workflows.ledger import queries as ledger
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from bot.workflows.worklists import making, portfolio, queries, shifts
from bot.workflows.worklists.records import EntryState, WindowStanding, Worklist, WorklistEntry
from bot.workflows.worklists.rules import Ranking

WORKLIST_CARD: Final = CardName("worklists.day")
"""An agent's list of a day; about is the list."""

SAME_SHIFT: Final = timedelta(hours=18)
"""A call belongs to the lists of the shifts that started within this time before it."""

_LINES: Final = cast(Table, WorklistEntry.__table__)
_BACK_AT: Final = bindparam("new_back_at", type_=_LINES.c.back_at.type)
_AFTER_CALL: Final = (
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


class SteppedAside(Refused):
    """The line has changed since the card was drawn."""


def open_day(
    session: Session, agent: Member, *, day: date, at: datetime, policy: Policy
) -> Worklist:
    """
    Make an agent's list of a business day, with every line of it; once, then return it (R163).

    It does not post it: `post_day` does.
    """
    if made := queries.list_of(session, agent.id, day):
        return made
    starts_at, ends_at = shifts.of_day(agent, day, policy=policy)
    owners = portfolio.covered(session, agent.id, on=day)
    worklist = Worklist(
        agent_id=agent.id,
        day=day,
        made_at=at,
        book_at=ledger.book_at(session),
        starts_at=starts_at,
        ends_at=ends_at,
        covers=as_covers(owners),
    )
    session.add(worklist)
    session.flush()
    ranking = portfolio.ranking_of(session, owners, agent_id=agent.id, on=day, policy=policy)
    making.write(session, worklist, ranking, policy=policy)
    audit.note(session, _made(worklist, ranking, at))
    return worklist


def as_covers(owners: Collection[int]) -> str:
    """Return whose payers a list holds, as it is kept with the list."""
    return ",".join(str(owner) for owner in sorted(owners))


def post_day(
    session: Session, agent: Member, *, day: date, at: datetime, policy: Policy
) -> Worklist:
    """Make an agent's list and show it in their chat, at the latest by their shift's end."""
    worklist = open_day(session, agent, day=day, at=at, policy=policy)
    showing = Showing(WORKLIST_CARD, worklist.id, place_of(agent.id))
    postings.show(session, showing, at=at, until=worklist.ends_at)
    return worklist


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
    session.execute(_AFTER_CALL, line)
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
    entry = session.get_one(WorklistEntry, entry_id, with_for_update=True)
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
    standing = update(WindowStanding).where(
        WindowStanding.payer_id == payer_id, WindowStanding.starts_at > at - SAME_SHIFT
    )
    session.execute(
        standing.values(reached_at=reached_at).execution_options(synchronize_session=False)
    )


def _made(worklist: Worklist, ranking: Ranking, at: datetime) -> audit.Note:
    return audit.Note(
        what="list made",
        about=f"worklist:{worklist.id}",
        at=at,
        after={
            "agent": worklist.agent_id,
            "day": worklist.day.isoformat(),
            "payers": len(ranking.entries),
            "window": len(ranking.window),
            "left_off": len(ranking.left_off),
        },
    )
