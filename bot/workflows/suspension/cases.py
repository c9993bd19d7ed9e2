"""Opening and closing cases as the book changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.ledger.records import Invoice
from bot.workflows.suspension import (
    extensions,
    looking,
    notices,
    orders,
    queries,
    reviewing,
    rules,
    steps,
)
from bot.workflows.suspension.case_records import (
    NoticedInvoice,
    NoticeState,
    OrderState,
    SuspensionNotice,
)
from bot.workflows.suspension.overdue import overdue
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import CaseState
from bot.workflows.suspension.steps import Cause

_CASES: Final = table_of(SuspensionCase).c
_OPEN: Final = Prepared(
    select(_CASES.id, _CASES.payer_id, _CASES.state).where(_CASES.closed_on.is_(None))
)
DISPUTED: Final = "what is left is disputed"
PAID: Final = "nothing is that late any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The payers that entered, and the cases that are over, each with the reason."""

    entered: tuple[int, ...]
    left: tuple[tuple[int, str], ...]


def settle(session: Session, *, on: date, at: datetime, policy: Policy) -> tuple[int, int]:
    """
    Open a case for each payer that entered, close those that left; return how many of each.

    A case that comes back before a digest reported it gone goes on under its number, so that
    each change of a payer is reported once (I06).
    """
    found = changes(session, on=on, policy=policy)
    for part in in_batches(found.entered, reviewing.AT_ONCE):
        open_for(session, part, at=at, policy=policy)
    close(session, found.left, at=at, policy=policy)
    return len(found.entered), len(found.left)


def changes(session: Session, *, on: date, policy: Policy) -> Changes:
    """Return which payers entered the process by a day, and which cases are over (R49)."""
    amounts = overdue(session, on=on, policy=policy)
    entered = {payer for payer, owed in amounts.items() if rules.has_case(owed, policy)}
    still = rows(session, _OPEN, {}).all()
    return Changes(
        entered=tuple(sorted(entered - {case.payer_id for case in still})),
        left=tuple(
            (case.id, DISPUTED if amounts.get(case.payer_id) else PAID)
            for case in still
            if case.payer_id not in entered and case.state is not CaseState.SUSPENDED
        ),
    )


def open_for(
    session: Session, payer_ids: Collection[int], *, at: datetime, policy: Policy
) -> int:
    """Open a case for each of the payers that has none, or its last one again."""
    known = {case.payer_id for case in queries.find_cases(session, payer_ids)}
    wanted = [payer_id for payer_id in sorted(payer_ids) if payer_id not in known]
    back = _to_reopen(session, wanted)
    for case in back.values():
        _reopen(session, case, at=at, policy=policy)
    on = policy.company_date(at)
    last = session.scalar(select(func.max(SuspensionCase.number))) or 0
    entered = [payer_id for payer_id in wanted if payer_id not in back]
    fresh = [
        SuspensionCase(
            number=number, payer_id=payer_id, state=CaseState.WATCH, opened_on=on, closed_why=""
        )
        for number, payer_id in enumerate(entered, start=last + 1)
    ]
    session.add_all(fresh)
    session.flush()
    for case in fresh:
        opened = Cause(at=at, why=f"more than {policy.suspension_days} days past due")
        steps.enter(session, case, before=None, cause=opened, on=on)
    session.flush()
    return len(wanted)


def close(
    session: Session, left: Sequence[tuple[int, str]], *, at: datetime, policy: Policy
) -> int:
    """Close the cases that are over, each with its reason."""
    count = 0
    for case_id, why in left:
        case = queries.get(session, case_id)
        if case.closed_on is None and case.state is not CaseState.SUSPENDED:
            _close(session, case, why, at=at, policy=policy)
            count += 1
    session.flush()
    return count


def _close(
    session: Session, case: SuspensionCase, why: str, *, at: datetime, policy: Policy
) -> None:
    on = policy.company_date(at)
    if case.state is not CaseState.WATCH:
        steps.take(session, looking.look(session, case, at=at, policy=policy), Cause(at=at))
    for order in orders.open_of(session, case.id):
        orders.end(session, order, OrderState.WITHDRAWN, why=why, at=at, by=None)
    if draft := notices.draft_of(session, case.id):
        notices.drop(session, draft, why=why, at=at)
    extensions.lapse(session, case, why=why, at=at)
    before, case.state = case.state, CaseState.CLOSED
    case.closed_on, case.closed_why = on, why
    steps.enter(session, case, before=before, cause=Cause(at=at, why=why), on=on)


def _reopen(session: Session, case: SuspensionCase, *, at: datetime, policy: Policy) -> None:
    case.state, case.closed_on, case.closed_why = CaseState.WATCH, None, ""
    session.flush()
    cause = Cause(at=at, why="it is that late again")
    on = policy.company_date(at)
    steps.enter(session, case, before=CaseState.CLOSED, cause=cause, on=on)
    session.flush()
    reviewing.review_one(session, case.id, at=at, policy=policy)


def _to_reopen(session: Session, payer_ids: Collection[int]) -> dict[int, SuspensionCase]:
    """
    Return the last cases of payers that go on under their numbers.

    Those that no digest reported gone yet (I06), and those whose notices name an invoice that
    is open again: a payment was returned.
    """
    unreported = {case.id for case in queries.unreported(session)}
    last = select(func.max(SuspensionCase.id)).where(SuspensionCase.payer_id.in_(payer_ids))
    cases = session.scalars(
        select(SuspensionCase).where(
            SuspensionCase.id.in_(last.group_by(SuspensionCase.payer_id))
        )
    ).all()
    speaking = _with_open_notices(session, [case.id for case in cases])
    return {case.payer_id: case for case in cases if case.id in unreported | speaking}


def _with_open_notices(session: Session, case_ids: Collection[int]) -> set[int]:
    named = (
        select(SuspensionNotice.case_id)
        .join(NoticedInvoice, NoticedInvoice.notice_id == SuspensionNotice.id)
        .join(Invoice, Invoice.id == NoticedInvoice.invoice_id)
        .where(
            SuspensionNotice.case_id.in_(case_ids),
            SuspensionNotice.state == NoticeState.RELEASED,
            Invoice.closed_on.is_(None),
        )
    )
    return set(session.scalars(named))
