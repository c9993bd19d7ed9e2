"""What the answers of an outcome's form mean, each with a sentence where it cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from bot.chat.dialog import Turn
from bot.chat.form import NotFilledIn
from bot.kernel import wording
from bot.kernel.hours import window_after, zones_for
from bot.kernel.money import Money
from bot.workflows.calls.effects import Changes
from bot.workflows.people.rules import instant
from bot.workflows.promises import rules as promises
from bot.workflows.promises.operations import NewPromise
from bot.workflows.promises.rules import Owed
from bot.workflows.worklists.accounts import Account
from dialogs import invoice_choice, phrasing
from dialogs.outcome_inputs import (
    CallBackForm,
    CheckForm,
    DocumentForm,
    NumberForm,
    PaidForm,
    PromiseForm,
    Read,
    ResendForm,
)

MOST_INVOICES: Final = 40
"""Invoices offered on one form: more would make the card too heavy."""

_LATEST_CALL_BACK: Final = timedelta(days=60)
_SHORTEST_NUMBER: Final = 7


def promise(turn: Turn, account: Account, form: PromiseForm) -> Read:
    """Read a promise to pay; all that is wrong with it is said at once."""
    problems = _problems(
        lambda: _owed(account, form),
        lambda: _check_day(turn, form.due_on),
    )
    if problems:
        raise NotFilledIn(problems)
    owed, amount = _owed(account, form)
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


def _owed(account: Account, form: PromiseForm | CheckForm) -> tuple[tuple[Owed, ...], Money]:
    owed = _chosen(account, form)
    return owed, _amount_for(account, owed, form.amount)


def check(turn: Turn, account: Account, form: CheckForm) -> Read:
    """Read a mailed check."""
    owed, amount = _owed(account, form)
    number = form.check_number
    promise = NewPromise(
        amount=amount, owed=owed, due_on=turn.today, method="check", check_number=number
    )
    return Read(
        changes=Changes(promise=promise), facts=f"Check {number} over {amount} is in the mail."
    )


def call_back(turn: Turn, account: Account, form: CallBackForm) -> Read:
    """Read when they want to be called, on their own clock."""
    zones = zones_for(account.payer.time_zone, account.payer.state)
    zone = phrasing.zone_of(account.payer.time_zone) or turn.who.zone
    back_at = instant(form.on, form.at, zone)
    if not turn.now < back_at < turn.now + _LATEST_CALL_BACK:
        raise NotFilledIn({"at": "Please give a time to come, within the next 60 days."})
    policy = turn.policy.of_brand(account.payer.brand)
    opens, closes = policy.calling_opens, policy.calling_closes
    window = window_after(zones, back_at, opens=opens, closes=closes)
    if not window.opens_at <= back_at < window.closes_at:
        hours = f"{opens:%H:%M}–{closes:%H:%M}"
        raise NotFilledIn({"at": f"Calls are made {hours} on weekdays, on the payer's clock."})
    said = wording.moment(back_at, zone, today=turn.today)
    return Read(back_at=back_at, facts=f"Wants to be called {said}.")


def wrong_number(turn: Turn, account: Account, form: NumberForm) -> Read:
    """Read the right number, if they gave one."""
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


def paid(turn: Turn, account: Account, form: PaidForm) -> Read:
    """Read what they say they paid."""
    parts = ["Says it is paid"]
    if form.amount:
        parts.append(str(_amount(form.amount, currency_of(account))))
    if form.paid_on > date.min:
        if form.paid_on > turn.today:
            raise NotFilledIn({"paid_on": "That day is still to come: log it as a promise."})
        parts.append(f"on {wording.day(form.paid_on)}")
    if form.reference:
        parts.append(f"reference {form.reference}")
    return Read(facts=", ".join(parts) + ".")


def resend(turn: Turn, account: Account, form: ResendForm) -> Read:
    """Read which invoices are sent again, and where to."""
    known = {item.open.invoice_id: item.open.number for item in account.items}
    named = invoice_choice.named(form.others, [item.open for item in account.items])
    ticked = [invoice_id for invoice_id in known if str(invoice_id) in form.invoices]
    numbers = [known[key] for key in dict.fromkeys((*ticked, *named))]
    if not numbers:
        raise NotFilledIn({"invoices": "Please choose at least one invoice."})
    document = f"Invoice copy: {wording.listed(numbers)}"
    changes = Changes(document=document, send_to=_address(form.send_to))
    return Read(changes=changes, facts=f"Has not received {wording.listed(numbers)}.")


def document(turn: Turn, account: Account, form: DocumentForm) -> Read:
    """Read which document they need, and where it goes."""
    changes = Changes(document=form.document, send_to=_address(form.send_to))
    return Read(changes=changes, facts=f"Needs: {form.document.lower()}.")


def promisable(account: Account) -> list[Owed]:
    """Return what can be promised, the currency that most is owed in first."""
    return [owed for currency in account.currencies for owed in account.promisable(currency)]


def _chosen(account: Account, form: PromiseForm | CheckForm) -> tuple[Owed, ...]:
    offered = promisable(account)
    wanted = {*form.invoices, *map(str, invoice_choice.named(form.others, offered))}
    chosen = tuple(owed for owed in offered if str(owed.invoice_id) in wanted)
    if not chosen:
        problem = "Please tick invoices that are still open, undisputed and not promised."
        raise NotFilledIn({"invoices": problem})
    if len({owed.amount.currency for owed in chosen}) > 1:
        raise NotFilledIn({"invoices": "Please make one promise for each currency."})
    return chosen


def _amount_for(account: Account, owed: Sequence[Owed], typed: str) -> Money:
    currency = owed[0].amount.currency
    amount, whole = _amount(typed, currency), sum(item.amount.minor for item in owed)
    is_untouched = amount.minor == sum(item.amount.minor for item in offered(account))
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


def currency_of(account: Account) -> str:
    """Return the currency that the payer owes most of."""
    return next(iter(account.currencies), "USD")


def offered(account: Account) -> tuple[Owed, ...]:
    """Return what is ticked to begin with: all that is past due and free, else all that is."""
    free = account.promisable(currency_of(account))[:MOST_INVOICES]
    due = {item.open.invoice_id for item in account.items if item.open.due_date < account.on}
    return tuple(owed for owed in free if owed.invoice_id in due) or free
