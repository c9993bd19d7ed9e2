"""Entering certificates, and asking for the next one in time (R44, R134)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.rows import locked
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import Member, Role
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as task_queries
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind
from bot.workflows.tax_certificates import queries, rules
from bot.workflows.tax_certificates.records import TaxCertificate
from bot.workflows.tax_certificates.rules import Certificate


class NoReason(Refused):
    """A certificate is not struck off without a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Whose certificate is entered, by whom (None: at the command line), and by which form."""

    payer_id: int
    by: Member | None = None
    nonce: str | None = None


def add(
    session: Session, certificate: Certificate, entry: Entry, *, at: datetime, policy: Policy
) -> TaxCertificate:
    """
    Enter a payer's certificate, and end what was asked for it; the same form enters it once.

    :raises BadCertificate: if it makes no sense, or has run out.
    """
    if earlier := queries.by_nonce(session, entry.nonce):
        return earlier
    rules.check(certificate, today=policy.company_date(at))
    payer = customers.payer_of(session, customers.get(session, entry.payer_id))
    added = TaxCertificate(
        payer_id=payer.id,
        jurisdiction=certificate.jurisdiction.strip(),
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        file=certificate.file.strip(),
        sha256=certificate.sha256,
        received_on=certificate.received_on,
        entered_by=entry.by.id if entry.by else None,
        entered_at=at,
        nonce=entry.nonce,
    )
    session.add(added)
    session.flush()
    audit.note(session, _note(added, "tax certificate entered", at=at, by=entry.by))
    _end_asking(session, added, at=at, by=entry.by)
    return added


def withdraw(
    session: Session, certificate_id: int, *, why: str, by: Member, at: datetime
) -> TaxCertificate:
    """
    Strike off a certificate that was entered by mistake or revoked; it stays on record.

    :raises NoReason: if no reason is given.
    """
    if not why.strip():
        raise NoReason("Please say why the certificate does not count any more.")
    certificate = locked(session, TaxCertificate, certificate_id)
    if certificate.withdrawn_at is None:
        certificate.withdrawn_at, certificate.withdrawn_by = at, by.id
        certificate.withdrawn_why = why.strip()
        audit.note(session, _note(certificate, "tax certificate struck off", at=at, by=by))
    return certificate


def ask_for_next(
    session: Session, certificate: TaxCertificate, *, at: datetime, policy: Policy
) -> Task:
    """Ask the payer's agent, once, to get the certificate that follows one (R134)."""
    payer = customers.get(session, certificate.payer_id)
    today = policy.company_date(at)
    numbers = queries.affected(session, payer.id, on=today)
    ends = wording.dated(certificate.valid_until)
    verb = "ran" if certificate.valid_until < today else "runs"
    task = NewTask(
        key=_key(certificate),
        kind=TaskKind.CERTIFICATE,
        title=f"Tax certificate {certificate.jurisdiction} {verb} out: {payer.name}",
        due_on=max(policy.calendar.on_or_after(today), _last_day(certificate, policy)),
        words=f"It holds through {ends}. Open invoices it bears on: {wording.listed(numbers)}.",
        about=f"tax_certificate:{certificate.id}",
        payer_id=payer.id,
        owner_id=payer.agent_id,
        role=Role.LEAD,
    )
    return tasks.open_once(session, task, at=at)


def is_asked(session: Session, certificate: TaxCertificate) -> bool:
    """Test if the next certificate was asked for already."""
    return task_queries.by_key(session, _key(certificate)) is not None


def _key(certificate: TaxCertificate) -> str:
    return f"tax_certificate:{certificate.id}"


def _last_day(certificate: TaxCertificate, policy: Policy) -> date:
    """Return the last business day on which the certificate still holds."""
    return policy.calendar.plus(policy.calendar.on_or_after(certificate.valid_until), -1)


def _end_asking(
    session: Session, added: TaxCertificate, *, at: datetime, by: Member | None
) -> None:
    until = wording.dated(added.valid_until)
    for earlier in queries.of_payer(session, added.payer_id):
        is_same = earlier.jurisdiction == added.jurisdiction and earlier.id != added.id
        task = task_queries.by_key(session, _key(earlier)) if is_same else None
        if task and earlier.valid_until < added.valid_until:
            result = f"A certificate through {until} {added.valid_until:%Y} is on hand."
            tasks.finish(session, task, result=result, by=by, at=at)


def _note(
    certificate: TaxCertificate, what: str, *, at: datetime, by: Member | None
) -> audit.Note:
    facts = {
        "payer": certificate.payer_id,
        "jurisdiction": certificate.jurisdiction,
        "valid_from": certificate.valid_from.isoformat(),
        "valid_until": certificate.valid_until.isoformat(),
        "file": certificate.file,
    }
    return audit.Note(
        what=what,
        about=f"tax_certificate:{certificate.id}",
        at=at,
        by=by.id if by else None,
        after=facts,
        why=certificate.withdrawn_why,
    )
