"""Whom a case waits for: what the digest groups cases by (R80, R168)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import NAMES, OPEN
from bot.workflows.disputes.records import Dispute
from bot.workflows.suspension import case_words as words
from bot.workflows.suspension.case_facts import Facts
from bot.workflows.suspension.case_records import (
    NoticeState,
    OrderKind,
    OrderState,
    PartPayment,
    SupportOrder,
    SuspensionNotice,
)
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.readiness import Standing
from bot.workflows.suspension.records import AnyCase
from bot.workflows.suspension.rules import UNDER_NOTICE, CaseState

ONLY_IN_BOOK: Final = "disputed in the book, no dispute at the desk"
"""What the source marks as disputed has nobody at the desk who answers it."""
_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)


class WaitsFor(StrEnum):
    """Who has to do something next."""

    NOBODY = "nobody"
    """The next step is not due yet."""
    AGENT = "agent"
    """Evidence is missing that a call brings."""
    LEAD = "lead"
    """A notice waits to be released, or came back."""
    DECISION = "decision"
    """Ready, or a part payment: for the VP Finance or the controller."""
    APPROVAL = "approval"
    """A request is open: an extension, a plan, a waiver."""
    SUPPORT = "support"
    """Services are to be suspended or restored."""
    DEPARTMENT = "department"
    """A dispute is open, or the book says so."""
    HOLD = "hold"
    """A legal hold, or an approved extension."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """What somebody was asked to do on a case, and has not done yet."""

    orders: list[tuple[OrderKind, datetime]] = field(default_factory=list)
    """Of support, each with the moment."""
    requests: list[str] = field(default_factory=list)
    """What waits for a decision on the payer: `extension`, `payment plan`."""
    has_part_payment: bool = False
    draft: tuple[NoticeStep, str] | None = None
    """The notice to be released, and what it lacks."""
    disputes: list[tuple[date, date | None]] = field(default_factory=list)
    """From when until before when the payer disputed something at the desk."""

    def has_dispute(self, on: date) -> bool:
        """Test if a dispute was open at the desk on a day."""
        return any(
            since <= on and (until is None or until > on) for since, until in self.disputes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A case on a day, as far as who has to do something next goes."""

    case: AnyCase
    facts: Facts
    standing: Standing
    asked: Asked
    on: date
    policy: Policy


def asked(session: Session, cases: Collection[AnyCase]) -> dict[int, Asked]:
    """Return what is asked on each of the cases, at most 200, by case."""
    found = {case.id: Asked() for case in cases}
    given = {"cases": list(found)}
    for order in rows(session, _orders(), given):
        found[order.case_id].orders.append((order.kind, order.asked_at))
    for row in rows(session, _part_payments(), given):
        found[row.case_id].has_part_payment = True
    for row in rows(session, _drafts(), given):
        found[row.case_id].draft = (row.step, row.missing)
    _ask_of_payers(session, cases, found)
    return found


def of(seen: Waiting) -> tuple[WaitsFor, str]:
    """Return whom a case waits for, and for what, in words."""
    if seen.case.closed_on is not None and seen.case.closed_on <= seen.on:
        return WaitsFor.NOBODY, "closed"
    return _outside(seen) or _inside(seen)


def _ask_of_payers(
    session: Session, cases: Collection[AnyCase], found: Mapping[int, Asked]
) -> None:
    """Add what is asked of the payers, whichever of their cases it is."""
    of_payer = defaultdict[int, list[Asked]](list)
    for case in cases:
        of_payer[case.payer_id].append(found[case.id])
    given = {"payers": list(of_payer)}
    for row in rows(session, _requests(), given):
        for asked_on in of_payer[row.payer_id]:
            asked_on.requests.append(NAMES[row.kind])
    for row in rows(session, _disputes(), given):
        for asked_on in of_payer[row.payer_id]:
            asked_on.disputes.append((row.raised_on, row.closed_on))


def _outside(seen: Waiting) -> tuple[WaitsFor, str] | None:
    ordered = [
        kind for kind, at in seen.asked.orders if seen.policy.company_date(at) <= seen.on
    ]
    if ordered:
        return WaitsFor.SUPPORT, _ordered(ordered)
    if why := words.held(seen.standing):
        return WaitsFor.HOLD, why
    if kinds := seen.asked.requests:
        return WaitsFor.APPROVAL, f"a {' and a '.join(kinds)} request waits for a decision"
    if seen.asked.has_part_payment:
        return WaitsFor.DECISION, "whether a part payment restores services"
    if seen.standing.state is CaseState.READY:
        return WaitsFor.DECISION, "whether to suspend"
    return None


def _inside(seen: Waiting) -> tuple[WaitsFor, str]:
    standing, step = seen.standing, seen.standing.next_step
    if seen.asked.draft:
        drafted, missing = seen.asked.draft
        if missing:
            return WaitsFor.LEAD, f"the {drafted.words} cannot go out without {missing}"
        return WaitsFor.LEAD, f"the {drafted.words} waits to be released"
    if step and any(one.is_bounced for one in seen.facts.notices if one.step is step):
        return WaitsFor.LEAD, "a notice came back: the address has to be corrected"
    if standing.state in UNDER_NOTICE and standing.lacks_contacts:
        return WaitsFor.AGENT, ", and ".join(standing.lacks_contacts)
    if any(one.disputed for one in seen.facts.owed):
        is_here = seen.asked.has_dispute(seen.on)
        return WaitsFor.DEPARTMENT, "a dispute is open" if is_here else ONLY_IN_BOOK
    return WaitsFor.NOBODY, _nobody(seen.facts, standing)


def _nobody(facts: Facts, standing: Standing) -> str:
    if standing.state is CaseState.SUSPENDED:
        return "the payment of what the notices named"
    if not facts.owed:
        return "nobody, it closes by itself: nothing is that late any more"
    if not standing.ladder.sent:
        return "nobody, its first notice is drafted when fewer others wait for a lead"
    return "nobody, the next step is not due yet"


def _ordered(kinds: Collection[OrderKind]) -> str:
    return f"support to {' and '.join(sorted({kind.value for kind in kinds}))} services"


@cache
def _orders() -> Prepared:
    orders = table_of(SupportOrder).c
    return Prepared(
        select(orders.case_id, orders.kind, orders.asked_at)
        .where(orders.case_id.in_(_CASES), orders.state == OrderState.OPEN)
        .order_by(orders.id)
    )


@cache
def _part_payments() -> Prepared:
    parts = table_of(PartPayment).c
    return Prepared(
        select(parts.case_id).where(parts.case_id.in_(_CASES), parts.decided_at.is_(None))
    )


@cache
def _drafts() -> Prepared:
    notices = table_of(SuspensionNotice).c
    return Prepared(
        select(notices.case_id, notices.step, notices.missing)
        .where(notices.case_id.in_(_CASES), notices.state == NoticeState.DRAFT)
        .order_by(notices.id)
    )


@cache
def _disputes() -> Prepared:
    raised = table_of(Dispute).c
    theirs = raised.payer_id.in_(bindparam("payers", expanding=True))
    return Prepared(select(raised.payer_id, raised.raised_on, raised.closed_on).where(theirs))


@cache
def _requests() -> Prepared:
    asked = table_of(Approval).c
    theirs = asked.payer_id.in_(bindparam("payers", expanding=True))
    return Prepared(
        select(asked.payer_id, asked.kind)
        .where(theirs, asked.state.in_(OPEN))
        .order_by(asked.id)
    )
