"""The short form of each outcome that needs more than a tap (R1, R9-R11, R164)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from bot.chat.dialog import Turn
from bot.chat.form import (
    ChoiceField,
    DateField,
    Form,
    ManyField,
    NotFilledIn,
    Option,
    TextField,
    TimeField,
    YesNoField,
)
from bot.kernel import wording
from bot.kernel.hours import window_after, zones_for
from bot.kernel.money import Money
from bot.workflows.calls.effects import Changes
from bot.workflows.calls.rules import Outcome
from bot.workflows.people.rules import instant
from bot.workflows.promises import rules as promises
from bot.workflows.promises.operations import NewPromise
from bot.workflows.promises.rules import Owed
from bot.workflows.worklists.accounts import Account
from dialogs import phrasing

NO_CHANGES: Final = Changes()
MOST_INVOICES: Final = 40
"""Invoices offered on one form: more would make the card too heavy."""

_LATEST_CALL_BACK: Final = timedelta(days=60)
_SHORTEST_NUMBER: Final = 7

Typed = Mapping[str, str]
Options = Mapping[str, Sequence[Option]]


class NoteForm(Form):
    """What every outcome can have."""

    spoke_to = TextField("Spoke to", is_optional=True, longest=100)
    words = TextField("In words", lines=3, is_optional=True, longest=2000)
    came_in = YesNoField("They called us")
    is_difficult = YesNoField("Difficult: tell my lead now")


class WordsForm(Form):
    """The same where the words matter most."""

    spoke_to = TextField("Spoke to", is_optional=True, longest=100)
    words = TextField("In their words", lines=3, longest=2000)
    came_in = YesNoField("They called us")
    is_difficult = YesNoField("Difficult: tell my lead now")


class PromiseForm(Form):
    """Invoices, amount and day."""

    invoices = ManyField("For which invoices?")
    amount = TextField("Amount", longest=30)
    due_on = DateField("Paid by")
    method = ChoiceField("How?", is_optional=True)


class CheckForm(Form):
    """A check that is in the mail."""

    check_number = TextField("Check number", longest=40)
    invoices = ManyField("For which invoices?")
    amount = TextField("Amount", longest=30)


class CallBackForm(Form):
    """When they want to be called, on their clock."""

    on = DateField("Day")
    at = TimeField("Time there")


class NumberForm(Form):
    """The right number, if they gave one."""

    phone = TextField("New number", is_optional=True, longest=40)
    extension = TextField("Extension", is_optional=True, longest=10)
    contact_name = TextField("Ask for", is_optional=True, longest=100)


class PaidForm(Form):
    """What they say was paid."""

    amount = TextField("Amount paid", is_optional=True, longest=30)
    paid_on = DateField("Paid on", is_optional=True)
    reference = TextField("Reference or check number", is_optional=True, longest=60)


class ResendForm(Form):
    """Which invoices are sent again, and where to."""

    invoices = ManyField("Which invoices?")
    send_to = TextField("Send to", longest=120, hint="E-mail address")


class DocumentForm(Form):
    """What they need before they can pay."""

    document = ChoiceField("Which document?")
    send_to = TextField("Send to", longest=120, hint="E-mail address")


class NothingMore(Form):
    """The words are enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a form says: the changes it makes, when to call back, and facts for the record."""

    changes: Changes = NO_CHANGES
    back_at: datetime | None = None
    facts: str = ""
    """What was filled in, as a sentence before the agent's own words."""


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


def _promise(turn: Turn, account: Account, form: PromiseForm) -> Read:
    problems = _problems(
        lambda: _owed(account, form.invoices, form.amount),
        lambda: _check_day(turn, form.due_on),
    )
    if problems:
        raise NotFilledIn(problems)
    owed, amount = _owed(account, form.invoices, form.amount)
    promise = NewPromise(amount=amount, owed=owed, due_on=form.due_on, method=form.method)
    return Read(
        changes=Changes(promise=promise),
        facts=f"Promises {amount} by {wording.day(form.due_on)}.",
    )


