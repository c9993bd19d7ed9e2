"""Having the money on account applied: a task of the payer's agent, until it is (R151)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import records, rows, table_of
from bot.workflows.customers import queries as customers
from bot.workflows.ledger.rules import not_applied
from bot.workflows.payment_plans import on_account
from bot.workflows.payment_plans.on_account import Covered
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as task_queries
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind, TaskState

GONE: Final = "The money is applied, returned or used elsewhere."
_DAYS: Final = 1
"""Business days until it should be applied."""
_TASKS: Final = table_of(Task)
_PAYERS: Final[BindParameter[Any]] = bindparam("payers", expanding=True)
_IS_ASKED: Final = (_TASKS.c.kind == TaskKind.APPLY_CREDIT, _TASKS.c.state == TaskState.OPEN)
_WAITING: Final = Prepared(
    select(_TASKS.c.payer_id)
    .where(*_IS_ASKED, _TASKS.c.payer_id.is_not(None))
    .distinct()
    .order_by(_TASKS.c.payer_id)
)
_OF_PAYERS: Final = Prepared(
    select(_TASKS).where(*_IS_ASKED, _TASKS.c.payer_id.in_(_PAYERS)).order_by(_TASKS.c.id)
)


def ask(
    session: Session, payer_id: int, covered: Covered, *, at: datetime, policy: Policy
) -> Task:
    """
    Ask the payer's agent, else a lead, to have the money applied; once for an invoice.

    It is asked anew when a task was dropped since the money was gone, and it is back; and when
    one was ended by a person, and the book has moved the payer's money since.

    :param covered: what nobody is asked for meanwhile, in any currency; never empty.
    """
    payer = customers.get(session, payer_id)
    said = not_applied(covered.values())
    new = NewTask(
        key=_key(session, payer_id, min(covered)),
        kind=TaskKind.APPLY_CREDIT,
        title=f"Have the money on account applied: {payer.name}",
        due_on=policy.calendar.plus(policy.company_date(at), _DAYS),
        words=f"{said}. What it covers is not asked for meanwhile.",
        about=f"apply_credit:{payer_id}",
        payer_id=payer_id,
        owner_id=payer.agent_id,
    )
    return tasks.open_once(session, new, at=at)


def _key(session: Session, payer_id: int, invoice_id: int) -> str:
    first = key = f"apply_credit:{payer_id}:{invoice_id}"
    while (known := task_queries.by_key(session, key)) and _is_over(session, known):
        key = f"{first}:{known.id}"
    return key


def _is_over(session: Session, task: Task) -> bool:
    """Test if a task has ended, and what it asked for is to be asked for once more."""
    if task.payer_id is None or task.ended_at is None:
        return False
    if task.state is TaskState.DROPPED and task.ended_by is None:
        return True
    return on_account.moved_since(session, task.payer_id, at=task.ended_at)


def waiting(session: Session) -> list[int]:
    """Return the payers for whom somebody is to have money applied."""
    return rows(session, _WAITING, {}).scalars()


def drop_done(
    session: Session, payer_ids: Collection[int], *, at: datetime, policy: Policy
) -> int:
    """Drop the tasks of payers whose money covers nothing any more; return how many."""
    covers = on_account.covered_of_each(session, payer_ids, on=policy.company_date(at))
    found = records(session, Task, _OF_PAYERS, {"payers": list(payer_ids)})
    done = [task for task in found if task.payer_id not in covers]
    for task in done:
        tasks.drop(session, task, why=GONE, by=None, at=at)
    return len(done)
