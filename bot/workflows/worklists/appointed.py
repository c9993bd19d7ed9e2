"""
Calls that are owed by the desk's own calendar (R23, R29).

They are for finals, for cases under notice, and for payment dates of decided disputes.

Whoever has to confirm a final invoice, or whose case still needs a call, stands on the list
whatever else it owes; who is asked when a past-due final will be paid, only while something of
its debt is left to ask about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.policy import Policy
from bot.store.base import UtcColumn
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.finals import queries as finals
from bot.workflows.finals import resting
from bot.workflows.finals.queries import DueContact
from bot.workflows.finals.records import FinalsContact, Stage
from bot.workflows.suspension import case_files
from bot.workflows.tasks.records import Task, TaskKind
from bot.workflows.worklists.scope import ON, Kind, Scope


class Appointed(NamedTuple):
    """Why a payer is to be called, in words with the rule's id."""

    words: str
    is_due: bool
    """Whatever it owes."""
    since: date
    """A conversation before that day does not put the call off."""


NOT_APPOINTED: Final = Appointed("", is_due=False, since=date.min)


def calls(session: Session, scope: Scope, *, on: date, policy: Policy) -> dict[int, Appointed]:
    """Return who is to be called on a day by the desk's own calendar, by payer."""
    due = rows(session, _contacts(scope.kind), {**scope.given, "on": on})
    by_payer: dict[int, list[DueContact]] = {}
    for contact in resting.asked(session, finals.as_due(due), on=on):
        by_payer.setdefault(contact.payer_id, []).append(contact)
    found = {payer_id: _finals(contacts, on) for payer_id, contacts in by_payer.items()}
    for payer_id, why in _decided(session, scope, on=on, policy=policy).items():
        found[payer_id] = _with(found.get(payer_id), f"{why}, R23", since=on)
    agents = scope.agents or None
    needed = case_files.calls_needed(session, on=on, policy=policy, agents=agents)
    for payer_id, why in needed.items():
        found[payer_id] = _with(found.get(payer_id), f"{why}, R70", since=date.min)
    return found


def _finals(contacts: Sequence[DueContact], on: date) -> Appointed:
    return Appointed(
        "; ".join(_words(contact, on) for contact in contacts),
        is_due=any(contact.kind is Stage.CONFIRMATION for contact in contacts),
        since=max(contact.due_on for contact in contacts),
    )


def _words(contact: DueContact, on: date) -> str:
    noun = "Final invoice" if len(contact.numbers) == 1 else "Final invoices"
    named = f"{noun} {wording.listed(contact.numbers, most=3)}"
    if contact.kind is Stage.CONFIRMATION:
        return f"{named}: receipt to be confirmed, R40"
    days = wording.counted((on - contact.oldest_due).days, "day")
    return f"{named}, {days} past due: ask when it will be paid, R46"


def _with(other: Appointed | None, words: str, *, since: date) -> Appointed:
    if other is None:
        return Appointed(words, is_due=True, since=since)
    both = max(since, other.since)
    return Appointed(f"{words}; {other.words}", is_due=True, since=both)


def _decided(session: Session, scope: Scope, *, on: date, policy: Policy) -> dict[int, str]:
    """Return whom to ask when a decided dispute is paid, as it stood at the end of a day."""
    end = datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)
    waiting = rows(session, _payment_dates(scope.kind), {**scope.given, "end": end})
    return {row.payer_id: row.title for row in waiting}


@cache
def _payment_dates(whose: Kind) -> Prepared:
    end = bindparam("end", type_=UtcColumn())
    return Prepared(
        select(Task.payer_id, Task.title)
        .where(
            Task.kind == TaskKind.PAYMENT_DATE,
            Task.opened_at < end,
            or_(Task.ended_at.is_(None), Task.ended_at >= end),
            whose.has(table_of(Task).c.payer_id),
        )
        .order_by(Task.id)
    )


@cache
def _contacts(whose: Kind) -> Prepared:
    return Prepared(finals.due(ON).where(whose.has(FinalsContact.payer_id)))
