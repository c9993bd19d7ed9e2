"""Ordering documents, and handing them to the mail."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.prepared import PreparedChange
from bot.store.rows import amend, change, enter, record, table_of
from bot.workflows.calls.records import DocumentRequest
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.operations import FileToSend, Letter
from bot.workflows.correspondence.records import Mail, MailKind, MailState, Process
from bot.workflows.customers import queries as customers
from bot.workflows.documents import queries, rules
from bot.workflows.documents.records import DocumentOrder
from bot.workflows.documents.rules import DocumentKind
from bot.workflows.ledger.records import Invoice
from bot.workflows.people.rules import Member

NO_ADDRESS = "There is no e-mail address: a task says so."
_ORDER: Final = PreparedChange(insert(table_of(DocumentOrder)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a customer asked for."""

    kind: DocumentKind
    payer_id: int
    invoice_id: int | None = None
    """Of an invoice copy."""


class Ordered(NamedTuple):
    """An order, and whether it is new or a second tap on one of a moment ago."""

    order: DocumentOrder
    is_new: bool


def order(
    session: Session, wanted: Wanted, *, by: Member, at: datetime, policy: Policy
) -> Ordered:
    """
    Order a document for a payer; a repeat within minutes returns the order before.

    :raises NotYourPortfolio: if the payer is not the person's to act on.
    """
    payer = customers.get(session, wanted.payer_id)
    customers.check_may_act(session, by, payer, today=policy.company_date(at))
    before = queries.last(session, wanted.kind, payer.id, wanted.invoice_id)
    if before and rules.is_repeat(before.asked_at, at, policy):
        return Ordered(before, is_new=False)
    values = {
        "kind": wanted.kind,
        "payer_id": payer.id,
        "invoice_id": wanted.invoice_id,
        "asked_by": by.id,
        "asked_at": at,
        "problem": "",
    }
    made = enter(session, DocumentOrder, _ORDER, values)
    _note(session, made, "document ordered", at=at, why="")
    if wanted.kind is DocumentKind.HOW_TO_PAY:
        own = policy.of_brand(payer.brand)
        subject, body = f"How to pay {own.company_name}", own.how_to_pay
        mail = _mail(session, made, subject, body, at=at, policy=policy)
        end(session, made, mail, at=at)
    return Ordered(made, is_new=True)


def send_copy(
    session: Session, made: DocumentOrder, file: FileToSend, *, at: datetime, policy: Policy
) -> None:
    """Mail the copy of an invoice that was drawn, or that the company keeps."""
    assert made.invoice_id is not None
    invoice = record(session, Invoice, made.invoice_id)
    subject = f"Copy of invoice {invoice.number}"
    payer = customers.get(session, made.payer_id)
    own = policy.of_brand(payer.brand)
    body = f"Attached is a copy of invoice {invoice.number}.\n\n{own.how_to_pay}"
    mail = _mail(session, made, subject, body, files=(file,), at=at, policy=policy)
    end(session, made, mail, at=at)


def end(
    session: Session,
    made: DocumentOrder,
    mail: Mail | None,
    *,
    at: datetime,
    problem: str = "",
) -> None:
    """Record what became of an order, and that open requests for it are served (R12)."""
    is_stopped = mail is not None and mail.state is MailState.CANCELLED
    why = problem or (mail.last_error if mail and is_stopped else "")
    if mail is None and not problem:
        why = NO_ADDRESS
    amend(session, made, ended_at=at, mail_id=mail.id if mail else None, problem=why)
    what = "document not sent" if made.problem else "document sent"
    _note(session, made, what, at=at, why=made.problem)
    if not made.problem:
        _serve_requests(session, made, at=at)


def _mail(  # noqa: PLR0913 - a letter has these parts
    session: Session,
    made: DocumentOrder,
    subject: str,
    body: str,
    *,
    at: datetime,
    policy: Policy,
    files: tuple[FileToSend, ...] = (),
) -> Mail | None:
    letter = Letter(
        key=f"document:{made.id}",
        kind=MailKind.DOCUMENT,
        process=Process.BY_HAND,
        payer_id=made.payer_id,
        about=f"document_order:{made.id}",
        subject=subject,
        body=body,
        files=files,
        by=made.asked_by,
    )
    return correspondence.send_alone(session, letter, at=at, policy=policy)


def _serve_requests(session: Session, made: DocumentOrder, *, at: datetime) -> None:
    change(session, _serve(made.kind), {"payer": made.payer_id, "at": at})


@cache
def _serve(kind: DocumentKind) -> PreparedChange:
    requests = table_of(DocumentRequest)
    return PreparedChange(
        update(requests)
        .where(
            requests.c.payer_id == bindparam("payer"),
            requests.c.sent_at.is_(None),
            requests.c.cancelled_at.is_(None),
            func.lower(requests.c.what).contains(kind.asked_as, autoescape=True),
        )
        .values(sent_at=bindparam("at"))
    )


def _note(session: Session, made: DocumentOrder, what: str, *, at: datetime, why: str) -> None:
    facts = {"kind": made.kind.value, "payer": made.payer_id, "invoice": made.invoice_id}
    about, by = f"document_order:{made.id}", made.asked_by
    audit.note(session, audit.Note(what=what, about=about, at=at, by=by, after=facts, why=why))
