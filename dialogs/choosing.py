"""Reading what was chosen or named: a payer by its name, one of several choices."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from bot.chat.card import Button, Buttons, Card, Text
from bot.chat.dialog import Turn
from bot.chat.form import NotFilledIn
from bot.chat.inbound import SpotKind
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer

Choice = TypeVar("Choice", bound=StrEnum)


class NobodyNamed(Refused):
    """No payer was named, or none is called like that."""


class NotInPrivate(Refused):
    """That is for the person's own chat."""


def check_private(turn: Turn) -> None:
    """
    Check that this is the person's own chat: what a payer owes is not for a channel.

    :raises NotInPrivate: if it is not.
    """
    if turn.spot.kind is not SpotKind.PERSONAL:
        raise NotInPrivate("Please ask me that in our own chat, not here.")


def payer_named(
    turn: Turn, name: str, *, verb: str, fixed: Mapping[str, str | int] | None = None
) -> Customer | Card:
    """
    Return the payer of that name, or a card to choose from the nearest ones.

    A name that is merely alike is never taken for the one that was meant: what follows would be
    logged with somebody else.

    :param verb: what choosing one does.
    :param fixed: what else was typed, so that choosing one keeps it.
    :raises NobodyNamed: if there is none.
    """
    wanted = name.strip().casefold()
    if not wanted:
        raise NobodyNamed("Please name the customer, too.")
    found = customers.search(turn.session, wanted, limit=6)
    exact = [c for c in found if wanted in (c.name.casefold(), c.number.casefold())]
    if len(exact) == 1:
        return exact[0]
    if len(found) == 1 and _is_called(turn, found[0], wanted):
        return found[0]
    if not found:
        raise NobodyNamed(f"I know no customer called “{name.strip()}”.")
    kept = fixed or {}
    buttons = tuple(Button(title=c.name, verb=verb, about=c.id, fixed=kept) for c in found)
    count = "Several customers are" if len(found) > 1 else "One customer is"
    text = Text(text=f"{count} called something like that.")
    return Card(title="Which one?", body=(text, Buttons(actions=buttons)))


def _is_called(turn: Turn, payer: Customer, wanted: str) -> bool:
    """Test if the words are part of a payer's name, or of that of one of its sites."""
    return any(
        wanted in part.casefold()
        for account in customers.sites_of(turn.session, payer.id)
        for part in (account.name, account.number, account.site)
    )


def one_of(kind: type[Choice], typed: str, *, field: str) -> Choice:
    """
    Return the choice typed.

    :raises NotFilledIn: if it is none of those offered.
    """
    try:
        return kind(typed)
    except ValueError:
        raise NotFilledIn({field: "Please choose one of the list."}) from None


def foot(turn: Turn, payer: Customer, *, verb: str) -> tuple[Button, Button]:
    """Return the buttons of a request's form: send it (once), or go back to the payer."""
    send = Button(
        title="Send for decision",
        verb=verb,
        about=payer.id,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    back = Button(title="Back", verb="customers.open", about=payer.id, checks_inputs=False)
    return send, back


def in_currency(amount: Money, currency: str) -> Money:
    """Return an amount typed without its currency in the currency that is meant."""
    return Money(amount.minor, currency)
