"""What stands on a statement, as it is to be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.policy import Policy
from bot.rendering.statement_sheet import Account, Sheet
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import AnyCustomer, Customer
from bot.workflows.ledger.records import Invoice
from bot.workflows.ledger.rules import BUCKETS
from bot.workflows.people import queries as people
from bot.workflows.statements import rules
from bot.workflows.statements.rules import Line, LineKind, Total

KINDS: Final = {
    LineKind.INVOICE: "",
    LineKind.CREDIT: "Credit ",
    LineKind.CASH: "Payment on account ",
}
AGES: Final = ("", "Current", *(f"{name} days" for name in BUCKETS[1:]), "Credits", "Total")


def sheet(
    session: Session, payer: Customer, lines: Sequence[Line], *, as_of: date, policy: Policy
) -> Sheet:
    """Return a payer's statement as it is to be drawn."""
    accounts = rules.by_account(lines)
    names = {one.id: _account_name(one) for one in customers.sites_of(session, payer.id)}
    return Sheet(
        company=policy.company_name,
        company_address=policy.company_address,
        title=f"Statement of account, {written(as_of)}",
        payer=payer.name,
        facts=_facts(session, payer),
        accounts=tuple(
            Account(
                name=names.get(account, payer.name),
                lines=tuple(_cells(line, as_of) for line in each),
                sums=tuple(
                    f"{names.get(account, payer.name)}: {sum_}"
                    for sum_ in rules.subtotals(each).values()
                ),
            )
            for account, each in accounts.items()
        ),
        age_names=AGES,
        ages=tuple(_age_row(total) for total in rules.totals(lines, on=as_of)),
        notes=_notes(lines, as_of, policy),
    )


def path_of(payer: Customer, month: str, as_of: date) -> Path:
    """Return where a payer's statement is kept, below the desk's home."""
    name = "".join(c if c.isalnum() else "-" for c in payer.number)
    return Path("statements") / month / f"{name}-{payer.id}-{as_of:%Y%m%d}.pdf"


def written(day: date) -> str:
    """Return a day as papers have it: `15 June 2026`."""
    return f"{day.day} {day:%B %Y}"


def _facts(session: Session, payer: Customer) -> tuple[tuple[str, str], ...]:
    agent = people.get(session, payer.agent_id) if payer.agent_id else None
    asks = f"{agent.name}, {agent.email}" if agent and agent.email else agent and agent.name
    pairs = (
        ("Customer", payer.number),
        ("Attention", payer.contact_name),
        ("Your contact", asks or ""),
    )
    return tuple((name, value) for name, value in pairs if value)


def _account_name(account: AnyCustomer) -> str:
    named = f"{account.name}, {account.site}" if account.site else account.name
    return f"{named} ({account.number})"


def _cells(line: Line, as_of: date) -> tuple[str, ...]:
    days = line.days_past_due(as_of)
    return (
        f"{KINDS[line.kind]}{line.number}",
        f"{line.dated.day} {line.dated:%b %Y}",
        f"{line.due_on.day} {line.due_on:%b %Y}" if line.due_on else "",
        str(days) if days > 0 else "",
        str(Money(line.amount, line.currency)),
        str(Money(line.balance, line.currency)),
        str(Money(line.disputed, line.currency)) if line.disputed else "",
    )


def _age_row(total: Total) -> tuple[str, ...]:
    figures = (*total.buckets, total.unapplied, total.outstanding)
    return (total.currency, *(str(Money(minor, total.currency)) for minor in figures))


def _notes(lines: Sequence[Line], as_of: date, policy: Policy) -> tuple[str, ...]:
    disputed = [
        f"{Money(total.disputed, total.currency)} of it is disputed and marked so above."
        for total in rules.totals(lines, on=as_of)
        if total.disputed
    ]
    return (*disputed, f"How to pay: {policy.how_to_pay}")


def invoice_sheet(session: Session, invoice: Invoice, *, policy: Policy) -> Sheet:
    """Return the copy of an invoice, as far as the book knows it."""
    account = customers.get(session, invoice.customer_id)
    amount = Money(invoice.amount, invoice.currency)
    pairs = (
        ("Customer", _account_name(account)),
        ("Dated", written(invoice.invoice_date)),
        ("Due", written(invoice.due_date)),
        ("Terms", invoice.terms),
        ("Purchase order", invoice.po),
        ("Amount", str(amount)),
    )
    return Sheet(
        company=policy.company_name,
        company_address=policy.company_address,
        title=f"Invoice {invoice.number} (copy)",
        payer=customers.get(session, invoice.payer_id).name,
        facts=tuple((name, value) for name, value in pairs if value),
        accounts=(),
        age_names=(),
        ages=(),
        notes=(
            "This copy states what our books hold of the invoice; the original stays in force.",
            f"How to pay: {policy.how_to_pay}",
        ),
    )
