"""The words and figures in which a plan is asked for, or another one offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals import standing
from bot.workflows.approvals.rules import Act, Kind
from bot.workflows.approvals.terms import Terms
from bot.workflows.customers import queries as customers
from bot.workflows.ledger.rules import OpenItem
from bot.workflows.payment_plans import queries
from bot.workflows.payment_plans.rules import (
    RHYTHMS,
    Part,
    PlanOffer,
    PlanShape,
    PlanWish,
    Rhythm,
    lay_out,
)
from bot.workflows.promises import queries as promises


def wanted_terms(
    session: Session, wish: PlanWish, chosen: list[OpenItem], *, act: Act, policy: Policy
) -> Terms:
    """Return what is asked for, with how the payer stands now and who asked first (R63)."""
    payer = customers.get(session, wish.payer_id)
    amount = sum((i.balance for i in chosen), start=Money(0, chosen[0].currency))
    why = queries.basis(session, payer.id, on=act.on, policy=policy)
    year = standing.start_of_year(act.on, policy)
    granted = requests.granted(session, Kind.PAYMENT_PLAN, since=year)
    broken = promises.broken_count(session, payer.id)
    return Terms(
        ask=_sentence(payer.name, amount, wish.shape),
        figures=(
            ("Installments", schedule(lay_out(amount, wish.shape))),
            ("Invoices", wording.listed([item.number for item in chosen])),
            ("On top", f"current MRR: {_mrr(session, payer.id, act.on)}"),
            ("Why asked", why.text if why else ""),
            ("All plans", f"{granted or 'none'} granted this year, all customers"),
        ),
        standing=standing.of(session, payer.id, broken=broken, on=act.on, policy=policy),
        words=wish.words,
        reason=wish.reason,
        amount=amount,
        details={"payer": payer.name, **_details(wish.shape)},
    )


def wanted_instead(was: Terms, offer: PlanOffer) -> Terms:
    """Return the same request in another shape."""
    parts = schedule(lay_out(was.amount, offer.shape))
    figures = tuple(
        (name, parts if name == "Installments" else value) for name, value in was.figures
    )
    return replace(
        was,
        ask=_sentence(was.details["payer"], was.amount, offer.shape),
        figures=figures,
        reason=offer.reason,
        details={**was.details, **_details(offer.shape)},
    )


def shape_of(terms: Terms) -> PlanShape:
    """Return the shape that frozen terms hold."""
    kept, down = terms.details, terms.details["down_payment"]
    return PlanShape(
        count=kept["count"],
        first_day=date.fromisoformat(kept["first_day"]),
        rhythm=Rhythm(kept["rhythm"]),
        down_payment=None if down is None else Money(down, terms.amount.currency),
    )


def schedule(parts: tuple[Part, ...]) -> str:
    """Return the payments in one line: `3 × $500.00, last $500.01, to Mon 7 Sep 2026`."""
    down = [f"{p.amount} on {wording.dated(p.due_on)}, then " for p in parts if p.number == 0]
    rest = [part for part in parts if part.number]
    first, last = rest[0], rest[-1]
    until = f"{wording.dated(first.due_on)} to {wording.dated(last.due_on)}"
    if first.amount == last.amount:
        return f"{''.join(down)}{len(rest)} × {first.amount}, {until}"
    return f"{''.join(down)}{len(rest) - 1} × {first.amount}, last {last.amount}, {until}"


def _sentence(payer: str, amount: Money, shape: PlanShape) -> str:
    down = f"{shape.down_payment} down and " if shape.down_payment else ""
    return (
        f"Let {payer} pay {amount} in {down}{shape.count} {RHYTHMS[shape.rhythm]} "
        f"installments from {wording.dated(shape.first_day)}."
    )


def _mrr(session: Session, payer_id: int, on: date) -> str:
    sums = queries.mrr_a_month(session, payer_id, on=on)
    each = " + ".join(str(Money(minor, currency)) for currency, minor in sums.items())
    return f"{each} a month" if each else "none at present"


def _details(shape: PlanShape) -> dict[str, Any]:
    down = shape.down_payment
    return {
        "count": shape.count,
        "first_day": shape.first_day.isoformat(),
        "rhythm": shape.rhythm.value,
        "down_payment": None if down is None else down.minor,
    }
