"""Mail and cards as they came out: one mail a payer and day, nothing twice, nothing stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.simulation.chat import Mails, Teams
from tests.simulation.checks.raw import Tables, as_moment

STUCK = timedelta(hours=3)


@dataclass
class Deliveries:
    """What has ever come out."""

    keys: Counter[str] = field(default_factory=Counter)
    a_day: Counter[tuple[date, str]] = field(default_factory=Counter)

    def check(
        self, found: Tables, mails: Mails, teams: Teams, at: datetime | None
    ) -> Iterator[str]:
        """Look at what came out since the last look, and at what has not."""
        yield from self._mail(found, mails)
        if at:
            yield from _stuck(found, at)
        teams.posts.clear()

    def _mail(self, found: Tables, mails: Mails) -> Iterator[str]:
        for day, key in mails.taken:
            self.keys[key] += 1
            if self.keys[key] > 1 and self.keys[key] > 1 + _by_hand(found, key):
                yield f"mail {key} left {self.keys[key]} times"
            if key.startswith("day:"):
                _, named, payer = key.split(":")
                self.a_day[day, payer] += 1
                if self.a_day[day, payer] > 1 and not _by_hand(found, key):
                    yield f"payer {payer} got {self.a_day[day, payer]} mails on {day}, {named}"
        mails.taken.clear()


def _by_hand(found: Tables, key: str) -> int:
    """Return how often somebody had a mail sent again of which nobody knew whether it left."""
    again = (
        "SELECT COUNT(*) FROM audit_entries a JOIN mails m ON a.about = 'mail:' || m.id "
        "WHERE m.key = :key AND a.what = 'mail sent again'"
    )
    return int(found.one(again, key=key))


def _stuck(found: Tables, at: datetime) -> Iterator[str]:
    """Yield what waits although it is due, and has waited for hours of a running desk."""
    late = at - STUCK
    for card, place, state, due in found.rows(
        "SELECT card, place, state, due_at FROM postings WHERE state IN ('due', 'sending') "
        "AND drawn < wanted AND due_at < :late",
        late=late,
    ):
        yield f"{card} to {place} is {state} since {as_moment(due):%d %b %H:%M}"
    for key, state, due in found.rows(
        "SELECT key, state, due_at FROM mails WHERE state IN ('due', 'sending') "
        "AND due_at < :late AND (lease_until IS NULL OR lease_until < :late)",
        late=late,
    ):
        yield f"mail {key} is {state} since {as_moment(due):%d %b %H:%M}"
    for key, due in found.rows(
        "SELECT key, due_at FROM mails WHERE state = 'open' AND due_at < :late", late=late
    ):
        yield f"mail {key} should have left at {as_moment(due):%d %b %H:%M}"
