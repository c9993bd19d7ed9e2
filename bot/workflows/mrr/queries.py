"""Reading the escalation ladder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, rows, table_of
from bot.store.runs import Run
from bot.workflows.ledger.rules import not_applied
from bot.workflows.mrr import aging, rules
from bot.workflows.mrr.aging import AgedSum
from bot.workflows.mrr.records import EscalationDigest, EscalationStep, Ladder, Rung
from bot.workflows.mrr.rules import Aged, Climb
from bot.workflows.payment_plans import on_account
from bot.workflows.promises.records import Promise, PromiseState

BEGAN: Final = "escalation-began"
_AT_ONCE: Final = 500
"""Payers in one question."""
_LADDERS: Final = table_of(Ladder)
_STEPS: Final = table_of(EscalationStep)
_DIGESTS: Final = table_of(EscalationDigest)
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_RUNGS: Final[BindParameter[Any]] = bindparam("rungs", expanding=True)
_IS_OPEN: Final = _LADDERS.c.closed_on.is_(None)
_OPEN: Final = Prepared(
    select(_LADDERS.c.id, _LADDERS.c.payer_id, _LADDERS.c.rung, _LADDERS.c.rung_on).where(
        _IS_OPEN
    )
)
_OPEN_OF_PAYER: Final = Prepared(
    select(_LADDERS)
    .where(_LADDERS.c.payer_id == bindparam("payer"), _IS_OPEN)
    .order_by(_LADDERS.c.id.desc())
    .limit(1)
)
_OPEN_OF_PAYERS: Final = Prepared(
    select(_LADDERS).where(_LADDERS.c.payer_id.in_(_PAYERS), _IS_OPEN)
)
_BEGAN: Final = Prepared(select(func.min(Run.at)).where(Run.job == BEGAN))


def rung_of(session: Session, payer_id: int) -> Rung | None:
    """Return how far up the ladder a payer is; None: not on it (R53)."""
    ladder = open_of(session, payer_id)
    return ladder.rung if ladder else None


def open_of(session: Session, payer_id: int) -> Ladder | None:
    """Return the payer's ladder while its aged MRR is not paid."""
    return first_record(session, Ladder, _OPEN_OF_PAYER, {"payer": payer_id})


def open_of_all(session: Session, payer_ids: Collection[int]) -> dict[int, Ladder]:
    """Return the open ladders of some payers, by payer."""
    found = records(session, Ladder, _OPEN_OF_PAYERS, {"payers": list(payer_ids)})
    return {ladder.payer_id: ladder for ladder in found}


def began_on(session: Session, policy: Policy) -> date | None:
    """Return the company date on which the desk first looked at ladders (go-live)."""
    first = rows(session, _BEGAN, {}).scalar()
    return policy.company_date(first) if first else None


class Due(NamedTuple):
    """What a sweep of a day has to look at, each by itself."""

    payers: list[int]
    """For whom a step is due (R53)."""
    ladders: list[int]
    """Whose payers have no aged MRR any more."""


def due(session: Session, *, on: date, policy: Policy) -> Due:
    """Return who may need a step, and which ladders may be over, set-based."""
    broken = aging.broken(session, on=on)
    ladders = {row[1]: row for row in rows(session, _OPEN, {})}
    payers = []
    for payer_id, oldest_due in aging.oldest(session, on=on).items():
        aged = Aged(oldest_due=oldest_due, known_since=on, has_broken=payer_id in broken)
        ladder = ladders.pop(payer_id, None)
        climb = Climb(rung=ladder[2], on=ladder[3]) if ladder else None
        if rules.next_step(aged, climb, today=on, policy=policy):
            payers.append(payer_id)
    return Due(sorted(payers), sorted(ladder[0] for ladder in ladders.values()))


def broken_in_all(session: Session) -> int:
    """Return how many promises were broken so far, by everybody."""
    return int(rows(session, _broken_in_all(), {}).scalar() or 0)


@cache
def _broken_in_all() -> Prepared:
    is_broken = Promise.state == PromiseState.BROKEN
    return Prepared(select(func.count().label("broken")).where(is_broken))


def steps_of(session: Session, ladder_id: int) -> Sequence[EscalationStep]:
    """Return the steps of a ladder, the first one first."""
    mine = select(EscalationStep).filter_by(ladder_id=ladder_id)
    return session.scalars(mine.order_by(EscalationStep.rung)).all()


