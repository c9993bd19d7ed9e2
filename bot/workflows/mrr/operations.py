"""Taking steps up the ladder, and ending it when all is paid (R53)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings, runs
from bot.workflows.customers.records import Customer
from bot.workflows.mrr import aging, queries, rules, steps
from bot.workflows.mrr.records import EscalationStep, Ladder
from bot.workflows.mrr.rules import Aged, Climb, Step
from bot.workflows.mrr.steps import ESCALATION_CARD, Facts, ladder_topic
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as task_queries

PAID: Final = "The aged MRR is paid."
CONCEDED: Final = "What is left of the aged MRR is disputed or on a kept plan."


def begin(session: Session, *, at: datetime) -> None:
    """Note that the desk looks at ladders from now on: older debts start where they fit."""
    known = select(runs.Run.id).where(runs.Run.job == queries.BEGAN).limit(1)
    if session.scalar(known) is None:
        runs.claim(session, queries.BEGAN, scheduled_for=at, at=at)


def take_steps(
    session: Session, payer_ids: Collection[int], *, at: datetime, policy: Policy
) -> list[EscalationStep]:
    """
    Take the steps that are due for some payers today, one each at most; tell whom they name.

    Each payer is looked at as it is now, kept from others until this transaction ends.
    """
    today = policy.company_date(at)
    locked = select(Customer).where(Customer.id.in_(payer_ids)).order_by(Customer.id)
    payers = session.scalars(locked.with_for_update(key_share=True)).all()
    items = aging.items(session, payer_ids, on=today)
    broken = aging.broken(session, on=today, payers=payer_ids)
    taken = []
    for payer in payers:
        facts = Facts(
            payer=payer, items=items.get(payer.id, []), broken=broken.get(payer.id, 0)
        )
        ladder = queries.open_of(session, payer.id)
        if step := _next(session, facts, ladder, today=today, policy=policy):
            taken.append(steps.take(session, facts, ladder, step, at=at, policy=policy))
    steps.tell(session, {step.rung for step in taken}, at=at, policy=policy)
    return taken


def end(session: Session, ladder_id: int, *, at: datetime, policy: Policy) -> bool:
    """End a ladder whose payer has no aged MRR any more; its open tasks are dropped (R53)."""
    today = policy.company_date(at)
    ladder = session.get_one(Ladder, ladder_id, with_for_update=True)
    if ladder.closed_on or aging.items(session, [ladder.payer_id], on=today):
        return False
    is_paid = not aging.is_past_due(session, ladder.payer_id, on=today)
    ladder.closed_on, ladder.closed_why = today, PAID if is_paid else CONCEDED
    for task in task_queries.open_about(session, ladder_topic(ladder)):
        tasks.drop(session, task, why=ladder.closed_why, by=None, at=at)
    audit.note(session, _ended(ladder, at))
    for digest in queries.digests_on(session, ladder.rung_on):
        postings.refresh(session, ESCALATION_CARD, about=digest.id, at=at)
    return True


def _next(
    session: Session, facts: Facts, ladder: Ladder | None, *, today: date, policy: Policy
) -> Step | None:
    if not facts.items:
        return None
    oldest = facts.items[0]
    learned = policy.company_date(aging.learned_at(session, oldest))
    began = queries.began_on(session, policy) or today
    aged = Aged(
        oldest_due=oldest.due_date,
        known_since=max(learned, began),
        has_broken=bool(facts.broken),
    )
    climb = Climb(rung=ladder.rung, on=ladder.rung_on) if ladder else None
    return rules.next_step(aged, climb, today=today, policy=policy)


def _ended(ladder: Ladder, at: datetime) -> audit.Note:
    return audit.Note(
        what="escalation ended",
        about=ladder_topic(ladder),
        at=at,
        before={"rung": ladder.rung.name},
        after={"closed_on": str(ladder.closed_on)},
        why=ladder.closed_why,
    )
