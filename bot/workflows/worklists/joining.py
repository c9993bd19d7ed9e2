"""Lists grow when calls about final invoices fall due after they were made (R29, R40)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.prepared import Prepared
from bot.store.rows import locked, rows
from bot.workflows.customers.records import Customer
from bot.workflows.finals.records import ContactState, FinalsContact
from bot.workflows.worklists import making, overruling, portfolio, queries
from bot.workflows.worklists.operations import WORKLIST_CARD
from bot.workflows.worklists.payers import OWED
from bot.workflows.worklists.queries import Working
from bot.workflows.worklists.records import EntryState, LeftOff, Worklist, WorklistEntry
from bot.workflows.worklists.rules import Entry, Ranking


class Fresh(NamedTuple):
    """A call about final invoices that fell due lately, and whose payer it is about."""

    contact_id: int
    opened_at: datetime
    agent_id: int | None


def outdated(session: Session, *, at: datetime) -> list[int]:
    """Return the lists of shifts that are on and lack calls which fell due since."""
    lists = queries.working(session, at=at)
    if not lists:
        return []
    fresh = _fresh(session, since=min(worklist.made_at for worklist in lists))
    return [worklist.id for worklist in lists if _lacking(worklist, fresh)]


def bring_in(session: Session, worklist_id: int, *, at: datetime, policy: Policy) -> int:
    """
    Put the calls that fell due since onto a list, before the other tiers; return how many.

    Who is on the list already moves up; who was reached or tried out today stays as it is.
    """
    worklist = locked(session, Worklist, worklist_id)
    lacking = _lacking(worklist, _fresh(session, since=worklist.made_at))
    if not lacking:
        return 0
    worklist.joined_to = max(lacking)
    owed = _owed(session, worklist, policy)
    lines = {line.payer_id: line for line in _lines(session, worklist, owed)}
    moved = sum(_move_up(line, owed[payer_id]) for payer_id, line in lines.items())
    added = [entry for payer_id, entry in owed.items() if payer_id not in lines]
    _add(session, worklist, added, policy)
    audit.note(session, _note(worklist, moved, len(added), at))
    if moved or added:
        worklist.version += 1
        overruling.renumber(session, worklist)
        postings.refresh(session, WORKLIST_CARD, about=worklist.id, at=at)
    return moved + len(added)


def _fresh(session: Session, *, since: datetime) -> list[Fresh]:
    return [Fresh._make(row) for row in rows(session, _due(), {"since": since})]


@cache
def _due() -> Prepared:
    return Prepared(
        select(FinalsContact.id, FinalsContact.opened_at, Customer.agent_id)
        .join(Customer, Customer.id == FinalsContact.payer_id)
        .where(
            FinalsContact.state == ContactState.DUE,
            FinalsContact.opened_at >= bindparam("since"),
        )
    )


def _lacking(worklist: Worklist | Working, fresh: Sequence[Fresh]) -> list[int]:
    owners = _owners(worklist)
    return [
        contact.contact_id
        for contact in fresh
        if contact.agent_id in owners
        and contact.opened_at >= worklist.made_at
        and contact.contact_id > worklist.joined_to
    ]


def _owners(worklist: Worklist | Working) -> set[int]:
    return {int(owner) for owner in worklist.covers.split(",") if owner}


def _owed(session: Session, worklist: Worklist, policy: Policy) -> dict[int, Entry]:
    ranking = portfolio.ranking_of(
        session,
        _owners(worklist),
        agent_id=worklist.agent_id,
        on=worklist.day,
        policy=policy,
    )
    return {entry.payer.id: entry for entry in ranking.entries if entry.tier == OWED}


def _lines(
    session: Session, worklist: Worklist, payer_ids: Collection[int]
) -> list[WorklistEntry]:
    mine = select(WorklistEntry).where(
        WorklistEntry.worklist_id == worklist.id, WorklistEntry.payer_id.in_(payer_ids)
    )
    return list(session.scalars(mine))


def _move_up(line: WorklistEntry, entry: Entry) -> bool:
    if line.state is not EntryState.OPEN or line.reason == entry.reason:
        return False
    line.tier, line.rule, line.reason = entry.tier, entry.rule, entry.reason
    line.overruled, line.version = entry.overruled, line.version + 1
    return True


def _add(
    session: Session, worklist: Worklist, entries: Sequence[Entry], policy: Policy
) -> None:
    if not entries:
        return
    payers = [entry.payer.id for entry in entries]
    session.execute(
        delete(LeftOff).where(LeftOff.worklist_id == worklist.id, LeftOff.payer_id.in_(payers))
    )
    last = select(func.max(WorklistEntry.position)).filter_by(worklist_id=worklist.id)
    added = Ranking(entries=tuple(entries), window=(), left_off=(), standings=())
    making.write(session, worklist, added, policy=policy, after=session.scalar(last) or 0)


def _note(worklist: Worklist, moved: int, added: int, at: datetime) -> audit.Note:
    after = {"moved_up": moved, "added": added, "joined_to": worklist.joined_to}
    about = f"worklist:{worklist.id}"
    return audit.Note(what="list grown by final invoices", about=about, at=at, after=after)
