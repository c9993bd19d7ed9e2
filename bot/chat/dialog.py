"""Dialogs: which function answers which button and which words, and which draws which card."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from itertools import takewhile
from pathlib import PurePath

from sqlalchemy.orm import Session

from bot.chat.card import Card, Link
from bot.chat.inbound import Spot, SpotKind
from bot.chat.links import NO_LINKS, Links
from bot.kernel.shapes import value
from bot.policy import Policy
from bot.store.postings import CardName, Place, Showing
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import AT_THE_DESK, EVERYBODY, Member, Role
from bot.workflows.proofs.rules import Received


@value(frozen=True, slots=True, kw_only=True)
class View:
    """What is needed to draw a card from its record as it is now."""

    session: Session
    now: datetime
    policy: Policy
    about: int
    fresh: str = ""
    """A nonce for a form that this card may carry."""
    place: Place | None = None
    """Where the card will stand: whose time zone and whose buttons it shows."""
    links: Links = NO_LINKS
    is_shared: bool = False
    """Others read along, so that a link is nobody's own."""

    @property
    def today(self) -> date:
        """The company's date."""
        return self.policy.company_date(self.now)

    def link(self, path: str | PurePath, title: str) -> tuple[Link, ...]:
        """
        Return a button that opens a file that the desk drew; none where people cannot reach it.

        :param path: below the desk's home, in one of its folders of drawn files.
        """
        place = None if self.is_shared else self.place
        return self.links.to(path, title, place=place, at=self.now)


@value(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that somebody did in chat, and what is needed to answer it."""

    who: Member
    now: datetime
    session: Session
    policy: Policy
    spot: Spot
    fresh: str = ""
    """A nonce for the form that the answer may carry."""
    about: int | None = None
    version: int | None = None
    nonce: str | None = None
    fixed: Mapping[str, str | int] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    """What was typed after the command's name."""
    commands: Sequence[Command] = ()
    """Everything that can be typed, for those who ask."""
    links: Links = NO_LINKS
    received: tuple[Received, ...] = ()
    """The files that came with the words and are on the desk's disk."""
    problems: tuple[str, ...] = ()
    """What is to be said of those that are not, a sentence each."""

    @property
    def today(self) -> date:
        """The company's date."""
        return self.policy.company_date(self.now)

    @property
    def record(self) -> int:
        """The record that the pressed button is about."""
        if self.about is None:
            raise LookupError("this button is about no record")
        return self.about

    def view(self, about: int) -> View:
        """Return what is needed to draw a card about that record in this turn."""
        return View(
            session=self.session,
            now=self.now,
            policy=self.policy,
            about=about,
            fresh=self.fresh,
            place=place_of(self.who.id),
            links=self.links,
            is_shared=self.spot.kind is not SpotKind.PERSONAL,
        )


@value(frozen=True, slots=True, kw_only=True)
class Reply:
    """The card that answers; `showing` names the posting whose kept copy it becomes."""

    card: Card
    showing: Showing | None = None
    keeps_earlier: bool = False
    """The message that was the kept copy before is redrawn beside it."""


Answer = Callable[[Turn], Card | Reply | None]
Drawing = Callable[[View], Card]
Redraw = Callable[[Turn, Mapping[str, str]], Card]
"""Draws a form again with what was typed; the mapping holds a sentence per field, or under
`""` for the form as a whole."""


@value(frozen=True, slots=True, kw_only=True)
class Handler:
    """How a button is answered."""

    answer: Answer
    only_reads: bool
    roles: frozenset[Role]
    redraw: Redraw | None = None


@value(frozen=True, slots=True, kw_only=True)
class Command:
    """Words that can be typed."""

    name: str
    usage: str
    help: str
    handler: Handler
    is_public: bool = False

    def may_be_said_in(self, spot: Spot) -> bool:
        """Test if the answer may be read by whoever is in that conversation."""
        return self.is_public or spot.kind is SpotKind.PERSONAL


class Dialog:
    """The buttons, words and cards of one workflow."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.handlers: dict[str, Handler] = {}
        self.commands: list[Command] = []
        self.drawings: dict[CardName, Drawing] = {}
        self.greetings: list[Handler] = []
        self.fallbacks: dict[SpotKind, Handler] = {}
        self.receivers: list[Handler] = []

    def on(
        self,
        verb: str,
        *,
        only_reads: bool = False,
        roles: Collection[Role] = AT_THE_DESK,
        redraw: Redraw | None = None,
    ) -> Callable[[Answer], Answer]:
        """
        Answer a button with the decorated function.

        :param only_reads: it changes nothing, so it runs beside the writer.
        :param redraw: draws the form again when the answer is `NotFilledIn` or `Refused`.
        """

        def register(answer: Answer) -> Answer:
            self.handlers[f"{self.name}.{verb}"] = Handler(
                answer=answer, only_reads=only_reads, roles=frozenset(roles), redraw=redraw
            )
            return answer

        return register

    def says(
        self,
        usage: str,
        *,
        help: str,
        only_reads: bool = False,
        roles: Collection[Role] = AT_THE_DESK,
        is_public: bool = False,
    ) -> Callable[[Answer], Answer]:
        """
        Answer typed words with the decorated function.

        :param usage: such as `find NAME`: its first words, in lower case, are the name.
        :param is_public: it may also be said in a channel or group, where others read along.
        """

        def register(answer: Answer) -> Answer:
            name = " ".join(takewhile(str.islower, usage.split()))
            handler = Handler(answer=answer, only_reads=only_reads, roles=frozenset(roles))
            self.commands.append(
                Command(name=name, usage=usage, help=help, handler=handler, is_public=is_public)
            )
            return answer

        return register

    def otherwise_in(
        self, kind: SpotKind, *, roles: Collection[Role] = EVERYBODY
    ) -> Callable[[Answer], Answer]:
        """Answer words that are no command in such a conversation, instead of `UNKNOWN`."""

        def register(answer: Answer) -> Answer:
            self.fallbacks[kind] = Handler(
                answer=answer, only_reads=False, roles=frozenset(roles)
            )
            return answer

        return register

    def receives(self, *, roles: Collection[Role] = AT_THE_DESK) -> Callable[[Answer], Answer]:
        """Answer files that were handed over with the decorated function."""

        def register(answer: Answer) -> Answer:
            self.receivers.append(
                Handler(answer=answer, only_reads=False, roles=frozenset(roles))
            )
            return answer

        return register

    def greets(self, *, roles: Collection[Role] = AT_THE_DESK) -> Callable[[Answer], Answer]:
        """
        Offer again what is current when somebody installs the app or opens it anew.

        The decorated function returns None when it has nothing to offer; whoever has none of
        the roles is offered nothing, without a word.
        """
        theirs = frozenset(roles)

        def register(answer: Answer) -> Answer:
            def offer(turn: Turn) -> Card | Reply | None:
                return answer(turn) if turn.who.roles & theirs else None

            self.greetings.append(Handler(answer=offer, only_reads=False, roles=EVERYBODY))
            return answer

        return register

    def draws(self, card: CardName) -> Callable[[Drawing], Drawing]:
        """Draw a card with the decorated function, from the record it is about."""

        def register(drawing: Drawing) -> Drawing:
            self.drawings[card] = drawing
            return drawing

        return register
