"""Lists grow when a colleague falls out after they were made: whoever covers sees it (R163)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.rows import locked
from bot.workflows.worklists import making, overruling, portfolio, queries
from bot.workflows.worklists.operations import WORKLIST_CARD, as_covers
from bot.workflows.worklists.queries import Working
from bot.workflows.worklists.records import LeftOff, Worklist, WorklistEntry
from bot.workflows.worklists.rules import Ranking


def outdated(session: Session, *, at: datetime) -> list[int]:
    """Return the lists of shifts that are on and whose agent covers somebody more by now."""
    working = queries.working(session, at=at)
    return [worklist.id for worklist in working if _new_owners(session, worklist)]


def bring_in(session: Session, worklist_id: int, *, at: datetime, policy: Policy) -> int:
    """
    Add to a list the payers of whoever its agent covers by now; return how many lines.

    Each stands behind the others of its tier. What is on the list already stays as it is.
    """
    worklist = locked(session, Worklist, worklist_id)
    owners = _new_owners(session, worklist)
    if not owners:
        return 0
    ranking = portfolio.ranking_of(
        session, owners, agent_id=worklist.agent_id, on=worklist.day, policy=policy
    )
    added = _without(ranking, _known(session, worklist))
    making.write(session, worklist, added, policy=policy, after=_last(session, worklist))
    worklist.covers = as_covers({*_owners(worklist), *owners})
    worklist.version += 1
    overruling.renumber(session, worklist)
    audit.note(session, _note(worklist, added, at))
    postings.refresh(session, WORKLIST_CARD, about=worklist.id, at=at)
    return len(added.entries)


def _owners(worklist: Worklist | Working) -> set[int]:
    return {int(owner) for owner in worklist.covers.split(",") if owner}


def _new_owners(session: Session, worklist: Worklist | Working) -> frozenset[int]:
    return portfolio.covered(session, worklist.agent_id, on=worklist.day) - _owners(worklist)


def _known(session: Session, worklist: Worklist) -> set[int]:
    held = select(WorklistEntry.payer_id).filter_by(worklist_id=worklist.id)
    off = select(LeftOff.payer_id).filter_by(worklist_id=worklist.id)
    return {*session.scalars(held), *session.scalars(off)}


def _last(session: Session, worklist: Worklist) -> int:
    positions = select(WorklistEntry.position).filter_by(worklist_id=worklist.id)
    last = positions.order_by(WorklistEntry.position.desc()).limit(1)
    return session.scalars(last).first() or 0


def _without(ranking: Ranking, known: set[int]) -> Ranking:
    return Ranking(
        entries=tuple(e for e in ranking.entries if e.payer.id not in known),
        window=tuple(e for e in ranking.window if e.payer.id not in known),
        left_off=tuple(off for off in ranking.left_off if off.payer.id not in known),
        standings=tuple(s for s in ranking.standings if s.payer.id not in known),
    )


def _note(worklist: Worklist, added: Ranking, at: datetime) -> audit.Note:
    after = {"covers": worklist.covers, "payers": len(added.entries)}
    about = f"worklist:{worklist.id}"
    return audit.Note(what="list grown by cover", about=about, at=at, after=after)
