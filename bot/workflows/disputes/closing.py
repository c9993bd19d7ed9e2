"""Closing disputes: every one ends in a recorded result (R16, R23, R133)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import department, queries, rules
from bot.workflows.disputes.department import Said
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.disputes.rules import (
    ClosedAlready,
    DisputeState,
    Resolution,
    SayingKind,
)
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member, Role, check_role
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as open_tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.rules import TaskKind, TaskState

CLOSED_CARD: Final = CardName("disputes.closed")
"""For the agent: what came of it, and that a payment date is asked today (R23)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What came of a dispute, in words, and who says so."""

    resolution: Resolution
    words: str
    by: Member
    granted: Money | None = None
    """Of a part that is credited: how much."""


def resolve(
    session: Session, dispute: Dispute, *, ruling: Ruling, at: datetime, policy: Policy
) -> None:
    """
    Close a dispute with its recorded result.

    What stands is owed again at once, and its payment date is asked the same day (R23). What is
    granted stays out of the ranking until its credit, which is asked for here, is in the book.

    :raises NotForYou: if the person is neither of the department nor a lead.
    :raises ClosedAlready: if it was closed meanwhile.
    :raises BadGrant: if the part to be credited does not fit.
    """
    check_role(ruling.by, department.workers(dispute), what="Closing this dispute")
    if dispute.state is not DisputeState.OPEN:
        raise ClosedAlready("Somebody has closed this dispute meanwhile.")
    whole = Money(dispute.amount, dispute.currency)
    granted = rules.granted_of(ruling.resolution, whole, ruling.granted)
    _close(session, dispute, ruling=ruling, at=at, policy=policy)
    if granted.minor:
        dispute.granted = granted.minor
        _await_credit(session, dispute, by=ruling.by, at=at, policy=policy)
    if granted < whole and ruling.resolution is not Resolution.WITHDRAWN:
        _ask_for_a_date(session, dispute, whole - granted, at=at, policy=policy)
    owner = customers.get(session, dispute.payer_id).agent_id
    for person_id in {dispute.raised_by, owner} - {ruling.by.id}:
        if person_id is not None:
            closed = Showing(CLOSED_CARD, dispute.id, place_of(person_id))
            postings.show(session, closed, at=at)


def withdraw_with_call(
    session: Session, call_id: int, *, by: Member, at: datetime, policy: Policy
) -> list[Dispute]:
    """Withdraw what was disputed in a call that is taken back; return those disputes."""
    withdrawn = queries.of_call(session, call_id)
    ruling = Ruling(resolution=Resolution.WITHDRAWN, words="The call was taken back.", by=by)
    for dispute in withdrawn:
        _close(session, dispute, ruling=ruling, at=at, policy=policy)
    return withdrawn


def _close(
    session: Session, dispute: Dispute, *, ruling: Ruling, at: datetime, policy: Policy
) -> None:
    is_withdrawn = ruling.resolution is Resolution.WITHDRAWN
    dispute.state = DisputeState.WITHDRAWN if is_withdrawn else DisputeState.RESOLVED
    dispute.closed_on, dispute.closed_at = policy.company_date(at), at
    dispute.closed_by, dispute.resolution = ruling.by.id, ruling.resolution
    dispute.resolution_words = ruling.words
    said = Said(words=f"{ruling.resolution}: {ruling.words}", by=ruling.by)
    department.say(session, dispute, SayingKind.RESOLUTION, said, at=at)
    audit.note(
        session,
        audit.Note(
            what="dispute closed",
            about=f"dispute:{dispute.id}",
            at=at,
            by=ruling.by.id,
            before={"state": DisputeState.OPEN},
            after={"state": dispute.state, "resolution": ruling.resolution},
            why=ruling.words,
        ),
    )


def _await_credit(
    session: Session, dispute: Dispute, *, by: Member, at: datetime, policy: Policy
) -> None:
    """Keep what was granted out of the ranking, and ask for its credit."""
    granted = Money(dispute.granted, dispute.currency)
    today = policy.company_date(at)
    due_on = policy.calendar.plus(today, policy.dispute_credit_business_days)
    awaited = Dispute(
        payer_id=dispute.payer_id,
        reason=dispute.reason,
        description=f"A credit of {granted} was granted and is not in the book yet.",
        contact=dispute.contact,
        department=dispute.department,
        currency=dispute.currency,
        amount=granted.minor,
        state=DisputeState.AWAITING_CREDIT,
        raised_on=today,
        raised_at=at,
        raised_by=by.id,
        answer_due_on=due_on,
        parent_id=dispute.id,
    )
    session.add(awaited)
    session.flush()
    _hold(session, awaited, _parts(session, dispute))
    _request_credit(session, dispute, granted, due_on=due_on, at=at)


def _hold(session: Session, awaited: Dispute, parts: Sequence[DisputedInvoice]) -> None:
    """Share the awaited credit out over the invoices that were disputed."""
    amount = Money(awaited.amount, awaited.currency)
    shares = rules.split(amount, [part.amount for part in parts])
    session.add_all(
        DisputedInvoice(dispute_id=awaited.id, invoice_id=part.invoice_id, amount=share)
        for part, share in zip(parts, shares, strict=True)
        if share
    )


def _request_credit(
    session: Session, dispute: Dispute, granted: Money, *, due_on: date, at: datetime
) -> None:
    name = customers.get(session, dispute.payer_id).name
    numbers = ", ".join(part.number for part in queries.parts_of(session, dispute))
    order = NewTask(
        key=credit_key(dispute),
        kind=TaskKind.REQUEST_CREDIT,
        title=f"Credit {name} {granted}",
        words=f"{dispute.reason.words}; invoices {numbers}. “{dispute.resolution_words}”",
        about=f"dispute:{dispute.id}",
        payer_id=dispute.payer_id,
        role=_creditor(session),
        due_on=due_on,
    )
    tasks.open_once(session, order, at=at)


def credit_key(dispute: Dispute) -> str:
    """Return the key of the task that asks for a dispute's credit."""
    return f"credit:dispute:{dispute.id}"


