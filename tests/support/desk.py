"""
A whole desk without Teams: real database, real dialogs, real courier; people by hand.

    desk.agent("Ana"); desk.customer("Hotel Aurora", agent=ana, invoices=[invoice(...)])
    card = desk.say(ana, "list");  card = desk.press(ana, card, "No answer")
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from bot.app import switchboard
from bot.chat.card import Card, Json
from bot.chat.inbound import Arrival, ArrivalKind, Caller, Press, Saying, Spot, SpotKind
from bot.chat.sealing import HmacSeal
from bot.chat.switchboard import Answer
from bot.kernel.money import Money
from bot.policy import Policy
from bot.store.database import Database
from bot.store.postings import Posting
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.records import Invoice, InvoiceKind
from bot.workflows.people import queries as people
from bot.workflows.people.records import Person
from bot.workflows.people.rules import Member

TENANT = "72f988bf-0000-4000-8000-000000000001"
MONDAY_8_AM = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)
"""Monday, 8 June 2026, 08:00 in New York (20:00 in Manila)."""
TODAY = date(2026, 6, 8)
SEAL = HmacSeal(b"a key for tests")
KEY = b"an audit key for tests"


def texts(node: Any) -> Iterator[str]:
    """Every text that a drawn card shows."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("text", "title", "label", "value", "errorMessage") and isinstance(
                value, str
            ):
                yield value.replace("\\", "")
            else:
                yield from texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from texts(item)


def buttons(node: Any) -> Iterator[Json]:
    """Every button of a drawn card."""
    if isinstance(node, dict):
        if node.get("type") == "Action.Execute":
            yield node
        for name, value in node.items():
            if name != "fallback" and isinstance(value, (dict, list)):
                yield from buttons(value)
    elif isinstance(node, list):
        for item in node:
            yield from buttons(item)


def inputs(node: Any) -> dict[str, str]:
    """What the inputs of a drawn card hold: what a client would send untouched."""
    found: dict[str, str] = {}
    if isinstance(node, dict):
        if str(node.get("type", "")).startswith("Input."):
            found[node["id"]] = str(node.get("value", ""))
        for name, value in node.items():
            if name != "fallback":
                found |= inputs(value)
    elif isinstance(node, list):
        for item in node:
            found |= inputs(item)
    return found


@dataclass(frozen=True)
class Shown:
    """What somebody got: a drawn card, or a sentence."""

    card: Json | None
    sentence: str
    answer: Answer

    @property
    def text(self) -> str:
        """Everything it says."""
        return "\n".join(texts(self.card)) if self.card else self.sentence

    @property
    def titles(self) -> list[str]:
        """The buttons on it."""
        return [button["title"] for button in buttons(self.card)]

    def __contains__(self, words: str) -> bool:
        return words in self.text


def shown(answer: Answer) -> Shown:
    drawn = answer.card.draw(SEAL) if answer.card else None
    return Shown(drawn, answer.text, answer)


def drawn(card: Card) -> Shown:
    return shown(Answer(card=card))


