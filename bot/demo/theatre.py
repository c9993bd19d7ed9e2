"""
A desk without Teams: the same switchboard, courier and jobs, with cards drawn as text.

It keeps what the courier delivers, so that whoever is played can press what they were sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.rule import Rule

from bot.app import switchboard
from bot.chat.card import Card, Json
from bot.chat.messenger import Sent
from bot.chat.sealing import HmacSeal
from bot.chat.switchboard import Switchboard
from bot.courier import Courier
from bot.demo import terminal
from bot.demo.hand import Hand, Seen, hand_of
from bot.demo.stage import Chair
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import addresses
from bot.store.addresses import AddressKind, Heard
from bot.store.database import Database
from bot.store.postings import Place
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Role
from dialogs import DIALOGS
from scheduler.job import Tick
from scheduler.timetable import TIMETABLE

_A_WHILE: Final = timedelta(minutes=3)
_A_MOMENT: Final = timedelta(seconds=2)
_ROUNDS: Final = 10
"""A place gets a message a second: so many moments are waited for those before a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """The desk that is shown, and whom it shows."""

    home: Path
    database: Database
    policy: Policy
    seal: HmacSeal
    start: datetime
    played: tuple[Chair, ...]
    agents: tuple[Chair, ...]
    tenant: str
    console: Console


class NothingToShow(LookupError):  # noqa: N818 - reads as what happened
    """The book has nothing for this part of the day."""


@dataclass(kw_only=True)
class Theatre:
    """The tour's desk, with its own clock."""

    tour: Tour
    now: datetime
    arrived: list[tuple[Place, Json]] = field(default_factory=list)
    """What the courier delivered, in that order."""
    desk: Switchboard = field(init=False)
    courier: Courier = field(init=False)
    _ids: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        tour = self.tour
        self.desk = switchboard(
            tour.database, policy=tour.policy, seal=tour.seal, clock=lambda: self.now
        )
        self.courier = Courier(
            database=tour.database,
            dialogs=DIALOGS,
            messenger=self,
            policy=tour.policy,
            clock=lambda: self.now,
        )

    async def post(self, place: Place, card: Card) -> Sent:
        """Keep a card that the courier delivers."""
        self.arrived.append((place, card.draw(self.tour.seal)))
        return Sent(str(place), str(next(self._ids)))

    async def replace(self, place: Place, sent: Sent, card: Card) -> None:
        """Keep a card that the courier draws again."""
        self.arrived.append((place, card.draw(self.tour.seal)))

    def chair(self, role: Role) -> Chair:
        """
        Return who is played in a role.

        :raises NothingToShow: if nobody is.
        """
        for chair in self.tour.played:
            if chair.role is role:
                return chair
        raise NothingToShow(f"nobody is {role.value.replace('_', ' ')}")

    def hand(self, chair: Chair, *, channel: str = "") -> Hand:
        """Return somebody's hand, in their own chat or in a channel."""
        return hand_of(
            self.desk,
            name=chair.account.name,
            entra_id=chair.account.entra_id,
            tenant_id=self.tour.tenant,
            channel=channel,
        )

    def open_channel(self, conversation_id: str) -> None:
        """Let the desk have been heard in a channel, as it is when Teams brings it a word."""
        heard = Heard(
            conversation_id=conversation_id,
            kind=AddressKind.CHANNEL,
            tenant_id=self.tour.tenant,
            service_url="",
            name="Suspension meeting",
        )
        with self.tour.database.transaction() as session:
            addresses.remember(session, heard, at=self.now)

    async def press(
        self, hand: Hand, card: Json, title: str, typed: Mapping[str, str] | None = None
    ) -> Json:
        """Press a button a while later, and show what comes of it."""
        self.now += _A_WHILE
        seen = await hand.press(card, title, typed)
        return self.card(seen, f"{hand.name} presses {title}")

    async def delivered(self, role: Role, words: str, title: str) -> Json:
        """
        Show the newest card with such words in its heading that somebody was sent.

        :raises NothingToShow: if there is none.
        """
        place = place_of(self.chair(role).person_id)
        fitting: list[Json] = []
        for _ in range(_ROUNDS):
            await self.courier.deliver_due()
            cards = [card for where, card in self.arrived if where == place]
            if fitting := [card for card in cards if words in terminal.heading(card)]:
                break
            self.now += _A_MOMENT
        if not fitting:
            raise NothingToShow(f"nobody was sent “{words}”")
        self.show(Seen(fitting[-1]), title)
        return fitting[-1]

    async def run_jobs(self) -> None:
        """Let every job do what is due now, and deliver what comes of it."""
        tour = self.tour
        tick = Tick(at=self.now, database=tour.database, policy=tour.policy, home=tour.home)
        for job in TIMETABLE:
            await asyncio.to_thread(job.run, tick)
        await self.courier.deliver_due()

    def card(self, seen: Seen, title: str) -> Json:
        """
        Show what somebody got, and return its card.

        :raises NothingToShow: if it is a sentence.
        """
        self.show(seen, title)
        if seen.card is None:
            raise NothingToShow(seen.sentence or "no card")
        return seen.card

    def show(self, seen: Seen, title: str) -> None:
        """Print what somebody got."""
        titled = f"{self.now.astimezone(self.tour.policy.zone):%a %H:%M} · {title}"
        if seen.card:
            terminal.show(self.tour.console, seen.card, title=titled)
        elif seen.sentence:
            self.tour.console.print(f"{titled}: {seen.sentence}", markup=False)

    def announce(self, words: str) -> None:
        """Print the title of a part of the day."""
        self.tour.console.print(Rule(words, style="cyan"))
