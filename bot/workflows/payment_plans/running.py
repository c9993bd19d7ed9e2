"""A plan once it is granted: its installments, the written acceptance, whether it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.rows import locked
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.checks import check_said
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import Act, ApprovalState
from bot.workflows.customers import queries as customers
from bot.workflows.payment_plans import queries
from bot.workflows.payment_plans.records import Installment, PaymentPlan
from bot.workflows.payment_plans.rules import PlanState, lay_out, state_of
from bot.workflows.payment_plans.terms import shape_of
from bot.workflows.people.records import place_of

PLAN_CARD: Final = CardName("payment_plans.plan")
"""About a plan that was granted: how it goes."""


def settle(session: Session, approval: Approval, *, at: datetime, policy: Policy) -> None:
    """Carry out what a closed request means for its plan: its installments, or nothing."""
    plan = queries.of_approval(session, approval.id)
    if approval.is_open or plan.state is not PlanState.ASKED:
        return
    if approval.state is not ApprovalState.APPROVED:
        _change(session, plan, at=at, state=PlanState.REFUSED)
        return
    terms = requests.standing_version(session, approval).terms
    for part in lay_out(terms.amount, shape_of(terms)):
        row = Installment(plan_id=plan.id, number=part.number, due_on=part.due_on)
        row.amount = part.amount.minor
        session.add(row)
    on = policy.company_date(at)
    _change(session, plan, at=at, state=PlanState.KEPT, granted_on=on)


def accept_in_writing(session: Session, plan_id: int, *, words: str, act: Act) -> PaymentPlan:
    """
    Record the customer's written acceptance of a granted plan (R62).

    :raises NothingSaid: if it does not say where the acceptance is.
    """
    plan = _locked(session, plan_id)
    payer = customers.get(session, plan.payer_id)
    customers.check_may_act(session, act.by, payer, today=act.on)
    if plan.accepted_at is not None or plan.state is not PlanState.KEPT:
        return plan
    check_said(words, "Please write where the acceptance is, such as: e-mail of 12 June.")
    changed = {"accepted_at": act.at, "accepted_by": act.by.id, "acceptance": words.strip()}
    _change(session, plan, at=act.at, by=act.by.id, **changed)
    return plan


def review(session: Session, plan_id: int, *, at: datetime, policy: Policy) -> PlanState | None:
    """
    Look whether a plan is still kept, and tell those concerned when it is not (R62).

    Returns the new state, or None when nothing has changed.
    """
    plan = _locked(session, plan_id)
    if plan.state is not PlanState.KEPT:
        return None
    on = policy.company_date(at)
    state = state_of(
        queries.parts_of(session, plan),
        paid=queries.paid(session, plan, on=on),
        on=on,
        missed_days=policy.plan_missed_days,
    )
    if state is PlanState.KEPT:
        return None
    _change(session, plan, at=at, state=state, ended_on=on)
    approval = requests.get(session, plan.approval_id)
    owner = customers.get(session, plan.payer_id).agent_id
    for person in {approval.asked_by, approval.decided_by, owner} - {None}:
        assert person is not None
        postings.show(session, Showing(PLAN_CARD, plan.id, place_of(person)), at=at)
    return state


def _locked(session: Session, plan_id: int) -> PaymentPlan:
    return locked(session, PaymentPlan, plan_id)


def _change(
    session: Session,
    plan: PaymentPlan,
    *,
    at: datetime,
    by: int | None = None,
    **changed: Any,  # noqa: ANN401 - columns of the plan
) -> None:
    before = {name: str(getattr(plan, name)) for name in changed}
    for name, value in changed.items():
        setattr(plan, name, value)
    after = {name: str(value) for name, value in changed.items()}
    about = f"payment_plan:{plan.id}"
    note = audit.Note(
        what="payment_plans.changed", about=about, at=at, by=by, before=before, after=after
    )
    audit.note(session, note)
    postings.refresh(session, PLAN_CARD, about=plan.id, at=at)
