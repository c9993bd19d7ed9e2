"""Opening the desk for a command: settings, policy, database, keys, clock."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from bot import policy as policies
from bot import settings as environment
from bot.cli import log
from bot.cli.output import say_aside
from bot.cli.tables import import_records
from bot.clock import Clock, clock_from
from bot.connectors.company import brands as brand_files
from bot.connectors.company import guides as guide_files
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.settings import BadSettings, Settings
from bot.store import audit, schema
from bot.store.database import Database
from bot.store.schema import Standing
from bot.workflows.correspondence import addresses

AUDIT_KEY: Final = "audit.key"
SEAL_KEY: Final = "cards.key"
_BYTES: Final = 32


class CannotOpen(Refused):
    """The desk's home, its keys or its database cannot be used as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDesk:
    """A desk, open for work."""

    settings: Settings
    policy: Policy
    database: Database
    clock: Clock
    audit_key: bytes
    seal_key: bytes


@contextmanager
def open_desk() -> Iterator[OpenDesk]:
    """
    Open the desk; at the first run create its home, keys and tables, and say where they are.

    :raises Refused: if a setting, the policy, a key or the database cannot be used.
    """
    settings = environment.read()
    with opened(settings) as desk, _ready(desk):
        yield desk


@contextmanager
def opened(settings: Settings) -> Iterator[OpenDesk]:
    """Open the desk without looking at its tables, as `doctor` and `db upgrade` do."""
    import_records()
    policy = _policy(settings)
    _make_home(settings.home)
    log.to_file(settings.home, settings.log_format)
    _check_trail_has_key(settings)
    audit_key = key_in(settings.home / AUDIT_KEY, what="audit key")
    database = _database(settings.database, audit_key)
    try:
        yield OpenDesk(
            settings=settings,
            policy=policy,
            database=database,
            clock=clock_from(_with_zone(settings.clock, policy)),
            audit_key=audit_key,
            seal_key=key_in(settings.home / SEAL_KEY, what="key that signs cards"),
        )
    finally:
        database.close()


def key_in(path: Path, *, what: str) -> bytes:
    """
    Return the key in a file, which is created, and told of, where there is none yet.

    :raises CannotOpen: if the file cannot be used.
    """
    try:
        _create(path, what)
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise CannotOpen(f"The {what} in {path} cannot be used: {error}.") from error
    if len(key) < _BYTES:
        raise CannotOpen(f"The {what} in {path} is too short: it should be {_BYTES} bytes.")
    return key


def _check_trail_has_key(settings: Settings) -> None:
    """
    Check that no new key is made for a trail that is there: all of it would look forged.

    :raises CannotOpen: if the key of a trail is missing.
    """
    path = settings.home / AUDIT_KEY
    if not path.exists() and _has_trail(settings):
        raise CannotOpen(
            f"The audit key {path} is missing, but the desk's trail is there: put the key back "
            "from your backup."
        )


def _has_trail(settings: Settings) -> bool:
    with closing(_database(settings.database, b"")) as database:
        try:
            if schema.standing(database.engine) is Standing.EMPTY:
                return False
        except Refused:
            return False
        with database.reading() as session:
            return not audit.head(session).startswith("0:")


@contextmanager
def _ready(desk: OpenDesk) -> Iterator[None]:
    with _alone(desk.settings.home):
        found = schema.standing(desk.database.engine)
        if found is Standing.EMPTY:
            schema.upgrade(desk.database.engine)
            say_aside(f"Created the desk's database: {_where(desk.settings)}")
    if found is Standing.BEHIND:
        raise CannotOpen("The database is of an older version: run `ardesk db upgrade` first.")
    if found is Standing.AHEAD:
        raise CannotOpen("The database is of a newer version than this program: update it.")
    yield


def _policy(settings: Settings) -> Policy:
    """
    Return the company's policy, with what stands in files and settings of its own.

    :raises BadSettings, BadPolicy, BadGuide: naming the setting or file that makes no sense.
    """
    policy = policies.load(settings.policy_to_read)
    sender = settings.mail_from.strip() or policy.collections_address
    if not addresses.as_address(sender):
        raise BadSettings(
            f"{sender!r} is no e-mail address: set ARDESK_MAIL_FROM to the one that "
            "mail to customers comes from."
        )
    brands = {**policy.brands, **brand_files.read(settings.home / "brands")}
    guides = guide_files.read(settings.home / "guides")
    changes: dict[str, Any] = {
        "collections_address": sender,
        "brands": brands,
        "guides": guides,
        "notice_templates": policy.notice_templates or settings.home / "templates",
    }
    return policy.model_copy(update=changes)


def _make_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotOpen(f"The desk's home {home} cannot be created: {error}.") from error


def _create(path: Path, what: str) -> None:
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(_BYTES) + "\n", "ascii")
    try:
        os.link(draft, path)
        say_aside(f"Created the {what}: {path.resolve()} (keep a copy of it elsewhere)")
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _database(url: str, audit_key: bytes) -> Database:
    try:
        return Database(url, audit_key=audit_key)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise BadSettings(
            f"The setting ARDESK_DATABASE_URL makes no sense: {error}."
        ) from error


def _with_zone(start: datetime | None, policy: Policy) -> datetime | None:
    if start is None or start.tzinfo:
        return start
    return start.replace(tzinfo=policy.zone)


def _where(settings: Settings) -> str:
    if settings.database.startswith("sqlite:///"):
        return settings.database.removeprefix("sqlite:///")
    return settings.database.rpartition("@")[2]


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
