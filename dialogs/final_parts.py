"""What a call card asks about final invoices and aged MRR (R40, R46, R52)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Buttons, Element, Section, Text
from bot.chat.dialog import Turn
from bot.kernel import wording
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Outcome
from bot.workflows.finals import queries as finals
from bot.workflows.finals.queries import DueContact
from bot.workflows.finals.rules import Stage
from bot.workflows.ledger.rules import InvoiceKind, OpenItem
from bot.workflows.worklists.accounts import Account

QUESTIONS: Final = (
    "Was it received? Does anything stand in the way of paying on time: PO number, tax, "
    "amount, contact, documents?"
)
PAST_DUE: Final = (
    "Was it received? When will payment be received? Does anything stand in the way: PO "
    "number, tax, amount, contact, documents?"
)
MOST: Final = 5
_SAID_ALREADY: Final = {
    Outcome.RECEIPT_CONFIRMED,
    Outcome.HAS_QUESTION,
    Outcome.CALL_BACK_AT,
}


def asks(
    turn: Turn, account: Account, *, fixed: Mapping[str, str | int], version: int | None
) -> tuple[Element, ...]:
    """Return a part for each final invoice call that is due, with how it is answered."""
    parts = tuple(_part(account, contact) for contact in account.finals)
    to_confirm = [one for one in account.finals if one.kind is Stage.CONFIRMATION]
    if not to_confirm:
        return parts
    is_late = any(_is_past_due(account, contact) for contact in to_confirm)
    confirmed = Button(
        title="Received" if is_late else "Confirmed, will pay on time",
        verb="finals.confirmed",
        about=account.payer.id,
        version=version,
        nonce=None if version else f"{turn.fresh}.confirmed",
        fixed=fixed,
        style="default" if is_late else "positive",
    )
    question = Button(
        title="A question",
        verb="finals.question",
        about=account.payer.id,
        version=version,
        fixed=fixed,
    )
    promised = (_will_pay(account, fixed, version),) if is_late else ()
    return (*parts, Buttons(actions=(*promised, confirmed, question)))


def _will_pay(account: Account, fixed: Mapping[str, str | int], version: int | None) -> Button:
    """Return the button for the day on which what is past due will be paid: a promise (R46)."""
    return Button(
        title="Will pay on a day",
        verb="outcomes.open",
        about=account.payer.id,
        version=version,
        fixed={**fixed, "outcome": Outcome.PROMISE_TO_PAY.value},
        style="positive",
    )


def aged_mrr(account: Account) -> tuple[Element, ...]:
    """Return what to ask a payer about MRR invoices that are past due (R52)."""
    aged = [
        item
        for item in account.items
        if item.open.kind is InvoiceKind.MRR
        and item.open.days_past_due(account.on) > 0
        and item.free
    ]
    if not aged:
        return ()
    asked = "Was it received, and when will it be paid (R52)?"
    if len(aged) > 1:
        asked = "Were they received, and when will they be paid (R52)?"
    said = f"{wording.counted(len(aged), 'MRR invoice')} past due. {asked}"
    return (Text(text=said, size="small", is_subtle=True),)


def confirm_too(turn: Turn, call: Call, fixed: Mapping[str, str | int]) -> tuple[Button, ...]:
    """Return the button for a final invoice that was confirmed in the call just logged, too."""
    if not call.is_reached or call.outcome in _SAID_ALREADY:
        return ()
    due = finals.open_of_payer(turn.session, call.payer_id)
    if not any(contact.stage is Stage.CONFIRMATION for contact in due):
        return ()
    confirmed = Button(
        title="Final invoice confirmed, too",
        verb="finals.confirmed",
        about=call.payer_id,
        nonce=f"{call.id}.confirmed",
        fixed=fixed,
    )
    return (confirmed,)


def line(item: OpenItem) -> str:
    """Return a final invoice in one line: number, date, amount, due."""
    dated, due = wording.day(item.invoice_date), wording.day(item.due_date)
    return f"{item.number} of {dated} · {item.balance} · due {due}"


def _part(account: Account, contact: DueContact) -> Section:
    named = [one.open for one in account.items if one.open.invoice_id in contact.invoice_ids]
    rest = len(named) - MOST
    if contact.kind is Stage.CONFIRMATION and _is_past_due(account, contact):
        title, asked = "Final invoice past due, to be confirmed (R40, R46)", PAST_DUE
    elif contact.kind is Stage.CONFIRMATION:
        title, asked = "Final invoice to be confirmed (R40)", QUESTIONS
    else:
        title, asked = "Final invoice past due (R46)", "When will payment be received?"
    if contact.rests:
        asked = f"{contact.rests}."
    return Section(
        items=(
            Text(text=title, is_bold=True),
            *(Text(text=line(item), spacing="none") for item in named[:MOST]),
            *((Text(text=f"and {rest} more", is_subtle=True),) if rest > 0 else ()),
            Text(text=asked, size="small", spacing="small"),
        ),
        style="emphasis",
    )


def _is_past_due(account: Account, contact: DueContact) -> bool:
    return contact.oldest_due < account.on
