"""Fixing the text of a mail: from then on it says this, to these, whatever changes."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.prepared import PreparedChange
from bot.store.rows import amend, change, table_of
from bot.workflows.correspondence import addresses, composing, queries, rules, troubles
from bot.workflows.correspondence.records import Mail, MailKind, MailState, MailText
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.special_handling import queries as holds
from bot.workflows.special_handling import rules as special_handling
from bot.workflows.special_handling.records import HoldKind

NO_ADDRESS: Final = "There is no e-mail address that can be used."
_FIX: Final = PreparedChange(insert(table_of(MailText)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a mail is to say, and who gets a copy."""

    subject: str
    body: str
    copies: tuple[str, ...] = ()


def fix(session: Session, mail: Mail, draft: Draft, *, at: datetime, policy: Policy) -> None:
    """
    Fix what a mail says and to whom; a legal hold or a missing address cancels it instead.

    What is held stays held; anything else is due now.

    :raises composing.BadHeader: if the subject is not one line.
    """
    payer = customers.get(session, mail.payer_id)
    to = recipients(mail, payer)
    why = stopped(session, payer, at=at, policy=policy) or _unwanted(mail, payer, policy)
    if why:
        cancel(session, mail, why=why, at=at)
    elif not to.good:
        troubles.no_address(session, payer, mail.key, draft.subject, at=at, policy=policy)
        cancel(session, mail, why=NO_ADDRESS, at=at)
    else:
        _write(session, mail, draft, to=to.text, at=at, policy=policy)


def readdress(session: Session, mail: Mail, *, at: datetime, policy: Policy) -> None:
    """Fix the text of a mail again if it goes to another address by now."""
    text = queries.text_of(session, mail.id)
    to = recipients(mail, customers.get(session, mail.payer_id))
    if text is None or not to.good or text.to == to.text:
        return
    same = Draft(subject=text.subject, body=text.body, copies=(text.copies,))
    _write(session, mail, same, to=to.text, at=at, policy=policy)


def recipients(mail: Mail, payer: Customer) -> addresses.Addresses:
    """Return to whom a mail goes by what is known now."""
    return addresses.parse(mail.named_to or payer.email)


def stopped(session: Session, payer: Customer, *, at: datetime, policy: Policy) -> str:
    """Return why a payer is not written to, in words; empty when it is."""
    if flagged := special_handling.legal_hold(special_handling.flags_of(payer.flags)):
        return flagged
    held = holds.of_payer(session, payer.id, on=policy.company_date(at), policy=policy)
    for hold in held:
        if hold.kind is HoldKind.LEGAL:
            return f"Legal hold: {hold.reason}."
    exceptions = (hold.reason for hold in held if hold.kind is HoldKind.EXCEPTION)
    return rules.stops_mail(exceptions)


def _unwanted(mail: Mail, payer: Customer, policy: Policy) -> str:
    """Return why the payer's brand does not want a mail written, if it does not (R31)."""
    notice = rules.NOTICES.get(mail.process)
    if mail.kind is MailKind.DAY or notice is None or policy.brand(payer.brand).has(notice):
        return ""
    return f"The brand {payer.brand} sends no {mail.process.words}."


def cancel(
    session: Session, mail: Mail, *, why: str, at: datetime, by: int | None = None
) -> None:
    """
    End a mail that does not leave, with the reason.

    What is held of a day makes room for another one of that day, into which later parts go.
    """
    before = mail.state
    is_in_the_way = mail.kind is MailKind.DAY and before is MailState.HELD
    amend(
        session,
        mail,
        key=f"{mail.key}:{mail.id}" if is_in_the_way else mail.key,
        state=MailState.CANCELLED,
        last_error=why,
        due_at=None,
        version=mail.version + 1,
    )
    note(session, mail, "mail cancelled", at=at, by=by, before=before, why=why)


def note(  # noqa: PLR0913 - an entry has these parts
    session: Session,
    mail: Mail,
    what: str,
    *,
    at: datetime,
    by: int | None = None,
    before: MailState | None = None,
    why: str = "",
) -> None:
    """Enter in the trail what became of a mail."""
    facts = {"key": mail.key, "state": mail.state.value, "payer": mail.payer_id}
    entry = audit.Note(
        what=what,
        about=f"mail:{mail.id}",
        at=at,
        by=by,
        before={"state": before.value} if before else None,
        after=facts,
        why=why,
    )
    audit.note(session, entry)


def _write(  # noqa: PLR0913 - a text has these parts
    session: Session, mail: Mail, draft: Draft, *, to: str, at: datetime, policy: Policy
) -> None:
    last = queries.text_of(session, mail.id)
    number = last.number + 1 if last else 1
    sender = policy.collections_address
    text = {
        "mail_id": mail.id,
        "number": number,
        "sender": sender,
        "to": to,
        "copies": addresses.parse(",".join(draft.copies)).text,
        "subject": composing.header(draft.subject),
        "body": composing.body(draft.body),
        "message_id": _message_id(mail.key, number, sender),
        "fixed_at": at,
    }
    change(session, _FIX, text)
    leaves = {} if mail.state is MailState.HELD else {"state": MailState.DUE, "due_at": at}
    amend(session, mail, version=mail.version + 1, **leaves)
    note(session, mail, "mail text fixed", at=at)


def _message_id(key: str, number: int, sender: str) -> str:
    made = hashlib.sha256(f"{key}#{number}".encode()).hexdigest()[:32]
    return f"<{made}@{sender.rpartition('@')[2] or 'localhost'}>"
