"""What every contact has in common: what came of it, and when it is no longer due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.rows import locked
from bot.workflows.finals import mailing, queries
from bot.workflows.finals.records import ContactState, FinalsContact


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The moment, the numbers that hold, and whose doing it is (None: the desk's)."""

    at: datetime
    policy: Policy
    by: int | None = None

    @property
    def today(self) -> date:
        """The company's date."""
        return self.policy.company_date(self.at)


def close_over(session: Session, contact_ids: Iterable[int], when: When) -> int:
    """Close the contacts that have nothing left to ask about; return how many."""
    closed = 0
    for contact_id in contact_ids:
        contact = locked(session, FinalsContact, contact_id)
        if contact.state is ContactState.DUE:
            is_open = bool(queries.items_of(session, contact.id, on=when.today))
            became = ContactState.NOT_REACHED if is_open else ContactState.PAID
            end(session, contact, became, when=when)
            closed += 1
    return closed


def end(
    session: Session,
    contact: FinalsContact,
    state: ContactState,
    *,
    when: When,
    call_id: int | None = None,
) -> None:
    """Say what came of a contact, which is no longer due; nor is it asked in writing."""
    before = contact.state
    contact.state, contact.call_id = state, call_id
    contact.closed_on = contact.closed_on or when.today
    contact.version += 1
    note(session, contact, before, when=when)
    mailing.drop_answered(session, contact, at=when.at)


def note(
    session: Session,
    contact: FinalsContact,
    before: ContactState | None,
    *,
    when: When,
    why: str = "",
) -> None:
    """Enter in the trail what a contact has become."""
    after = {"payer": contact.payer_id, "stage": contact.stage, "state": contact.state}
    entry = audit.Note(
        what=f"finals contact {contact.state}",
        about=f"finals_contact:{contact.id}",
        at=when.at,
        by=when.by,
        before={"state": before} if before else None,
        after=after | {"call": contact.call_id},
        why=why,
    )
    audit.note(session, entry)
