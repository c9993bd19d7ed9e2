"""
From something done in chat to its answer: one turn, one transaction.

Whoever it was is looked up at that moment by tenant and Entra id; so is their role. Whatever
goes wrong ends here: a refusal as its sentence (or as the form again, with what was typed), a
bug as a reference number, with the traceback in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.chat import commands
from bot.chat.card import Card
from bot.chat.dialog import Command, Dialog, Handler, Turn
from bot.chat.form import NotFilledIn
from bot.chat.inbound import (
    Arrival,
    ArrivalKind,
    Caller,
    HandedOver,
    Press,
    Saying,
    Spot,
    SpotKind,
)
from bot.chat.links import NO_LINKS, Links
from bot.chat.sealing import HmacSeal, Pressed
from bot.kernel.card_numbers import redact
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.database import Database
from bot.store.postings import Showing
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, check_role
from bot.workflows.proofs.rules import Received

log = logging.getLogger(__name__)

STRANGER: Final = (
    "Hello. I am the AR desk's assistant, and I do not know you yet. If you work with the "
    "collections team, ask a lead to add you."
)
CARD_NUMBER: Final = (
    "That looks like a card number, a password or a government id. The desk never keeps those, "
    "and nothing of it was saved. "
    "Please delete your message, and send the customer the payment portal's link instead."
)
NO_FILES: Final = "I take no files."
PRIVATE: Final = "Others read along here. Please write “{}” to me in our own chat."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to say back: a card, or a sentence. Both empty: nothing."""

    card: Card | None = None
    text: str = ""
    showing: Showing | None = None
    keeps_earlier: bool = False


