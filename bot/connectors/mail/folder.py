"""Mail as .eml files in a folder: for trials, and where another program sends them."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Final

from bot.connectors.mail.messages import message
from bot.kernel.shapes import dataclass
from bot.postman import PutOff
from bot.workflows.correspondence.claims import Outgoing

_PLAIN: Final = re.compile(r"[^A-Za-z0-9.]+")
_LONGEST: Final = 80


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder with one file for each mail, each written whole or not at all."""

    path: Path
    home: Path
    company: str
    is_repeatable: bool = True

    async def send(self, outgoing: Outgoing) -> str:
        """
        Write the mail's file, which takes the place of an earlier one of the same mail.

        :raises PutOff: if the folder cannot be written.
        :raises Returned: if the mail cannot be made.
        """
        await asyncio.to_thread(self._write, outgoing)
        return ""

    async def check(self) -> str:
        """
        Return where the files are.

        :raises PutOff: if the folder cannot be written.
        """
        await asyncio.to_thread(self._ready)
        return f"as .eml files in {self.path.resolve()}"

    def _write(self, outgoing: Outgoing) -> None:
        content = message(outgoing, home=self.home, company=self.company).as_bytes()
        self._ready()
        try:
            _replace(self.path / name_of(outgoing), content)
        except OSError as error:
            raise PutOff(f"The folder {self.path} cannot be written: {error}.") from error

    def _ready(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PutOff(f"The folder {self.path} cannot be made: {error}.") from error
        if not os.access(self.path, os.W_OK):
            raise PutOff(f"The folder {self.path} cannot be written.")


def mailer(url: str, *, home: Path, company: str) -> Folder:
    """Return the folder that `folder:PATH` names."""
    path = url.partition(":")[2]
    return Folder(path=Path(path.removeprefix("//")).expanduser(), home=home, company=company)


def name_of(outgoing: Outgoing) -> str:
    """Return the name of a mail's file: its day, what it is, and what makes it its own."""
    plain = _PLAIN.sub("-", outgoing.key).strip("-")[:_LONGEST]
    plain = plain.replace(f"{outgoing.day:%Y-%m-%d}-", "")
    return f"{outgoing.day:%Y-%m-%d}_{plain}_{outgoing.message_id[1:9]}.eml"


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
