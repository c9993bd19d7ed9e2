"""Whom a case waits for: what the digest groups cases by (R80, R168)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import NAMES, OPEN
from bot.workflows.suspension import case_words as words
from bot.workflows.suspension import notices, orders, part_payments
from bot.workflows.suspension.case_records import SupportOrder
from bot.workflows.suspension.readiness import Facts, Standing
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import UNDER_NOTICE, CaseState


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
    """A dispute is open."""
    HOLD = "hold"
    """A legal hold, or an approved extension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A case on a day, as far as who has to do something next goes."""

    case: SuspensionCase
    facts: Facts
    standing: Standing
    on: date
    policy: Policy


def of(session: Session, seen: Waiting) -> tuple[WaitsFor, str]:
    """Return whom a case waits for, and for what, in words."""
    if seen.case.closed_on is not None and seen.case.closed_on <= seen.on:
        return WaitsFor.NOBODY, "closed"
    return _outside(session, seen) or _inside(session, seen)


def _outside(session: Session, seen: Waiting) -> tuple[WaitsFor, str] | None:
    ordered = [
        order
        for order in orders.open_of(session, seen.case.id)
        if seen.policy.company_date(order.asked_at) <= seen.on
    ]
    if ordered:
        return WaitsFor.SUPPORT, _ordered(ordered)
    if why := words.held(seen.standing):
        return WaitsFor.HOLD, why
    if kinds := _asked(session, seen.case.payer_id):
        return WaitsFor.APPROVAL, f"a {' and a '.join(kinds)} request waits for a decision"
    if part_payments.open_questions(session, seen.case.id):
        return WaitsFor.DECISION, "whether a part payment restores services"
    if seen.standing.state is CaseState.READY:
        return WaitsFor.DECISION, "whether to suspend"
    return None


def _inside(session: Session, seen: Waiting) -> tuple[WaitsFor, str]:
    standing, step = seen.standing, seen.standing.next_step
    if draft := notices.draft_of(session, seen.case.id):
        if draft.missing:
            lacks = f"the {draft.step.words} cannot go out without {draft.missing}"
            return WaitsFor.LEAD, lacks
        return WaitsFor.LEAD, f"the {draft.step.words} waits to be released"
    if step and any(one.is_bounced for one in seen.facts.notices if one.step is step):
        return WaitsFor.LEAD, "a notice came back: the address has to be corrected"
    if standing.state in UNDER_NOTICE and standing.lacks_contacts:
        return WaitsFor.AGENT, " and ".join(standing.lacks_contacts)
    if any(one.disputed for one in seen.facts.owed):
        return WaitsFor.DEPARTMENT, "a dispute is open"
    return WaitsFor.NOBODY, _nobody(standing)


def _nobody(standing: Standing) -> str:
    if standing.state is CaseState.SUSPENDED:
        return "the payment of what the notices named"
    return "nobody, the next step is not due yet" if standing.ladder.sent else "no notice yet"


def _ordered(open_orders: Sequence[SupportOrder]) -> str:
    kinds = sorted({order.kind.value for order in open_orders})
    return f"support to {' and '.join(kinds)} services"


def _asked(session: Session, payer_id: int) -> list[str]:
    kinds = select(Approval.kind).where(Approval.payer_id == payer_id, Approval.state.in_(OPEN))
    return [NAMES[kind] for kind in session.scalars(kinds.order_by(Approval.id))]
