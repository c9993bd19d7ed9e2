"""The sample company's week before its Monday: calls, jobs, notes, the meeting's digest."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.chat.card import Card
from bot.chat.messenger import Sent
from bot.courier import Courier
from bot.demo import history, sayings
from bot.demo.billing import LAST_FRIDAY
from bot.demo.history import Event
from bot.policy import Policy
from bot.store.database import Database
from bot.store.postings import Place
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.suspension import operations as suspension
from bot.workflows.suspension.operations import Words
from bot.workflows.suspension.records import SuspensionCase
from dialogs import DIALOGS
from scheduler.job import Tick
from scheduler.timetable import TIMETABLE

_JOBS: Final = frozenset(
    {"promises", "suspension-cases", "suspension-notes", "suspension-digest"}
)
_EVENING_JOBS: Final = frozenset({"daily-line", "weekly-report"})
_NOTES_ON: Final = LAST_FRIDAY - timedelta(days=3)
_NOTED: Final = 0.7
"""Which part of the cases got a note before last week's meeting."""


def live(database: Database, *, seed: int, policy: Policy) -> None:
    """Let the week happen, day by day, and everything that it owed be delivered."""
    made = history.events(seed, policy)
    monday = LAST_FRIDAY - timedelta(days=4)
    _call(database, [event for event in made if event.at.date() < monday], policy)
    for day in (monday + timedelta(days=n) for n in range(5)):
        _look_at_jobs(database, _JOBS, _at(day, time(8, 1), policy), policy)
        _deliver(database, _at(day, time(8, 2), policy), policy)
        if day == _NOTES_ON:
            with database.transaction() as session:
                _write_notes(session, seed=seed, policy=policy)
        _call(database, [event for event in made if event.at.date() == day], policy)
        _look_at_jobs(database, _EVENING_JOBS, _at(day, time(17, 59), policy), policy)
        _deliver(database, _at(day, time(18), policy), policy)


def _call(database: Database, events: list[Event], policy: Policy) -> None:
    with database.transaction() as session:
        for event in events:
            history.relive(session, event, policy=policy)


def _look_at_jobs(
    database: Database, names: Collection[str], at: datetime, policy: Policy
) -> None:
    tick = Tick(at=at, database=database, policy=policy)
    for job in TIMETABLE:
        if job.name in names:
            job.run(tick)


def _write_notes(session: Session, *, seed: int, policy: Policy) -> None:
    cases = select(SuspensionCase, Customer).join(
        Customer, Customer.id == SuspensionCase.payer_id
    )
    for case, payer in session.execute(cases.order_by(SuspensionCase.id)):
        rng = Random(f"{seed}/note/{payer.number}")
        if payer.agent_id is None or rng.random() > _NOTED:
            continue
        words = Words(
            text=rng.choice(sayings.NOTES),
            by=people.get(session, payer.agent_id),
            at=_at(_NOTES_ON, time(rng.randint(10, 15), rng.randint(0, 59)), policy),
        )
        suspension.write_note(session, case, words, today=_NOTES_ON)


def _deliver(database: Database, at: datetime, policy: Policy) -> None:
    seconds = count()
    courier = Courier(
        database=database,
        dialogs=DIALOGS,
        messenger=_LongAgo(),
        policy=policy,
        clock=lambda: at + timedelta(seconds=next(seconds)),
    )
    asyncio.run(courier.deliver_due())


class _LongAgo:
    """Takes every card: what was owed last week was delivered then."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)

    async def post(self, place: Place, card: Card) -> Sent:
        """Take a card."""
        return Sent(f"last-week:{place}", str(next(self._numbers)))

    async def replace(self, place: Place, sent: Sent, card: Card) -> None:
        """Take a card that is drawn again."""


def _at(day: date, moment: time, policy: Policy) -> datetime:
    return datetime.combine(day, moment, policy.zone).astimezone(UTC)
