"""Making an agent's list of a day, and posting it: once, by what the desk knows then (R163)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import change, table_of
from bot.workflows.ledger import queries as ledger
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from bot.workflows.worklists import making, portfolio, posted, queries, shifts
from bot.workflows.worklists.portfolio import Draft
from bot.workflows.worklists.records import DayList, Worklist
from bot.workflows.worklists.rules import Ranking

WORKLIST_CARD: Final = CardName("worklists.day")
"""An agent's list of a day; about is the list."""
_MAKE: Final = PreparedChange(insert(table_of(Worklist)))


def open_day(
    session: Session, agent: Member, *, day: date, at: datetime, policy: Policy
) -> DayList:
    """
    Make an agent's list of a business day, with every line of it; once, then return it (R163).

    It does not post it: `post_day` does.
    """
    if made := queries.list_of(session, agent.id, day):
        return made
    draft = portfolio.draft(session, agent.id, on=day, policy=policy)
    return _open(session, agent, draft, at=at, policy=policy)


def open_drafted(
    session: Session, agent: Member, draft: Draft, *, at: datetime, policy: Policy
) -> DayList:
    """
    Make a list as it was drafted, or afresh if anything has changed since; once (R163).

    It does not post it: `post_drafted` does.
    """
    if made := queries.list_of(session, agent.id, draft.day):
        return made
    if not portfolio.still_holds(session, draft):
        draft = portfolio.draft(session, agent.id, on=draft.day, policy=policy)
    return _open(session, agent, draft, at=at, policy=policy)


def as_covers(owners: Collection[int]) -> str:
    """Return whose payers a list holds, as it is kept with the list."""
    return ",".join(str(owner) for owner in sorted(owners))


def post_day(
    session: Session, agent: Member, *, day: date, at: datetime, policy: Policy
) -> DayList:
    """Make an agent's list and show it in their chat, at the latest by their shift's end."""
    worklist = open_day(session, agent, day=day, at=at, policy=policy)
    _show(session, worklist, at)
    return worklist


def post_drafted(
    session: Session, agent: Member, draft: Draft, *, at: datetime, policy: Policy
) -> DayList:
    """Make a drafted list and show it in the agent's chat, at the latest by shift's end."""
    worklist = open_drafted(session, agent, draft, at=at, policy=policy)
    _show(session, worklist, at)
    return worklist


def _open(
    session: Session, agent: Member, draft: Draft, *, at: datetime, policy: Policy
) -> DayList:
    starts_at, ends_at = shifts.of_day(agent, draft.day, policy=policy)
    made: dict[str, Any] = {
        "agent_id": agent.id,
        "day": draft.day,
        "book_at": ledger.book_at(session),
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    more = {"made_at": at, "covers": as_covers(draft.owners), "joined_to": 0, "version": 1}
    worklist = DayList(id=change(session, _MAKE, {**made, **more}).new_id, **made)
    making.write(session, worklist, draft.ranking, policy=policy)
    posted.keep(session, worklist)
    audit.note(session, _made(worklist, draft.ranking, at))
    return worklist


def _show(session: Session, worklist: DayList, at: datetime) -> None:
    showing = Showing(WORKLIST_CARD, worklist.id, place_of(worklist.agent_id))
    postings.show(session, showing, at=at, until=worklist.ends_at)


def _made(worklist: DayList, ranking: Ranking, at: datetime) -> audit.Note:
    return audit.Note(
        what=portfolio.LIST_MADE,
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