def steps_on(
    session: Session, day: date, rungs: Sequence[Rung], *, policy: Policy
) -> list[EscalationStep]:
    """Return the steps of a day on some rungs, the largest amount of each currency first."""
    return sorted(
        records(session, EscalationStep, _steps_on(), {"day": day, "rungs": list(rungs)}),
        key=lambda one: (one.is_start, *rules.order_of(one.currency, policy)),
    )


@cache
def _steps_on() -> Prepared:
    that_day = select(_STEPS).where(_STEPS.c.on == bindparam("day"), _STEPS.c.rung.in_(_RUNGS))
    return Prepared(that_day.order_by(_STEPS.c.amount.desc(), _STEPS.c.id))


def get_step(session: Session, step_id: int) -> EscalationStep:
    """Return a step by the desk's own id."""
    return record(session, EscalationStep, step_id)


def digest(session: Session, digest_id: int) -> EscalationDigest:
    """Return one person's card of a day by the desk's own id."""
    return record(session, EscalationDigest, digest_id)


def digest_of(session: Session, person_id: int, day: date) -> EscalationDigest | None:
    """Return one person's card of a day, if they have one."""
    return first_record(
        session, EscalationDigest, _digest_of(), {"person": person_id, "day": day}
    )


@cache
def _digest_of() -> Prepared:
    return Prepared(
        select(_DIGESTS).where(
            _DIGESTS.c.person_id == bindparam("person"), _DIGESTS.c.on == bindparam("day")
        )
    )


def digests_on(session: Session, day: date) -> Sequence[EscalationDigest]:
    """Return everybody's cards of a day."""
    return records(session, EscalationDigest, _digests_on(), {"day": day})


@cache
def _digests_on() -> Prepared:
    return Prepared(select(_DIGESTS).where(_DIGESTS.c.on == bindparam("day")))


def latest_digest(session: Session, person_id: int) -> EscalationDigest | None:
    """Return somebody's newest card."""
    mine = select(EscalationDigest).filter_by(person_id=person_id)
    return session.scalars(mine.order_by(EscalationDigest.on.desc()).limit(1)).first()


class Climbing(NamedTuple):
    """A payer on the ladder, what of its MRR is aged now, and why no step is taken."""

    ladder: Ladder
    aged: list[AgedSum]
    """One a currency, the company's first; none once it is paid, disputed or on a plan."""
    rests: str
    """What money on account covers all of it, in words; empty: the ladder goes on (R151)."""


def on_the_ladder(session: Session, *, on: date, policy: Policy) -> list[Climbing]:
    """
    Return every ladder that is open, the largest aged amount of a day first (R53).

    Amounts are compared in their currency: those in the company's own come first.
    """
    still = select(Ladder).where(Ladder.closed_on.is_(None))
    aged: dict[int, list[AgedSum]] = {}
    for one in aging.sums(session, None, on=on):
        aged.setdefault(one.payer_id, []).append(one)
    for sums in aged.values():
        sums.sort(key=lambda one: rules.order_of(one.currency, policy))
    ladders = session.scalars(still.order_by(Ladder.rung_on, Ladder.id)).all()
    resting = rests(session, [ladder.payer_id for ladder in ladders], on=on)
    climbing = [
        Climbing(ladder, aged.get(ladder.payer_id, []), resting.get(ladder.payer_id, ""))
        for ladder in ladders
    ]
    return sorted(climbing, key=lambda one: _place(one, policy))


def rests(session: Session, payer_ids: Sequence[int], *, on: date) -> dict[int, str]:
    """Return why the ladders of payers rest: money on account covers all that is aged (R53)."""
    found: dict[int, str] = {}
    for part in in_batches(payer_ids, _AT_ONCE):
        covered = on_account.covered_of_each(session, part, on=on)
        for payer_id, owed in aging.items(session, list(covered), on=on).items():
            ids = [one.invoice_id for one in owed]
            if covered[payer_id].keys() >= set(ids):
                found[payer_id] = not_applied(covered[payer_id][one] for one in ids)
    return found


def _place(climbing: Climbing, policy: Policy) -> tuple[bool, bool, str, int]:
    if not climbing.aged:
        return True, True, "", 0
    first = climbing.aged[0]
    return False, *rules.order_of(first.currency, policy), -first.minor