def _problems(*checks: Callable[[], object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for check in checks:
        try:
            check()
        except NotFilledIn as problem:
            found |= problem.problems
    return found


def _check_day(turn: Turn, due_on: date) -> None:
    try:
        promises.check_day(due_on, today=turn.today, policy=turn.policy)
    except promises.BadPromise as problem:
        raise NotFilledIn({"due_on": str(problem)}) from problem


def _owed(
    account: Account, ticked: Sequence[str], typed: str
) -> tuple[tuple[Owed, ...], Money]:
    owed = _chosen(account, ticked)
    return owed, _amount_for(account, owed, typed)


def _check(turn: Turn, account: Account, form: CheckForm) -> Read:
    owed, amount = _owed(account, form.invoices, form.amount)
    number = form.check_number
    promise = NewPromise(
        amount=amount, owed=owed, due_on=turn.today, method="check", check_number=number
    )
    return Read(
        changes=Changes(promise=promise), facts=f"Check {number} over {amount} is in the mail."
    )


def _call_back(turn: Turn, account: Account, form: CallBackForm) -> Read:
    zones = zones_for(account.payer.time_zone, account.payer.state)
    zone = phrasing.zone_of(account.payer.time_zone) or turn.who.zone
    back_at = instant(form.on, form.at, zone)
    if not turn.now < back_at < turn.now + _LATEST_CALL_BACK:
        raise NotFilledIn({"at": "Please give a time to come, within the next 60 days."})
    opens, closes = turn.policy.calling_opens, turn.policy.calling_closes
    window = window_after(zones, back_at, opens=opens, closes=closes)
    if not window.opens_at <= back_at < window.closes_at:
        hours = f"{opens:%H:%M}–{closes:%H:%M}"
        raise NotFilledIn({"at": f"Calls are made {hours} on weekdays, on the payer's clock."})
    said = wording.moment(back_at, zone)
    return Read(back_at=back_at, facts=f"Wants to be called {said}.")


def _wrong_number(turn: Turn, account: Account, form: NumberForm) -> Read:
    digits = re.sub(r"\D", "", form.phone)
    if form.phone and len(digits) < _SHORTEST_NUMBER:
        raise NotFilledIn({"phone": "That is too short for a number. Is a digit missing?"})
    given = {"phone": form.phone, "contact_name": form.contact_name}
    contact = {name: value for name, value in given.items() if value}
    if form.phone:
        contact["extension"] = form.extension
    new = f" The new one is {form.phone}." if form.phone else ""
    return Read(
        changes=Changes(contact=contact),
        facts=f"{account.payer.phone or 'No number'} is wrong.{new}",
    )


def _paid(turn: Turn, account: Account, form: PaidForm) -> Read:
    parts = ["Says it is paid"]
    if form.amount:
        parts.append(str(_amount(form.amount, _currency(account))))
    if form.paid_on > date.min:
        if form.paid_on > turn.today:
            raise NotFilledIn({"paid_on": "That day is still to come: log it as a promise."})
        parts.append(f"on {wording.day(form.paid_on)}")
    if form.reference:
        parts.append(f"reference {form.reference}")
    return Read(facts=", ".join(parts) + ".")


def _resend(turn: Turn, account: Account, form: ResendForm) -> Read:
    known = {str(item.open.invoice_id): item.open.number for item in account.items}
    numbers = [known[key] for key in form.invoices if key in known]
    document = f"Invoice copy: {wording.listed(numbers)}"
    changes = Changes(document=document, send_to=_address(form.send_to))
    return Read(changes=changes, facts=f"Has not received {wording.listed(numbers)}.")


def _document(turn: Turn, account: Account, form: DocumentForm) -> Read:
    changes = Changes(document=form.document, send_to=_address(form.send_to))
    return Read(changes=changes, facts=f"Needs: {form.document.lower()}.")


def _chosen(account: Account, ticked: Sequence[str]) -> tuple[Owed, ...]:
    offered = [owed for currency in account.currencies for owed in account.promisable(currency)]
    chosen = tuple(owed for owed in offered if str(owed.invoice_id) in ticked)
    if not chosen:
        problem = "Please tick invoices that are still open, undisputed and not promised."
        raise NotFilledIn({"invoices": problem})
    if len({owed.amount.currency for owed in chosen}) > 1:
        raise NotFilledIn({"invoices": "Please make one promise for each currency."})
    return chosen


def _amount_for(account: Account, owed: Sequence[Owed], typed: str) -> Money:
    currency = owed[0].amount.currency
    amount, whole = _amount(typed, currency), sum(item.amount.minor for item in owed)
    is_untouched = amount.minor == sum(item.amount.minor for item in _offered(account))
    if amount.minor <= whole:
        return amount
    if is_untouched:
        return Money(whole, currency)
    problem = f"The invoices ticked owe {Money(whole, currency)}, which is less than {amount}."
    raise NotFilledIn({"amount": problem})


def _amount(typed: str, currency: str) -> Money:
    try:
        amount = Money.parse(typed, currency)
    except ValueError:
        problem = f"“{typed[:30]}” is not an amount: write it like 1250.00."
        raise NotFilledIn({"amount": problem}) from None
    if amount.minor <= 0:
        raise NotFilledIn({"amount": "The amount should be more than zero."})
    return amount


def _address(typed: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", typed):
        raise NotFilledIn({"send_to": "That is not an e-mail address."})
    return typed


def _currency(account: Account) -> str:
    return next(iter(account.currencies), "USD")


def _offered(account: Account) -> tuple[Owed, ...]:
    """Return what is ticked to begin with: all that is past due and free, else all that is."""
    free = account.promisable(_currency(account))[:MOST_INVOICES]
    due = {item.open.invoice_id for item in account.items if item.open.due_date < account.on}
    return tuple(owed for owed in free if owed.invoice_id in due) or free


def _ticked(turn: Turn, account: Account) -> dict[str, str]:
    offered = _offered(account)
    whole = Money(sum(owed.amount.minor for owed in offered), _currency(account))
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
    free = [owed for currency in account.currencies for owed in account.promisable(currency)]
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
        read=_promise,
        hint=_latest,
    ),
    Outcome.CHECK_MAILED: Sheet(
        title="Check mailed", form=CheckForm, prefill=_ticked, options=_promisable, read=_check
    ),
    Outcome.CALL_BACK_AT: Sheet(
        title="Call back",
        form=CallBackForm,
        prefill=_soon,
        read=_call_back,
        hint=_their_clock,
    ),
    Outcome.WRONG_NUMBER: Sheet(title="Wrong number", form=NumberForm, read=_wrong_number),
    Outcome.SPOKE_TO_OTHER: Sheet(title="Spoke to somebody else", note=WordsForm),
    Outcome.PAID_ALREADY: Sheet(title="Paid already", form=PaidForm, read=_paid),
    Outcome.INVOICE_NOT_RECEIVED: Sheet(
        title="Invoice not received",
        form=ResendForm,
        prefill=lambda turn, account: {
            **_ticked(turn, account),
            "send_to": account.payer.email,
        },
        options=_open,
        read=_resend,
    ),
    Outcome.NEEDS_DOCUMENT: Sheet(
        title="Needs a document",
        form=DocumentForm,
        prefill=lambda _turn, account: {"send_to": account.payer.email},
        options=_documents,
        read=_document,
    ),
    Outcome.REFUSED: Sheet(title="Refuses to pay", note=WordsForm),
    Outcome.PLAN_INQUIRY: Sheet(title="Asks for a payment plan", note=WordsForm),
    Outcome.HARDSHIP: Sheet(title="Hardship", note=WordsForm),
    Outcome.SOLD_OR_CLOSED: Sheet(title="Sold or closed", note=WordsForm),
    Outcome.LEGAL: Sheet(title="Bankruptcy or attorney", note=WordsForm),
}
