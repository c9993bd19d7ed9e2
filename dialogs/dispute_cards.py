"""What disputes look like: to leads, to agents, and as a list."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.card import Button, Card, Cell, Columns, Element, Facts, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import queries
from bot.workflows.disputes.records import Dispute
from bot.workflows.disputes.rules import DisputeState, Resolution
from bot.workflows.people import queries as people
from dialogs import reader
from dialogs.dispute_form import DEPARTMENTS

RESULTS = {
    Resolution.STANDS: "The invoice stands and is owed",
    Resolution.CREDITED: "The customer is right: a credit or correction follows",
    Resolution.WITHDRAWN: "Withdrawn",
}


def title_of(view: View, dispute: Dispute) -> str:
    """Return who disputes how much."""
    return f"Dispute: {_payer(view, dispute)}, {Money(dispute.amount, dispute.currency)}"


def raised(view: View, *, may_close: bool, note: str = "") -> Card:
    """Return the leads' card about a dispute: what, how much, who, and by when (R55)."""
    dispute = queries.get(view.session, view.about)
    is_open = dispute.state is DisputeState.OPEN
    close = Button(
        title="Resolve", verb="disputes.resolve", about=dispute.id, version=dispute.version
    )
    return Card(
        title=title_of(view, dispute),
        note=note,
        body=(facts(view, dispute), *_late(dispute), *_result(view, dispute)),
        buttons=(close,) if is_open and may_close else (),
        summary=f"{title_of(view, dispute)} ({dispute.reason.words})",
    )


def captured(view: View, dispute: Dispute) -> Card:
    """Return what the agent sees once a dispute is saved."""
    amount = Money(dispute.amount, dispute.currency)
    undo = Button(title="Undo", verb="calls.undo", about=dispute.call_id)
    return Card(
        title=title_of(view, dispute),
        note=f"Saved. The lead is told, and {amount} leaves the ranking; the rest goes on.",
        note_tone="good",
        body=(facts(view, dispute),),
        buttons=(
            Button(title="Next", verb="calls.next", style="positive"),
            Button(title="Customer", verb="calls.open", about=dispute.payer_id),
            undo,
        ),
    )


def closed(view: View) -> Card:
    """Return what the agent is told once a dispute is closed (R23)."""
    dispute = queries.get(view.session, view.about)
    ask = "Ask for a payment date today."
    if dispute.resolution is Resolution.CREDITED:
        ask = "A credit follows; ask today for a payment date of what is left."
    return Card(
        title=f"Closed: {title_of(view, dispute)}",
        body=(*_result(view, dispute), facts(view, dispute), Text(text=ask, is_bold=True)),
        buttons=(Button(title="Open customer", verb="calls.open", about=dispute.payer_id),),
    )


def listed(view: View, disputes: Sequence[Dispute]) -> Card:
    """Return the open disputes, a line each; the soonest answer first."""
    shown = disputes[:_SHOWN]
    more = f"And {len(disputes) - len(shown)} more." if len(disputes) > len(shown) else ""
    return Card(
        title=f"Open disputes: {wording.counted(len(disputes), 'dispute')}",
        body=(
            *(_line(view, dispute) for dispute in shown),
            *((Text(text=more, is_subtle=True),) if more else ()),
        ),
    )


def facts(view: View, dispute: Dispute) -> Facts:
    """Return what is known about a dispute."""
    parts = [f"{part.number} {part.amount}" for part in queries.parts_of(view.session, dispute)]
    raiser = people.get(view.session, dispute.raised_by).name
    zone = reader.zone_of(view)
    return Facts(
        pairs=(
            ("Disputed", str(Money(dispute.amount, dispute.currency))),
            ("Invoices", wording.listed(parts, most=8)),
            ("Reason", dispute.reason.words),
            ("In words", dispute.description),
            ("Contact", dispute.contact),
            (
                "Answer",
                f"{DEPARTMENTS[dispute.department]}, by {wording.day(dispute.answer_due_on)}",
            ),
            ("Raised", f"{raiser}, {wording.moment(dispute.raised_at, zone)}"),
        )
    )


def _late(dispute: Dispute) -> tuple[Element, ...]:
    if not dispute.is_late:
        return ()
    words = "First raised on days 25–31 past due (R116): ask why it was not heard earlier."
    return (Text(text=words, tone="warning", size="small"),)


def _result(view: View, dispute: Dispute) -> tuple[Element, ...]:
    if dispute.resolution is None or dispute.closed_by is None or dispute.closed_at is None:
        return ()
    who = people.get(view.session, dispute.closed_by).name
    when = wording.moment(dispute.closed_at, reader.zone_of(view))
    result = Text(text=RESULTS[dispute.resolution], is_bold=True, tone="good")
    return (result, Text(text=f"“{dispute.resolution_words}” {who}, {when}", size="small"))


def _line(view: View, dispute: Dispute) -> Columns:
    is_late = view.today > dispute.answer_due_on
    due = f"{DEPARTMENTS[dispute.department]}, by {wording.day(dispute.answer_due_on)}"
    left = Cell(
        items=(
            Text(text=_payer(view, dispute), is_bold=True),
            Text(text=dispute.reason.words, size="small", spacing="none", is_subtle=True),
        )
    )
    amount = Text(text=str(Money(dispute.amount, dispute.currency)), align="right")
    tone = Text(
        text=due,
        size="small",
        spacing="none",
        align="right",
        tone="attention" if is_late else "default",
    )
    return Columns(
        cells=(left, Cell(items=(amount, tone), width="auto")),
        has_separator=True,
        press=Button(title="Open", verb="disputes.show", about=dispute.id),
    )


def _payer(view: View, dispute: Dispute) -> str:
    return customers.get(view.session, dispute.payer_id).name


_SHOWN = 15