@dataclass
class Desk:
    """A desk on a real database, its clock set by hand."""

    database: Database
    policy: Policy = field(default_factory=Policy)
    now: datetime = MONDAY_8_AM
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        if not inspect(self.database.engine).has_table("people"):
            self.database.create_tables()
        self.switchboard = switchboard(
            self.database, policy=self.policy, seal=SEAL, clock=lambda: self.now
        )

    # people and the book

    def person(self, name: str, roles: str = "agent", **given: Any) -> Member:
        first = name.split()[0].lower()
        row = {
            "entra_id": f"entra-{first}",
            "email": f"{first}@desk.example",
            "time_zone": "America/New_York",
            "shift_start": time(8),
            "shift_end": time(17),
            "shift_zone": "America/New_York",
            "learned_at": self.now,
        } | given
        with self.database.transaction() as session:
            person = Person(name=name, roles=roles, tenant_id="", **row)
            session.add(person)
            session.flush()
            return person.as_member()

    def customer(
        self, name: str, *, agent: Member | None = None, payer: int | None = None, **given: Any
    ) -> int:
        row = {"time_zone": "America/New_York", "phone": "+1 212 555 0100"} | given
        with self.database.transaction() as session:
            customer = Customer(
                number=row.pop("number", f"C{next(self._count):04d}"),
                name=name,
                payer_id=payer or 0,
                agent_id=agent.id if agent else None,
                learned_at=self.now,
                **row,
            )
            if payer is None:
                customer.id = 10_000 + next(self._count)
                customer.payer_id = customer.id
            session.add(customer)
            session.flush()
            return customer.id

    def invoice(
        self,
        customer_id: int,
        amount: str,
        *,
        days_past_due: int = 10,
        today: date = TODAY,
        kind: str = "other",
        **given: Any,
    ) -> int:
        money = Money.parse(amount, given.pop("currency", "USD"))
        due = given.pop("due_date", today - timedelta(days=days_past_due))
        dated = given.pop("invoice_date", due - timedelta(days=30))
        with self.database.transaction() as session:
            customer = session.get_one(Customer, customer_id)
            invoice = Invoice(
                number=given.pop("number", f"INV-{next(self._count):04d}"),
                customer_id=customer_id,
                payer_id=customer.payer_id,
                kind=InvoiceKind(kind),
                currency=money.currency,
                invoice_date=dated,
                due_date=due,
                amount=money.minor,
                service_month=given.pop("service_month", dated.year * 12 + dated.month - 1),
                learned_at=self.now,
                **given,
            )
            session.add(invoice)
            session.flush()
            return invoice.id

    # time

    def wait(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    # chat

    def say(self, who: Member | str, text: str, *, spot: Spot | None = None) -> Shown:
        saying = Saying(caller=self.caller(who), spot=spot or personal(who), text=text)
        return shown(asyncio.run(self.switchboard.answer_saying(saying)))

    def press(
        self,
        who: Member | str,
        card: Shown | Json,
        title: str,
        typed: Mapping[str, str] | None = None,
        *,
        spot: Spot | None = None,
    ) -> Shown:
        """Press a button by its title, with the inputs as drawn but for what is `typed`."""
        node = card.card if isinstance(card, Shown) else card
        found = [button for button in buttons(node) if button["title"] == title]
        assert found, f"no button {title!r} among {[b['title'] for b in buttons(node)]}"
        data = found[0]["data"] | inputs(node) | dict(typed or {})
        return self.send(who, found[0]["verb"], data, spot=spot)

    def send(
        self, who: Member | str, verb: str, data: Json, *, spot: Spot | None = None
    ) -> Shown:
        press = Press(caller=self.caller(who), spot=spot or personal(who), verb=verb, data=data)
        return shown(asyncio.run(self.switchboard.answer_press(press)))

    def installs(self, who: Member | str) -> tuple[Shown, ...]:
        arrival = Arrival(
            caller=self.caller(who), spot=personal(who), kind=ArrivalKind.INSTALLED
        )
        return tuple(shown(a) for a in asyncio.run(self.switchboard.arrived(arrival)))

    def caller(self, who: Member | str) -> Caller:
        if isinstance(who, str):
            return Caller(tenant_id=TENANT, entra_id=who)
        with self.database.reading() as session:
            entra_id = session.get_one(Person, who.id).entra_id
        return Caller(tenant_id=TENANT, entra_id=entra_id, name=who.name)

    def reading(self) -> Any:
        return self.database.reading()

    def member(self, who: Member) -> Member:
        with self.database.reading() as session:
            return people.get(session, who.id)

    def owed(self, place: str) -> list[str]:
        """The cards that wait to be delivered to a place, by name."""
        with self.database.reading() as session:
            return _owed(session, place)


def personal(who: Member | str) -> Spot:
    name = who if isinstance(who, str) else str(who.id)
    return Spot(kind=SpotKind.PERSONAL, conversation_id=f"a:{name}")


def channel(name: str = "Suspension meeting", thread: str | None = None) -> Spot:
    return Spot(
        kind=SpotKind.CHANNEL,
        conversation_id="19:suspension@thread.tacv2",
        thread_id=thread,
        name=name,
    )


def _owed(session: Session, place: str) -> list[str]:
    due = select(Posting.card).where(Posting.place == place, Posting.drawn < Posting.wanted)
    return list(session.scalars(due.order_by(Posting.id)))
