"""A pretend Teams and a pretend mail server: they keep what they get, and fail now and then."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import NamedTuple

from bot.chat.card import Card
from bot.chat.messenger import Ambiguous, NotSent, Sent, Throttled
from bot.postman import PutOff, Returned, Unclear
from bot.store.postings import Place
from bot.workflows.correspondence.claims import Outgoing


class Died(Exception):  # noqa: N818 - reads as what happened
    """The process died at that moment: nobody notes what became of it."""


class Post(NamedTuple):
    """A card as it came up in a place."""

    place: str
    title: str
    day: date


@dataclass
class Teams:
    """Carries cards: the last ones of each place can be pressed."""

    chance: Random
    faults: float = 0.01
    today: date = date.min
    posts: list[Post] = field(default_factory=list)
    """What came up since the checker looked last."""
    counts: Counter[str] = field(default_factory=Counter)
    screens: dict[str, dict[str, Card]] = field(default_factory=lambda: defaultdict(dict))
    _next: int = 0

    async def post(self, place: Place, card: Card) -> Sent:
        """Show a new card, unless something goes wrong."""
        after = self._fault()
        self._next += 1
        message = f"m{self._next}"
        self.posts.append(Post(str(place), card.title, self.today))
        self.counts["cards posted"] += 1
        screen = self.screens[str(place)]
        screen[message] = card
        while len(screen) > 12:
            screen.pop(next(iter(screen)))
        if after:
            raise after
        return Sent(f"chat of {place}", message)

    async def replace(self, place: Place, sent: Sent, card: Card) -> None:
        """Show a card where another stands."""
        after = self._fault()
        self.counts["cards redrawn"] += 1
        if sent.message_id in self.screens[str(place)]:
            self.screens[str(place)][sent.message_id] = card
        if after:
            raise after

    def _fault(self) -> Exception | None:
        """Raise what happens before it is shown; return what happens after."""
        draw = self.chance.random() / self.faults if self.faults else 9.0
        if draw >= 1:
            return None
        kind = int(draw * 5)
        self.counts["faults of Teams"] += 1
        if kind == 0:
            raise NotSent("no connection")
        if kind == 1:
            raise Throttled("slow down", retry_after=3)
        if kind == 2:
            raise Died("before it was sent")
        return Ambiguous("no answer") if kind == 3 else Died("after it was sent")


@dataclass
class Mails:
    """Takes mail, and keeps who got which on which day."""

    chance: Random
    faults: float = 0.02
    today: date = date.min
    taken: list[tuple[date, str]] = field(default_factory=list)
    """Day and key of each mail since the checker looked last."""
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_repeatable(self) -> bool:
        """Nothing may go twice."""
        return False

    async def check(self) -> str:
        """Say where mail leaves by."""
        return "a pretend mail server"

    async def send(self, outgoing: Outgoing) -> str:
        """Take a mail, unless something goes wrong."""
        draw = self.chance.random() / self.faults if self.faults else 9.0
        if draw < 1:
            self.counts["faults of mail"] += 1
        if draw < 0.3:
            raise PutOff("not now", is_refusal=True)
        if draw < 0.4:
            raise Returned("550 no such user")
        if draw < 0.6:
            raise Died("before it was sent")
        self.taken.append((self.today, outgoing.key))
        self.recent.append(outgoing.key)
        self.counts["mails taken"] += 1
        if draw < 0.8:
            raise Unclear("no answer")
        if draw < 1:
            raise Died("after it was sent")
        return ""
