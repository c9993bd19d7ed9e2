"""
The conversations the desk has been heard in, so that it can speak there by itself.

A personal chat belongs to one Microsoft account; a channel or a group chat to nobody. The
service URL may change at any time and is taken from whatever arrived last.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.kernel.shapes import dataclass
from bot.store.base import Record
from bot.store.postings import Place

GREETING_PAUSE: Final = timedelta(seconds=5)
"""Teams announces one installation two or three times within moments."""


class AddressKind(StrEnum):
    """What kind of conversation it is."""

    PERSONAL = "personal"
    CHANNEL = "channel"
    GROUP = "group"


class Address(Record):
    """One conversation."""

    __tablename__ = "addresses"

    conversation_id: Mapped[str] = mapped_column(unique=True)
    """Without any `;messageid=` suffix."""
    kind: Mapped[AddressKind]
    tenant_id: Mapped[str]
    entra_id: Mapped[str] = mapped_column(index=True, default="")
    """Whose personal chat it is; empty for channels and groups."""
    service_url: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    heard_at: Mapped[datetime]
    greeted_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A conversation as an arriving activity describes it."""

    conversation_id: str
    kind: AddressKind
    tenant_id: str
    service_url: str
    entra_id: str = ""
    name: str = ""


def remember(session: Session, heard: Heard, *, at: datetime) -> bool:
    """Note where the desk was just heard; True if it was not known, or had been removed."""
    address = of(session, heard.conversation_id)
    if address is None:
        session.add(_new(heard, at))
        session.flush()
        return True
    was_away = address.removed_at is not None
    address.service_url, address.heard_at, address.removed_at = heard.service_url, at, None
    address.name = heard.name or address.name
    return was_away


def remove(session: Session, conversation_id: str, *, at: datetime) -> None:
    """Note that the app is no longer there."""
    gone = update(Address).where(Address.conversation_id == conversation_id)
    session.execute(gone.values(removed_at=at))


def forget(session: Session, conversation_id: str) -> None:
    """Forget a personal chat that Teams no longer knows, so that it is opened anew."""
    if (address := of(session, conversation_id)) and address.kind is AddressKind.PERSONAL:
        session.delete(address)


def claim_greeting(session: Session, conversation_id: str, *, at: datetime) -> bool:
    """Claim the greeting of an installation, which Teams announces more than once."""
    quiet = or_(Address.greeted_at.is_(None), Address.greeted_at < at - GREETING_PAUSE)
    claim = update(Address).where(Address.conversation_id == conversation_id, quiet)
    result = cast(CursorResult[object], session.execute(claim.values(greeted_at=at)))
    return result.rowcount == 1


def of(session: Session, conversation_id: str) -> Address | None:
    """Return the conversation with that id, if the desk was heard there."""
    return session.scalar(select(Address).filter_by(conversation_id=conversation_id))


def personal(session: Session, *, tenant_id: str, entra_id: str) -> Address | None:
    """Return the personal chat of an account (`tenant_id` empty: of any tenant)."""
    known = select(Address).where(
        Address.kind == AddressKind.PERSONAL, Address.entra_id == entra_id.lower()
    )
    if tenant_id:
        known = known.where(Address.tenant_id == tenant_id.lower())
    return session.scalars(known.order_by(Address.heard_at.desc())).first()


def place_in(session: Session, conversation_id: str) -> Place:
    """
    Return the place that is a channel or group chat the desk was spoken to in.

    :raises LookupError: if nothing was ever heard there.
    """
    address = of(session, conversation_id)
    if address is None:
        raise LookupError(f"nothing was heard in the conversation {conversation_id}")
    return Place(f"channel:{address.id}")


def with_app(session: Session) -> set[str]:
    """Return the Entra ids of everybody whose personal chat has the app."""
    there = select(Address.entra_id).where(
        Address.kind == AddressKind.PERSONAL, Address.removed_at.is_(None)
    )
    return set(session.scalars(there))


def _new(heard: Heard, at: datetime) -> Address:
    return Address(
        conversation_id=heard.conversation_id,
        kind=heard.kind,
        tenant_id=heard.tenant_id.lower(),
        entra_id=heard.entra_id.lower(),
        service_url=heard.service_url,
        name=heard.name,
        heard_at=at,
    )
