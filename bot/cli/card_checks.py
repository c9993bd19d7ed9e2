"""What the doctor looks at of cards: which wait, may not have arrived, or never will."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.cli.findings import LATE, Finding, Grade, graded
from bot.kernel import wording
from bot.store import postings
from bot.store.postings import Place, Posting, PostingState
from bot.workflows.people.records import Person, place_of

_MOST_NAMED: Final = 6
_PEOPLE: Final = select(Person.id, Person.name)


def backlog(session: Session, now: datetime) -> Iterator[Finding]:
    """Look at the cards that wait, wait for an app, may not have arrived, or never will."""
    yield _due(session, now)
    found = postings.troubled(session)
    waiting = [one for one in found if one.state is PostingState.PARKED]
    yield _without_app(session, waiting)
    yield _troubled([one for one in found if one.state is not PostingState.PARKED], now)


def _due(session: Session, now: datetime) -> Finding:
    waiting = select(func.count(), func.min(Posting.due_at)).where(
        Posting.state == PostingState.DUE, Posting.due_at <= now
    )
    row = session.execute(waiting).one()
    oldest: datetime | None = row[1]
    is_late = oldest is not None and now - oldest > LATE
    age = "" if oldest is None else f", the oldest for {_span(now - oldest)}"
    return graded(
        "cards due",
        Grade.WARN if is_late else Grade.OK,
        f"{row[0]} waiting{age}",
        "is `ardesk serve` running, and can it reach Teams?" if is_late else "",
    )


def _without_app(session: Session, waiting: Sequence[Posting]) -> Finding:
    """Say how many cards wait for the app of whom: the desk sends them by itself then."""
    if not waiting:
        return graded("cards that wait for an app", Grade.OK, "none")
    names = {place_of(row.id): row.name for row in session.execute(_PEOPLE)}
    counts = Counter(names.get(Place(posting.place), "a channel") for posting in waiting)
    named = [f"{name} ({count})" for name, count in counts.most_common()]
    return graded(
        "cards that wait for an app",
        Grade.WARN,
        f"{len(waiting)}, for {wording.listed(named, most=_MOST_NAMED)}",
        "the desk sends them by itself once the app is installed there and opened",
    )


def _troubled(found: Sequence[Posting], now: datetime) -> Finding:
    if not found:
        return graded("cards not arrived", Grade.OK, "none")
    states = Counter(posting.state.value for posting in found)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    errors = [posting.last_error for posting in found if posting.last_error]
    last = f"; last error: {errors[-1]}" if errors else ""
    return graded(
        "cards not arrived",
        Grade.WARN,
        f"{counts}; the oldest for {_span(now - found[0].due_at)}{last}",
        "a lead types `unposted` in Teams and decides which to send again",
    )


def _span(duration: timedelta) -> str:
    minutes = max(0, int(duration.total_seconds() // 60))
    if minutes < 120:
        return wording.counted(minutes, "minute")
    return wording.counted(minutes // 60, "hour")
