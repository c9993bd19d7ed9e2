"""The words and figures in which a waiver is asked for, and a part of it offered."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.approvals import standing
from bot.workflows.approvals.rules import Act
from bot.workflows.approvals.terms import Terms
from bot.workflows.customers import queries as customers
from bot.workflows.fee_waivers.records import FeeWaiver
from bot.workflows.fee_waivers.rules import WaiverWish, fee_of
from bot.workflows.ledger.rules import OpenItem
from bot.workflows.promises import queries as promises


def wanted_terms(
    session: Session, wish: WaiverWish, named: list[OpenItem], *, act: Act, policy: Policy
) -> Terms:
    """Return what is asked for, with how the payer stands now."""
    payer = customers.get(session, wish.payer_id)
    payment, fee = wish.payment, fee_of(wish.payment.amount, policy)
    invoices = (("Invoices", wording.listed([i.number for i in named])),) if named else ()
    broken = promises.broken_count(session, payer.id)
    return Terms(
        ask=f"Waive the {fee} fee on a {payment.amount} credit card payment by {payer.name}, "
        f"planned for {wording.dated(payment.planned_on)}.",
        figures=(
            ("Card fee", f"{policy.fee_percent}% of {payment.amount} = {fee}"),
            *invoices,
        ),
        standing=standing.of(session, payer.id, broken=broken, on=act.on, policy=policy),
        words=wish.words,
        reason=wish.reason,
        amount=fee,
        details={
            "payment": payment.amount.minor,
            "fee": fee.minor,
            "waived": fee.minor,
            "planned_on": payment.planned_on.isoformat(),
            "invoices": [item.number for item in named],
        },
    )


def wanted_instead(
    was: Terms, waiver: FeeWaiver, *, payer: str, part: Money, reason: str
) -> Terms:
    """Return the same request with only a part of the fee waived."""
    fee, payment = (Money(m, waiver.currency) for m in (waiver.fee, waiver.payment))
    return replace(
        was,
        ask=f"Waive {part} of the {fee} fee on a {payment} credit card payment by {payer}, "
        f"planned for {wording.dated(waiver.planned_on)}.",
        figures=(("Customer pays", f"{fee - part} of the fee"), *was.figures),
        reason=reason,
        amount=part,
        details={**was.details, "waived": part.minor},
    )
