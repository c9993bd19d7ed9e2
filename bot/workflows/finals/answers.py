"""What a conversation means for contacts that were due, and the issues it opens (R40-R48)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import audit
from bot.store.prepared import Prepared
from bot.store.rows import first_record, records, table_of
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.disputes.records import Dispute, DisputedInvoice
from bot.workflows.finals import contacts, mailing, queries, rules
from bot.workflows.finals.contacts import When
from bot.workflows.finals.records import (
    ContactState,
    FinalsContact,
    FinalsIssue,
    Question,
)
from bot.workflows.people.rules import Member, Role
from bot.workflows.promises import queries as promises
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind

_CONTACTS: Final = table_of(FinalsContact)
_OF_CALL: Final = _CONTACTS.c.call_id == bindparam("call")
_ANSWERED: Final = Prepared(select(_CONTACTS).where(_OF_CALL).order_by(_CONTACTS.c.id))
_QUESTIONED: Final = Prepared(
    select(_CONTACTS)
    .where(_OF_CALL, _CONTACTS.c.state == ContactState.QUESTIONED)
    .order_by(_CONTACTS.c.id)
    .limit(1)
)
_RAISED: Final = Prepared(
    select(table_of(Task))
    .join(FinalsIssue, FinalsIssue.task_id == Task.id)
    .where(FinalsIssue.call_id == bindparam("call"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A question that stands in the way, in the customer's words, and who solves it by when."""

    question: Question
    words: str
    due_on: date
    owner_id: int | None = None
    role: Role = Role.LEAD
    """Who sees it while it has no owner."""


def after_call(session: Session, call: Call, *, when: When) -> list[FinalsContact]:
    """
    Bring the payer's contacts up to date after a call with it; return those answered.

    What stands in the way becomes an issue of whoever spoke with them, unless the dispute, the
    hold or the form it was said in sees to that.
    """
    due = queries.open_of_payer(session, call.payer_id) if call.is_reached else []
    if not due:
        return []
    promised, disputed = _promised(session, call), _disputed(session, call)
    named = queries.invoice_ids_of(session, [contact.id for contact in due])
    answered = []
    for contact in due:
        about = named[contact.id]
        state = rules.answer(
            contact.stage,
            call.outcome,
            is_promised=not promised.isdisjoint(about),
            is_disputed=not disputed.isdisjoint(about),
        )
        if state is not ContactState.DUE:
            contacts.end(session, contact, state, when=when, call_id=call.id)
            answered.append(contact)
    if answered and call.outcome in rules.BECOMES_ISSUE:
        raise_issues(session, call, [_issue_of(call, when)], when=when)
    return answered


def raise_issues(
    session: Session, call: Call, issues: Sequence[Issue], *, when: When
) -> list[Task]:
    """Open an issue for each question that was raised in a call; each once (R43)."""
    contact = first_record(session, FinalsContact, _QUESTIONED, {"call": call.id})
    if contact is None:
        return []
    return [_open(session, contact, call, issue, when) for issue in issues]


def take_back(session: Session, call: Call, *, by: Member, when: When) -> None:
    """Make due again what an undone call had answered, and drop the issues it opened."""
    for contact in records(session, FinalsContact, _ANSWERED, {"call": call.id}):
        before = contact.state
        contact.state, contact.closed_on, contact.call_id = ContactState.DUE, None, None
        contact.version += 1
        contacts.note(session, contact, before, when=when, why=mailing.UNDONE)
        mailing.ask_again(session, contact, call, at=when.at, policy=when.policy)
    for task in records(session, Task, _RAISED, {"call": call.id}):
        tasks.drop(session, task, why=mailing.UNDONE, by=by, at=when.at)


def due_day(when: When) -> date:
    """Return the day by which an issue raised now should be settled (R43)."""
    days = when.policy.finals_issue_business_days
    return when.policy.calendar.plus(when.today, days)


def needs_certificate(task: Task) -> bool:
    """Test if what stands in the way is a tax-exempt certificate (R44)."""
    return task.kind is TaskKind.FINALS_ISSUE and task.key.endswith(f":{Question.TAX}")


def _promised(session: Session, call: Call) -> set[int]:
    promise = promises.of_call(session, call.id)
    return set(promises.parts(session, promise.id)) if promise else set()


def _disputed(session: Session, call: Call) -> set[int]:
    if call.outcome is not Outcome.DISPUTE:
        return set()
    named = (
        select(DisputedInvoice.invoice_id)
        .join(Dispute, Dispute.id == DisputedInvoice.dispute_id)
        .where(Dispute.call_id == call.id)
    )
    return set(session.scalars(named))


def _open(
    session: Session, contact: FinalsContact, call: Call, issue: Issue, when: When
) -> Task:
    payer = customers.get(session, contact.payer_id)
    task = tasks.open_once(
        session,
        NewTask(
            key=f"finals_issue:{contact.id}:{call.id}:{issue.question}",
            kind=TaskKind.FINALS_ISSUE,
            title=f"{issue.question.words}: {payer.name}",
            due_on=issue.due_on,
            words=issue.words,
            about=mailing.topic_of(contact),
            payer_id=payer.id,
            owner_id=issue.owner_id,
            role=issue.role,
        ),
        at=when.at,
        by=when.by,
    )
    _link(session, contact, call, issue, task)
    return task


def _link(
    session: Session, contact: FinalsContact, call: Call, issue: Issue, task: Task
) -> None:
    known = select(FinalsIssue.id).filter_by(
        contact_id=contact.id, call_id=call.id, question=issue.question
    )
    if session.scalar(known) is not None:
        return
    session.add(
        FinalsIssue(
            contact_id=contact.id,
            call_id=call.id,
            task_id=task.id,
            question=issue.question,
            words=issue.words,
        )
    )
    session.flush()
    about, after = f"finals_contact:{contact.id}", {"question": issue.question, "task": task.id}
    note = audit.Note(
        what="finals issue", about=about, at=call.at, by=call.agent_id, after=after
    )
    audit.note(session, note)


def _issue_of(call: Call, when: When) -> Issue:
    return Issue(
        question=rules.IN_THE_WAY[call.outcome],
        words=" ".join(filter(None, (call.outcome.words.capitalize() + ".", call.words))),
        due_on=due_day(when),
        owner_id=call.agent_id,
    )
