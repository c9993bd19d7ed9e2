"""Handing files to a desk without Teams: what Teams would let it fetch lies in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.chat.inbound import Attached, HandedOver, Spot
from bot.chat.links import Links
from bot.chat.reception import Reception
from bot.kernel.errors import Refused
from bot.store.shelf import Draft, Shelf
from bot.workflows.people.rules import Member
from bot.workflows.proofs.rules import FOLDER
from tests.support.desk import SEAL, Desk, Shown, personal, shown

BASE = "https://desk.example.com"
LINKS = Links(base=BASE, key=SEAL.key)


class DidNotCome(Refused):
    """Teams did not hand the file out."""


@dataclass
class Handing:
    """Somebody's paper clip: files go from memory to the desk's home."""

    desk: Desk
    home: Path
    fetched: list[str] = field(default_factory=list)

    def over(
        self,
        who: Member | str,
        files: Mapping[str, bytes | None],
        *,
        text: str = "",
        spot: Spot | None = None,
        pictures: int = 0,
    ) -> Shown:
        """Send a message with files, by name; None is one that does not come."""
        handed = HandedOver(
            caller=self.desk.caller(who),
            spot=spot or personal(who),
            text=text,
            files=tuple(Attached(name=name, url=name) for name in files),
            pictures=pictures,
        )
        return shown(asyncio.run(self._reception(files).take(handed)))

    def on_disk(self) -> list[str]:
        """Return the files below the home that hold proofs, drafts among them."""
        there = (self.home / FOLDER).rglob("*")
        return sorted(
            path.relative_to(self.home).as_posix() for path in there if path.is_file()
        )

    def _reception(self, files: Mapping[str, bytes | None]) -> Reception:
        return Reception(
            switchboard=self.desk.switchboard,
            fetcher=_Memory(files, self.fetched),
            shelf=Shelf(self.home, FOLDER),
        )


@dataclass
class _Memory:
    files: Mapping[str, bytes | None]
    fetched: list[str]

    async def fetch(self, file: Attached, draft: Draft) -> None:
        self.fetched.append(file.name)
        content = self.files[file.url]
        draft.write(content or b"half of it")
        if content is None:
            raise DidNotCome("it did not come. Please send it again.")


def opened_by(card: Shown) -> list[str]:
    """Return the titles of the buttons of a card that open files."""
    return [title for title in _titles(card.card) if title.startswith("Open ")]


def _titles(node: object) -> list[str]:
    if isinstance(node, dict):
        mine = [node["title"]] if node.get("type") == "Action.OpenUrl" else []
        return mine + [title for child in node.values() for title in _titles(child)]
    if isinstance(node, list):
        return [title for child in node for title in _titles(child)]
    return []
