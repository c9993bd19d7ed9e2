"""
One file that holds a whole desk: its database, keys, policy, wording, and the files it keeps.

On SQLite the copy is taken with the online backup, so the desk goes on meanwhile; on PostgreSQL
with `pg_dump`. The file is a zip; each part's checksum is in its `contents.json`.

The database is copied first: a file is there before any record refers to it, and it stays, so
whatever the copy refers to is among the files that are gathered afterwards.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import field
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url

from bot.kernel.shapes import dataclass
from bot.store import archives, in_use
from bot.store.archives import CannotBackUp as CannotBackUp

SQLITE: Final = "desk.db"
DUMP: Final = "desk.dump"
_DRAFTS: Final = (".part", ".tmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What belongs to a desk: where its database is, and the files beside it by name."""

    database_url: str
    files: Mapping[str, Path]
    folders: Mapping[str, Path] = field(default_factory=dict)
    """Folders whose files belong to it, too, by name: wording, statements, certificates."""

    @property
    def url(self) -> URL:
        """The database's URL, taken apart."""
        return make_url(self.database_url)

    @property
    def is_sqlite(self) -> bool:
        """Test if the database is one SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def sqlite_path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")


def save(desk: Installation, target: Path) -> dict[str, str]:
    """
    Write a backup that only its owner can read; return the checksum of each part, by name.

    :raises CannotBackUp: if it cannot be written, or `pg_dump` is missing or fails.
    """
    with _plainly(target), tempfile.TemporaryDirectory(dir=_folder(target)) as folder:
        parts = _parts(desk, Path(folder))
        draft = Path(folder) / "backup.zip"
        draft.touch(mode=0o600)
        sums = archives.pack(parts, draft)
        draft.replace(target)
    return sums


def restore(desk: Installation, source: Path, *, is_forced: bool = False) -> None:
    """
    Put a backup in place of the desk that is there, after its checksums were compared.

    What records refer to comes first, and the keys come last: whenever it is stopped, nothing
    refers to what is not there, and a second restore finishes it.

    :raises CannotBackUp: if the file is damaged or of another kind of database, if a desk is
        there and the restore is not forced, or if that desk is running.
    """
    with _plainly(source), tempfile.TemporaryDirectory(dir=_home(desk)) as folder:
        parts = archives.unpacked(source, Path(folder), desk.folders)
        wanted = SQLITE if desk.is_sqlite else DUMP
        if wanted not in parts:
            raise CannotBackUp("That backup is of another kind of database than this desk's.")
        _check_free(desk, is_forced=is_forced)
        _put(_below_folders(desk, parts), parts)
        if desk.is_sqlite:
            _put_sqlite(desk.sqlite_path, parts[SQLITE])
        else:
            _run(desk.url, "pg_restore", "--clean", "--if-exists", "--no-owner", parts[DUMP])
        _put({name: path for name, path in desk.files.items() if name in parts}, parts)


def _put(places: Mapping[str, Path], parts: Mapping[str, Path]) -> None:
    for name, path in places.items():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        parts[name].chmod(0o600)
        shutil.move(parts[name], path)


def _below_folders(desk: Installation, parts: Mapping[str, Path]) -> dict[str, Path]:
    """Return where each of the saved files of the folders belongs."""
    split = {name: name.partition("/") for name in parts}
    return {
        name: desk.folders[folder] / rest
        for name, (folder, _, rest) in split.items()
        if folder in desk.folders and rest
    }


def _parts(desk: Installation, folder: Path) -> dict[str, Path]:
    copy = folder / (SQLITE if desk.is_sqlite else DUMP)
    if not desk.is_sqlite:
        _run(desk.url, "pg_dump", "--format=custom", f"--file={copy}")
    elif not desk.sqlite_path.exists():
        raise CannotBackUp("There is no database yet: nothing to back up.")
    else:
        _copy_sqlite(desk.sqlite_path, copy)
    parts = {name: path for name, path in desk.files.items() if path.exists()}
    for name, where in desk.folders.items():
        parts |= {f"{name}/{path.relative_to(where).as_posix()}": path for path in _in(where)}
    return {copy.name: copy} | parts


def _in(folder: Path) -> list[Path]:
    """Return the files below a folder, but for drafts that are being written."""
    there = sorted(folder.rglob("*")) if folder.is_dir() else []
    return [path for path in there if path.is_file() and path.suffix not in _DRAFTS]


def _copy_sqlite(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _put_sqlite(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as restored:
        [state] = restored.execute("PRAGMA integrity_check").fetchone()
    if state != "ok":
        raise CannotBackUp(f"The database in the backup is damaged: {state}.")
    for leftover in (path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)
    copy.replace(path)


def _run(url: URL, program: str, *arguments: str | Path) -> None:
    found = shutil.which(program)
    if found is None:
        raise CannotBackUp(
            f"{program} is not installed here: install PostgreSQL's client programs, or back "
            "the database up with your own tools (and the keys in the desk's home)."
        )
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    target = f"--dbname={plain}"
    secret = {"PGPASSWORD": url.password} if url.password else {}
    ran = subprocess.run(
        [found, target, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | secret,
    )
    if ran.returncode:
        raise CannotBackUp(f"{program} failed: {' '.join(ran.stderr.split())[:300]}")


def _check_free(desk: Installation, *, is_forced: bool) -> None:
    is_there = desk.sqlite_path.exists() if desk.is_sqlite else True
    if is_there and not is_forced:
        raise CannotBackUp(
            "A desk is there already: stop it, and give --force to put the backup in its place."
        )
    if in_use.is_in_use(desk.url):
        raise CannotBackUp(
            "The desk's database is in use: stop `ardesk serve`, and whatever else has it open."
        )


def _folder(target: Path) -> Path:
    folder = target.resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _home(desk: Installation) -> Path:
    home = next(iter(desk.files.values())).parent
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


@contextmanager
def _plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise CannotBackUp(f"{path} cannot be written or read: {error}.") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise CannotBackUp(f"{path} is not a backup of the desk, or is damaged.") from error
