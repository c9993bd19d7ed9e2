"""A day's figures by what is known now, and the lines as they were posted (I19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Date, Integer, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from bot.kernel.calendar import ONE_DAY
from bot.kernel.money import Money
from bot.policy import Policy
from bot.store.base import UtcColumn
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, first_record, record, records, rows, table_of
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction
from bot.workflows.customers.records import Customer
from bot.workflows.daily_lines.records import DailyLine, LimitWarning
from bot.workflows.daily_lines.rules import (
    MOST_CROSSERS,
    AgentDay,
    Counted,
    Crosser,
    Figures,
    Standing,
    Window,
    from_json,
    of_currency,
)
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import BookUpdate, Invoice
from bot.workflows.people import queries as people
from bot.workflows.people.records import Person
from bot.workflows.people.rules import Role
from bot.workflows.promises.records import Promise, PromiseState
from bot.workflows.reports import queries as reports
from bot.workflows.suspension import history
from bot.workflows.worklists.records import WindowStanding, Worklist

_ON: Final = bindparam("on", type_=Date())
_OF_DAY: Final = Prepared(select(table_of(DailyLine)).where(DailyLine.day == _ON))


def figures(session: Session, *, on: date, policy: Policy) -> Figures:
    """Return a day's figures as of its end, by what is known now."""
    base = policy.base_currency
    until = policy.calendar.plus(on, 1)
    crossing = _crossing(session, on=on, until=until, policy=policy)
    dso = reports.dso(session, on=on).get(base)
    return Figures(
        on=on,
        goal=policy.daily_call_goal,
        agents=tuple(_agents(session, on=on)),
        made=_counted(session, _promises_made(), {"on": on}),
        kept=_ended(session, PromiseState.KEPT, on),
        partly_kept=_ended(session, PromiseState.PARTLY_KEPT, on),
        broken=_ended(session, PromiseState.BROKEN, on),
        late=_late(session, on=on, policy=policy),
        limit=Money(policy.plus_31_limit, base),
        crossing=_sums(one.amount for one in crossing),
        crossers=tuple(one for one in crossing if one.amount.currency == base)[:MOST_CROSSERS],
        window=tuple(_window(session, on=on, policy=policy)),
        cases={state.value: n for state, n in history.counted(session, on=on).items()},
        disputes=_counted(session, _open_disputes(), {"on": on}),
        dso=dso.countback if dso else None,
        dso_target=policy.dso_target,
        until=until,
    )


def standing(session: Session, *, on: date, policy: Policy) -> Standing:
    """Return where the +31 total stands at the end of a day, by what is known now (R91)."""
    limit = Money(policy.plus_31_limit, policy.base_currency)
    total = of_currency(_late(session, on=on, policy=policy), limit.currency)
    return Standing(on=on, total=total, limit=limit)


def get(session: Session, line_id: int) -> DailyLine:
    """Return a line that was posted."""
    return record(session, DailyLine, line_id)


def of_day(session: Session, day: date) -> DailyLine | None:
    """Return the line of a day, if it was posted."""
    return first_record(session, DailyLine, _OF_DAY, {"on": day})


def as_posted(line: DailyLine) -> Figures:
    """Return a line's figures as they were posted."""
    return from_json(line.figures)


def latest(session: Session) -> DailyLine | None:
    """Return the last line that was posted."""
    return session.scalars(select(DailyLine).order_by(DailyLine.day.desc()).limit(1)).first()


def before(session: Session, day: date, *, most: int) -> list[Figures]:
    """Return the last lines posted for days before a day, the oldest first (R17)."""
    found = records(session, DailyLine, _before(), {"on": day, "most": most})
    return [as_posted(line) for line in reversed(found)]


@cache
def _before() -> Prepared:
    earlier = select(table_of(DailyLine)).where(DailyLine.day < _ON)
    most = bindparam("most", type_=Integer())
    return Prepared(earlier.order_by(DailyLine.day.desc()).limit(most))


def warning(session: Session, warning_id: int) -> LimitWarning:
    """Return a warning of the limit."""
    return record(session, LimitWarning, warning_id)


def warning_of(session: Session, day: date) -> LimitWarning | None:
    """Return the warning that was given on a day."""
    return session.scalar(select(LimitWarning).filter_by(day=day))


def began_at(session: Session) -> datetime | None:
    """Return when the book was first brought in, and the desk began its work."""
    return session.scalar(select(func.min(BookUpdate.at)))


def _late(session: Session, *, on: date, policy: Policy) -> tuple[Money, ...]:
    late = reports.plus_31(session, on=on, policy=policy)
    return tuple(late[currency] for currency in sorted(late))


