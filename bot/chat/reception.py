"""
Taking files that people hand over: who may, then the fetching, then one answer.

Nothing is fetched for somebody whom the desk does not know, and nothing outside a person's own
chat. Fetching is no part of a transaction: each file is whole on the disk before any record
speaks of it, and of what could not be fetched nothing stays.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from bot.chat.inbound import Attached, HandedOver, SpotKind
from bot.chat.switchboard import Answer, Switchboard
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.store.shelf import Draft, Shelf
from bot.workflows.proofs.rules import Received, safe_name

log = logging.getLogger(__name__)

ELSEWHERE: Final = "Files reach me only in our own chat: please send it to me there."
PICTURE: Final = (
    "A picture in the text does not reach me: please attach it as a file (the paper clip)."
)


class Fetcher(Protocol):
    """Fetches what a message offers."""

    async def fetch(self, file: Attached, draft: Draft) -> None:
        """
        Write the whole file into the draft.

        :raises Refused: saying in a sentence why it did not come.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Where files are handed over."""

    switchboard: Switchboard
    fetcher: Fetcher
    shelf: Shelf

    async def take(self, handed: HandedOver) -> Answer:
        """Answer what came with a message; never raises."""
        if refusal := await self.switchboard.may_hand_over(handed):
            return refusal
        if handed.spot.kind is not SpotKind.PERSONAL:
            return Answer(text=ELSEWHERE)
        most = self.switchboard.policy.handed_files_at_once
        fetched = await asyncio.gather(*(self._fetch(file) for file in handed.files[:most]))
        received = tuple(one for one in fetched if isinstance(one, Received))
        problems = [one for one in fetched if isinstance(one, str)]
        if len(handed.files) > most:
            problems.append(f"I take {most} files at once: please send me the others again.")
        if handed.pictures:
            problems.append(PICTURE)
        if not received:
            return Answer(text=" ".join(problems))
        return await self.switchboard.answer_files(handed, received, tuple(problems))

    async def _fetch(self, file: Attached) -> Received | str:
        """Return the file as it lies on the disk, or a sentence that says why it does not."""
        name = safe_name(file.name)
        try:
            with self.shelf.draft() as draft:
                await self.fetcher.fetch(file, draft)
                path, size, sha256 = await asyncio.to_thread(draft.keep)
        except Refused as refusal:
            return f"{name}: {refusal}"
        except Exception:
            log.exception("A file could not be fetched")
            return f"{name}: something went wrong at the desk, and it was not kept."
        return Received(name=name, size=size, sha256=sha256, path=path)
