"""Starting a month's run, keeping and mailing each statement; nothing is committed here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import change, change_each, table_of
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.operations import FileToSend, Letter
from bot.workflows.correspondence.records import Mail, MailKind, MailState, Process
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from bot.workflows.statements import queries, rules
from bot.workflows.statements.records import LeftOut, Statement, StatementLine, StatementRun
from bot.workflows.statements.rules import Line, Why

RUN_CARD: Final = CardName("statements.run")
"""For the leads: how far a month's statements are, and who was left out; about is the run."""

_MAKE: Final = PreparedChange(insert(table_of(Statement)))
_ADD: Final = PreparedChange(insert(table_of(StatementLine)))
_LEAVE_OUT: Final = PreparedChange(insert(table_of(LeftOut)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A statement that was drawn: its lines and its file; `key` mails it once only."""

    key: str
    payer_id: int
    as_of: date
    lines: tuple[Line, ...]
    path: str
    """Relative to the desk's home."""
    sha256: str


def begin(
    session: Session, scheduled_on: date, *, at: datetime, policy: Policy
) -> StatementRun:
    """Begin a month's run and show it to the leads; one that began is returned as it is."""
    month = rules.month_of(scheduled_on)
    if known := queries.run_of(session, month):
        return known
    as_of = policy.company_date(at)
    run = StatementRun(
        month=month,
        scheduled_on=scheduled_on,
        as_of=as_of,
        began_at=at,
        payers=queries.count_payers(session, on=as_of),
    )
    session.add(run)
    session.flush()
    _note(session, run, "statements begun", at=at)
    _tell(session, run, at=at)
    return run


def miss(session: Session, scheduled_on: date, *, at: datetime, policy: Policy) -> None:
    """Record a month whose statements nobody was there to send, and tell the leads."""
    month = rules.month_of(scheduled_on)
    if queries.run_of(session, month):
        return
    run = StatementRun(
        month=month,
        scheduled_on=scheduled_on,
        as_of=policy.company_date(at),
        began_at=at,
        ended_at=at,
        is_missed=True,
    )
    session.add(run)
    session.flush()
    _note(session, run, "statements missed", at=at)
    _tell(session, run, at=at)


def keep(
    session: Session, run: StatementRun, drawn: Sequence[Drawn], *, at: datetime, policy: Policy
) -> None:
    """Keep and mail the statements of some payers, and move the run on past them."""
    cursor, done = run.cursor, run.done
    for one in drawn:
        if one.payer_id <= cursor:
            continue
        mail = _mail(session, one, by=None, at=at, policy=policy)
        if why := _left_out(mail):
            words = mail.last_error if mail else ""
            left = {"run_id": run.id, "payer_id": one.payer_id, "why": why, "words": words}
            change(session, _LEAVE_OUT, left)
        else:
            _keep(session, one, run_id=run.id, at=at)
        cursor, done = one.payer_id, done + 1
    run.cursor, run.done, run.version = cursor, done, run.version + 1
    session.flush()


def end(session: Session, run: StatementRun, *, at: datetime) -> None:
    """End a run: everybody with anything open is served."""
    if run.ended_at is None:
        run.ended_at, run.version = at, run.version + 1
        _note(session, run, "statements done", at=at)
        show_progress(session, run, at=at)


def show_progress(session: Session, run: StatementRun, *, at: datetime) -> None:
    """Draw the leads' card again."""
    postings.refresh(session, RUN_CARD, about=run.id, at=at)


def send_now(
    session: Session, drawn: Drawn, *, by: Member, at: datetime, policy: Policy
) -> Mail | None:
    """
    Send a payer its statement because somebody asked; the same key sends once (R13).

    :return: the mail; None if there is no address, and then there is a task.
    """
    payer = customers.get(session, drawn.payer_id)
    customers.check_may_act(session, by, payer, today=policy.company_date(at))
    mail = _mail(session, drawn, by=by, at=at, policy=policy)
    if mail and not _left_out(mail) and not queries.by_key(session, drawn.key):
        _keep(session, drawn, run_id=None, at=at)
    return mail


def _mail(
    session: Session, drawn: Drawn, *, by: Member | None, at: datetime, policy: Policy
) -> Mail | None:
    payer = customers.get(session, drawn.payer_id)
    agent = people.get(session, payer.agent_id) if payer.agent_id else None
    name = f"Statement-{payer.number}-{drawn.as_of.isoformat()}.pdf"
    letter = Letter(
        key=drawn.key,
        kind=MailKind.STATEMENT,
        process=Process.BY_HAND if by else Process.STATEMENTS,
        payer_id=payer.id,
        about=drawn.key,
        subject=f"Your statement of {wording.day(drawn.as_of)} {drawn.as_of.year}",
        body=_body(drawn, policy.of_brand(payer.brand)),
        copies=(agent.email,) if agent and agent.email else (),
        files=(FileToSend(name=name, path=drawn.path, sha256=drawn.sha256),),
        by=by.id if by else None,
    )
    return correspondence.send_alone(session, letter, at=at, policy=policy)


def _body(drawn: Drawn, policy: Policy) -> str:
    sums = [_sum(total) for total in rules.totals(drawn.lines, on=drawn.as_of)]
    return (
        f"Attached is the statement of your account as of {wording.day(drawn.as_of)} "
        f"{drawn.as_of.year}:\n\n" + "\n".join(f"  {line}" for line in sums) + "\n\n"
        f"{policy.how_to_pay}\n"
        "If anything on it is not right, please answer this e-mail."
    )


def _sum(total: rules.Total) -> str:
    """Return what is owed in a currency: credits are no part of what is past due."""
    outstanding = f"{Money(total.outstanding, total.currency)} outstanding"
    past_due = f"{Money(total.past_due, total.currency)} of it past due"
    if not total.unapplied:
        return f"{outstanding}, {past_due}"
    owed = Money(total.outstanding - total.unapplied, total.currency)
    credit = f"{Money(-total.unapplied, total.currency)} of credits and payments on account"
    return f"{outstanding}: {owed} owed, {past_due}, less {credit}"


def _left_out(mail: Mail | None) -> Why | None:
    if mail is None:
        return Why.NO_ADDRESS
    return Why.STOPPED if mail.state is MailState.CANCELLED else None


def _keep(session: Session, drawn: Drawn, *, run_id: int | None, at: datetime) -> None:
    statement = {
        "run_id": run_id,
        "payer_id": drawn.payer_id,
        "as_of": drawn.as_of,
        "made_at": at,
        "mail_key": drawn.key,
        "path": drawn.path,
        "sha256": drawn.sha256,
    }
    statement_id = change(session, _MAKE, statement).new_id
    facts = {"payer": drawn.payer_id, "as_of": drawn.as_of, "lines": len(drawn.lines)}
    about = f"statement:{statement_id}"
    audit.note(session, audit.Note(what="statement made", about=about, at=at, after=facts))
    change_each(session, _ADD, [_row(statement_id, line) for line in drawn.lines])


def _row(statement_id: int, line: Line) -> dict[str, object]:
    return {
        "statement_id": statement_id,
        "kind": line.kind,
        "customer_id": line.customer_id,
        "number": line.number,
        "currency": line.currency,
        "dated": line.dated,
        "due_on": line.due_on,
        "amount": line.amount,
        "balance": line.balance,
        "disputed": line.disputed,
    }


def _tell(session: Session, run: StatementRun, *, at: datetime) -> None:
    leads = people.leads(session)
    for lead in leads:
        postings.show(session, Showing(RUN_CARD, run.id, place_of(lead.id)), at=at)


def _note(session: Session, run: StatementRun, what: str, *, at: datetime) -> None:
    facts = {"month": run.month, "payers": run.payers, "done": run.done}
    about = f"statement_run:{run.id}"
    audit.note(session, audit.Note(what=what, about=about, at=at, after=facts))
