"""A voicemail that comes in during a shift is returned first, the same business day (R29)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import postings
from bot.workflows.calls import inbound
from bot.workflows.calls.records import Call
from bot.workflows.people import queries as people
from bot.workflows.worklists import accounts, making, queries, shifts
from bot.workflows.worklists.accounts import Account
from bot.workflows.worklists.operations import SAME_SHIFT, WORKLIST_CARD
from bot.workflows.worklists.payers import OWED, RULES, Payer
from bot.workflows.worklists.records import AnyList, EntryState, LeftOff, WorklistEntry

WHY: Final = "Voicemail of today to return (R29)."
FIRST: Final = 0
"""The turn before all others."""


def bring_up(session: Session, call: Call, *, policy: Policy) -> None:
    """
    Let a payer that left a voicemail be called next, whatever was tried before.

    It moves up where it stands on a list, and joins the list of whoever calls it where it
    does not; one whom a hold keeps from being called stays where it is.
    """
    session.flush()
    account = accounts.account(session, call.payer_id, on=call.day, policy=policy)
    if account.holds:
        return
    lines = _lines(session, call)
    for line in lines:
        _put_first(line)
    changed = {line.worklist_id for line in lines} or _add(session, account, call, policy)
    _redraw(session, changed, call.at)


def let_go(session: Session, call: Call, *, at: datetime) -> None:
    """Put a payer back where it stood, since the voicemail was taken back."""
    for line in _lines(session, call):
        if line.reason == WHY:
            session.delete(line)
            continue
        line.reason = line.reason.replace(WHY, "", 1).replace("  ", " ").strip()
        if line.tier_before is not None:
            line.tier, line.rule = line.tier_before, RULES[line.tier_before]
        line.turn, line.tier_before, line.version = line.position, None, line.version + 1
        _redraw(session, {line.worklist_id}, at)
    session.flush()


def _put_first(line: WorklistEntry) -> None:
    if WHY not in line.reason:
        bare = line.reason.removeprefix(line.overruled).strip()
        line.reason = f"{line.overruled} {WHY} {bare}".strip()
    if line.tier != OWED:
        line.tier_before, line.tier, line.rule = line.tier, OWED, RULES[OWED]
    line.turn, line.state = FIRST, EntryState.OPEN
    line.back_at, line.ready_at = None, line.opens_at
    line.version += 1


def _lines(session: Session, call: Call) -> list[WorklistEntry]:
    mine = select(WorklistEntry).where(
        WorklistEntry.payer_id == call.payer_id, WorklistEntry.starts_at > call.at - SAME_SHIFT
    )
    return list(session.scalars(mine.execution_options(populate_existing=True)))


def _add(session: Session, account: Account, call: Call, policy: Policy) -> set[int]:
    payer = account.payer
    owner = inbound.caller_of(session, payer, today=call.day)
    agent = people.get(session, owner) if owner else None
    worklist = shifts.current(session, agent, at=call.at, policy=policy) if agent else None
    if worklist is None:
        return set()
    session.add(_line(session, worklist, account, policy))
    off = select(LeftOff).filter_by(worklist_id=worklist.id, payer_id=payer.id)
    for reason in session.scalars(off):
        session.delete(reason)
    session.flush()
    return {worklist.id}


def _line(
    session: Session, worklist: AnyList, account: Account, policy: Policy
) -> WorklistEntry:
    payer = account.payer
    currency = next(iter(account.currencies), policy.base_currency)
    last = select(func.max(WorklistEntry.position)).filter_by(worklist_id=worklist.id)
    whose = Payer(
        payer.id, payer.number, payer.name, (), time_zone=payer.time_zone, state=payer.state
    )
    hours = making.calling_hours(whose, worklist, policy)
    return WorklistEntry(
        worklist_id=worklist.id,
        payer_id=payer.id,
        position=(session.scalar(last) or 0) + 1,
        turn=FIRST,
        tier=OWED,
        rule=RULES[OWED],
        reason=WHY,
        currency=currency,
        past_due=account.past_due(currency).minor,
        ranked=sum(owed.amount.minor for owed in account.promisable(currency)),
        oldest_days=max((site.oldest_days for site in account.sites), default=0),
        attempts=len(account.attempts),
        starts_at=worklist.starts_at,
        opens_at=hours.opens_at,
        closes_at=hours.closes_at,
        ready_at=hours.opens_at,
    )


def _redraw(session: Session, worklist_ids: set[int], at: datetime) -> None:
    for worklist_id in worklist_ids:
        queries.get(session, worklist_id).version += 1
        postings.refresh(session, WORKLIST_CARD, about=worklist_id, at=at)
