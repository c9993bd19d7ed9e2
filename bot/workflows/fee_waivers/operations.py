"""Asking for a waiver, offering part of one, and counting it once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from bot.kernel.money import Money, total
from bot.policy import Policy
from bot.store import audit
from bot.workflows.approvals import counter_offers
from bot.workflows.approvals import operations as approvals
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.checks import Seen
from bot.workflows.approvals.operations import Wanted
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import Act, ApprovalState, Kind
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.fee_waivers import queries
from bot.workflows.fee_waivers.records import FeeWaiver, WaiverInvoice
from bot.workflows.fee_waivers.rules import (
    AlreadyAsked,
    NothingToWaive,
    PlannedPayment,
    TooLate,
    WaiverOffer,
    WaiverWish,
    check_payment,
    fee_of,
    offered,
)
from bot.workflows.fee_waivers.terms import wanted_instead, wanted_terms
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.rules import OpenItem


def request(session: Session, wish: WaiverWish, *, act: Act, policy: Policy) -> Approval:
    """
    Ask for the fee on a planned card payment to be waived (R64-R68).

    :raises NotYourPortfolio: if the payer is not the requester's to act on.
    :raises TooLate: if the payment has been made.
    :raises NothingToWaive: if no fee applies to it.
    :raises AlreadyAsked: if a waiver for the same payment waits already.
    """
    if asked := requests.by_nonce(session, wish.nonce):
        return asked
    payer = customers.get(session, wish.payer_id)
    customers.check_may_act(session, act.by, payer, today=act.on)
    check_payment(wish.payment, today=act.on, policy=policy)
    _check_is_new(session, payer, wish.payment, act=act)
    named = chosen(session, wish.payer_id, wish.invoice_ids, on=act.on)
    wanted = Wanted(
        kind=Kind.FEE_WAIVER,
        payer_id=payer.id,
        terms=wanted_terms(session, wish, named, act=act, policy=policy),
        until=_end_of(wish.payment.planned_on, policy),
        nonce=wish.nonce,
    )
    approval = approvals.ask(session, wanted, act=act, policy=policy)
    _keep(session, approval, wish, named, policy)
    return approval


def chosen(
    session: Session, payer_id: int, invoice_ids: tuple[int, ...], *, on: date
) -> list[OpenItem]:
    """
    Return the payer's open invoices that were ticked.

    :raises TooLate: if one of them is not open any more.
    """
    mine = {item.invoice_id: item for item in ledger.open_items(session, payer_id, on=on)}
    if any(invoice_id not in mine for invoice_id in invoice_ids):
        raise TooLate("One of these invoices is not open any more: please choose again.")
    return [mine[invoice_id] for invoice_id in dict.fromkeys(invoice_ids)]


def payment_of(items: list[OpenItem]) -> Money:
    """
    Return what paying these invoices comes to.

    :raises NothingToWaive: if there are none, or they are in several currencies.
    """
    currencies = {item.currency for item in items}
    if len(currencies) != 1:
        raise NothingToWaive("Please tick invoices of one currency, or type the amount.")
    return total((item.balance for item in items), currencies.pop())


def counter(
    session: Session, seen: Seen, *, offer: WaiverOffer, act: Act, policy: Policy
) -> Approval:
    """
    Offer to waive a part of the fee, as a new frozen version.

    :raises NothingToWaive: if it is no part of the fee.
    """
    waiver = queries.of_approval(session, seen.approval_id)
    approval = requests.get(session, seen.approval_id)
    was = requests.standing_version(session, approval).terms
    fee = Money(waiver.fee, waiver.currency)
    part = offered(fee, percent=offer.percent, amount=offer.amount)
    payer = customers.get(session, waiver.payer_id).name
    terms = wanted_instead(was, waiver, payer=payer, part=part, reason=offer.reason)
    return counter_offers.offer(session, seen, terms=terms, act=act, policy=policy)


def settle(session: Session, approval: Approval, *, at: datetime, policy: Policy) -> None:
    """
    Carry out what a closed request means for its waiver.

    :raises TooLate: if it was approved after the payment was made (R66).
    """
    if approval.state is not ApprovalState.APPROVED:
        return
    waiver = queries.of_approval(session, approval.id)
    on = policy.company_date(at)
    if queries.is_paid(session, waiver, on=on, policy=policy):
        raise TooLate("The payment has been made meanwhile, so the fee stays.")
    waiver.waived = requests.standing_version(session, approval).terms.amount.minor
    waiver.granted_at = at
    _note(session, waiver, "fee_waivers.granted", at)


def mark_used(session: Session, waiver: FeeWaiver, *, at: datetime, policy: Policy) -> bool:
    """Let a granted waiver count for its payment, once that has come in (R68)."""
    on = policy.company_date(at)
    payment = queries.payment_for(session, waiver, on=on, policy=policy)
    if payment is None or waiver.used_on is not None:
        return False
    waiver.used_on, waiver.payment_id = payment.received_on, payment.id
    _note(session, waiver, "fee_waivers.used", at)
    return True


def _check_is_new(
    session: Session, payer: Customer, payment: PlannedPayment, *, act: Act
) -> None:
    if queries.card_payment(session, payer.id, payment.amount, on=act.on):
        raise TooLate(f"{payer.name} has paid that amount by card already, so the fee stays.")
    if queries.is_asked(session, payer.id, payment.amount, planned_on=payment.planned_on):
        raise AlreadyAsked(
            f"A waiver for that payment of {payer.name} waits for a decision already."
        )


def _keep(
    session: Session,
    approval: Approval,
    wish: WaiverWish,
    named: list[OpenItem],
    policy: Policy,
) -> None:
    payment = wish.payment.amount
    waiver = FeeWaiver(
        payer_id=approval.payer_id,
        approval_id=approval.id,
        currency=payment.currency,
        payment=payment.minor,
        fee=fee_of(payment, policy).minor,
        planned_on=wish.payment.planned_on,
        asked_at=approval.asked_at,
    )
    session.add(waiver)
    session.flush()
    session.add_all(
        WaiverInvoice(waiver_id=waiver.id, invoice_id=item.invoice_id) for item in named
    )


def _end_of(day: date, policy: Policy) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), policy.zone).astimezone(UTC)


def _note(session: Session, waiver: FeeWaiver, what: str, at: datetime) -> None:
    after = {"waived": waiver.waived, "payment_id": waiver.payment_id}
    note = audit.Note(what=what, about=f"fee_waiver:{waiver.id}", at=at, after=after)
    audit.note(session, note)
