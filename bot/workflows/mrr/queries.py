"""Reading the escalation ladder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.runs import Run
from bot.workflows.mrr import aging, rules
from bot.workflows.mrr.records import EscalationDigest, EscalationStep, Ladder, Rung
from bot.workflows.mrr.rules import Aged, Climb
from bot.workflows.promises.records import Promise, PromiseState

BEGAN: Final = "escalation-began"


def rung_of(session: Session, payer_id: int) -> Rung | None:
    """Return how far up the ladder a payer is; None: not on it (R53)."""
    ladder = open_of(session, payer_id)
    return ladder.rung if ladder else None


def open_of(session: Session, payer_id: int) -> Ladder | None:
    """Return the payer's ladder while its aged MRR is not paid."""
    mine = select(Ladder).where(Ladder.payer_id == payer_id, Ladder.closed_on.is_(None))
    return session.scalars(mine.order_by(Ladder.id.desc()).limit(1)).first()


def began_on(session: Session, policy: Policy) -> date | None:
    """Return the company date on which the desk first looked at ladders (go-live)."""
    first = session.scalar(select(func.min(Run.at)).where(Run.job == BEGAN))
    return policy.company_date(first) if first else None


def to_step(session: Session, *, on: date, policy: Policy) -> list[int]:
    """Return the payers for whom a step is due on a day, set-based (R53)."""
    broken = aging.broken(session, on=on)
    climbs = {
        payer_id: Climb(rung=rung, on=rung_on)
        for payer_id, rung, rung_on in session.execute(
            select(Ladder.payer_id, Ladder.rung, Ladder.rung_on).where(
                Ladder.closed_on.is_(None)
            )
        )
    }
    due = []
    for payer_id, oldest_due in session.execute(aging.oldest(on)):
        aged = Aged(oldest_due=oldest_due, known_since=on, has_broken=payer_id in broken)
        if rules.next_step(aged, climbs.get(payer_id), today=on, policy=policy):
            due.append(payer_id)
    return due


def over(session: Session, *, on: date) -> list[int]:
    """Return the ladders whose payers have no aged MRR any more."""
    aged = aging.oldest(on).subquery()
    still = select(aged.c.payer_id)
    mine = select(Ladder.id).where(Ladder.closed_on.is_(None), Ladder.payer_id.not_in(still))
    return list(session.scalars(mine.order_by(Ladder.id)))


def broken_in_all(session: Session) -> int:
    """Return how many promises were broken so far, by everybody."""
    broken = select(func.count()).where(Promise.state == PromiseState.BROKEN)
    return session.scalar(broken) or 0


def steps_of(session: Session, ladder_id: int) -> Sequence[EscalationStep]:
    """Return the steps of a ladder, the first one first."""
    mine = select(EscalationStep).filter_by(ladder_id=ladder_id)
    return session.scalars(mine.order_by(EscalationStep.rung)).all()


def steps_on(session: Session, day: date, rungs: Sequence[Rung]) -> Sequence[EscalationStep]:
    """Return the steps of a day on some rungs, the largest amount first."""
    that_day = select(EscalationStep).where(
        EscalationStep.on == day, EscalationStep.rung.in_(rungs)
    )
    largest = (EscalationStep.is_start, EscalationStep.amount.desc(), EscalationStep.id)
    return session.scalars(that_day.order_by(*largest)).all()


def get_step(session: Session, step_id: int) -> EscalationStep:
    """Return a step by the desk's own id."""
    return session.get_one(EscalationStep, step_id)


def digest(session: Session, digest_id: int) -> EscalationDigest:
    """Return one person's card of a day by the desk's own id."""
    return session.get_one(EscalationDigest, digest_id)


def digest_of(session: Session, person_id: int, day: date) -> EscalationDigest | None:
    """Return one person's card of a day, if they have one."""
    return session.scalar(select(EscalationDigest).filter_by(person_id=person_id, on=day))


def digests_on(session: Session, day: date) -> Sequence[EscalationDigest]:
    """Return everybody's cards of a day."""
    return session.scalars(select(EscalationDigest).filter_by(on=day)).all()


def latest_digest(session: Session, person_id: int) -> EscalationDigest | None:
    """Return somebody's newest card."""
    mine = select(EscalationDigest).filter_by(person_id=person_id)
    return session.scalars(mine.order_by(EscalationDigest.on.desc()).limit(1)).first()


def on_the_ladder(session: Session) -> Sequence[Ladder]:
    """Return every ladder that is open, the highest rung first, then the longest there."""
    still = select(Ladder).where(Ladder.closed_on.is_(None))
    return session.scalars(still.order_by(Ladder.rung.desc(), Ladder.rung_on, Ladder.id)).all()