def _agents(session: Session, *, on: date) -> list[AgentDay]:
    done = {row[0]: (row[1], row[2]) for row in rows(session, _called(), {"on": on})}
    away = people.absent_on(session, on)
    members = people.in_roles(session, {Role.AGENT})
    known = {member.id for member in members}
    others = [people.get(session, agent_id) for agent_id in sorted(done.keys() - known)]
    return [
        AgentDay(
            name=member.name,
            attempted=done.get(member.id, (0, 0))[0],
            reached=done.get(member.id, (0, 0))[1],
            is_away=member.id in away,
        )
        for member in (*members, *others)
    ]


@cache
def _called() -> Prepared:
    is_out = Call.direction == Direction.OUT
    everybody = select(Person.id)  # calls are found by who made them, and when
    return Prepared(
        select(
            Call.agent_id,
            func.count(case((is_out, Call.payer_id)).distinct()),
            func.count(case((and_(is_out, Call.is_reached), Call.payer_id)).distinct()),
        )
        .where(Call.agent_id.in_(everybody), Call.day == _ON, Call.undone_at.is_(None))
        .group_by(Call.agent_id)
    )


def _ended(session: Session, state: PromiseState, on: date) -> Counted:
    return _counted(session, _promises_ended(), {"state": state, "on": on})


@cache
def _promises_made() -> Prepared:
    return _promises(Promise.made_on == _ON, Promise.state != PromiseState.WITHDRAWN)


@cache
def _promises_ended() -> Prepared:
    return _promises(Promise.state == bindparam("state"), Promise.state_on == _ON)


def _promises(*which: ColumnElement[bool]) -> Prepared:
    made = select(Promise.currency, func.count(), func.sum(Promise.amount))
    return _by_currency(made.where(*which))


@cache
def _open_disputes() -> Prepared:
    raised = select(Dispute.currency, func.count(), func.sum(Dispute.amount))
    return _by_currency(raised.where(Dispute.parent_id.is_(None), disputes.is_open_on(_ON)))


def _by_currency(wanted: AnySelect) -> Prepared:
    currency = wanted.selected_columns[0]
    return Prepared(wanted.group_by(currency).order_by(currency))


def _counted(session: Session, wanted: Prepared, given: Mapping[str, object]) -> Counted:
    """Return how many, and how much, of a select of currencies, counts and sums."""
    found = rows(session, wanted, given).all()
    return Counted(
        count=sum(row[1] for row in found),
        amounts=tuple(Money(int(row[2]), row[0]) for row in found),
    )


def _crossing(session: Session, *, on: date, until: date, policy: Policy) -> list[Crosser]:
    """
    Return what has come to be 31 days past due by the next business day, largest first.

    A row a payer and currency. On a Friday it is what crosses until Monday.
    """
    late = timedelta(days=policy.plus_31_days)
    given = {"on": on, "after": on - late, "until": until - late}
    return [
        Crosser(customer_id=row[0], name=row[1], amount=Money(int(row[3]), row[2]))
        for row in rows(session, _crossers(), given)
    ]


@cache
def _crossers() -> Prepared:
    crosses = Invoice.due_date > bindparam("after"), Invoice.due_date <= bindparam("until")
    items = (
        select(Invoice.payer_id, Invoice.currency, ledger.balance_on(_ON).label("open"))
        .where(*crosses, Invoice.amount > 0, ledger.is_open_on(_ON))
        .subquery()
    )
    summed = func.sum(items.c.open)
    return Prepared(
        select(Customer.number, Customer.name, items.c.currency, summed)
        .join(Customer, Customer.id == items.c.payer_id)
        .where(items.c.open > 0)
        .group_by(Customer.number, Customer.name, items.c.currency)
        .order_by(summed.desc(), Customer.number)
    )


def _window(session: Session, *, on: date, policy: Policy) -> list[Window]:
    """Return the window of the day's lists, a row a currency, as reached by the day's end."""
    end = datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)
    return [
        Window(
            payers=row[1],
            contacted=int(row[2]),
            amount=Money(int(row[3]), row[0]),
            contacted_amount=Money(int(row[4]), row[0]),
        )
        for row in rows(session, _windows(), {"on": on, "end": end, "since": end - 3 * ONE_DAY})
    ]


@cache
def _windows() -> Prepared:
    end = bindparam("end", type_=UtcColumn())
    is_reached = or_(WindowStanding.was_contacted, WindowStanding.reached_at < end)
    # Lists are found by when their shift starts: that is on their day, wherever it is worked.
    lists = select(Worklist.id).where(
        Worklist.day == _ON,
        Worklist.starts_at.between(bindparam("since", type_=UtcColumn()), end),
    )
    return Prepared(
        select(
            WindowStanding.currency,
            func.count(),
            func.sum(case((is_reached, 1), else_=0)),
            func.sum(WindowStanding.amount),
            func.sum(case((is_reached, WindowStanding.amount), else_=0)),
        )
        .where(WindowStanding.worklist_id.in_(lists))
        .group_by(WindowStanding.currency)
        .order_by(WindowStanding.currency)
    )


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    sums: defaultdict[str, int] = defaultdict(int)
    for one in amounts:
        sums[one.currency] += one.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))
