"""
`GET /files/<token>`: what the desk drew, opened from a card by whoever it was drawn for.

The signed link is the admission; on top of it the person must still be of the desk. Only the
folders of drawn files are served, wherever a link may lead; each opening is in the trail (I26).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from aiohttp import hdrs, web
from sqlalchemy.orm import Session

from bot.chat.links import ROUTE, Links, NoSuchFile, Opened
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.store import audit
from bot.store.database import Database
from bot.workflows.people import queries as people

FOLDERS: Final = ("activity", "statements", "documents", "digests", "reports", "invoices")
"""Below the desk's home: all that a link can lead to; `invoices` are the company's own PDFs."""
TYPES: Final = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PERSON: Final = "person:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cabinet:
    """The files that can be opened, and what their opening needs."""

    home: Path
    database: Database
    links: Links
    clock: Callable[[], datetime]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with the file, or with one sentence."""
        try:
            opened = self.links.open(request.match_info["token"], at=self.clock())
            path = await asyncio.to_thread(find, self.home, opened.path)
            if request.method == hdrs.METH_GET:
                await self.database.write(lambda session: self._note(session, opened))
        except NoSuchFile as refusal:
            return _sentence(refusal, status=404)
        except Refused as refusal:
            return _sentence(refusal, status=503)
        return web.FileResponse(path, headers=_headers(path))

    def _note(self, session: Session, opened: Opened) -> None:
        by = _person(opened)
        if by is not None and not people.is_active(session, by):
            raise NoSuchFile
        entry = audit.Note(
            what="file opened",
            about=f"file:{opened.path}",
            at=self.clock(),
            by=by,
            after={"by a link shown in": opened.place or "a channel or group"},
        )
        audit.note(session, entry)


def add_files(app: web.Application, cabinet: Cabinet) -> None:
    """Serve the files of a cabinet."""
    app.router.add_get(ROUTE + "{token}", cabinet.serve)


def find(home: Path, path: str) -> Path:
    """
    Return the file at a path below the desk's home, wherever links on the disk lead.

    :raises NoSuchFile: if there is none in the folders of drawn files.
    """
    folder = Path(path).parts[0] if Path(path).parts else ""
    try:
        found = (home / path).resolve(strict=True)
        is_inside = folder in FOLDERS and found.is_relative_to((home / folder).resolve())
        if is_inside and found.is_file() and found.suffix in TYPES:
            return found
    except (OSError, ValueError) as error:
        raise NoSuchFile from error
    raise NoSuchFile


def _person(opened: Opened) -> int | None:
    number = opened.place.removeprefix(_PERSON)
    return int(number) if number != opened.place else None


def _headers(path: Path) -> dict[str, str]:
    return {
        hdrs.CONTENT_TYPE: TYPES[path.suffix],
        hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
        hdrs.CACHE_CONTROL: "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def _sentence(refusal: Refused, *, status: int) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(text=f"{refusal}\n", status=status, headers=headers)