@dataclass(frozen=True, kw_only=True)
class Switchboard:
    """Hands each press and each saying to the dialog that answers it."""

    database: Database
    dialogs: tuple[Dialog, ...]
    policy: Policy
    seal: HmacSeal
    clock: Callable[[], datetime]
    nonces: Callable[[], str]
    links: Links = NO_LINKS
    handlers: dict[str, Handler] = field(init=False, default_factory=dict)
    _commands: list[Command] = field(init=False, default_factory=list)
    _receivers: list[Handler] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        for dialog in self.dialogs:
            self._receivers.extend(dialog.receivers)
            self.handlers.update(dialog.handlers)
            self._commands.extend(dialog.commands)

    async def answer_press(self, press: Press) -> Answer:
        """Answer a button; never raises."""
        try:
            pressed = self.seal.open(press.data)
            handler = self.handlers.get(pressed.verb)
            if handler is None or (press.is_automatic and not handler.only_reads):
                return Answer(text="This button does nothing any more. Type `list` or `help`.")
        except Refused as refusal:
            return Answer(text=str(refusal))
        typed = _typed(press.data)
        return await self._answer(handler, press.caller, press.spot, _From(pressed, typed))

    async def answer_saying(self, saying: Saying) -> Answer:
        """Answer typed words; never raises."""
        if redact(saying.text) != saying.text:
            return Answer(text=CARD_NUMBER)
        text = commands.as_command(saying.text, saying.spot.kind)
        command, words = commands.match(self.commands(), text)
        if command and not command.may_be_said_in(saying.spot):
            return Answer(text=PRIVATE.format(command.name))
        handler = command.handler if command else self._fallback(saying.spot.kind)
        given = _From(words=words)
        return await self._answer(handler, saying.caller, saying.spot, given)

    async def may_hand_over(self, handed: HandedOver) -> Answer | None:
        """Return why whoever it was may hand over no file; None if they may. Never raises."""
        if not self._receivers:
            return Answer(text=NO_FILES)
        said = (handed.text, *(file.name for file in handed.files))
        if any(redact(words) != words for words in said):
            return Answer(text=CARD_NUMBER)
        looks = Handler(
            answer=lambda turn: None, only_reads=True, roles=self._receivers[0].roles
        )
        answer = await self._answer(looks, handed.caller, handed.spot, _From())
        return answer if answer.text else None

    async def answer_files(
        self, handed: HandedOver, received: tuple[Received, ...], problems: tuple[str, ...]
    ) -> Answer:
        """Answer files that are on the desk's disk; never raises."""
        given = _From(words=handed.text, received=received, problems=problems)
        return await self._answer(self._receivers[0], handed.caller, handed.spot, given)

    async def arrived(self, arrival: Arrival) -> tuple[Answer, ...]:
        """Greet whoever installed the app, and offer again what is current; never raises."""
        if arrival.kind is not ArrivalKind.INSTALLED or arrival.spot.kind is SpotKind.GROUP:
            return ()
        greetings = [g for dialog in self.dialogs for g in dialog.greetings]
        answers = [
            await self._answer(greeting, arrival.caller, arrival.spot, _From())
            for greeting in greetings
        ]
        return tuple(answer for answer in _once(answers) if answer.card or answer.text)

    def commands(self) -> list[Command]:
        """Return everything that can be typed."""
        return self._commands

    def _fallback(self, kind: SpotKind) -> Handler:
        for dialog in self.dialogs:
            if kind in dialog.fallbacks:
                return dialog.fallbacks[kind]
        [unknown] = [c for c in self.commands() if c.name == commands.UNKNOWN]
        return unknown.handler

    async def _answer(
        self, handler: Handler, caller: Caller, spot: Spot, given: _From
    ) -> Answer:
        fresh = self.nonces()

        def work(session: Session) -> Answer:
            return self._in_turn(session, handler, (caller, spot), given.with_nonce(fresh))

        run = self.database.read if handler.only_reads else self.database.write
        try:
            return await run(work)
        except Refused as refusal:
            kind = type(refusal).__name__
            log.info("Refused %s of tenant %s: %s", caller.entra_id, caller.tenant_id, kind)
            return await self._refuse(handler, (caller, spot), given.with_nonce(fresh), refusal)
        except Exception:
            log.exception("A turn failed; reference %s", fresh[:8])
            return Answer(
                text="Something went wrong at the desk, and nothing was changed. Please try "
                f"again, and tell your lead this reference if it stays: {fresh[:8]}."
            )

    def _in_turn(
        self, session: Session, handler: Handler, where: tuple[Caller, Spot], given: _From
    ) -> Answer:
        caller, spot = where
        who = people.by_account(session, tenant_id=caller.tenant_id, entra_id=caller.entra_id)
        if who is None:
            return Answer(text=STRANGER)
        check_role(who, handler.roles, what="That")
        reply = handler.answer(self._turn(session, who, spot, given))
        if isinstance(reply, Card):
            return Answer(card=reply)
        if reply is None:
            return Answer()
        return Answer(card=reply.card, showing=reply.showing, keeps_earlier=reply.keeps_earlier)

    async def _refuse(
        self, handler: Handler, where: tuple[Caller, Spot], given: _From, refusal: Refused
    ) -> Answer:
        if handler.redraw is None:
            return Answer(text=str(refusal))
        known = refusal.problems if isinstance(refusal, NotFilledIn) else {"": str(refusal)}
        redraw = handler.redraw
        again = Handler(
            answer=lambda turn: redraw(turn, known), only_reads=True, roles=handler.roles
        )
        try:
            return await self.database.read(
                lambda session: self._in_turn(session, again, where, given)
            )
        except Refused:
            return Answer(text=str(refusal))
        except Exception:
            log.exception("A form could not be drawn again")
            return Answer(text=str(refusal))

    def _turn(self, session: Session, who: Member, spot: Spot, given: _From) -> Turn:
        pressed = given.pressed
        return Turn(
            who=who,
            now=self.clock(),
            session=session,
            policy=self.policy,
            spot=spot,
            fresh=given.fresh,
            about=pressed.about if pressed else None,
            version=pressed.version if pressed else None,
            nonce=pressed.nonce if pressed else None,
            fixed=pressed.fixed if pressed else {},
            typed=given.typed,
            words=given.words,
            commands=self._commands,
            links=self.links,
            received=given.received,
            problems=given.problems,
        )


@dataclass(frozen=True, slots=True)
class _From:
    pressed: Pressed | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    fresh: str = ""
    received: tuple[Received, ...] = ()
    problems: tuple[str, ...] = ()

    def with_nonce(self, fresh: str) -> _From:
        return replace(self, fresh=fresh)


def _typed(data: Mapping[str, Any]) -> dict[str, str]:
    words = {name: value for name, value in data.items() if isinstance(value, str)}
    return {name: redact(value) for name, value in words.items() if name != "ar"}


def _once(answers: Iterable[Answer]) -> list[Answer]:
    kept: list[Answer] = []
    for answer in answers:
        if answer.card or answer.text not in {other.text for other in kept if not other.card}:
            kept.append(answer)
    return kept
