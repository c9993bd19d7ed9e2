"""`ardesk backup` and `ardesk restore`: the whole desk in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from bot import settings as environment
from bot.cli import kept_files
from bot.cli.desk import AUDIT_KEY, SEAL_KEY, open_desk, opened
from bot.cli.output import say
from bot.kernel import wording
from bot.settings import Settings
from bot.store import audit as trail
from bot.store import backup as backups
from bot.store import schema
from bot.store.backup import CannotBackUp, Installation
from bot.store.schema import Standing

_WORDING: Final = ("guides", "brands", "templates")

backup = typer.Typer()
restore = typer.Typer()


@backup.command("backup")
def back_up(
    file: Annotated[Path, typer.Argument(help="Where to write it (.zip).")],
    *,
    is_forced: Annotated[
        bool, typer.Option("--force", help="Write it in the place of a file that is there.")
    ] = False,
) -> None:
    """Save the whole desk in one file (database, files, keys); it may go on meanwhile."""
    if file.exists() and not is_forced:
        raise CannotBackUp(f"{file} is there already: name another file, or use --force.")
    with open_desk() as desk:
        saved = backups.save(_installation(desk.settings), file)
        with desk.database.reading() as session:
            lacking = kept_files.lacking(session, saved)
    size = file.stat().st_size
    say(f"Saved: {file} ({size:,} bytes). It holds the keys, so keep it safe.")
    if lacking:
        say(_lacking(lacking))


@restore.command("restore")
def put_back(
    file: Annotated[Path, typer.Argument(help="A file that `ardesk backup` wrote.")],
    *,
    is_forced: Annotated[
        bool, typer.Option("--force", help="Put it in the place of the desk that is there.")
    ] = False,
) -> None:
    """Put a saved desk back, and check its trail; stop `ardesk serve` before."""
    settings = environment.read()
    if not file.is_file():
        raise CannotBackUp(f"There is no file {file}.")
    backups.restore(_installation(settings), file, is_forced=is_forced)
    with opened(settings) as desk:
        if schema.standing(desk.database.engine) is Standing.BEHIND:
            say("Restored. It is of an older version: run `ardesk db upgrade` now.")
            return
        with desk.database.reading() as session:
            faults = list(trail.verify(session, desk.audit_key))
            head = trail.head(session)
    if faults:
        raise CannotBackUp(f"Restored, but its trail is not whole: {faults[0]}")
    say(f"Restored, and its trail is whole. Head: {head}")


def _lacking(lacking: Sequence[str]) -> str:
    return (
        f"{wording.counted(len(lacking), 'file')} that records refer to were lost or changed "
        f"before, and cannot be saved: {wording.listed(lacking)}."
    )


def _installation(settings: Settings) -> Installation:
    home = settings.home.resolve()
    names = (AUDIT_KEY, SEAL_KEY)
    files = {name: home / name for name in names} | {"policy.toml": settings.policy_path}
    folders = {name: home / name for name in (*_WORDING, *kept_files.FOLDERS)}
    return Installation(database_url=settings.database, files=files, folders=folders)
