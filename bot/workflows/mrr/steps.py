"""One step up the ladder: the record, the task, and whom it is told (R53)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.rows import amend, insert_new, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.mrr import aging, queries
from bot.workflows.mrr.aging import AgedItem
from bot.workflows.mrr.records import EscalationDigest, EscalationStep, Ladder, Rung
from bot.workflows.mrr.rules import Step
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Role
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import TaskKind

ESCALATION_CARD: Final = CardName("mrr.escalations")
"""One person's steps of a day; about is the `EscalationDigest`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """When steps are taken, and which role hears of each rung."""

    at: datetime
    policy: Policy
    roles: Mapping[Rung, Role]

    @property
    def today(self) -> date:
        """The company's date."""
        return self.policy.company_date(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a payer's aged MRR, the oldest due first."""

    payer: Customer
    items: Sequence[AgedItem]
    broken: int
    ladder: Ladder | None


def take(session: Session, facts: Facts, step: Step, *, day: Day) -> EscalationStep:
    """Take a step, with the facts it is taken on, and open the task that it is."""
    climbed = _climbed(session, facts, step, day)
    task = tasks.open_once(session, _task(facts, climbed, step, day), at=day.at, tell=False)
    taken = _record(facts, climbed, step, day)
    taken.task_id = task.id
    session.add(taken)
    audit.note(session, _note(taken, ladder_topic(climbed)))
    return taken


def _climbed(session: Session, facts: Facts, step: Step, day: Day) -> Ladder:
    if ladder := facts.ladder:
        amend(session, ladder, rung=step.rung, rung_on=day.today)
        return ladder
    ladder = Ladder(payer_id=facts.payer.id, opened_on=day.today)
    ladder.rung, ladder.rung_on = step.rung, day.today
    session.add(ladder)
    session.flush()
    return ladder


def tell(session: Session, rungs: Collection[Rung], *, day: Day) -> None:
    """Show everybody whom today's steps name their one card of the day."""
    roles = {day.roles[rung] for rung in rungs}
    for member in people.in_roles(session, roles) if roles else ():
        if queries.digest_of(session, member.id, day.today) is None:
            row = {"person_id": member.id, "on": day.today, "made_at": day.at}
            insert_new(session, table_of(EscalationDigest), [row])
        digest = queries.digest_of(session, member.id, day.today)
        assert digest is not None
        showing = Showing(ESCALATION_CARD, digest.id, place_of(member.id))
        postings.show(session, showing, at=day.at)


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


def _task(facts: Facts, ladder: Ladder, step: Step, day: Day) -> NewTask:
    due_on = day.policy.calendar.plus(day.today, day.policy.escalation_business_days)
    role = day.roles[step.rung]
    if step.is_start:
        key = f"escalation_start:{step.rung.value}:{day.today.isoformat()}"
        title = f"Look through who starts with the {step.rung.words} (aged MRR)"
        return NewTask(
            key=key, kind=TaskKind.ESCALATION, title=title, due_on=due_on, about=key, role=role
        )
    return NewTask(
        key=f"escalation:{ladder.id}:{step.rung.value}",
        kind=TaskKind.ESCALATION,
        title=f"Escalated to the {step.rung.words}: {facts.payer.name}",
        due_on=due_on,
        words=why(facts, on=day.today),
        about=ladder_topic(ladder),
        payer_id=facts.payer.id,
        role=role,
    )


def _record(facts: Facts, ladder: Ladder, step: Step, day: Day) -> EscalationStep:
    largest = aging.amounts(facts.items)[0]
    return EscalationStep(
        ladder_id=ladder.id,
        payer_id=facts.payer.id,
        rung=step.rung,
        is_start=step.is_start,
        days=(day.today - facts.items[0].due_date).days,
        months=len(aging.months(facts.items)),
        broken=facts.broken,
        amount=largest.minor,
        currency=largest.currency,
        why=why(facts, on=day.today),
        on=day.today,
        at=day.at,
    )


def _note(step: EscalationStep, about: str) -> audit.Note:
    after = {"payer": step.payer_id, "rung": step.rung.name, "is_start": step.is_start}
    return audit.Note(
        what="escalation step", about=about, at=step.at, after=after, why=step.why
    )
