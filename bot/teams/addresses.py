"""
Finding the way to people and channels, and noticing when they come and go.

What was heard a moment ago is kept in memory, so that an ordinary turn asks the database
nothing; it is looked at again after `KEPT` seconds, since other replicas hear things, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.chat.messenger import Gone, NotSent, Rejected
from bot.kernel.shapes import dataclass
from bot.store import addresses, postings
from bot.store.addresses import Address, AddressKind, Heard
from bot.store.database import Database
from bot.store.postings import Place, Posting
from bot.teams.connector import Line
from bot.workflows.people import queries as people
from bot.workflows.people.records import Person, place_of

KEPT: Final = 60.0
MOST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to get to a place."""

    line: Line
    tenant_id: str
    kind: AddressKind
    entra_id: str = ""
    is_open: bool = True
    """False for a personal chat that has to be opened first."""


@dataclass(frozen=True, kw_only=True)
class AddressBook:
    """Every conversation that the desk may speak in."""

    database: Database
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    service_url: str
    """Where a chat is opened with somebody who was never heard; empty: nowhere."""
    tenant_id: str
    _known: dict[str, tuple[Heard, float]] = field(default_factory=dict)

    async def note(self, heard: Heard) -> None:
        """Remember where the desk was just spoken to; deliver what waited for them."""
        known, until = self._known.get(heard.conversation_id, (None, 0.0))
        if known == heard and self.monotonic() < until:
            return
        if not await self.database.read(lambda session: _is_same(session, heard)):
            at = self.clock()
            await self.database.write(lambda session: _remember(session, heard, at))
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[heard.conversation_id] = (heard, self.monotonic() + KEPT)

    async def installed(self, heard: Heard) -> bool:
        """Remember an installation; True if it was not greeted yet."""
        at = self.clock()

        def work(session: Session) -> bool:
            _remember(session, heard, at)
            return addresses.claim_greeting(session, heard.conversation_id, at=at)

        return await self.database.write(work)

    async def removed(self, conversation_id: str) -> None:
        """Remember that the app was removed there, or blocked."""
        at = self.clock()
        self._known.pop(conversation_id, None)
        await self.database.write(
            lambda session: addresses.remove(session, conversation_id, at=at)
        )

    async def forget(self, conversation_id: str) -> None:
        """Forget a personal chat that Teams does not know any more."""
        self._known.pop(conversation_id, None)
        await self.database.write(lambda session: addresses.forget(session, conversation_id))

    async def way_to(self, place: Place) -> Way:
        """
        Return how to get to a place.

        :raises Gone: if the person or channel removed the app.
        :raises NotSent: if the message whose thread it is has not been shown yet.
        """
        kind, _, number = place.partition(":")
        if not number.isdigit() or kind not in ("person", "channel", "thread"):
            raise Rejected(f"{place!r} is not a place")
        finding = {"person": self._to_person, "channel": _to_channel, "thread": _to_thread}
        find = finding[kind]
        return await self.database.read(lambda session: find(session, int(number)))

    def _to_person(self, session: Session, person_id: int) -> Way:
        person = session.get(Person, person_id)
        if person is None or not person.is_active:
            raise Gone("this person is not active at the desk")
        address = addresses.personal(
            session, tenant_id=person.tenant_id, entra_id=person.entra_id
        )
        if address:
            return _way(address)
        if not self.service_url:
            raise Gone("they have not opened the app yet")
        return Way(
            line=Line(self.service_url, ""),
            tenant_id=person.tenant_id or self.tenant_id,
            kind=AddressKind.PERSONAL,
            entra_id=person.entra_id,
            is_open=False,
        )


def _to_channel(session: Session, address_id: int) -> Way:
    address = session.get(Address, address_id)
    if address is None:
        raise Gone("this channel is not known any more")
    return _way(address)


def _to_thread(session: Session, posting_id: int) -> Way:
    head = session.get(Posting, posting_id)
    if head is None or not head.message_id or not head.conversation_id:
        raise NotSent("the message at the head of this thread is not shown yet")
    channel, _, _ = head.conversation_id.partition(";")
    address = addresses.of(session, channel)
    if address is None:
        raise Gone("the channel of this thread is not known any more")
    way = _way(address)
    if way.kind is not AddressKind.CHANNEL:
        return way
    line = Line(way.line.service_url, f"{channel};messageid={head.message_id}")
    return Way(line=line, tenant_id=way.tenant_id, kind=AddressKind.GROUP)


def _way(address: Address) -> Way:
    if address.removed_at:
        raise Gone("the app was removed or blocked there")
    return Way(
        line=Line(address.service_url, address.conversation_id),
        tenant_id=address.tenant_id,
        kind=address.kind,
        entra_id=address.entra_id,
    )


def _is_same(session: Session, heard: Heard) -> bool:
    known = addresses.of(session, heard.conversation_id)
    if known is None or known.removed_at:
        return False
    return known.service_url == heard.service_url and heard.name in ("", known.name)


def _remember(session: Session, heard: Heard, at: datetime) -> None:
    if not addresses.remember(session, heard, at=at):
        return
    address = addresses.of(session, heard.conversation_id)
    assert address is not None
    postings.revive(session, Place(f"channel:{address.id}"), at=at)
    person = people.by_account(session, tenant_id=heard.tenant_id, entra_id=heard.entra_id)
    if person and heard.kind is AddressKind.PERSONAL:
        postings.revive(session, place_of(person.id), at=at)
