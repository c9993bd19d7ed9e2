"""What happened at the sample company's desk before its Monday: calls, promises, notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.demo import sayings
from bot.demo.billing import LAST_FRIDAY, MONDAY
from bot.demo.payers import Payer, payers
from bot.demo.stories import Story
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.calls import operations as calls
from bot.workflows.calls.effects import Changes
from bot.workflows.calls.operations import Conversation
from bot.workflows.calls.rules import Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.ledger import queries as ledger
from bot.workflows.people import queries as people
from bot.workflows.promises.operations import NewPromise
from bot.workflows.promises.rules import Owed

_THURSDAY: Final = LAST_FRIDAY - timedelta(days=1)
_BEFORE_BROKEN: Final = date(2026, 5, 27)
_BROKEN_DAY: Final = date(2026, 6, 1)
_PROMISED_DAY: Final = date(2026, 6, 10)
_WEEK: Final = tuple(LAST_FRIDAY - timedelta(days=n) for n in (3, 2, 1, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A call that was made."""

    payer: Payer
    at: datetime
    outcome: Outcome
    words: str = ""
    promised_for: date | None = None


def events(seed: int, policy: Policy) -> tuple[Event, ...]:
    """Return the calls before the Monday, in the order they were made."""
    made = [
        replace(event, at=event.at + timedelta(seconds=n % 55))
        for n, payer in enumerate(payers(seed))
        if payer.agent and "gone" not in payer.agent
        for event in _told(Random(f"{seed}/calls/{payer.number}"), payer, policy)
    ]
    return tuple(sorted(made, key=lambda event: (event.at, event.payer.number)))


def relive(session: Session, event: Event, *, policy: Policy) -> None:
    """Log a call as the agent did then."""
    agent = people.named(session, event.payer.agent)
    payer = customers.by_number(session, event.payer.number)
    assert agent is not None
    assert payer is not None
    said = Conversation(
        payer_id=payer.id,
        outcome=event.outcome,
        spoke_to=payer.contact_name if event.outcome.is_reached else "",
        words=event.words.format(contact=payer.contact_name),
        back_at=_call_back(payer, policy) if event.outcome is Outcome.CALL_BACK_AT else None,
        changes=_changes(session, event, payer),
    )
    calls.log(session, said, by=agent, at=event.at, policy=policy)


def _told(rng: Random, payer: Payer, policy: Policy) -> Iterator[Event]:
    reached = _REACHED.get(payer.story)
    if reached:
        outcome, day, words = reached
        event = _event(rng, payer, day, outcome, policy=policy)
        yield replace(event, words=rng.choice(words), promised_for=_PROMISED.get(payer.story))
    elif payer.story is Story.CONSUMER:
        yield from _seven(rng, payer, policy)
    elif payer.story not in (Story.PROMPT, Story.LEGAL) and rng.random() < 0.4:
        yield _tried(rng, payer, policy)


def _seven(rng: Random, payer: Payer, policy: Policy) -> Iterator[Event]:
    """Seven attempts within the week: as many as a sole proprietor may be called."""
    for day in _WEEK:
        first = _event(rng, payer, day, Outcome.NO_ANSWER, policy=policy)
        yield first
        if day != LAST_FRIDAY:
            yield replace(first, at=first.at + timedelta(hours=2, minutes=20))


def _tried(rng: Random, payer: Payer, policy: Policy) -> Event:
    day = rng.choice((_THURSDAY, LAST_FRIDAY))
    outcome, words = rng.choice(
        (
            (Outcome.NO_ANSWER, ("",)),
            (Outcome.LEFT_VOICEMAIL, sayings.VOICEMAILS),
            (Outcome.SPOKE_TO_OTHER, sayings.RECEPTION),
        )
    )
    return replace(_event(rng, payer, day, outcome, policy=policy), words=rng.choice(words))


def _event(rng: Random, payer: Payer, day: date, outcome: Outcome, *, policy: Policy) -> Event:
    at = time(rng.randint(11, 15), rng.randint(0, 59))
    moment = datetime.combine(day, at, policy.zone).astimezone(UTC)
    return Event(payer=payer, at=moment, outcome=outcome)


def _changes(session: Session, event: Event, payer: Customer) -> Changes:
    if event.promised_for is None:
        return Changes()
    items = ledger.open_items(session, payer.id, on=event.at.date())
    due = [item for item in items if item.due_date < MONDAY]
    owed = tuple(
        Owed(invoice_id=item.invoice_id, number=item.number, amount=item.balance)
        for item in due
    )
    total = Money(sum(one.amount.minor for one in owed), owed[0].amount.currency)
    return Changes(
        promise=NewPromise(amount=total, owed=owed, due_on=event.promised_for, method="ACH")
    )


def _call_back(payer: Customer, policy: Policy) -> datetime:
    """Return Monday half past nine, there."""
    zone = ZoneInfo(payer.time_zone) if payer.time_zone else policy.zone
    return datetime.combine(MONDAY, time(9, 30), zone).astimezone(UTC)


_REACHED: Final = {
    Story.CALL_BACK: (Outcome.CALL_BACK_AT, LAST_FRIDAY, sayings.CALL_BACKS),
    Story.SPOKEN: (Outcome.REFUSED, LAST_FRIDAY, sayings.REFUSALS),
    Story.PROMISED: (Outcome.PROMISE_TO_PAY, _THURSDAY, sayings.PROMISES),
    Story.BROKEN: (Outcome.PROMISE_TO_PAY, _BEFORE_BROKEN, sayings.BROKEN),
}
_PROMISED: Final = {Story.PROMISED: _PROMISED_DAY, Story.BROKEN: _BROKEN_DAY}
