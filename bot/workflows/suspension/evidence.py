"""What is known about each open case: who owns it, contacts so far, promises, notes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time
from typing import Final

from sqlalchemy import Select, Subquery, func, or_, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.calls.records import Call
from bot.workflows.correspondence.records import Mail
from bot.workflows.customers.records import Customer
from bot.workflows.payment_plans.records import PaymentPlan, PlanState
from bot.workflows.people.records import Person
from bot.workflows.promises.records import Promise, PromiseState
from bot.workflows.special_handling import queries as special_handling
from bot.workflows.suspension import queries
from bot.workflows.suspension.overdue import AnySelect, overdue, sums
from bot.workflows.suspension.queries import Said
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import Overdue

NOBODY: Final = "no agent yet"
_FEW: Final = 200
"""Up to so many cases are asked for by name, more by reading the whole book once."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Calls and e-mails since the oldest invoice fell due."""

    calls: int = 0
    reached: int = 0
    emails: int = 0
    """That left and did not come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the meeting has to know about one case."""

    case: SuspensionCase
    payer_name: str
    owner_name: str
    owed: tuple[Overdue, ...] = ()
    contacts: Contacts = field(default_factory=Contacts)
    marks: tuple[str, ...] = ()
    note: Said | None = None

    def oldest_days(self, on: date) -> int:
        """Return how many days past due its oldest undisputed item is."""
        due = [amount.oldest_due for amount in self.owed if amount.oldest_due]
        return (on - min(due)).days if due else 0

    @property
    def totals(self) -> dict[str, int]:
        """What is more than 30 days past due, by currency, in minor units."""
        return {amount.currency: amount.total for amount in self.owed}


def gather(
    session: Session, cases: Collection[SuspensionCase], *, on: date, policy: Policy
) -> list[Evidence]:
    """Return what is known about each of the cases, by a fixed number of queries."""
    some = [case.payer_id for case in cases] if len(cases) <= _FEW else None
    owed = overdue(session, on=on, policy=policy, payer_ids=some)
    names = _names(session)
    contacts = _contacts(session, sums(on, policy, some), on)
    marks = _marks(session, on=on, policy=policy)
    noted = queries.last_notes(session, before=_end_of(on, policy))
    return [
        Evidence(
            case=case,
            payer_name=names[case.payer_id][0],
            owner_name=names[case.payer_id][1],
            owed=owed.get(case.payer_id, ()) if _is_open(case, on) else (),
            contacts=contacts.get(case.payer_id, Contacts()),
            marks=tuple(marks.get(case.payer_id, ())),
            note=noted.get(case.id),
        )
        for case in cases
    ]


def _is_open(case: SuspensionCase, on: date) -> bool:
    return case.closed_on is None or case.closed_on > on


def _end_of(on: date, policy: Policy) -> datetime:
    return datetime.combine(on + ONE_DAY, time(), policy.zone).astimezone(UTC)


def _names(session: Session) -> dict[int, tuple[str, str]]:
    rows = session.execute(
        select(Customer.id, Customer.name, Person.name.label("owner"))
        .outerjoin(Person, Person.id == Customer.agent_id)
        .where(Customer.id.in_(select(SuspensionCase.payer_id)))
    )
    return {row.id: (row.name, row.owner or NOBODY) for row in rows}


def _contacts(session: Session, owed: AnySelect, on: date) -> dict[int, Contacts]:
    late = owed.order_by(None).subquery()
    since = (
        select(late.c.payer_id, func.min(late.c.oldest_due).label("day"))
        .group_by(late.c.payer_id)
        .subquery()
    )
    called, sent = _called(session, since, on), _sent(session, since, on)
    return {
        payer: Contacts(
            calls=sum(called.get(payer, {}).values()),
            reached=called.get(payer, {}).get(True, 0),
            emails=sent.get(payer, 0),
        )
        for payer in called.keys() | sent.keys()
    }


def _called(session: Session, since: Subquery, on: date) -> dict[int, dict[bool, int]]:
    """Return how many calls were made to each payer, reached or not."""
    rows = session.execute(
        select(Call.payer_id, Call.is_reached, func.count().label("calls"))
        .join(since, since.c.payer_id == Call.payer_id)
        .where(Call.day >= since.c.day, Call.day <= on, Call.undone_at.is_(None))
        .group_by(Call.payer_id, Call.is_reached)
    )
    counts: dict[int, dict[bool, int]] = {}
    for row in rows:
        counts.setdefault(row.payer_id, {})[row.is_reached] = row.calls
    return counts


def _sent(session: Session, since: Subquery, on: date) -> dict[int, int]:
    """Return how many e-mails to each payer left and did not come back."""
    rows = session.execute(
        select(Mail.payer_id, func.count())
        .join(since, since.c.payer_id == Mail.payer_id)
        .where(
            Mail.day >= since.c.day,
            Mail.day <= on,
            Mail.sent_at.is_not(None),
            Mail.bounced_at.is_(None),
        )
        .group_by(Mail.payer_id)
    )
    return {row[0]: row[1] for row in rows}


def _marks(session: Session, *, on: date, policy: Policy) -> Mapping[int, list[str]]:
    marks: dict[int, list[str]] = {}
    for promise in session.scalars(_promises(on)):
        owed = Money(promise.amount, promise.currency)
        words = f"promised {owed} by {wording.dated(promise.due_on)}"
        marks.setdefault(promise.payer_id, []).append(words)
    for row in session.execute(_broken(on)):
        words = wording.counted(row.broken, "promise") + " broken"
        marks.setdefault(row.payer_id, []).append(words)
    for plan in session.scalars(select(PaymentPlan).filter_by(state=PlanState.KEPT)):
        marks.setdefault(plan.payer_id, []).append("on a payment plan")
    for hold in special_handling.in_force(session, on=on, policy=policy):
        marks.setdefault(hold.payer_id, []).append(f"{hold.kind.value}: {hold.reason}")
    return marks


def _promises(on: date) -> Select[Promise]:
    is_live = or_(Promise.state == PromiseState.LIVE, Promise.state_on > on)
    live = select(Promise).where(
        Promise.made_on <= on, is_live, Promise.state != PromiseState.WITHDRAWN
    )
    return live.order_by(Promise.due_on, Promise.id)


def _broken(on: date) -> AnySelect:
    broken = select(Promise.payer_id, func.count().label("broken")).where(
        Promise.state == PromiseState.BROKEN, Promise.state_on <= on
    )
    return broken.group_by(Promise.payer_id)
