"""Asking for a plan, offering another one, granting it, and watching whether it is kept."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.policy import Policy
from bot.store import audit
from bot.store.rows import locked
from bot.workflows.approvals import counter_offers
from bot.workflows.approvals import operations as approvals
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.checks import Seen, check_said
from bot.workflows.approvals.operations import Wanted
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import Act, Kind
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.rules import OpenItem
from bot.workflows.payment_plans import queries
from bot.workflows.payment_plans.records import (
    PaymentPlan,
    PlanDirection,
    PlannedInvoice,
)
from bot.workflows.payment_plans.rules import (
    AlreadyPlanned,
    BadPlan,
    NotAskedFor,
    PlanOffer,
    PlanWish,
    check_shape,
)
from bot.workflows.payment_plans.terms import wanted_instead, wanted_terms
from bot.workflows.people.rules import LEADS, check_role


def request(session: Session, wish: PlanWish, *, act: Act, policy: Policy) -> Approval:
    """
    Ask for named invoices to be paid in installments (R61-R63).

    :raises NotYourPortfolio: if the payer is not the requester's to act on.
    :raises NotAskedFor: if neither the customer nor management asked for it.
    :raises AlreadyPlanned: if the payer has a plan, or a request for one.
    :raises BadPlan: if the invoices or the installments make no sense.
    """
    if asked := requests.by_nonce(session, wish.nonce):
        return asked
    check_may_ask(session, wish.payer_id, act=act, policy=policy)
    chosen = _chosen(session, wish, act)
    amount = sum((item.balance for item in chosen), start=Money(0, chosen[0].currency))
    check_shape(amount, wish.shape, today=act.on, policy=policy)
    wanted = Wanted(
        kind=Kind.PAYMENT_PLAN,
        payer_id=wish.payer_id,
        terms=wanted_terms(session, wish, chosen, act=act, policy=policy),
        nonce=wish.nonce,
    )
    approval = approvals.ask(session, wanted, act=act, policy=policy)
    _keep(session, approval, amount, chosen)
    return approval


def check_may_ask(session: Session, payer_id: int, *, act: Act, policy: Policy) -> None:
    """
    Check that a plan may be asked for now.

    :raises NotYourPortfolio: if the payer is not theirs to act on.
    :raises NotAskedFor: if neither the customer nor management asked for it (R63).
    :raises AlreadyPlanned: if the payer has a plan, or a request for one.
    """
    payer = customers.get(session, payer_id)
    customers.check_may_act(session, act.by, payer, today=act.on)
    if requests.open_of(session, payer_id, Kind.PAYMENT_PLAN):
        raise AlreadyPlanned(f"A plan for {payer.name} is waiting for a decision already.")
    if queries.kept(session, payer_id):
        raise AlreadyPlanned(f"{payer.name} is on a payment plan already.")
    if queries.basis(session, payer_id, on=act.on, policy=policy) is None:
        raise NotAskedFor(
            "A plan is never offered. Log the call in which the customer asked for one (plan "
            "inquiry), or ask a lead for a direction."
        )


def direct(session: Session, payer_id: int, *, words: str, act: Act) -> PlanDirection:
    """
    Record management's direction that a plan may be asked for (R63).

    The same words of the same person on the same day are recorded once.

    :raises NotForYou: if the person is not a lead or above.
    :raises NothingSaid: if there are no words.
    """
    check_role(act.by, LEADS, what="A direction for a payment plan")
    check_said(words, "Please write the direction after a colon: direct plan NAME: WORDS")
    given = {"payer_id": payer_id, "by": act.by.id, "on": act.on, "words": words.strip()}
    locked(session, Customer, payer_id)
    if earlier := session.scalars(select(PlanDirection).filter_by(**given)).first():
        return earlier
    direction = PlanDirection(
        payer_id=payer_id, by=act.by.id, on=act.on, at=act.at, words=words.strip()
    )
    session.add(direction)
    session.flush()
    note = audit.Note(
        what="payment_plans.directed",
        about=f"customer:{payer_id}",
        at=act.at,
        by=act.by.id,
        why=direction.words,
    )
    audit.note(session, note)
    return direction


def counter(
    session: Session, seen: Seen, *, offer: PlanOffer, act: Act, policy: Policy
) -> Approval:
    """
    Offer another shape of plan, as a new frozen version.

    :raises BadPlan: if it cannot be laid out like that.
    """
    approval = requests.get(session, seen.approval_id)
    was = requests.standing_version(session, approval).terms
    check_shape(was.amount, offer.shape, today=act.on, policy=policy)
    terms = wanted_instead(was, offer)
    return counter_offers.offer(session, seen, terms=terms, act=act, policy=policy)


def _chosen(session: Session, wish: PlanWish, act: Act) -> list[OpenItem]:
    able = queries.plannable(session, wish.payer_id, on=act.on)
    mine = {item.invoice_id: item for item in able}
    if not wish.invoice_ids:
        raise BadPlan("Please tick the invoices that the plan is for.")
    if any(one not in mine for one in wish.invoice_ids):
        raise BadPlan("A plan is for invoices that are past due and undisputed: choose again.")
    chosen = [mine[one] for one in dict.fromkeys(wish.invoice_ids)]
    if len({item.currency for item in chosen}) > 1:
        raise BadPlan("A plan is in one currency: please make one for each.")
    return chosen


def _keep(session: Session, approval: Approval, amount: Money, chosen: list[OpenItem]) -> None:
    plan = PaymentPlan(
        payer_id=approval.payer_id,
        approval_id=approval.id,
        currency=amount.currency,
        amount=amount.minor,
        asked_at=approval.asked_at,
    )
    session.add(plan)
    session.flush()
    session.add_all(
        PlannedInvoice(plan_id=plan.id, invoice_id=i.invoice_id, amount=i.balance.minor)
        for i in chosen
    )
