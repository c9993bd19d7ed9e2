"""What is to be handed over of an agent's shift, and to whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.follow_ups import queries as follow_ups
from bot.workflows.handovers.records import Handover, HandoverReader
from bot.workflows.people import queries as people
from bot.workflows.promises import queries as promises
from bot.workflows.promises.queries import Falling
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import UNDER_NOTICE, CaseState
from bot.workflows.worklists import conversations, portfolio
from bot.workflows.worklists.records import EntryState, Worklist, WorklistEntry
from bot.workflows.worklists.scope import AnySelect, Scope

_CUSTOMERS: Final = table_of(Customer)
_CASES: Final = table_of(SuspensionCase).c
_ENTRIES: Final = table_of(WorklistEntry).c
_LISTS: Final = table_of(Worklist)
_HANDOVERS: Final = table_of(Handover)
_OF_DAY: Final = Prepared(
    select(_HANDOVERS).where(
        _HANDOVERS.c.agent_id == bindparam("agent"), _HANDOVERS.c.day == bindparam("day")
    )
)
_TOGETHER: Final = Prepared(
    select(_HANDOVERS)
    .join(HandoverReader, HandoverReader.handover_id == _HANDOVERS.c.id)
    .where(
        HandoverReader.person_id == bindparam("person"),
        HandoverReader.from_at == bindparam("at"),
        _HANDOVERS.c.made_at == bindparam("at"),
    )
    .order_by(_HANDOVERS.c.id)
)


@dataclass(frozen=True, slots=True)
class Owed:
    """A call that a payer waits for, and why, in words."""

    owner_id: int
    payer_id: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Untouched:
    """A line of the list that nobody called."""

    agent_id: int
    payer_id: int
    name: str
    currency: str
    past_due: int
    """Minor units."""


@dataclass(frozen=True, slots=True)
class Case:
    """A suspension case in its two weeks, or ready."""

    owner_id: int
    payer_id: int
    name: str
    number: int
    state: CaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """Everything that whoever comes next should know of."""

    next_day: date
    call_backs: tuple[Owed, ...]
    promises: tuple[Falling, ...]
    untouched: tuple[Untouched, ...]
    cases: tuple[Case, ...]
    drafts: int
    """Follow-up e-mails that nobody has sent or dropped."""

    @property
    def is_empty(self) -> bool:
        """Test if there is nothing to hand over."""
        lists = (self.call_backs, self.promises, self.untouched, self.cases)
        return not (any(lists) or self.drafts)


def get(session: Session, handover_id: int) -> Handover:
    """Return a handover by the desk's own id."""
    return record(session, Handover, handover_id)


def of_day(session: Session, agent_id: int, day: date) -> Handover | None:
    """Return the handover of an agent's business day, if it was made."""
    return first_record(session, Handover, _OF_DAY, {"agent": agent_id, "day": day})


def together(session: Session, made: Handover, person_id: int) -> list[Handover]:
    """Return what was handed over to a person at the same moment, the first one first."""
    given = {"person": person_id, "at": made.made_at}
    return records(session, Handover, _TOGETHER, given) or [made]


def latest_for(
    session: Session, person_id: int, *, since: date, at: datetime
) -> Handover | None:
    """Return what was last handed over to a person, of a shift since a day, if anything."""
    theirs = (
        select(Handover)
        .join(HandoverReader, HandoverReader.handover_id == Handover.id)
        .where(
            HandoverReader.person_id == person_id,
            HandoverReader.from_at <= at,
            Handover.day >= since,
        )
    )
    return session.scalars(theirs.order_by(Handover.id.desc()).limit(1)).first()


def is_for(session: Session, made: Handover, person_id: int) -> bool:
    """Test if a handover is a person's to read: their own shift's, or handed over to them."""
    theirs = select(HandoverReader.id).filter_by(handover_id=made.id, person_id=person_id)
    return made.agent_id == person_id or session.scalar(theirs) is not None


def is_anything(session: Session, agent_id: int, day: date, *, policy: Policy) -> bool:
    """Test if an agent hands over anything; most days there is a line that nobody called."""
    given = {"agents": [agent_id], "day": day}
    if rows(session, _any_untouched(), given).first():
        return True
    if follow_ups.drafts_of_each(session, [agent_id], day):
        return True
    next_day = policy.calendar.plus(day, 1)
    owners = portfolio.covered(session, agent_id, on=day)
    return bool(
        _cases(session, owners)
        or promises.falling_due(session, owners, first=day, last=next_day)
        or _call_backs(session, owners, on=next_day, policy=policy)
    )


def handing(session: Session, agent_id: int, day: date, *, policy: Policy) -> Handing:
    """Return what an agent hands over of a business day, as things are now."""
    return _handing(session, [agent_id], day, policy)[agent_id]


