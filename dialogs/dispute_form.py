"""The form in which a dispute is captured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from bot.chat.dialog import Turn
from bot.chat.form import ChoiceField, Form, ManyField, NotFilledIn, Option, TextField
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.disputes import queries
from bot.workflows.disputes.operations import Objection
from bot.workflows.disputes.rules import Department, Disputable, Reason
from bot.workflows.ledger.rules import OpenItem
from dialogs import invoice_choice

MOST: Final = 40
"""Invoices offered on one form."""

DEPARTMENTS: Final = {
    Department.BILLING: "Billing",
    Department.TAX: "Tax",
    Department.SALES: "Sales",
    Department.SUPPORT: "Support",
}


class DisputeForm(Form):
    """What the customer does not accept."""

    invoices = ManyField("Invoices", is_optional=True)
    others = invoice_choice.others_field()
    amount = TextField(
        "Amount disputed",
        longest=30,
        is_optional=True,
        hint="Empty: all that is open of these invoices",
    )
    reason = ChoiceField("Reason")
    description = TextField("What exactly?", lines=3, longest=1000, hint="The customer's words")
    contact = TextField("Customer's contact for it", longest=200, hint="Name, e-mail or phone")
    department = ChoiceField("Who has to answer")
    evidence = TextField(
        "Proof",
        longest=400,
        is_optional=True,
        hint="A link or file name, or send it later",
    )


def options(left: Sequence[Disputable], today: date) -> Mapping[str, Sequence[Option]]:
    """Return what there is to choose from."""
    has_sites = len({invoice.item.customer_id for invoice in left}) > 1
    return {
        "invoices": [
            Option(
                _words(invoice, today) + (f" · {invoice.item.site}" if has_sites else ""),
                str(invoice.item.invoice_id),
            )
            for invoice in left[:MOST]
        ],
        "reason": [Option(reason.words, reason.value) for reason in Reason],
        "department": [Option(words, who.value) for who, words in DEPARTMENTS.items()],
    }


def read(turn: Turn) -> Objection:
    """
    Return what was filled in.

    :raises NotFilledIn: with a sentence for each field that is missing or makes no sense.
    """
    left = queries.disputable_items(turn.session, turn.record, on=turn.today)
    items = [one.item for one in left if one.left.minor]
    currency = _currency(turn, items)
    problems = _problems(turn, currency)
    try:
        form, chosen = invoice_choice.read(DisputeForm, turn.typed, items, needs_one=True)
    except NotFilledIn as wrong:
        raise NotFilledIn({**wrong.problems, **problems}) from None
    if problems:
        raise NotFilledIn(problems)
    return Objection(
        payer_id=turn.record,
        invoice_ids=chosen,
        amount=Money.parse(form.amount, currency) if form.amount else None,
        reason=Reason(form.reason),
        description=form.description,
        contact=form.contact,
        department=Department(form.department),
        evidence=form.evidence,
        nonce=turn.nonce,
    )


def _problems(turn: Turn, currency: str) -> dict[str, str]:
    problems: dict[str, str] = {}
    if problem := _amount_problem(turn, currency):
        problems["amount"] = problem
    for name, known in (("reason", set(Reason)), ("department", set(Department))):
        if (typed := turn.typed.get(name, "")) and typed not in known:
            problems[name] = "Please choose one from the list."
    return problems


def _amount_problem(turn: Turn, currency: str) -> str:
    typed = turn.typed.get("amount", "").strip()
    if not typed:
        return ""
    try:
        amount = Money.parse(typed, currency)
    except ValueError:
        return "“Amount disputed” should be an amount, such as 1250.00."
    return "" if amount.minor > 0 else "“Amount disputed” should be more than zero."


def _currency(turn: Turn, items: Sequence[OpenItem]) -> str:
    """Return the currency of the first invoice chosen: the amount is meant in it."""
    currencies = {str(item.invoice_id): item.currency for item in items}
    first = turn.typed.get(invoice_choice.TICKED, "").partition(",")[0]
    try:
        named = invoice_choice.named(turn.typed.get(invoice_choice.TYPED, ""), items)
    except NotFilledIn:
        named = ()
    chosen = (first, *map(str, named))
    known = (currencies[one] for one in chosen if one in currencies)
    return next(known, turn.policy.base_currency)


def _words(invoice: Disputable, today: date) -> str:
    days = invoice.item.days_past_due(today)
    age = f"{wording.counted(days, 'day')} past due" if days > 0 else "not yet due"
    return f"{invoice.item.number} · {invoice.left} · {age}"
