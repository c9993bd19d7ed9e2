"""What is written to a payer about its final invoices; part of the day's one mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.kernel import wording
from bot.workflows.finals.rules import Stage
from bot.workflows.ledger.rules import OpenItem


def subject(stage: Stage, items: Sequence[OpenItem]) -> str:
    """Return the subject of what is written."""
    numbers = wording.listed([item.number for item in items], most=3)
    noun = "Final invoice" if len(items) == 1 else "Final invoices"
    return f"{noun} {numbers}: {_ASKED[stage]}"


def words(stage: Stage, items: Sequence[OpenItem], *, on: date) -> str:
    """Return what is written: the invoices, and what is asked."""
    lines = "\n".join(f"- {_line(item, on)}" for item in items)
    opening, closing = _OPENING[stage], _CLOSING[stage]
    if stage is Stage.CONFIRMATION and any(item.days_past_due(on) > 0 for item in items):
        closing = _CONFIRMING_LATE
    return f"{opening}\n\n{lines}\n\n{closing}"


def _line(item: OpenItem, on: date) -> str:
    days = item.days_past_due(on)
    age = (
        f"{wording.counted(days, 'day')} past due" if days > 0 else f"due {_day(item.due_date)}"
    )
    return f"{item.number} of {_day(item.invoice_date)}, {item.balance}, {age}"


def _day(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


_ASKED = {
    Stage.CONFIRMATION: "please confirm receipt",
    Stage.DAY_5: "when may we expect payment?",
    Stage.DAY_15: "when may we expect payment?",
}
_OPENING = {
    Stage.CONFIRMATION: "We have sent you the following final billing:",
    Stage.DAY_5: "The following final billing is past due:",
    Stage.DAY_15: "The following final billing is still past due:",
}
_CLOSING = {
    Stage.CONFIRMATION: (
        "Please confirm that you have received it and that it will be paid on time. If "
        "anything stands in the way (a purchase order number, tax, the amount, another "
        "contact, or documents that you need), please tell us now, so that we can settle it "
        "before the due date. If you are tax-exempt, please send us your current certificate."
    ),
    Stage.DAY_5: (
        "Please let us know on which day payment will be made, or what stands in the way."
    ),
    Stage.DAY_15: (
        "Please let us know by return on which day payment will be made, or what stands in the "
        "way."
    ),
}
_CONFIRMING_LATE = (
    "Please confirm that you have received it, and let us know on which day payment will be "
    "made. If anything stands in the way (a purchase order number, tax, the amount, another "
    "contact, or documents that you need), please tell us now. If you are tax-exempt, please "
    "send us your current certificate."
)
"""Of what is past due already, when it will be paid is asked at once (R46)."""
