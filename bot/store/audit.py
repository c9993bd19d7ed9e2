"""
The trail: who, when, what, before, after, why, chained so that tampering shows.

`note` collects entries during a transaction; its `Chain` writes them just before the commit,
each with an HMAC over itself and its predecessor. The last HMAC, the *head*, is also kept
outside the database (weekly digest, log): comparing it finds even a rewritten or emptied table.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Connection, Text, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.kernel.shapes import dataclass, value
from bot.store.base import Record
from bot.store.frozen import freeze
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, insert_new, rows, table_of

GENESIS: Final = "0" * 64
_PENDING: Final = "audit.pending"
_CHAIN: Final = "audit.chain"


class AuditEntry(Record):
    """One entry of the trail; `id` counts up from 1 without gaps."""

    __tablename__ = "audit_entries"

    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(BigInteger)
    what: Mapped[str]
    about: Mapped[str] = mapped_column(index=True)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    mac: Mapped[str]


class AuditHead(Record):
    """Where the chain ends: one row."""

    __tablename__ = "audit_head"

    last: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[str]


freeze(AuditEntry.__table__)  # type: ignore[arg-type]

_ENTRIES: Final = table_of(AuditEntry)
_HEAD: Final = table_of(AuditHead)
_ENTER: Final = PreparedChange(insert(_ENTRIES))
_LOCK_HEAD: Final = Prepared(select(_HEAD.c.last, _HEAD.c.mac).with_for_update())
_MOVE_HEAD: Final = PreparedChange(
    update(_HEAD).values(last=bindparam("new_last"), mac=bindparam("new_mac"))
)
_AS_JSON: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_AS_SHOWN: Final = json.JSONEncoder(sort_keys=True, default=str).encode


@value(frozen=True, slots=True, kw_only=True)
class Note:
    """A change to enter in the trail. `by` is a person's id, or None for the desk itself."""

    what: str
    about: str
    at: datetime
    by: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    why: str = ""


def note(session: Session, entry: Note) -> None:
    """Enter a change in the trail when this transaction commits."""
    session.info.setdefault(_PENDING, []).append(entry)


class End(NamedTuple):
    """Where the chain ends: the number of the last entry, and its HMAC."""

    last: int
    mac: str


@dataclass(slots=True)
class Chain:
    """
    The trail as one transaction continues it.

    Several changes may share the transaction: each is sealed in turn, and one that is taken
    back leaves the chain where it was before (`end`). The head is read, and locked, with the
    first entry, and moved once, at the close.
    """

    key: bytes
    end: End | None = None
    """None as long as there is no entry of this transaction."""

    def follow(self, session: Session) -> None:
        """Let the head that the session sees be this chain's."""
        session.info[_CHAIN] = self

    def seal(self, session: Session) -> None:
        """Write the entries that a session has collected behind those before them."""
        notes: list[Note] = session.info.pop(_PENDING, [])
        if not notes:
            return
        last, mac = self.end or _locked_head(session)
        for entry in notes:
            last += 1
            row = _row(last, entry)
            mac = mac_of(self.key, mac, row)
            change(session, _ENTER, {**row, "at": entry.at, "mac": mac})
        self.end = End(last, mac)

    def close(self, connection: Connection) -> None:
        """Keep where the chain ends now; called once, just before the commit."""
        if self.end:
            moved = {"new_last": self.end.last, "new_mac": self.end.mac}
            _MOVE_HEAD.carry_out(connection, moved)


def seal(session: Session, key: bytes) -> None:
    """Write the collected entries of a transaction that is one change; before its commit."""
    chain = Chain(key)
    chain.seal(session)
    if chain.end:
        chain.close(session.connection())


def head(session: Session) -> str:
    """Return the chain's head as `number:mac`, to be kept outside the database."""
    chain: Chain | None = session.info.get(_CHAIN)
    if chain and chain.end:
        return f"{chain.end.last}:{chain.end.mac}"
    row = session.execute(select(AuditHead.last, AuditHead.mac)).first()
    return f"{row.last}:{row.mac}" if row else f"0:{GENESIS}"


def verify(session: Session, key: bytes, *, kept_head: str | None = None) -> Iterator[str]:
    """
    Yield one sentence for each thing that is wrong with the trail; nothing means it is whole.

    :param kept_head: a head (`number:mac`) noted earlier outside the database.
    """
    mac, expected = GENESIS, 0
    kept = _split(kept_head) if kept_head else None
    for entry in session.scalars(
        select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)
    ):
        expected += 1
        if entry.id != expected:
            yield f"Entry {expected} is missing: the next one there is {entry.id}."
            expected = entry.id
        mac = mac_of(key, mac, _stored(entry))
        if not hmac.compare_digest(mac, entry.mac):
            yield f"Entry {entry.id} ({entry.what}, {entry.about}) was altered or moved."
            mac = entry.mac
        if kept and kept[0] == entry.id and kept[1] != entry.mac:
            yield f"Entry {entry.id} is not the one whose head was kept: rewritten."
    yield from _check_end(session, expected, mac)
    if kept and kept[0] > expected:
        yield f"The trail ends at {expected}, but entry {kept[0]} was seen: cut off."


def mac_of(key: bytes, previous: str, row: Mapping[str, Any]) -> str:
    """Return the HMAC-SHA256 of an entry, bound to the one before it."""
    return hmac.digest(key, f"{previous}|{_AS_JSON(row)}".encode(), "sha256").hex()


def _check_end(session: Session, last: int, mac: str) -> Iterator[str]:
    if head(session) != f"{last}:{mac}":
        yield f"The trail's head does not fit its last entry ({last})."


def _locked_head(session: Session) -> End:
    row = rows(session, _LOCK_HEAD, {}).first()
    if row is None:
        insert_new(session, _HEAD, [{"id": 1, "last": 0, "mac": GENESIS}])
        row = rows(session, _LOCK_HEAD, {}).one()
    return End(row.last, row.mac)


def _row(number: int, entry: Note) -> dict[str, Any]:
    return {
        "id": number,
        "at": entry.at.timestamp(),
        "by": entry.by,
        "what": entry.what,
        "about": entry.about,
        "before": _text(entry.before),
        "after": _text(entry.after),
        "why": entry.why,
    }


def _stored(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.timestamp(),
        "by": entry.by,
        "what": entry.what,
        "about": entry.about,
        "before": entry.before,
        "after": entry.after,
        "why": entry.why,
    }


def _text(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else _AS_SHOWN(values)


def _split(kept: str) -> tuple[int, str]:
    number, _, mac = kept.partition(":")
    return int(number), mac
