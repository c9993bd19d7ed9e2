"""
Importing what Sage Intacct answered.

Intacct tells what an invoice was and what is still due, not when the rest was paid. So an
invoice that the desk had open and that is now paid was settled on the day the desk learns of
it; one that was paid when the desk first heard of it counts as settled on its due date. What
is paid of an invoice in part stands as one payment with a number of its own. Invoices whose
answer carries no customer go under one placeholder, so that no amount is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.database import Database
from bot.workflows.imports import intake
from bot.workflows.imports.answers import Answers, Item, text_of, total_of
from bot.workflows.imports.intake import NotWhole, Plan
from bot.workflows.imports.layouts import CUSTOMERS, INVOICES, PAYMENTS, Layout
from bot.workflows.imports.rows import Row, Rows
from bot.workflows.imports.tally import Tally
from bot.workflows.ledger.operations import AT_ONCE
from bot.workflows.ledger.records import Invoice, Payment

PLACEHOLDER: Final = "INTACCT-NO-CUSTOMER"
PLACEHOLDER_NAME: Final = "Intacct: invoices without a customer"
_CUSTOMER_COLUMNS: Final = ("customer_id", "name", "payer_id", "email", "phone", "contact_name")
_INVOICE_COLUMNS: Final = (
    "invoice_number", "customer_id", "invoice_date", "due_date", "amount", "customer_name",
    "currency", "settled_on", "terms", "po",
)  # fmt: skip
_PAYMENT_COLUMNS: Final = (
    "payment_id", "customer_id", "received_on", "amount", "currency", "method",
    "invoice_number",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Known:
    """What the desk knew before: since when invoices are settled, when parts were received."""

    settled: dict[str, date | None]
    received: dict[str, date]


def take_in(
    database: Database,
    answers: Answers,
    *,
    at: datetime,
    policy: Policy,
    is_strict: bool = False,
) -> Tally:
    """
    Import the customers and invoices of Intacct's answers.

    :raises NotWhole: if it is strict, and an answer is an error or a record has one; or if
        none of the answers has a customer or an invoice.
    """
    today = policy.company_date(at)
    with database.reading() as session:
        known = _known(session, [text_of(one, "invoiceNumber") for one in answers.invoices])
    tally = Tally(notes=list(answers.notes))
    tally.problems.extend(answers.problems)
    _check(answers, tally, is_strict=is_strict)
    told = [_invoice(one, known, today, policy) for one in answers.invoices]
    files = (
        (CUSTOMERS, _CUSTOMER_COLUMNS, [_customer(one) for one in answers.customers]),
        (INVOICES, _INVOICE_COLUMNS, told),
        (PAYMENTS, _PAYMENT_COLUMNS, list(_part_payments(answers, told, known, today))),
    )
    for layout, columns, lines in files:
        if lines:
            rows = Rows(answers.source, columns, _rows(lines))
            plan = Plan(layout=layout, is_strict=is_strict)
            _add(tally, intake.take_in(database, rows, plan, at=at), layout)
    tally.notes.extend(_notes(answers, told))
    return tally


def _check(answers: Answers, tally: Tally, *, is_strict: bool) -> None:
    if not (answers.customers or answers.invoices):
        said = f"Nothing was imported: {answers.source} has no customer or invoice in it."
        raise NotWhole(said, tally)
    if is_strict and answers.problems:
        raise NotWhole("Nothing was imported: some of the answers are errors.", tally)


def _customer(item: Item) -> tuple[str, ...]:
    number = text_of(item, "id")
    contact = "contacts.default"
    return (
        number,
        text_of(item, "name") or number,
        text_of(item, "parent.id"),
        text_of(item, f"{contact}.email1"),
        text_of(item, f"{contact}.phone1"),
        text_of(item, f"{contact}.printAs"),
    )


def _invoice(item: Item, known: _Known, today: date, policy: Policy) -> tuple[str, ...]:
    number = text_of(item, "invoiceNumber") or text_of(item, "key")
    customer = text_of(item, "customer.id")
    due = text_of(item, "dueDate") or text_of(item, "invoiceDate")
    is_open = _is_open(item)
    return (
        number,
        customer or PLACEHOLDER,
        text_of(item, "invoiceDate"),
        due,
        text_of(
            item, "totalTxnAmount" if _is_debt(item) or not is_open else "totalTxnAmountDue"
        ),
        text_of(item, "customer.name") if customer else PLACEHOLDER_NAME,
        text_of(item, "currency.txnCurrency") or policy.base_currency,
        "" if is_open else _settled_on(number, due, known, today),
        text_of(item, "term.id"),
        text_of(item, "referenceNumber"),
    )


def _settled_on(number: str, due: str, known: _Known, today: date) -> str:
    if number in known.settled:
        return (known.settled[number] or today).isoformat()
    return min(due, today.isoformat())


def _part_payments(
    answers: Answers, told: Sequence[tuple[str, ...]], known: _Known, today: date
) -> Iterator[tuple[str, ...]]:
    for item, row in zip(answers.invoices, told, strict=True):
        number, customer, dated, due, _amount, _name, currency = row[:7]
        paid = _paid_of(item, currency)
        if paid is None or not _is_open(item) or not _is_debt(item):
            continue
        payment = f"INTACCT-{number}"
        day = known.received.get(payment) or max(dated, min(due, today.isoformat()))
        yield (payment, customer, str(day), paid, currency, "as told by Intacct", number)


def _paid_of(item: Item, currency: str) -> str | None:
    try:
        amount = Money.parse(text_of(item, "totalTxnAmount"), currency)
        due = Money.parse(text_of(item, "totalTxnAmountDue"), currency)
    except ValueError:
        return None
    return (amount - due).plain if Money(0, currency) < amount - due else None


def _is_open(item: Item) -> bool:
    due = text_of(item, "totalTxnAmountDue")
    return text_of(item, "state") != "paid" and due.strip("-0.") != ""


def _is_debt(item: Item) -> bool:
    return not text_of(item, "totalTxnAmount").startswith("-")


def _rows(lines: Iterable[tuple[str, ...]]) -> Iterator[Row]:
    return (Row(number, list(cells)) for number, cells in enumerate(lines, start=1))


def _known(session: Session, numbers: Sequence[str]) -> _Known:
    settled: dict[str, date | None] = {}
    received: dict[str, date] = {}
    for part in in_batches(numbers, AT_ONCE):
        invoices = select(Invoice.number, Invoice.settled_on).where(Invoice.number.in_(part))
        settled |= {row.number: row.settled_on for row in session.execute(invoices)}
        ours = [f"INTACCT-{number}" for number in part]
        payments = select(Payment.number, Payment.received_on).where(Payment.number.in_(ours))
        received |= {row.number: row.received_on for row in session.execute(payments)}
    return _Known(settled, received)


def _add(total: Tally, part: Tally, layout: Layout) -> None:
    total.problems.extend(part.problems)
    total.not_listed += part.not_listed
    if layout is PAYMENTS:
        total.notes.append(_paid_in_part(part))
        return
    total.new += part.new
    total.changed += part.changed
    total.accepted += part.accepted
    total.rejected += part.rejected
    total.unreadable_amounts += part.unreadable_amounts
    total.accepted_total += part.accepted_total
    total.rejected_total += part.rejected_total


def _paid_in_part(part: Tally) -> str:
    """Say what was received of invoices: such payments are no records of Intacct's own."""
    learned = [
        f"{count:,} of them {word}"
        for count, word in ((part.new, "new"), (part.changed, "changed"))
        if count
    ]
    be = "is" if part.accepted == 1 else "are"
    paid = f"{wording.counted(part.accepted, 'invoice')} {be} paid in part"
    return (
        f"{', '.join((paid, *learned))}; Intacct does not say when, so the paid part counts "
        "from the due date."
    )


def _notes(answers: Answers, told: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if unnamed := sum(row[1] == PLACEHOLDER for row in told):
        yield f"{unnamed:,} invoices carry no customer; they are under {PLACEHOLDER_NAME!r}."
    if settled := sum(bool(row[7]) for row in told):
        yield (
            f"{settled:,} invoices are paid, and Intacct does not say when: those not seen "
            "open before count as settled on their due date."
        )
    yield from _difference(answers)


def _difference(answers: Answers) -> Iterator[str]:
    """Show, never hide, where customers' own totals are not what their invoices add to."""
    try:
        theirs = total_of(answers.customers, "totalDue")
        ours = total_of(answers.invoices, "totalTxnAmountDue")
    except ValueError:
        return
    if answers.customers and answers.invoices and theirs != ours:
        yield (
            f"The customers' own totals in Intacct add up to {theirs}, their invoices to "
            f"{ours}: a difference of {ours - theirs}."
        )
