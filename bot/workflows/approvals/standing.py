"""How a payer stands when something is asked for it: frozen with the request."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.approvals import queries
from bot.workflows.approvals.rules import Kind
from bot.workflows.approvals.terms import Pairs
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.rules import Aging


def of(session: Session, payer_id: int, *, broken: int, on: date, policy: Policy) -> Pairs:
    """
    Return exposure, aging, broken promises, and what was granted this year (R166-R167).

    :param broken: how many promises the payer has broken.
    """
    book = ledger.aging(session, on=on, payer_id=payer_id).values()
    since = start_of_year(on, policy)
    plans, waivers = (
        queries.granted(session, kind, since=since, payer_id=payer_id)
        for kind in (Kind.PAYMENT_PLAN, Kind.FEE_WAIVER)
    )
    return (
        ("Outstanding", " + ".join(map(_exposure, book)) or "nothing"),
        ("Aging", " + ".join(map(_aging, book)) or "nothing open"),
        ("Promises", f"{broken or 'none'} broken"),
        (
            "This year",
            f"{wording.counted(plans, 'plan')}, {wording.counted(waivers, 'waiver')} granted",
        ),
    )


def outstanding(session: Session, payer_id: int, *, on: date) -> str:
    """Return what the payer owes now, in the words of `of`."""
    book = ledger.aging(session, on=on, payer_id=payer_id).values()
    return " + ".join(map(_exposure, book)) or "nothing"


def start_of_year(on: date, policy: Policy) -> datetime:
    """Return the moment at which the company's year of a date began, in UTC."""
    return datetime.combine(date(on.year, 1, 1), time(), policy.zone).astimezone(UTC)


def _exposure(book: Aging) -> str:
    whole, past_due = (Money(m, book.currency) for m in (book.outstanding, book.past_due))
    return f"{whole} ({past_due} past due)"


def _aging(book: Aging) -> str:
    named = book.named().items()
    parts = [f"{name.replace('-', '–')} {amount}" for name, amount in named if amount.minor]
    if book.unapplied:
        parts.append(f"unapplied {Money(book.unapplied, book.currency)}")
    return " · ".join(parts) or "nothing open"
