"""One step up the ladder: the record, the task, and whom it is told (R53)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.base import insert_new
from bot.store.postings import CardName, Showing
from bot.store.rows import table_of
from bot.workflows.customers.records import Customer
from bot.workflows.mrr import aging, queries, readers
from bot.workflows.mrr.aging import AgedItem
from bot.workflows.mrr.records import EscalationDigest, EscalationStep, Ladder, Rung
from bot.workflows.mrr.rules import Step
from bot.workflows.people.records import place_of
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind

ESCALATION_CARD: Final = CardName("mrr.escalations")
"""One person's steps of a day; about is the `EscalationDigest`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a payer's aged MRR, the oldest due first."""

    payer: Customer
    items: Sequence[AgedItem]
    broken: int


def take(  # noqa: PLR0913 - the step and all that it is taken on
    session: Session,
    facts: Facts,
    ladder: Ladder | None,
    step: Step,
    *,
    at: datetime,
    policy: Policy,
) -> EscalationStep:
    """Take a step, with the facts it is taken on, and open the task that it is."""
    today = policy.company_date(at)
    climbed = ladder or Ladder(payer_id=facts.payer.id, opened_on=today)
    climbed.rung, climbed.rung_on = step.rung, today
    session.add(climbed)
    session.flush()
    task = _task(session, facts, climbed, step, at=at, policy=policy)
    taken = _record(facts, climbed, step, task, at=at, policy=policy)
    session.add(taken)
    session.flush()
    audit.note(session, _note(taken, ladder_topic(climbed)))
    return taken


def tell(session: Session, rungs: Collection[Rung], *, at: datetime, policy: Policy) -> None:
    """Show everybody whom today's steps name their one card of the day."""
    today = policy.company_date(at)
    people = {member.id for rung in sorted(rungs) for member in readers.of(session, rung)}
    for person_id in sorted(people):
        if queries.digest_of(session, person_id, today) is None:
            row = {"person_id": person_id, "on": today, "made_at": at}
            insert_new(session, table_of(EscalationDigest), [row])
        digest = queries.digest_of(session, person_id, today)
        assert digest is not None
        postings.show(session, Showing(ESCALATION_CARD, digest.id, place_of(person_id)), at=at)


def ladder_topic(ladder: Ladder) -> str:
    """Return what the tasks of a ladder's steps are about."""
    return f"escalation_ladder:{ladder.id}"


def why(facts: Facts, *, on: date) -> str:
    """Return the facts of a step in words: how old, how much, how many months, what broke."""
    days = (on - facts.items[0].due_date).days
    owed = " + ".join(str(amount) for amount in aging.amounts(facts.items))
    months = len(aging.months(facts.items))
    said = (
        f"MRR {wording.counted(days, 'day')} past due: {owed}, "
        f"{wording.counted(months, 'month')} aged"
    )
    return (
        f"{said}; {wording.counted(facts.broken, 'broken promise')}" if facts.broken else said
    )


def _task(  # noqa: PLR0913 - the step and all that it is taken on
    session: Session,
    facts: Facts,
    ladder: Ladder,
    step: Step,
    *,
    at: datetime,
    policy: Policy,
) -> Task:
    today = policy.company_date(at)
    key, about, title, payer_id = _named(facts, ladder, step, today)
    task = NewTask(
        key=key,
        kind=TaskKind.ESCALATION,
        title=title,
        due_on=policy.calendar.plus(today, policy.escalation_business_days),
        words="" if step.is_start else why(facts, on=today),
        about=about,
        payer_id=payer_id,
        role=readers.role_for(session, step.rung),
    )
    return tasks.open_once(session, task, at=at, tell=False)


def _named(
    facts: Facts, ladder: Ladder, step: Step, today: date
) -> tuple[str, str, str, int | None]:
    if step.is_start:
        key = f"escalation_start:{step.rung.value}:{today.isoformat()}"
        title = f"Look through who starts with the {step.rung.words} (aged MRR)"
        return key, key, title, None
    title = f"Escalated to the {step.rung.words}: {facts.payer.name}"
    key = f"escalation:{ladder.id}:{step.rung.value}"
    return key, ladder_topic(ladder), title, facts.payer.id


def _record(  # noqa: PLR0913 - the step and all that it is taken on
    facts: Facts, ladder: Ladder, step: Step, task: Task, *, at: datetime, policy: Policy
) -> EscalationStep:
    today = policy.company_date(at)
    largest = aging.amounts(facts.items)[0]
    return EscalationStep(
        ladder_id=ladder.id,
        payer_id=facts.payer.id,
        rung=step.rung,
        is_start=step.is_start,
        days=(today - facts.items[0].due_date).days,
        months=len(aging.months(facts.items)),
        broken=facts.broken,
        amount=largest.minor,
        currency=largest.currency,
        why=why(facts, on=today),
        task_id=task.id,
        on=today,
        at=at,
    )


def _note(step: EscalationStep, about: str) -> audit.Note:
    after = {"payer": step.payer_id, "rung": step.rung.name, "is_start": step.is_start}
    return audit.Note(
        what="escalation step", about=about, at=step.at, after=after, why=step.why
    )
