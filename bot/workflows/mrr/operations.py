"""Taking steps up the ladder, and ending it when all is paid (R53)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings, runs
from bot.store.prepared import Prepared
from bot.store.rows import amend, locked_records, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.mrr import aging, queries, readers, rules, steps
from bot.workflows.mrr.aging import AgedItem
from bot.workflows.mrr.records import EscalationStep, Ladder
from bot.workflows.mrr.rules import Aged, Climb, Step
from bot.workflows.mrr.steps import ESCALATION_CARD, Day, Facts, ladder_topic
from bot.workflows.payment_plans import applying, on_account
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as task_queries

PAID: Final = "The aged MRR is paid."
CONCEDED: Final = "What is left of the aged MRR is disputed or on a kept plan."
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_LOCK_LADDERS: Final = Prepared(
    select(table_of(Ladder))
    .where(Ladder.id.in_(_IDS), Ladder.closed_on.is_(None))
    .order_by(Ladder.id)
    .with_for_update()
)
_LOCK_PAYERS: Final = Prepared(
    select(table_of(Customer))
    .where(Customer.id.in_(_IDS))
    .order_by(Customer.id)
    .with_for_update(key_share=True)
)


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

    Each payer is looked at as it is now, kept from others until this transaction ends. No step
    is about what money on account covers: that it is applied is a task (R151).
    """
    day = Day(at=at, policy=policy, roles=readers.roles(session))
    known = _known(session, payer_ids, day)
    began = queries.began_on(session, policy) or day.today
    learned = aging.first_learned(session, [facts.items[0] for facts in known])
    taken = []
    for facts in known:
        since = max(policy.company_date(learned[facts.items[0].invoice_id]), began)
        if step := _next(facts, since, day):
            taken.append(steps.take(session, facts, step, day=day))
    steps.tell(session, {step.rung for step in taken}, day=day)
    return taken


def end(session: Session, ladder_ids: Collection[int], *, at: datetime, policy: Policy) -> int:
    """End the ladders whose payers have no aged MRR any more (R53); return how many."""
    today = policy.company_date(at)
    ladders = locked_records(session, Ladder, _LOCK_LADDERS, {"ids": list(ladder_ids)})
    aged = aging.items(session, [ladder.payer_id for ladder in ladders], on=today)
    over = [ladder for ladder in ladders if ladder.payer_id not in aged]
    for ladder in over:
        is_paid = not aging.is_past_due(session, ladder.payer_id, on=today)
        _end(session, ladder, PAID if is_paid else CONCEDED, at=at, today=today)
    for day in {ladder.rung_on for ladder in over}:
        for digest in queries.digests_on(session, day):
            postings.refresh(session, ESCALATION_CARD, about=digest.id, at=at)
    return len(over)


def _end(session: Session, ladder: Ladder, why: str, *, at: datetime, today: date) -> None:
    amend(session, ladder, closed_on=today, closed_why=why)
    for task in task_queries.open_about(session, ladder_topic(ladder)):
        tasks.drop(session, task, why=why, by=None, at=at)
    audit.note(session, _ended(ladder, at))


def _known(session: Session, payer_ids: Collection[int], day: Day) -> list[Facts]:
    payers = locked_records(session, Customer, _LOCK_PAYERS, {"ids": list(payer_ids)})
    items = _asked(session, aging.items(session, payer_ids, on=day.today), day)
    broken = aging.broken(session, on=day.today, payers=payer_ids)
    ladders = queries.open_of_all(session, payer_ids)
    return [
        Facts(
            payer=payer,
            items=items[payer.id],
            broken=broken.get(payer.id, 0),
            ladder=ladders.get(payer.id),
        )
        for payer in payers
        if payer.id in items
    ]


def _asked(
    session: Session, items: Mapping[int, Sequence[AgedItem]], day: Day
) -> dict[int, list[AgedItem]]:
    """Return what no money on account covers, by payer; ask to have that money applied."""
    covered = on_account.covered(session, items, on=day.today)
    found: dict[int, list[AgedItem]] = {}
    for payer_id, aged in items.items():
        if resting := {i: covered[i] for one in aged if (i := one.invoice_id) in covered}:
            applying.ask(session, payer_id, resting, at=day.at, policy=day.policy)
        if left := [one for one in aged if one.invoice_id not in resting]:
            found[payer_id] = left
    return found


def _next(facts: Facts, known_since: date, day: Day) -> Step | None:
    aged = Aged(
        oldest_due=facts.items[0].due_date,
        known_since=known_since,
        has_broken=bool(facts.broken),
    )
    ladder = facts.ladder
    climb = Climb(rung=ladder.rung, on=ladder.rung_on) if ladder else None
    return rules.next_step(aged, climb, today=day.today, policy=day.policy)


def _ended(ladder: Ladder, at: datetime) -> audit.Note:
    return audit.Note(
        what="escalation ended",
        about=ladder_topic(ladder),
        at=at,
        before={"rung": ladder.rung.name},
        after={"closed_on": str(ladder.closed_on)},
        why=ladder.closed_why,
    )
