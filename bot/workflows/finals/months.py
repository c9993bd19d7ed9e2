"""Starting the work on a month's final invoices: once, by a person or by the calendar (R38)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.rows import insert_new, table_of
from bot.workflows.finals import queries, rules
from bot.workflows.finals.records import FinalsMonth
from bot.workflows.ledger import queries as ledger
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member, Role, check_role

FUNNEL_CARD: Final = CardName("finals.funnel")
"""The funnel of a month's final invoices, for the leads; about is the month's work."""
STARTERS: Final = frozenset({Role.LEAD, Role.CONTROLLER})
"""Who may say that final invoicing is complete (R38)."""


class Started(NamedTuple):
    """A month's work, and whether it was started now or had been before."""

    work: FinalsMonth
    is_new: bool


def complete(
    session: Session, month: date, *, by: Member, at: datetime, policy: Policy
) -> Started:
    """
    Start a month's finals work, since final invoicing for it is complete; once.

    :param month: the first day of the month in which the invoices are dated.
    :raises NotForYou: if the person is neither lead nor controller.
    :raises NotYetComplete: if it is not the prior month.
    """
    check_role(by, STARTERS, what="Saying that final invoicing is complete")
    today = policy.company_date(at)
    if month != rules.billed_month(today):
        raise rules.NotYetComplete(
            "Only the prior month's final invoicing can be complete now."
        )
    return start(session, month, at=at, policy=policy, by=by)


def start(
    session: Session, month: date, *, at: datetime, policy: Policy, by: Member | None = None
) -> Started:
    """Start a month's finals work, unless somebody or the calendar has, and tell the leads."""
    if known := queries.month_of(session, month):
        return Started(known, is_new=False)
    row = {
        "month": month,
        "started_on": policy.company_date(at),
        "started_at": at,
        "started_by": by.id if by else None,
    }
    is_new = insert_new(session, table_of(FinalsMonth), [row]) == 1
    work = queries.month_of(session, month)
    assert work is not None
    if is_new:
        audit.note(session, _note(work, policy))
        for lead in people.leads(session):
            postings.show(session, Showing(FUNNEL_CARD, work.id, place_of(lead.id)), at=at)
    return Started(work, is_new)


def due(session: Session, *, today: date, policy: Policy) -> tuple[date, ...]:
    """Return the months whose work should have started by now and has not."""
    latest = queries.latest_month(session)
    if latest is None and not ledger.has_invoices(session):
        return ()
    return rules.due_months(today, policy, last=latest.month if latest else None)


def is_next_due(session: Session, *, today: date) -> bool:
    """Test if work on the prior month's final invoices has yet to start."""
    return queries.month_of(session, rules.billed_month(today)) is None


def _note(work: FinalsMonth, policy: Policy) -> audit.Note:
    by_calendar = f"business day {policy.finals_business_day} of the month"
    return audit.Note(
        what="finals work started",
        about=f"finals_month:{work.id}",
        at=work.started_at,
        by=work.started_by,
        after={"month": work.month.isoformat(), "started_on": work.started_on.isoformat()},
        why="final invoicing is complete" if work.started_by else by_calendar,
    )
