"""
Files that come from outside, kept below the desk's home under the checksum of their contents.

A draft is written while the file comes in; only when it is whole it gets its name, so whatever
has one is complete, and what stops half-way leaves a draft that is cleared away later.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass

_DRAFT: Final = ".part"


class CannotShelve(Refused):
    """The file cannot be written."""

    def __init__(self) -> None:
        super().__init__(
            "The desk could not save that file on its disk, and nothing was kept: please tell "
            "your lead, and send it again later."
        )


class Shelved(NamedTuple):
    """A whole file on the shelf."""

    path: str
    """Below the desk's home."""
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is being written."""

    shelf: Shelf
    path: Path
    out: BinaryIO
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def size(self) -> int:
        """How many bytes were written so far."""
        return self.out.tell()

    def write(self, part: bytes) -> None:
        """
        Add what came in.

        :raises CannotShelve: if it cannot be written.
        """
        with _plainly():
            self.out.write(part)
        self.digest.update(part)

    def keep(self) -> Shelved:
        """
        Give the whole file its place, safe from a loss of power; the same contents have one.

        :raises CannotShelve: if it cannot be written.
        """
        sha256, size = self.digest.hexdigest(), self.size
        below = Path(self.shelf.folder) / sha256[:2] / sha256
        target = self.shelf.home / below
        with _plainly():
            self.out.flush()
            os.fsync(self.out.fileno())
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.replace(target)
            _sync(target.parent)
        return Shelved(below.as_posix(), size, sha256)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder below the desk's home."""

    home: Path
    folder: str

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """
        Open a draft; unless it was kept, nothing of it stays.

        :raises CannotShelve: if it cannot be written.
        """
        where = self.home / self.folder
        with _plainly():
            where.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(suffix=_DRAFT, dir=where)
        path, out = Path(name), os.fdopen(handle, "wb")
        try:
            yield Draft(self, path, out)
        finally:
            with suppress(OSError):
                out.close()
            path.unlink(missing_ok=True)

    def clear(self, *, before: float) -> None:
        """Remove drafts that a stopped machine has left, last written before a time of day."""
        for path in (self.home / self.folder).glob(f"*{_DRAFT}"):
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotShelve from error
