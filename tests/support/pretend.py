"""A pretend Teams for the courier: it keeps what it is given, and fails on order."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field

from bot.chat.card import Card
from bot.chat.messenger import Sent
from bot.store.postings import Place


@dataclass
class PretendTeams:
    """Carries cards nowhere."""

    posted: list[tuple[Place, str]] = field(default_factory=list)
    replaced: list[tuple[Place, str, str]] = field(default_factory=list)
    faults: dict[Place, deque[Exception]] = field(default_factory=lambda: defaultdict(deque))
    latency: float = 0.0
    under_way: int = 0
    most_under_way: int = 0

    async def post(self, place: Place, card: Card) -> Sent:
        await self._carry(place)
        self.posted.append((place, card.title))
        return Sent(f"chat of {place}", f"message-{len(self.posted)}")

    async def replace(self, place: Place, sent: Sent, card: Card) -> None:
        await self._carry(place)
        self.replaced.append((place, sent.message_id, card.title))

    def fail(self, place: Place, *faults: Exception) -> None:
        self.faults[place].extend(faults)

    async def _carry(self, place: Place) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.latency)
            if self.faults[place]:
                raise self.faults[place].popleft()
        finally:
            self.under_way -= 1
