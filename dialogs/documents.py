"""Sending documents from any card: statement, invoice copy, how to pay (R3, R12–R14)."""

from __future__ import annotations

from typing import Final

from bot.chat.card import (
    Action,
    Button,
    Buttons,
    Card,
    Cell,
    Columns,
    Element,
    Fold,
    Section,
    Text,
)
from bot.chat.dialog import Dialog, Turn
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.store.rows import record
from bot.workflows.correspondence.records import Mail
from bot.workflows.customers import queries as customers
from bot.workflows.documents import operations, queries
from bot.workflows.documents.operations import Wanted
from bot.workflows.documents.records import DocumentOrder
from bot.workflows.documents.rules import DocumentKind, NoSuchInvoice
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice
from bot.workflows.ledger.rules import OpenItem
from bot.workflows.people import queries as people
from dialogs import choosing

dialog: Final = Dialog("documents")

FOLD: Final = Fold(title="Send…", parts=("documents",))
"""Opens the buttons that send a document, on a card that has them folded away."""
_SHOWN: Final = 12
_SENT: Final = 6


class NothingOpen(Refused):
    """There is no open invoice of which a copy could be sent."""


def row(payer_id: int, *beside: Action) -> tuple[Element, ...]:
    """
    Return the buttons that send a document, folded, for any card about a payer.

    :param beside: what stands in the same row, before `FOLD`: alone it looks lost.
    """
    return (Buttons(actions=(*beside, FOLD)), folded(payer_id))


def folded(payer_id: int) -> Section:
    """Return the buttons that send a document, folded away: `FOLD` stands in another row."""
    sends = Buttons(actions=_sends(payer_id))
    return Section(items=(sends,), id="documents", is_hidden=True)


def _sends(payer_id: int) -> tuple[Button, ...]:
    return (
        Button(title="Send statement", verb="documents.statement", about=payer_id),
        Button(title="Send invoice copy", verb="documents.choose", about=payer_id),
        Button(title="Send how to pay", verb="documents.how_to_pay", about=payer_id),
    )


@dialog.says(
    "send NAME", help="send a statement, an invoice copy, or how to pay", only_reads=True
)
def say_send(turn: Turn) -> Card:
    """Show what can be sent to the payer named, and what was."""
    choosing.check_private(turn)
    found = choosing.payer_named(turn, turn.words, verb="documents.open")
    return found if isinstance(found, Card) else _menu(turn, found.id)


@dialog.says("copy INVOICE", help="send the copy of an invoice, by its number")
def say_copy(turn: Turn) -> Card:
    """Send the copy of the invoice named."""
    choosing.check_private(turn)
    number = turn.words.strip()
    found = ledger.ids_of(turn.session, [number, number.upper()])
    if not found:
        raise NoSuchInvoice(f"I know no invoice {number or 'without a number'}.")
    return _send_copy(turn, found[0])


@dialog.on("open", only_reads=True)
def open_menu(turn: Turn) -> Card:
    """Show what can be sent to a payer."""
    return _menu(turn, turn.record)


@dialog.on("statement")
def send_statement(turn: Turn) -> Card:
    """Send the payer its statement as of today."""
    return _ordered(turn, Wanted(kind=DocumentKind.STATEMENT, payer_id=turn.record))


@dialog.on("how_to_pay")
def send_how_to_pay(turn: Turn) -> Card:
    """Send the payer how to pay."""
    return _ordered(turn, Wanted(kind=DocumentKind.HOW_TO_PAY, payer_id=turn.record))


@dialog.on("choose")
def choose(turn: Turn) -> Card:
    """Send the copy of the only open invoice, or show which ones there are."""
    items = ledger.open_items(turn.session, turn.record, on=turn.today)
    if not items:
        raise NothingOpen("Nothing is open there. Send a paid one with `copy INVOICE`.")
    if len(items) == 1:
        return _send_copy(turn, items[0].invoice_id)
    payer = customers.get(turn.session, turn.record)
    more = len(items) - _SHOWN
    rest = f"{more} more are open: send one with `copy INVOICE`." if more > 0 else ""
    return Card(
        title=f"Which invoice of {payer.name}?",
        body=(
            *(_choice(item, turn) for item in items[:_SHOWN]),
            *((Text(text=rest, size="small", is_subtle=True),) if rest else ()),
        ),
        buttons=(Button(title="Back", verb="calls.open", about=payer.id),),
    )


