"""What waits for the VP Finance or the controller on the cases (R57)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.workflows.customers import queries as customers
from bot.workflows.suspension import orders, part_payments, queries


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDecision:
    """What waits for the VP Finance or the controller on a case."""

    case_id: int
    number: int
    payer_name: str
    words: str
    """`ready to be suspended: 2 accounts, $3,000.00`."""


def gather(session: Session) -> list[OpenDecision]:
    """Return what waits for a decision: cases that are ready, and part payments (R57)."""
    found: list[OpenDecision] = []
    for case in queries.beyond_watch(session):
        ordered = {order.customer_id for order in orders.open_of(session, case.id)}
        ready = [one for one in queries.ready_accounts(session, case.id) if one not in ordered]
        named = customers.names_of(session, ready)
        said = [f"ready to be suspended: {', '.join(sorted(named.values()))}"] * bool(ready)
        said += [
            f"part payment: {part.received}, {part.left} left"
            for part in part_payments.open_questions(session, case.id)
        ]
        payer = customers.get(session, case.payer_id).name
        found += [
            OpenDecision(case_id=case.id, number=case.number, payer_name=payer, words=one)
            for one in said
        ]
    return found
