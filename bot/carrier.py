"""
Carrying out what the desk owes others: cards and mails.

Whatever is due is claimed with a lease, carried out side by side outside any transaction, and
its outcome noted by the claim. One that fails stops no other, and a fault stops none for good.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.database import Database, DeskBusy

log = logging.getLogger(__name__)


class Leased(Protocol):
    """A claim on something that is owed."""

    @property
    def lease_until(self) -> datetime:
        """Until when it is nobody else's."""
        ...


@dataclass(kw_only=True)
class Carrier(ABC):
    """Looks for what is due, claims it, and has it under way."""

    database: Database
    policy: Policy
    clock: Callable[[], datetime]
    name: str = field(default_factory=lambda: f"{os.uname().nodename}:{os.getpid()}")
    _claims: Iterator[int] = field(default_factory=itertools.count)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    carries: ClassVar[str]
    """What it carries, as the log says it."""
    at_once: ClassVar[int]
    """So many are under way at a time."""

    async def run(self) -> None:
        """Carry out whatever becomes due, until cancelled; then finish what is under way."""
        try:
            while True:
                await self._look()
                await self._rest()
        finally:
            if self._under_way:
                await asyncio.wait(set(self._under_way))

    async def deliver_due(self) -> None:
        """Carry out what is due now and what that makes due, and return."""
        while await self._start_due() or self._under_way:
            if self._under_way:
                await asyncio.wait(set(self._under_way))

    @abstractmethod
    async def _start_due(self) -> int:
        """Claim what may leave and start it; return how much that was."""

    @abstractmethod
    async def _rest(self) -> None:
        """Wait until it is worth looking again."""

    async def _look(self) -> None:
        try:
            while await self._start_due():
                await self._make_room()
        except Refused as refusal:
            log.warning("No %s can leave just now: %s", self.carries, refusal)
        except Exception:
            log.exception("The look for a %s to send failed, and comes again", self.carries)

    async def _make_room(self) -> None:
        if len(self._under_way) >= self.at_once:
            await asyncio.wait(set(self._under_way), return_when=asyncio.FIRST_COMPLETED)

    def _owner(self) -> str:
        """Return an owner for a claim: another one each time."""
        return f"{self.name}:{next(self._claims)}"

    def _start(self, errands: Iterable[tuple[int, Coroutine[Any, Any, None]]]) -> int:
        """Have errands under way, each with the number of what it is about."""
        started = [asyncio.create_task(self._carry_out(*errand)) for errand in errands]
        for task in started:
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(started)

    async def _carry_out(self, number: int, errand: Coroutine[Any, Any, None]) -> None:
        """Carry out one errand; never raises."""
        what = self.carries.capitalize()
        try:
            await errand
        except Refused as refusal:
            log.warning("%s %s: its outcome is not noted: %s", what, number, refusal)
        except Exception:
            log.exception("%s %s: its outcome is not noted", what, number)

    async def _write_down(
        self, number: int, claim: Leased, outcome: Callable[[Session], bool]
    ) -> None:
        """
        Write an outcome down, trying again while the database is busy.

        :raises DeskBusy: if it still is when the lease has ended.
        """
        while True:
            try:
                if not await self.database.write(outcome):
                    what = self.carries.capitalize()
                    log.warning("%s %s was taken over meanwhile", what, number)
                return
            except DeskBusy:
                if self.clock() > claim.lease_until:
                    raise
                await asyncio.sleep(1)
