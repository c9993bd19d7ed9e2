"""What payers owe, as lines; and finding statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    bindparam,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import first_record, rows, table_of
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.customers.records import Customer
from bot.workflows.disputes import queries as disputes
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import BookUpdate, Invoice, Payment
from bot.workflows.ledger.rules import OpenItem
from bot.workflows.statements.records import (
    LeftOut,
    LineKind,
    Statement,
    StatementLine,
    StatementRun,
)
from bot.workflows.statements.rules import Line

_INVOICES: Final = table_of(Invoice).c
_PAYMENTS: Final = table_of(Payment).c
_ON: Final = bindparam("on", type_=Date())
_PAYER: Final = bindparam("payer", type_=BigInteger())


def lines_of(session: Session, payer_id: int, *, on: date) -> list[Line]:
    """Return what stands open of a payer on a day, by what is known now."""
    items = ledger.open_items(session, payer_id, on=on)
    held = disputes.open_amounts(session, [item.invoice_id for item in items], on=on)
    invoices = [_line(item, held.get(item.invoice_id, 0)) for item in items]
    return [*invoices, *_credits(session, payer_id, on), *_cash(session, payer_id, on)]


def payers_after(session: Session, cursor: int, *, on: date, limit: int) -> list[int]:
    """Return the next payers with anything open on a day, after the one at the cursor."""
    given = {"on": on, "cursor": cursor, "most": limit}
    return rows(session, _payers_after(), given).scalars()


@cache
def _payers_after() -> Prepared:
    both = _with_anything_open(_ON).subquery()
    after = select(both.c.payer_id).where(both.c.payer_id > bindparam("cursor"))
    most = bindparam("most", type_=Integer())
    return Prepared(after.order_by(both.c.payer_id).limit(most))


def count_payers(session: Session, *, on: date) -> int:
    """Return how many payers have anything open on a day."""
    both = _with_anything_open(on).subquery()
    return session.scalar(select(func.count()).select_from(both)) or 0


def run_of(session: Session, month: str) -> StatementRun | None:
    """Return a month's run, if it began."""
    return session.scalar(select(StatementRun).filter_by(month=month))


def last_run(session: Session) -> StatementRun | None:
    """Return the latest month's run."""
    return session.scalars(
        select(StatementRun).order_by(StatementRun.scheduled_on.desc())
    ).first()


def missed_before(session: Session, run: StatementRun) -> list[str]:
    """Return the months for which nobody was there until a run began, the oldest first."""
    missed = select(StatementRun.month).filter_by(is_missed=True, began_at=run.began_at)
    return list(session.scalars(missed.order_by(StatementRun.month)))


def unfinished(session: Session) -> StatementRun | None:
    """Return the run that is under way, if any."""
    still = select(StatementRun).where(StatementRun.ended_at.is_(None))
    return session.scalars(still.order_by(StatementRun.id)).first()


def last_of_payer(session: Session, payer_id: int) -> Statement | None:
    """Return the last statement that was made for a payer."""
    made = select(Statement).filter_by(payer_id=payer_id)
    return session.scalars(made.order_by(Statement.id.desc())).first()


def by_key(session: Session, mail_key: str) -> Statement | None:
    """Return the statement that was mailed under that key."""
    return first_record(session, Statement, _by_key(), {"key": mail_key})


@cache
def _by_key() -> Prepared:
    made = table_of(Statement)
    return Prepared(select(made).where(made.c.mail_key == bindparam("key")))


def as_posted(session: Session, payer_id: int, *, on: date) -> Statement | None:
    """Return the payer's last statement made for that day or before."""
    made = select(Statement).where(Statement.payer_id == payer_id, Statement.as_of <= on)
    return session.scalars(made.order_by(Statement.as_of.desc(), Statement.id.desc())).first()


def lines_as_posted(session: Session, statement: Statement) -> list[Line]:
    """Return the lines of a statement as it was sent."""
    kept = select(StatementLine).filter_by(statement_id=statement.id)
    return [
        Line(
            kind=line.kind,
            customer_id=line.customer_id,
            number=line.number,
            currency=line.currency,
            dated=line.dated,
            due_on=line.due_on,
            amount=line.amount,
            balance=line.balance,
            disputed=line.disputed,
        )
        for line in session.scalars(kept.order_by(StatementLine.id))
    ]


def left_out(session: Session, run_id: int) -> Sequence[LeftOut]:
    """Return who got no statement in a run."""
    rows = select(LeftOut).filter_by(run_id=run_id).order_by(LeftOut.id)
    return session.scalars(rows).all()


def states(session: Session, run_id: int) -> dict[MailState, int]:
    """Return how many statements of a run are in which state of the mail."""
    counted = (
        select(Mail.state, func.count())
        .join(Statement, Statement.mail_key == Mail.key)
        .where(Statement.run_id == run_id)
        .group_by(Mail.state)
    )
    return {row[0]: row[1] for row in session.execute(counted)}


