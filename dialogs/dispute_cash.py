"""How far a decided dispute is on its way to the money, and who still has to do what (R23)."""

from __future__ import annotations

from bot.chat.card import Element, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.disputes import closing, queries
from bot.workflows.disputes.records import Dispute
from bot.workflows.disputes.rules import DisputeState, Resolution


def way(view: View, dispute: Dispute) -> tuple[Element, ...]:
    """Return when a dispute was decided, and what is in or still awaited (R23)."""
    if dispute.closed_on is None or dispute.state is DisputeState.WITHDRAWN:
        return ()
    days = (dispute.closed_on - dispute.raised_on).days
    decided = (
        f"Decided after {wording.counted(days, 'day')}" if days else "Decided the same day"
    )
    awaited = queries.credit_of(view.session, dispute.id)
    parts = [decided, *_credit(awaited)]
    is_owed = dispute.amount > dispute.granted
    if dispute.settled_on and is_owed:
        parts.append(f"paid {wording.day(dispute.settled_on)}")
    elif dispute.state is DisputeState.RESOLVED and is_owed:
        waited = (view.today - dispute.closed_on).days
        since = f" ({wording.counted(waited, 'day')})" if waited else ""
        parts.append(f"not paid yet{since}")
    words = "; ".join(parts) + "."
    if dispute.settled_on:
        return (Text(text=words, tone="good"),)
    return (Text(text=words, size="small", is_subtle=True),)


def next_of_agent(view: View, dispute: Dispute) -> str:
    """Return what the agent still has to know or do about a closed dispute, if anything."""
    if dispute.state is DisputeState.WITHDRAWN:
        return "Ask for a payment date today."
    awaited = queries.credit_of(view.session, dispute.id)
    is_awaited = awaited is not None and awaited.settled_on is None
    if dispute.resolution is Resolution.CREDITED:
        words = "A credit was asked for; until it is in the book the amount stays out."
        return words if is_awaited else ""
    has_to_ask = closing.date_is_asked(view.session, dispute)
    if dispute.resolution is Resolution.STANDS:
        return "Ask for a payment date today." if has_to_ask else ""
    granted = Money(dispute.granted, dispute.currency)
    if is_awaited and has_to_ask:
        return f"A credit of {granted} is requested; ask today for a payment date of the rest."
    if is_awaited:
        return f"A credit of {granted} is requested."
    return "Ask today for a payment date of the rest." if has_to_ask else ""


def _credit(awaited: Dispute | None) -> tuple[str, ...]:
    if awaited is None:
        return ()
    amount = Money(awaited.amount, awaited.currency)
    if awaited.settled_on:
        return (f"{amount} credited {wording.day(awaited.settled_on)}",)
    return (f"credit of {amount} awaited",)