def date_is_asked(session: Session, dispute: Dispute) -> bool:
    """Test if a payment date of what stands is still to be asked for (R23)."""
    task = open_tasks.by_key(session, _date_key(dispute))
    return task is not None and task.state is TaskState.OPEN


def _date_key(dispute: Dispute) -> str:
    return f"payment_date:dispute:{dispute.id}"


def _ask_for_a_date(
    session: Session, dispute: Dispute, owed: Money, *, at: datetime, policy: Policy
) -> None:
    payer = customers.get(session, dispute.payer_id)
    today = policy.calendar.on_or_after(policy.company_date(at))
    order = NewTask(
        key=_date_key(dispute),
        kind=TaskKind.PAYMENT_DATE,
        title=f"Ask {payer.name} when {owed} is paid",
        words=f"The dispute was decided: “{dispute.resolution_words}” (R23)",
        about=f"dispute:{dispute.id}",
        payer_id=payer.id,
        owner_id=payer.agent_id or dispute.raised_by,
        role=Role.AGENT,
        due_on=today,
    )
    tasks.open_once(session, order, at=at, tell=False)


def _parts(session: Session, dispute: Dispute) -> list[DisputedInvoice]:
    parts = select(DisputedInvoice).filter_by(dispute_id=dispute.id)
    return list(session.scalars(parts.order_by(DisputedInvoice.id)))


def _creditor(session: Session) -> Role:
    """Return who makes credits: billing, else a collections manager, else the leads."""
    wanted = (Role.BILLING, Role.COLLECTIONS_MANAGER)
    return next((role for role in wanted if people.in_roles(session, {role})), Role.LEAD)
