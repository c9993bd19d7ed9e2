"""Carrying the desk's cards to their places in Teams."""

from __future__ import annotations

from bot.chat.card import Card, Json, Seal
from bot.chat.messenger import Gone, NotSent, Sent
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.store.addresses import AddressKind, Heard
from bot.store.postings import Place
from bot.teams import messages
from bot.teams.addresses import AddressBook, Way
from bot.teams.connector import Connector, Line, NoConversation


@dataclass(frozen=True, kw_only=True)
class TeamsMessenger:
    """The `Messenger` that the courier uses."""

    connector: Connector
    addresses: AddressBook
    seal: Seal

    async def post(self, place: Place, card: Card) -> Sent:
        """
        Show a new card in a place; a chat that is not open yet is opened first.

        :raises Undelivered: as its subclasses say.
        """
        message = messages.card_message(card, self.seal)
        way = await self._open_way(place)
        try:
            return await self._post(way, message)
        except NoConversation as error:
            await self._lose(way)
            if way.kind is not AddressKind.PERSONAL:
                raise
            raise NotSent(f"the chat has to be opened anew: {error}") from error
        except Gone:
            await self.addresses.removed(way.line.conversation_id)
            raise

    async def replace(self, place: Place, sent: Sent, card: Card) -> None:
        """
        Show a card where another one stands; may be repeated safely.

        :raises Undelivered: as its subclasses say; `Vanished` if it is no longer there.
        """
        way = await self._way_to(place)
        line = Line(way.line.service_url, sent.conversation_id)
        message = messages.card_message(card, self.seal)
        await self.connector.replace(line, sent.message_id, message)

    async def _open_way(self, place: Place) -> Way:
        way = await self._way_to(place)
        return way if way.is_open else await self._open(way)

    async def _way_to(self, place: Place) -> Way:
        try:
            return await self.addresses.way_to(place)
        except Refused as refusal:
            raise NotSent(str(refusal)) from refusal

    async def _post(self, way: Way, message: Json) -> Sent:
        if way.kind is AddressKind.CHANNEL:
            opened = await self.connector.open_thread(
                way.line, tenant_id=way.tenant_id, message=message
            )
            return Sent(opened.conversation_id, opened.message_id)
        sent = await self.connector.post(way.line, message)
        return Sent(way.line.conversation_id, sent)

    async def _open(self, way: Way) -> Way:
        try:
            opened = await self.connector.open_personal(
                way.line.service_url, tenant_id=way.tenant_id, entra_id=way.entra_id
            )
        except NoConversation as error:
            raise Gone(str(error)) from error
        heard = Heard(
            conversation_id=opened.conversation_id,
            kind=AddressKind.PERSONAL,
            tenant_id=way.tenant_id,
            service_url=way.line.service_url,
            entra_id=way.entra_id,
        )
        try:
            await self.addresses.note(heard)
        except Refused as refusal:
            raise NotSent(str(refusal)) from refusal
        line = Line(way.line.service_url, opened.conversation_id)
        return Way(line=line, tenant_id=way.tenant_id, kind=way.kind, entra_id=way.entra_id)

    async def _lose(self, way: Way) -> None:
        if way.kind is AddressKind.PERSONAL:
            await self.addresses.forget(way.line.conversation_id)