def handing_of_each(
    session: Session, made: Sequence[Handover], *, policy: Policy
) -> dict[int, Handing]:
    """Return what is handed over by some handovers as things are now, by their ids."""
    found: dict[int, Handing] = {}
    for day in {one.day for one in made}:
        agents = {one.agent_id: one.id for one in made if one.day == day}
        handed = _handing(session, list(agents), day, policy)
        found |= {agents[agent_id]: what for agent_id, what in handed.items()}
    return found


def _handing(
    session: Session, agent_ids: Collection[int], day: date, policy: Policy
) -> dict[int, Handing]:
    """Return what some agents hand over of a business day, read once for all of them."""
    next_day = policy.calendar.plus(day, 1)
    owners = {one: portfolio.covered(session, one, on=day) for one in agent_ids}
    everybody = frozenset[int]().union(*owners.values())
    call_backs = _call_backs(session, everybody, on=next_day, policy=policy)
    promised = promises.falling_due(session, everybody, first=day, last=next_day)
    untouched = _untouched(session, agent_ids, day)
    cases = _cases(session, everybody)
    drafts = follow_ups.drafts_of_each(session, agent_ids, day)
    return {
        agent_id: Handing(
            next_day=next_day,
            call_backs=tuple(one for one in call_backs if one.owner_id in mine),
            promises=tuple(one for one in promised if one.owner_id in mine),
            untouched=tuple(one for one in untouched if one.agent_id == agent_id),
            cases=tuple(one for one in cases if one.owner_id in mine),
            drafts=drafts.get(agent_id, 0),
        )
        for agent_id, mine in owners.items()
    }


def next_callers(session: Session, agent_id: int, day: date, *, policy: Policy) -> set[int]:
    """Return who calls an agent's payers on the next business day; empty where nobody does."""
    away = people.absent_on(session, policy.calendar.plus(day, 1))
    owners = portfolio.covered(session, agent_id, on=day)
    callers = {_caller(owner, away) for owner in owners}
    return {caller for caller in callers if caller is not None}


def _caller(owner: int, away: dict[int, int | None]) -> int | None:
    seen = set[int]()
    caller: int | None = owner
    while caller is not None and caller in away:
        if caller in seen:
            return None
        seen.add(caller)
        caller = away[caller]
    return caller


def _call_backs(
    session: Session, owners: Collection[int], *, on: date, policy: Policy
) -> tuple[Owed, ...]:
    owed = conversations.owed(session, Scope(agents=owners), on=on, policy=policy)
    named = rows(session, _named(), {"payers": list(owed)}) if owed else ()
    return tuple(Owed(row.agent_id, row.id, row.name, owed[row.id]) for row in named)


@cache
def _named() -> Prepared:
    payers = _CUSTOMERS.c
    named = select(payers.agent_id, payers.id, payers.name).order_by(payers.name)
    return Prepared(named.where(payers.id.in_(bindparam("payers", expanding=True))))


def _untouched(
    session: Session, agent_ids: Collection[int], day: date
) -> tuple[Untouched, ...]:
    lines = rows(session, _untouched_lines(), {"agents": list(agent_ids), "day": day})
    return tuple(Untouched(*row) for row in lines)


@cache
def _any_untouched() -> Prepared:
    return Prepared(_of_lists(select(_ENTRIES.id)).limit(1))


@cache
def _untouched_lines() -> Prepared:
    payers = _CUSTOMERS.c
    columns = (payers.id, payers.name, _ENTRIES.currency, _ENTRIES.past_due)
    lines = select(_LISTS.c.agent_id, *columns).join(_CUSTOMERS, payers.id == _ENTRIES.payer_id)
    return Prepared(_of_lists(lines).order_by(_ENTRIES.turn, _ENTRIES.position))


def _of_lists(lines: AnySelect) -> AnySelect:
    """Return those lines of some agents' lists of a day that nobody called."""
    return lines.join(_LISTS, _LISTS.c.id == _ENTRIES.worklist_id).where(
        _LISTS.c.agent_id.in_(bindparam("agents", expanding=True)),
        _LISTS.c.day == bindparam("day"),
        _ENTRIES.state == EntryState.OPEN,
        _ENTRIES.attempts == 0,
    )


def _cases(session: Session, owners: Collection[int]) -> tuple[Case, ...]:
    running = rows(session, _running_cases(), {"owners": list(owners)})
    return tuple(Case(*row) for row in running)


@cache
def _running_cases() -> Prepared:
    payers = _CUSTOMERS.c
    return Prepared(
        select(payers.agent_id, payers.id, payers.name, _CASES.number, _CASES.state)
        .join(table_of(SuspensionCase), _CASES.payer_id == payers.id)
        .where(
            _CASES.closed_on.is_(None),
            _CASES.state.in_((*UNDER_NOTICE, CaseState.READY)),
            payers.agent_id.in_(bindparam("owners", expanding=True)),
        )
        .order_by(_CASES.number)
    )
