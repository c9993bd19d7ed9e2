"""The steps of a case as they were taken, and where it stood then (both times)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.customers import queries as customers
from bot.workflows.suspension.case_records import CaseEvent
from bot.workflows.suspension.records import DigestMove
from bot.workflows.suspension.rules import CaseState

_NAMED: Final = 5
"""Accounts that are named of those that took a step together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, in words."""

    at: datetime
    by: int | None
    words: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsPosted:
    """Where a case stood at the end of a day, by what the desk knew then."""

    on: date
    state: CaseState | None
    """None: it was not open yet."""
    why: str
    accounts: Mapping[int, CaseState]
    """Those of which something was decided by then."""


def steps(session: Session, case_id: int) -> list[Step]:
    """Return each step of a case and its accounts, the newest first."""
    taken = select(CaseEvent).filter_by(case_id=case_id)
    found = session.scalars(taken.order_by(CaseEvent.at.desc(), CaseEvent.id.desc())).all()
    known = {row.customer_id for row in found if row.customer_id is not None}
    named = customers.names_of(session, known)
    return [
        Step(
            at=row.at,
            by=row.by,
            words=_words(row, named),
            evidence=tuple(filter(None, row.evidence.split(","))),
        )
        for row in found
    ]


def as_posted(session: Session, case_id: int, *, on: date, policy: Policy) -> AsPosted:
    """Return where a case stood at the end of a day, from its steps as they were entered."""
    end = datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)
    taken = select(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.at < end)
    accounts: dict[int, CaseState] = {}
    state, why = None, ""
    for row in session.scalars(taken.order_by(CaseEvent.at, CaseEvent.id)):
        if row.customer_id is None:
            state, why = row.after, row.why
        else:
            accounts[row.customer_id] = row.after
    return AsPosted(on=on, state=state, why=why, accounts=accounts)


def unreported(session: Session, *, until: date | None = None) -> dict[int, list[CaseEvent]]:
    """Return the steps that no digest has reported yet, by case, the oldest first (I06)."""
    known = select(DigestMove.id).where(DigestMove.event_id == CaseEvent.id)
    fresh = select(CaseEvent).where(~known.exists()).order_by(CaseEvent.id)
    found = defaultdict[int, list[CaseEvent]](list)
    for event in session.scalars(fresh.where(CaseEvent.on <= until) if until else fresh):
        found[event.case_id].append(event)
    return found


def between(session: Session, *, after: date, until: date) -> dict[int, list[CaseEvent]]:
    """Return the steps of some days, by case, the oldest first."""
    taken = select(CaseEvent).where(CaseEvent.on > after, CaseEvent.on <= until)
    found = defaultdict[int, list[CaseEvent]](list)
    for event in session.scalars(taken.order_by(CaseEvent.id)):
        found[event.case_id].append(event)
    return found


def words_of(session: Session, events: Collection[CaseEvent], *, payer_id: int) -> list[str]:
    """
    Return steps in words, each with its day; what a case and its accounts did at once, once.

    :param payer_id: the case's payer, which needs no name where it is an account itself.
        Its sites are called as they are on the lines of the case's accounts.
    """
    known = {one.customer_id for one in events if one.customer_id is not None}
    named = customers.site_names(session, payer_id, known) if known else {}
    same = defaultdict[tuple[object, ...], list[CaseEvent]](list)
    for one in events:
        same[one.on, one.before, one.after, one.why].append(one)
    return [
        f"{wording.day(taken[0].on)}: {_together(taken, named, payer_id)}"
        for taken in same.values()
    ]


def counted(session: Session, *, on: date) -> dict[CaseState, int]:
    """Return how many cases stood open in each state at the end of a day, by their steps."""
    found = {row[0]: row[1] for row in rows(session, _counted(), {"on": on})}
    return {state: found[state] for state in CaseState if state in found}


@cache
def _counted() -> Prepared:
    events = table_of(CaseEvent).c
    last = (
        select(func.max(events.id))
        .where(events.customer_id.is_(None), events.on <= bindparam("on"))
        .group_by(events.case_id)
    )
    return Prepared(
        select(events.after, func.count())
        .where(events.id.in_(last), events.after != CaseState.CLOSED)
        .group_by(events.after)
    )


def _together(taken: Sequence[CaseEvent], named: Mapping[int, str], payer_id: int) -> str:
    """Return in words what a case, or some of its accounts, or both, did at once."""
    accounts = [one.customer_id for one in taken if one.customer_id is not None]
    is_the_case = len(accounts) < len(taken)
    if not is_the_case and len(accounts) == 1:
        return _words(taken[0], named)
    said = _words(taken[0], {})
    if is_the_case and set(accounts) <= {payer_id}:
        return said
    if is_the_case and set(named) - {payer_id} <= set(accounts):
        return f"{said} (all {len(accounts)} sites)"
    names = wording.listed([named[one] for one in accounts], most=_NAMED)
    return f"{said} ({names})"


def _words(row: CaseEvent, named: Mapping[int, str]) -> str:
    name = named.get(row.customer_id) if row.customer_id is not None else None
    whose = f"{name}: " if name else ""
    came = f" (was {row.before.words})" if row.before else ""
    why = f": {row.why}" if row.why else ""
    words = f"{whose}{row.after.words}{came}{why}"
    return words[0].upper() + words[1:]
