"""The clocks of a dispute: reminders, the lead at 15, the controller at 30 (R22)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Place, Showing
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, rows, table_of
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.disputes.records import Dispute, DisputeStep
from bot.workflows.disputes.rules import (
    CLOCK_STEPS,
    Clock,
    DisputeState,
    Step,
    steps_due,
)
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS, Role

CLOCK_CARD: Final = CardName("disputes.clock")
"""What is late about a dispute; about is the step."""
_STEPS: Final = table_of(DisputeStep)
_TAKE: Final = PreparedChange(insert(_STEPS))
_TAKEN: Final = Prepared(
    select(_STEPS.c.step).where(_STEPS.c.dispute_id == bindparam("dispute"))
)


def due(session: Session, *, on: date, policy: Policy) -> list[int]:
    """Return the open disputes about which the clock has something to do by a day."""
    found: dict[int, tuple[Clock, set[Step]]] = {}
    for row in rows(session, _open_clocks(), {}):
        clock = Clock(began_on=row.raised_on, is_answered=row.answered_on is not None)
        found.setdefault(row.id, (clock, set()))[1].add(row.step)
    return [
        dispute_id
        for dispute_id, (clock, taken) in found.items()
        if not taken >= CLOCK_STEPS and steps_due(clock, on=on, policy=policy, taken=taken)
    ]


@cache
def _open_clocks() -> Prepared:
    disputes = table_of(Dispute)
    return Prepared(
        select(disputes.c.id, disputes.c.raised_on, disputes.c.answered_on, _STEPS.c.step)
        .outerjoin(_STEPS, _STEPS.c.dispute_id == disputes.c.id)
        .where(disputes.c.state == DisputeState.OPEN)
        .order_by(disputes.c.id)
    )


def take_steps(
    session: Session, dispute: Dispute, *, at: datetime, policy: Policy
) -> Sequence[DisputeStep]:
    """
    Take what the clock has to do about an open dispute by now, each step once, in order.

    After a machine was off several are taken at once; each audience then hears only the last.
    """
    if dispute.state is not DisputeState.OPEN:
        return ()
    on, done = policy.company_date(at), _taken(session, dispute)
    taken = [
        take(session, dispute, step, due_on=day, at=at)
        for day, step in steps_due(_clock(dispute), on=on, policy=policy, taken=done)
    ]
    late = {Step.REMIND} if any(step.step is Step.OVERDUE for step in taken) else set[Step]()
    for step in taken:
        if step.step not in late:
            _tell(session, dispute, step, at=at)
    return taken


def tell_unpaid(session: Session, dispute: Dispute, *, due_on: date, at: datetime) -> bool:
    """Tell the leads once that a decided dispute is neither paid nor credited (R23)."""
    if Step.UNPAID in _taken(session, dispute):
        return False
    step = take(session, dispute, Step.UNPAID, due_on=due_on, at=at)
    _tell(session, dispute, step, at=at)
    return True


def take(
    session: Session, dispute: Dispute, step: Step, *, due_on: date, at: datetime
) -> DisputeStep:
    """Record a step of the clock."""
    values = {"dispute_id": dispute.id, "step": step, "due_on": due_on, "taken_at": at}
    taken = DisputeStep(id=change(session, _TAKE, values).new_id, **values)
    about, facts = f"dispute:{dispute.id}", {"step": step.value, "due_on": due_on}
    audit.note(session, audit.Note(what="dispute clock", about=about, at=at, after=facts))
    return taken


def _taken(session: Session, dispute: Dispute) -> set[Step]:
    return set(rows(session, _TAKEN, {"dispute": dispute.id}).scalars())


def _clock(dispute: Dispute) -> Clock:
    return Clock(began_on=dispute.raised_on, is_answered=dispute.answered_on is not None)


def _tell(session: Session, dispute: Dispute, step: DisputeStep, *, at: datetime) -> None:
    for place in _audience(session, dispute, step.step):
        postings.show(session, Showing(CLOCK_CARD, step.id, place), at=at)


def _audience(session: Session, dispute: Dispute, step: Step) -> list[Place]:
    if step in {Step.REMIND, Step.OVERDUE}:
        return channels.places(session, Purpose(dispute.department.value))
    wanted = Role.CONTROLLER if step is Step.CONTROLLER else Role.LEAD
    readers = people.in_roles(session, {wanted}) or people.in_roles(session, LEADS)
    return [place_of(reader.id) for reader in readers]
