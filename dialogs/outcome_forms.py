"""The short form of each outcome that needs more than a tap (R1, R9-R11, R164)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from bot.chat.dialog import Turn
from bot.chat.form import (
    Form,
    Option,
)
from bot.kernel import wording
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.workflows.calls.rules import Outcome
from bot.workflows.promises import rules as promises
from bot.workflows.worklists.accounts import Account
from dialogs import outcome_reading as reading
from dialogs import phrasing
from dialogs.outcome_inputs import (
    CallBackForm,
    CheckForm,
    DocumentForm,
    NoteForm,
    NothingMore,
    NumberForm,
    PaidForm,
    PromiseForm,
    Read,
    ResendForm,
    WordsForm,
)
from dialogs.outcome_reading import MOST_INVOICES

Typed = Mapping[str, str]


Options = Mapping[str, Sequence[Option]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """How an outcome is asked for, and what its answers mean."""

    title: str
    form: type[Form] = NothingMore
    note: type[Form] = NoteForm
    prefill: Callable[[Turn, Account], Typed] = lambda _turn, _account: {}
    options: Callable[[Account], Options] = lambda _account: {}
    read: Callable[[Turn, Account, Any], Read] = lambda _turn, _account, _form: Read()
    hint: Callable[[Turn, Account], str] = lambda _turn, _account: ""
    choices: Callable[[Account], int] = lambda _account: 0
    """How many invoices can be chosen; beyond `MOST_INVOICES` by their numbers."""


def _ticked(turn: Turn, account: Account) -> dict[str, str]:
    offered = reading.offered(account)
    whole = Money(sum(owed.amount.minor for owed in offered), reading.currency_of(account))
    week = turn.policy.calendar.on_or_after(turn.today + timedelta(days=7))
    return {
        "invoices": ",".join(str(owed.invoice_id) for owed in offered),
        "amount": whole.plain if offered else "",
        "due_on": min(week, promises.latest_day(turn.today, turn.policy)).isoformat(),
    }


def _soon(turn: Turn, account: Account) -> dict[str, str]:
    zone = phrasing.zone_of(account.payer.time_zone) or turn.who.zone
    there = turn.now.astimezone(zone)
    return {"on": there.date().isoformat()}


def _promisable(account: Account) -> dict[str, list[Option]]:
    ages = {item.open.invoice_id: item.open for item in account.items}
    free = reading.promisable(account)
    return {
        "invoices": [
            Option(
                _invoice(
                    owed.number, owed.amount, ages[owed.invoice_id].days_past_due(account.on)
                ),
                str(owed.invoice_id),
            )
            for owed in free[:MOST_INVOICES]
        ],
        "method": [Option(word, word.lower()) for word in ("ACH", "Check", "Wire", "Card")],
    }


def _open(account: Account) -> dict[str, list[Option]]:
    return {
        "invoices": [
            Option(
                _invoice(item.number, item.balance, item.days_past_due(account.on)),
                str(item.invoice_id),
            )
            for item in [item.open for item in account.items][:MOST_INVOICES]
        ]
    }


def _documents(account: Account) -> dict[str, list[Option]]:
    return {"document": [Option(name, name) for name in DOCUMENTS]}


def _invoice(number: str, amount: Money, days: int) -> str:
    age = f"{wording.counted(days, 'day')} past due" if days > 0 else "not past due"
    return f"{number} · {amount} · {age}"


def _their_clock(turn: Turn, account: Account) -> str:
    zone = phrasing.zone_of(account.payer.time_zone)
    if zone is None:
        return f"Their time zone is not known: give the time in {wording.city(turn.who.zone)}."
    theirs, yours = (phrasing.clock(turn.now, z) for z in (zone, turn.who.zone))
    return f"It is {theirs} there ({wording.city(zone)}), {yours} where you are."


def _latest(turn: Turn, account: Account) -> str:
    last = wording.day(promises.latest_day(turn.today, turn.policy))
    standing = [
        f"{phrasing.amount(one.amount, one.currency)} by {wording.day(one.due_on)}"
        for one in account.promises
    ]
    already = f" Promised already: {', '.join(standing)}." if standing else ""
    return f"At the latest {last}; later needs an approved extension or plan.{already}"


DOCUMENTS: Final = (
    "Invoice copy",
    "Statement",
    "Contract",
    "Approved ECO",
    "Travel document",
    "Supporting document",
)


SHEETS: Final[Mapping[Outcome, Sheet]] = {
    Outcome.PROMISE_TO_PAY: Sheet(
        title="Promise to pay",
        form=PromiseForm,
        prefill=_ticked,
        options=_promisable,
        read=reading.promise,
        hint=_latest,
        choices=lambda account: len(reading.promisable(account)),
    ),
    Outcome.CHECK_MAILED: Sheet(
        title="Check mailed",
        form=CheckForm,
        prefill=_ticked,
        options=_promisable,
        read=reading.check,
        choices=lambda account: len(reading.promisable(account)),
    ),
    Outcome.CALL_BACK_AT: Sheet(
        title="Call back",
        form=CallBackForm,
        prefill=_soon,
        read=reading.call_back,
        hint=_their_clock,
    ),
    Outcome.WRONG_NUMBER: Sheet(
        title="Wrong number", form=NumberForm, read=reading.wrong_number
    ),
    Outcome.SPOKE_TO_OTHER: Sheet(title="Spoke to somebody else", note=WordsForm),
    Outcome.PAID_ALREADY: Sheet(title="Paid already", form=PaidForm, read=reading.paid),
    Outcome.INVOICE_NOT_RECEIVED: Sheet(
        title="Invoice not received",
        form=ResendForm,
        prefill=lambda turn, account: {
            **_ticked(turn, account),
            "send_to": account.payer.email,
        },
        options=_open,
        read=reading.resend,
        choices=lambda account: len(account.items),
    ),
    Outcome.NEEDS_DOCUMENT: Sheet(
        title="Needs a document",
        form=DocumentForm,
        prefill=lambda _turn, account: {"send_to": account.payer.email},
        options=_documents,
        read=reading.document,
    ),
    Outcome.REFUSED: Sheet(title="Refuses to pay", note=WordsForm),
    Outcome.PLAN_INQUIRY: Sheet(title="Asks for a payment plan", note=WordsForm),
    Outcome.HARDSHIP: Sheet(title="Hardship", note=WordsForm),
    Outcome.SOLD_OR_CLOSED: Sheet(title="Sold or closed", note=WordsForm),
    Outcome.LEGAL: Sheet(title="Bankruptcy or attorney", note=WordsForm),
}