@dialog.on("copy")
def send_copy(turn: Turn) -> Card:
    """Send the copy of an invoice."""
    return _send_copy(turn, turn.record)


def _choice(item: OpenItem, turn: Turn) -> Columns:
    days = item.days_past_due(turn.today)
    age = f"{wording.counted(days, 'day')} past due" if days > 0 else "not yet due"
    left = (
        Text(text=f"{item.number} · {item.site}", size="small"),
        Text(text=age, size="small", is_subtle=True, spacing="none"),
    )
    owed = Text(text=str(item.balance), size="small", align="right")
    return Columns(
        cells=(Cell(items=left), Cell(items=(owed,), width="auto")),
        has_separator=True,
        press=Button(title="Send", verb="documents.copy", about=item.invoice_id),
    )


def _send_copy(turn: Turn, invoice_id: int) -> Card:
    invoice = record(turn.session, Invoice, invoice_id)
    wanted = Wanted(
        kind=DocumentKind.INVOICE_COPY, payer_id=invoice.payer_id, invoice_id=invoice.id
    )
    return _ordered(turn, wanted)


def _ordered(turn: Turn, wanted: Wanted) -> Card:
    made, is_new = operations.order(
        turn.session, wanted, by=turn.who, at=turn.now, policy=turn.policy
    )
    if is_new:
        return _menu(turn, made.payer_id, note=_said(turn, made), is_good=not made.problem)
    when = wording.moment(made.asked_at, turn.who.zone, today=turn.today)
    who = people.get(turn.session, made.asked_by).name
    minutes = turn.policy.document_repeat_minutes
    note = (
        f"Not sent again: {who} sent it {when}. In {minutes} minutes it can be sent once more."
    )
    return _menu(turn, made.payer_id, note=note)


def _said(turn: Turn, made: DocumentOrder) -> str:
    what = _named(turn, made)
    if made.problem:
        return f"{what} was not sent. {made.problem}"
    email = customers.get(turn.session, made.payer_id).email
    return f"{what} goes to {email}." if email else f"{what} is on its way."


def _menu(turn: Turn, payer_id: int, *, note: str = "", is_good: bool = False) -> Card:
    payer = customers.get(turn.session, payer_id)
    sent = queries.of_payer(turn.session, payer_id, limit=_SENT)
    lines = tuple(Text(text=_line(turn, order), size="small", spacing="none") for order in sent)
    return Card(
        title=f"Send to {payer.name}",
        note=note,
        note_tone="good" if is_good else "accent",
        body=(
            Text(text=payer.email or "No e-mail address is known.", is_subtle=True),
            *((Text(text="Sent before", is_bold=True), *lines) if lines else ()),
        ),
        buttons=(
            *_sends(payer_id),
            Button(title="Back to the call", verb="calls.open", about=payer_id),
        ),
    )


def _line(turn: Turn, order: DocumentOrder) -> str:
    who = people.get(turn.session, order.asked_by).name
    when = wording.moment(order.asked_at, turn.who.zone, today=turn.today)
    return f"{_named(turn, order)} · {when}, {who} · {_state(turn, order)}"


def _state(turn: Turn, order: DocumentOrder) -> str:
    if order.problem:
        return f"not sent: {order.problem}"
    if order.mail_id is None:
        return "being drawn"
    return record(turn.session, Mail, order.mail_id).state.value


def _named(turn: Turn, order: DocumentOrder) -> str:
    if order.invoice_id is None:
        return order.kind.words.capitalize()
    number = record(turn.session, Invoice, order.invoice_id).number
    return f"Copy of invoice {number}"
