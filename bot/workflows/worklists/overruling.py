"""Leads overrule the lists of a day: pin, postpone, reorder tiers, and take it back (R86)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.rows import locked
from bot.workflows.people.rules import LEADS, Member, check_role
from bot.workflows.worklists import overrides, pinning, queries
from bot.workflows.worklists.operations import WORKLIST_CARD
from bot.workflows.worklists.overrides import Overrides
from bot.workflows.worklists.payers import AS_RANKED
from bot.workflows.worklists.records import (
    EntryState,
    Override,
    OverrideKind,
    Worklist,
    WorklistEntry,
)

LONGEST: Final = timedelta(days=31)
"""A postponement ends within this: whoever is to be left alone for longer needs a hold."""


class BadOverride(Refused):
    """A list cannot be overruled like that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a lead wants changed, for which days, and why."""

    kind: OverrideKind
    first_day: date
    last_day: date
    reason: str
    payer_id: int | None = None
    tiers: tuple[int, ...] = ()
    agent_id: int | None = None
    nonce: str | None = None


def overrule(
    session: Session, wish: Wish, *, by: Member, at: datetime, policy: Policy
) -> Override:
    """
    Change the lists of a day: those that are made, and those still to be made (R86).

    The same form sent twice overrules once.

    :raises NotForYou: if the person is no lead.
    :raises BadOverride: if days, tiers or reason make no sense.
    :raises NotOnTheList: if a pin would change nothing.
    """
    check_role(by, LEADS, what="Overruling a list")
    if wish.nonce and (earlier := _by_nonce(session, wish.nonce)):
        return earlier
    check(wish, today=policy.company_date(at))
    if wish.kind is OverrideKind.PIN and wish.payer_id:
        pinning.check_on_a_list(session, wish.payer_id, on=wish.first_day)
    override = _override(wish, by, at)
    session.add(override)
    session.flush()
    audit.note(session, _note(override, "list overruled", by=by, at=at, why=wish.reason))
    _apply(session, override, at=at)
    return override


def lift(session: Session, override_id: int, *, by: Member, at: datetime) -> Override:
    """
    Take an override back: lists still to be made are as ranked, and so are those of the day.

    :raises NotForYou: if the person is no lead.
    """
    check_role(by, LEADS, what="Overruling a list")
    override = locked(session, Override, override_id)
    if override.lifted_at is None:
        override.lifted_at = at
        audit.note(session, _note(override, "override lifted", by=by, at=at, why=""))
        _apply(session, override, at=at)
    return override


def check(wish: Wish, *, today: date) -> None:
    """
    Check that what a lead wants makes sense.

    :raises BadOverride: saying what does not.
    """
    if not wish.reason.strip():
        raise BadOverride("Please say why: the agents see the reason on their lists.")
    if wish.last_day < max(today, wish.first_day):
        raise BadOverride("That day is over. Choose today or a later day.")
    if wish.last_day - wish.first_day > LONGEST:
        raise BadOverride(f"At most {LONGEST.days} days; for longer, place a hold.")
    if wish.kind is OverrideKind.TIERS and sorted(wish.tiers) != list(AS_RANKED.tiers):
        raise BadOverride("Name every tier from 0 to 6 once, such as 0 3 1 2 4 5 6.")


def take_turns(session: Session, worklist: Worklist) -> None:
    """Put the lines of a list that is made into today's order, with leads' words (R86)."""
    said = overrides.of_day(session, on=worklist.day)
    today = overrides.of_agent(said, worklist.agent_id)
    lines = queries.entries(session, worklist.id)
    for line in lines:
        _overrule(line, today)
    at = {tier: place for place, tier in enumerate(today.order.tiers)}
    lines.sort(key=lambda line: (not line.is_pinned, at[line.tier], line.position))
    for turn, line in enumerate(lines, start=1):
        if line.turn != turn:
            line.turn = turn


def renumber(session: Session, worklist: Worklist) -> None:
    """Put a list that has grown into today's order, and number its lines by it."""
    take_turns(session, worklist)
    for line in queries.entries(session, worklist.id):
        if line.position != line.turn:
            line.position = line.turn


def _apply(session: Session, override: Override, *, at: datetime) -> None:
    session.flush()
    for worklist in _lists(session, override):
        take_turns(session, worklist)
        worklist.version += 1
        postings.refresh(session, WORKLIST_CARD, about=worklist.id, at=at)


def _lists(session: Session, override: Override) -> list[Worklist]:
    made = select(Worklist).where(
        Worklist.day >= override.first_day, Worklist.day <= override.last_day
    )
    if override.agent_id:
        made = made.where(Worklist.agent_id == override.agent_id)
    if override.payer_id:
        holding = select(WorklistEntry.worklist_id).filter_by(payer_id=override.payer_id)
        made = made.where(Worklist.id.in_(holding))
    return list(session.scalars(made.order_by(Worklist.id)))


def _overrule(line: WorklistEntry, today: Overrides) -> None:
    pinned = today.pinned.get(line.payer_id, "")
    postponed = today.postponed.get(line.payer_id, "")
    why = " ".join(part for part in (postponed, pinned, today.order.why) if part)
    if why == line.overruled:
        return
    bare = line.reason.removeprefix(line.overruled).strip()
    line.reason, line.overruled = f"{why} {bare}".strip(), why
    line.is_pinned = bool(pinned)
    line.version += 1
    if postponed and line.state is EntryState.OPEN:
        line.state = EntryState.POSTPONED
    elif not postponed and line.state is EntryState.POSTPONED:
        line.state = EntryState.OPEN


def _by_nonce(session: Session, nonce: str) -> Override | None:
    return session.scalar(select(Override).filter_by(nonce=nonce))


def _override(wish: Wish, by: Member, at: datetime) -> Override:
    return Override(
        kind=wish.kind,
        payer_id=wish.payer_id,
        tiers=",".join(str(tier) for tier in wish.tiers),
        agent_id=wish.agent_id,
        first_day=wish.first_day,
        last_day=wish.last_day,
        reason=wish.reason.strip(),
        set_by=by.id,
        set_at=at,
        nonce=wish.nonce,
    )


def _note(override: Override, what: str, *, by: Member, at: datetime, why: str) -> audit.Note:
    terms: dict[str, Any] = {
        "kind": override.kind.value,
        "payer": override.payer_id,
        "tiers": override.tiers,
        "agent": override.agent_id,
        "from": override.first_day.isoformat(),
        "until": override.last_day.isoformat(),
    }
    is_new = override.lifted_at is None
    return audit.Note(
        what=what,
        about=f"override:{override.id}",
        at=at,
        by=by.id,
        before=None if is_new else terms,
        after=terms if is_new else None,
        why=why,
    )
