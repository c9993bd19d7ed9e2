"""Finding a customer, reviewing its account, and logging a call with it (R15, R24)."""

from __future__ import annotations

from bot.chat.card import (
    Button,
    Buttons,
    Card,
    Cell,
    Columns,
    Text,
)
from bot.chat.dialog import Dialog, Turn
from bot.kernel.errors import Refused
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK, Role
from bot.workflows.worklists import shifts
from dialogs import account_card, choosing
from dialogs.call_card import Seat
from dialogs.next_payer import draw as draw_call
from dialogs.next_payer import next_card

dialog = Dialog("customers")


MOST_FOUND = 8
READERS = AT_THE_DESK | {Role.AUDITOR}


class NobodyFound(Refused):
    """No customer is called anything like that."""


@dialog.says(
    "find NAME", help="customers whose name is like it", only_reads=True, roles=READERS
)
def find(turn: Turn) -> Card:
    """Show the customers nearest to a name."""
    return found(turn, turn.words)


@dialog.says(
    "customer NAME", help="everything about an account", only_reads=True, roles=READERS
)
def review(turn: Turn) -> Card:
    """Show the account review of a customer by its name."""
    chosen = choosing.payer_named(turn, turn.words, verb="customers.open")
    return chosen if isinstance(chosen, Card) else account_card.draw(turn, chosen.id)


@dialog.says(
    "log NAME", help="log a call with any customer, also one that came in", only_reads=True
)
def log(turn: Turn) -> Card:
    """Show the outcomes for a call with a customer; without a name, with whoever is next."""
    choosing.check_private(turn)
    if not turn.words:
        return next_card(turn, Seat(None))
    chosen = choosing.payer_named(turn, turn.words, verb="customers.log")
    return chosen if isinstance(chosen, Card) else _log(turn, chosen.id)


@dialog.on("open", only_reads=True, roles=READERS)
def open_account(turn: Turn) -> Card:
    """Show the account review of a customer."""
    return account_card.draw(turn, turn.record)


@dialog.on("log", only_reads=True)
def log_with(turn: Turn) -> Card:
    """Show the outcomes for a call with a customer."""
    return _log(turn, turn.record)


def found(turn: Turn, words: str, *, note: str = "") -> Card:
    """
    Draw the customers nearest to what was typed, each to open or to log a call with.

    :raises NobodyFound: if none is near, or nothing was typed.
    """
    choosing.check_private(turn)
    near = customers.search(turn.session, words, limit=MOST_FOUND)
    if not near:
        raise NobodyFound(
            f"No customer is called anything like “{words[:60]}”."
            if words
            else "Which customer? Type find and a name, such as: find aurora"
        )
    return Card(
        title=f"Customers like “{words[:60]}”",
        body=tuple(_found(turn, customer) for customer in near),
        note=note,
    )


def _found(turn: Turn, customer: Customer) -> Columns:
    owner = (
        people.get(turn.session, customer.agent_id).name if customer.agent_id else "no agent"
    )
    name = Text(text=customer.name, is_bold=True)
    about = Text(
        text=f"{customer.number} · {owner}", size="small", is_subtle=True, spacing="none"
    )
    log_it = Button(title="Log a call", verb="customers.log", about=customer.id)
    review_it = Button(title="Account", verb="customers.open", about=customer.id)
    return Columns(
        cells=(
            Cell(items=(name, about)),
            Cell(items=(Buttons(actions=(review_it, log_it)),), width="auto"),
        ),
        has_separator=True,
        press=review_it,
    )


def _log(turn: Turn, payer_id: int) -> Card:
    worklist = shifts.current(turn.session, turn.who, at=turn.now, policy=turn.policy)
    entry = shifts.line_of(turn.session, worklist.id, payer_id) if worklist else None
    return draw_call(turn, payer_id, Seat(entry))
