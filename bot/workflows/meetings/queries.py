"""Finding proposals and decisions, and what is not carried out yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    String,
    bindparam,
    cast,
    exists,
    literal,
    select,
)
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, rows, table_of
from bot.workflows.customers.records import Customer
from bot.workflows.meetings.records import CasePresented, Decision, DigestDecision, Proposal
from bot.workflows.meetings.rules import ProposalState
from bot.workflows.suspension.case_records import OrderState, SupportOrder
from bot.workflows.suspension.records import DigestLine, SuspensionCase
from bot.workflows.tasks.records import Task, TaskState

_PROPOSALS: Final = table_of(Proposal)
_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)
_IS_OPEN: Final = _PROPOSALS.c.state == ProposalState.OPEN
_WAITING: Final = Prepared(select(_PROPOSALS).where(_IS_OPEN).order_by(_PROPOSALS.c.id))
_OF_CASES: Final = Prepared(
    select(_PROPOSALS)
    .where(
        _PROPOSALS.c.case_id.in_(_CASES),
        (_PROPOSALS.c.at >= bindparam("since")) | _IS_OPEN,
    )
    .order_by(_PROPOSALS.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Something that was decided and is not carried out."""

    decision: Decision
    number: int
    payer_name: str

    @property
    def words(self) -> str:
        """The decision, with its case: `12 · Hotel Aurora: suspend`."""
        return f"{self.number} · {self.payer_name}: {self.decision.words}"


def get(session: Session, proposal_id: int) -> Proposal:
    """Return a proposal by the desk's own id."""
    return record(session, Proposal, proposal_id)


def by_nonce(session: Session, nonce: str | None) -> Proposal | None:
    """Return the proposal that a form has made already."""
    if nonce is None:
        return None
    return first_record(session, Proposal, _by_nonce(), {"nonce": nonce})


@cache
def _by_nonce() -> Prepared:
    return Prepared(select(_PROPOSALS).where(_PROPOSALS.c.nonce == bindparam("nonce")))


def open_of(session: Session, case_id: int) -> list[Proposal]:
    """Return what waits for a decision on a case, the oldest first."""
    return records(session, Proposal, _open_of(), {"case": case_id})


@cache
def _open_of() -> Prepared:
    waiting = select(_PROPOSALS).where(_IS_OPEN, _PROPOSALS.c.case_id == bindparam("case"))
    return Prepared(waiting.order_by(_PROPOSALS.c.id))


def of_cases(
    session: Session, case_ids: Collection[int], *, since: datetime
) -> dict[int, list[Proposal]]:
    """Return what was proposed for some cases since then, or still waits, the oldest first."""
    found = defaultdict[int, list[Proposal]](list)
    given = {"cases": list(case_ids), "since": since}
    for proposal in records(session, Proposal, _OF_CASES, given):
        found[proposal.case_id].append(proposal)
    return found


def waiting(session: Session) -> list[Proposal]:
    """Return every proposal that waits for a decision, the oldest first."""
    return records(session, Proposal, _WAITING, {})


def decision_of(session: Session, proposal_id: int) -> Decision | None:
    """Return the decision that a proposal became."""
    return session.scalar(select(Decision).filter_by(proposal_id=proposal_id))


def not_carried_out(session: Session) -> list[Pending]:
    """Return what was decided and is not carried out, by department, oldest first (R168)."""
    found = session.execute(
        select(Decision, SuspensionCase.number, Customer.name)
        .join(SuspensionCase, SuspensionCase.id == Decision.case_id)
        .join(Customer, Customer.id == SuspensionCase.payer_id)
        .where((Decision.orders != "") | _has_open_task())
        .order_by(Decision.department, Decision.at, Decision.id)
    ).all()
    given = {int(one) for row in found for one in filter(None, row.Decision.orders.split(","))}
    still = _open_orders(session, given)
    return [
        Pending(decision=row.Decision, number=row.number, payer_name=row.name)
        for row in found
        if not row.Decision.orders or still & set(map(int, row.Decision.orders.split(",")))
    ]


def openings(session: Session, digest_id: int) -> list[DigestDecision]:
    """Return what a digest opens with, by department, the oldest first."""
    return records(session, DigestDecision, _openings(), {"digest": digest_id})


@cache
def _openings() -> Prepared:
    kept = table_of(DigestDecision)
    mine = select(kept).where(kept.c.digest_id == bindparam("digest"))
    return Prepared(mine.order_by(kept.c.id))


def presented(session: Session, digest_id: int) -> int | None:
    """Return the line at which the meeting is; None before its first case."""
    last: int | None = rows(session, _presented(), {"digest": digest_id}).scalar()
    return last


@cache
def _presented() -> Prepared:
    shown = table_of(CasePresented).c
    mine = select(shown.line_id).where(shown.digest_id == bindparam("digest"))
    return Prepared(mine.order_by(shown.id.desc()).limit(1))


def line_ids(session: Session, digest_id: int) -> list[int]:
    """Return the lines of a digest in its order."""
    lines = select(DigestLine.id).filter_by(digest_id=digest_id)
    return list(session.scalars(lines.order_by(DigestLine.position)))


def _has_open_task() -> ColumnElement[bool]:
    """Test for a task that a decision has set and that is not done: a referral has two."""
    topic = literal("meeting_proposal:") + cast(Decision.proposal_id, String)
    return exists().where(Task.about == topic, Task.state == TaskState.OPEN)


def _open_orders(session: Session, order_ids: Collection[int]) -> set[int]:
    if not order_ids:
        return set()
    waiting = select(SupportOrder.id).where(
        SupportOrder.id.in_(order_ids), SupportOrder.state == OrderState.OPEN
    )
    return set(session.scalars(waiting))
