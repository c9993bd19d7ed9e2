"""
`GET /files/<token>`: what the desk drew or was handed, opened from a card by its reader.

The signed link is the admission; on top of it the person must still be of the desk. Only the
folders of such files are served, wherever a link may lead; each opening is in the trail (I26).
What the desk was handed goes out as bytes to be saved, whatever it says that it is.
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
from bot.workflows.proofs import queries as proofs
from bot.workflows.proofs.rules import FOLDER as PROOFS

FOLDERS: Final = (
    "activity",
    "statements",
    "documents",
    "digests",
    "reports",
    "invoices",
    PROOFS,
)
"""
Below the desk's home: all that a link can lead to. `invoices` are the company's own PDFs,
`proofs` what people handed over.
"""
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
            name = await self.database.read(lambda session: _name(session, opened))
            if request.method == hdrs.METH_GET:
                await self.database.write(lambda session: self._note(session, opened))
        except NoSuchFile as refusal:
            return _sentence(refusal, status=404)
        except Refused as refusal:
            return _sentence(refusal, status=503)
        return web.FileResponse(path, headers=_headers(name or path.name, path.suffix))

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
        is_ours = found.suffix in TYPES or folder == PROOFS
        if is_inside and found.is_file() and is_ours:
            return found
    except (OSError, ValueError) as error:
        raise NoSuchFile from error
    raise NoSuchFile


def _person(opened: Opened) -> int | None:
    number = opened.place.removeprefix(_PERSON)
    return int(number) if number != opened.place else None


def _name(session: Session, opened: Opened) -> str:
    """Return what a file that was handed over is called; empty for one that the desk drew."""
    if Path(opened.path).parts[0] != PROOFS:
        return ""
    file = proofs.by_path(session, opened.path)
    if file is None:
        raise NoSuchFile
    return file.name


def _headers(name: str, suffix: str) -> dict[str, str]:
    return {
        hdrs.CONTENT_TYPE: TYPES.get(suffix, "application/octet-stream"),
        hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        hdrs.CACHE_CONTROL: "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def _sentence(refusal: Refused, *, status: int) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(text=f"{refusal}\n", status=status, headers=headers)
