"""What cannot be sent, or came back, becomes a task: never a silence."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.workflows.correspondence import queries
from bot.workflows.correspondence.records import Mail, MailState, Process
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as open_tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind

HELD_CARD: Final = CardName("correspondence.held")
"""For the leads: mail that waits for its process to be released; about is the process."""
UNKNOWN_CARD: Final = CardName("correspondence.unknown")
"""For the leads: a mail that may have left or not; about is the mail."""

PROCESSES: Final = tuple(Process)


def number_of(process: Process) -> int:
    """Return the number by which cards know a process."""
    return PROCESSES.index(process) + 1


def no_address(  # noqa: PLR0913 - what could not be sent, and to whom
    session: Session,
    payer: AnyCustomer,
    key: str,
    subject: str,
    *,
    at: datetime,
    policy: Policy,
) -> Task:
    """
    Open the task of finding an address, or name one more thing that waits for it.

    A payer has one such task at a time, which lists what could not be sent.
    """
    line = f"Not sent: {subject}."
    known = [
        task
        for task in open_tasks.open_of_payer(session, payer.id)
        if task.kind is TaskKind.NO_ADDRESS
    ]
    if known:
        return tasks.add_words(session, known[0], line, at=at)
    wrong = f" The one on file cannot be used: {payer.email}." if payer.email.strip() else ""
    new = NewTask(
        key=f"no_address:{key}",
        kind=TaskKind.NO_ADDRESS,
        title=f"Find an e-mail address of {payer.name}",
        words=f"{line}{wrong}",
        due_on=policy.company_date(at),
        payer_id=payer.id,
        owner_id=payer.agent_id,
    )
    return tasks.open_once(session, new, at=at)


def bounced(session: Session, mail: Mail, *, why: str, at: datetime) -> Mail:
    """
    Note that a mail was refused for good or came back, and open the task that follows.

    One that is known to have come back stays as it is.
    """
    if mail.state in (MailState.REFUSED, MailState.CANCELLED):
        return mail
    before = mail.state
    mail.state, mail.bounced_at, mail.last_error = MailState.REFUSED, at, why
    mail.owner, mail.lease_until, mail.due_at = None, None, None
    mail.version += 1
    change = audit.Note(
        what="mail came back",
        about=f"mail:{mail.id}",
        at=at,
        before={"state": before.value},
        after={"state": mail.state.value, "key": mail.key},
        why=why,
    )
    audit.note(session, change)
    open_task(session, mail, why=why, at=at)
    postings.refresh(session, UNKNOWN_CARD, about=mail.id, at=at)
    return mail


def open_task(session: Session, mail: Mail, *, why: str, at: datetime) -> None:
    """Open the task of finding out to whom a mail goes that did not arrive."""
    payer = customers.get(session, mail.payer_id)
    text = queries.text_of(session, mail.id)
    subject = text.subject if text else "a mail"
    new = NewTask(
        key=f"bounced:{mail.id}:{text.number if text else 0}",
        kind=TaskKind.BOUNCED,
        about=f"mail:{mail.id}",
        title=f"E-mail to {payer.name} did not arrive",
        words=f"“{subject}” to {text.to if text else 'nobody'}: {why}",
        due_on=max(mail.day, at.date()),
        payer_id=payer.id,
        owner_id=payer.agent_id,
    )
    tasks.open_once(session, new, at=at)


def tell_unknown(session: Session, mail: Mail, *, at: datetime) -> None:
    """Show the leads a mail that may have left or not."""
    _show(session, UNKNOWN_CARD, mail.id, at=at)


def tell_held(session: Session, process: Process, *, at: datetime) -> None:
    """Show the leads that mail of a process is held."""
    _show(session, HELD_CARD, number_of(process), at=at)


def _show(session: Session, card: CardName, about: int, *, at: datetime) -> None:
    for lead in people.leads(session):
        postings.show(session, Showing(card, about, place_of(lead.id)), at=at)