class Page(NamedTuple):
    """Which of a run's statements to look at: of payers called like `name`, or of all."""

    skip: int
    most: int
    name: str = ""


class Made(NamedTuple):
    """A statement of a run: whose, where its file is, and how far its mail is."""

    name: str
    path: str
    state: MailState


def made_in(session: Session, run_id: int, page: Page) -> list[Made]:
    """Return a page of a run's statements, by the payers' names."""
    made = (
        select(Customer.name, Statement.path, Mail.state)
        .join(Statement, Statement.payer_id == Customer.id)
        .join(Mail, Mail.key == Statement.mail_key)
        .where(Statement.run_id == run_id, _is_called(page.name))
        .order_by(func.lower(Customer.name), Statement.id)
    )
    rows_ = session.execute(made.offset(page.skip).limit(page.most))
    return [Made(row.name, row.path, row.state) for row in rows_]


def count_made(session: Session, run_id: int, *, name: str = "") -> int:
    """Return how many statements a run made, of payers called like that."""
    made = (
        select(func.count())
        .select_from(Statement)
        .join(Customer, Customer.id == Statement.payer_id)
        .join(Mail, Mail.key == Statement.mail_key)
        .where(Statement.run_id == run_id, _is_called(name))
    )
    return session.scalar(made) or 0


def _is_called(name: str) -> ColumnElement[bool]:
    wanted = " ".join(name.split())
    if not wanted:
        return true()
    return or_(
        Customer.name.contains(wanted, autoescape=True),
        func.lower(Customer.name).contains(wanted.lower(), autoescape=True),
        func.lower(Customer.number) == wanted.lower(),
    )


class Standing(NamedTuple):
    """How far the desk is with statements."""

    unfinished: int | None
    """The run that is under way ..."""
    begun_for: date | None
    """... and the day that it was scheduled for."""
    last: date | None
    """The day of the latest month's run."""
    at_work_since: datetime | None
    """When the desk got its first book."""


def standing(session: Session) -> Standing:
    """Return how far the desk is with statements."""
    return Standing._make(rows(session, _standing(), {}).one())


@cache
def _standing() -> Prepared:
    runs, updates = table_of(StatementRun).c, table_of(BookUpdate).c
    still = select(runs.id).where(runs.ended_at.is_(None)).order_by(runs.id).limit(1)
    asked = (
        still,
        still.with_only_columns(runs.scheduled_on),
        select(func.max(runs.scheduled_on)),
        select(func.min(updates.at)),
    )
    return Prepared(select(*(one.scalar_subquery() for one in asked)))


def _with_anything_open(on: ledger.Day) -> CompoundSelect[int]:
    return union(
        select(_INVOICES.payer_id).where(ledger.is_open_on(on)),
        select(_PAYMENTS.payer_id).where(
            ledger.may_be_loose_on(on), ledger.unapplied_on(on) != 0
        ),
    )


def _line(item: OpenItem, held: int) -> Line:
    balance = item.balance.minor
    return Line(
        kind=LineKind.INVOICE,
        customer_id=item.customer_id,
        number=item.number,
        currency=item.currency,
        dated=item.invoice_date,
        due_on=item.due_date,
        amount=item.amount.minor,
        balance=balance,
        disputed=min(item.disputed.minor + held, balance),
    )


@cache
def _open_credits() -> Prepared:
    return Prepared(
        select(
            _INVOICES.customer_id,
            _INVOICES.number,
            _INVOICES.currency,
            _INVOICES.invoice_date,
            _INVOICES.amount,
            ledger.balance_on(_ON).label("balance"),
        ).where(_INVOICES.payer_id == _PAYER, _INVOICES.amount < 0, ledger.is_open_on(_ON))
    )


@cache
def _cash_on_account() -> Prepared:
    left = ledger.unapplied_on(_ON)
    return Prepared(
        select(
            _PAYMENTS.customer_id,
            _PAYMENTS.number,
            _PAYMENTS.currency,
            _PAYMENTS.received_on,
            _PAYMENTS.amount,
            left.label("unapplied"),
        ).where(ledger.may_be_loose_on(_ON, lambda payer: payer == _PAYER), left != 0)
    )


def _credits(session: Session, payer_id: int, on: date) -> list[Line]:
    return [
        Line(
            kind=LineKind.CREDIT,
            customer_id=row.customer_id,
            number=row.number,
            currency=row.currency,
            dated=row.invoice_date,
            due_on=None,
            amount=row.amount,
            balance=int(row.balance),
        )
        for row in rows(session, _open_credits(), {"payer": payer_id, "on": on})
    ]


def _cash(session: Session, payer_id: int, on: date) -> list[Line]:
    return [
        Line(
            kind=LineKind.CASH,
            customer_id=row.customer_id,
            number=row.number,
            currency=row.currency,
            dated=row.received_on,
            due_on=None,
            amount=-row.amount,
            balance=-int(row.unapplied),
        )
        for row in rows(session, _cash_on_account(), {"payer": payer_id, "on": on})
    ]
