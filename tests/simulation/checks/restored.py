"""Restores: asked for as soon as what was named is paid, never before, and done by support."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.simulation.checks.raw import Tables

NAMED = (
    "SELECT SUM(CASE WHEN i.closed_on IS NULL THEN MAX(0, i.amount - i.applied - n.withheld) "
    "ELSE 0 END), COUNT(*) FROM noticed_invoices n "
    "JOIN suspension_notices s ON s.id = n.notice_id JOIN invoices i ON i.id = n.invoice_id "
    "WHERE s.case_id = :case AND n.customer_id = :account AND n.id = (SELECT MAX(m.id) "
    "FROM noticed_invoices m JOIN suspension_notices t ON t.id = m.notice_id "
    "WHERE t.case_id = :case AND m.invoice_id = n.invoice_id)"
)
LOOSE = (
    "SELECT (SELECT COALESCE(SUM(amount - applied), 0) FROM payments WHERE payer_id = :payer) "
    "- (SELECT COALESCE(SUM(amount - applied), 0) FROM invoices WHERE payer_id = :payer "
    "AND amount < 0 AND closed_on IS NULL)"
)


@dataclass
class Restores:
    """How far the orders to support were followed."""

    tolerance: int
    last: int = 0

    def check(self, found: Tables, *, is_looked_at: bool) -> Iterator[str]:
        """Look at who is suspended, and at each order that is new."""
        if is_looked_at:
            yield from self._overdue(found)
            yield from self._early(found)
        for order in found.rows(
            "SELECT o.id FROM support_orders o LEFT JOIN people p ON p.id = o.done_by "
            "WHERE o.state = 'done' AND (p.roles IS NULL OR p.roles != 'support') "
            "ORDER BY o.id"
        ):
            yield f"order {order[0]} was done by nobody of support"

    def _overdue(self, found: Tables) -> Iterator[str]:
        """Nobody stays suspended, and nobody is asked to restore, who owes nothing named."""
        for case, account, since in found.rows(
            "SELECT o.case_id, o.customer_id, o.done_at FROM support_orders o "
            "WHERE o.kind = 'suspend' AND o.state = 'done' AND o.id = (SELECT MAX(l.id) "
            "FROM support_orders l WHERE l.case_id = o.case_id AND l.state != 'withdrawn' "
            "AND l.customer_id = o.customer_id)"
        ):
            left, count = found.rows(_greatest(found, NAMED), case=case, account=account)[0]
            if count and not left:
                yield f"case {case}: account {account} has paid, and is off since {since}"

    def _early(self, found: Tables) -> Iterator[str]:
        """The desk asks to restore only what was paid."""
        for order, case, account, payer, state in found.rows(
            "SELECT o.id, o.case_id, o.customer_id, c.payer_id, o.state FROM support_orders o "
            "JOIN suspension_cases c ON c.id = o.case_id WHERE o.id > :last "
            "AND o.kind = 'restore' AND o.asked_by IS NULL ORDER BY o.id",
            last=self.last,
        ):
            self.last = order
            left = found.rows(_greatest(found, NAMED), case=case, account=account)[0][0]
            if state != "open":
                continue
            plans = found.one(
                "SELECT COUNT(*) FROM payment_plans WHERE payer_id = :payer AND state = 'kept'",
                payer=payer,
            )
            loose = int(found.one(LOOSE, payer=payer))
            if not plans and (left or 0) - max(0, loose) > self.tolerance:
                yield f"order {order} of case {case} restores, and {left} is left"


def _greatest(found: Tables, statement: str) -> str:
    """Return a statement as the database at hand says the greater of two."""
    return statement if found.is_sqlite else statement.replace("MAX(0,", "GREATEST(0,")
