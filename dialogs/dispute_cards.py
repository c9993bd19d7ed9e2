"""What disputes look like: to leads, to agents, and as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Facts, Text, Tone
from bot.chat.dialog import View
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import proofs, queries
from bot.workflows.disputes.records import Dispute, DisputeStep
from bot.workflows.disputes.rules import DisputeState, Step
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK
from bot.workflows.proofs.records import ProofFile
from dialogs import dispute_cash, dispute_thread, documents, proof_parts, reader
from dialogs.dispute_form import DEPARTMENTS


def title_of(view: View, dispute: Dispute) -> str:
    """Return who disputes how much."""
    return f"Dispute: {payer_name(view, dispute)}, {amount_of(dispute)}"


def amount_of(dispute: Dispute) -> Money:
    """Return what is disputed."""
    return Money(dispute.amount, dispute.currency)


def for_department(view: View, *, note: str = "") -> Card:
    """Return what a department has to answer, its thread, and what it can do (R22)."""
    dispute = queries.get(view.session, view.about)
    is_open = dispute.state is DisputeState.OPEN
    return Card(
        title=title_of(view, dispute),
        note=note,
        note_tone="good",
        body=(
            *facts_with_proof(view, dispute),
            *dispute_thread.sayings(view, dispute),
            *dispute_thread.result(view, dispute),
            *dispute_cash.way(view, dispute),
        ),
        buttons=_for_department(dispute) if is_open else (),
        summary=f"To answer: {title_of(view, dispute)} ({dispute.reason.words})",
    )


def late(view: View, dispute: Dispute, step: DisputeStep) -> Card:
    """Return what is late about a dispute, for who has to do something now (R22-R23)."""
    is_open = dispute.state is DisputeState.OPEN
    return Card(
        title=f"{STEPS[step.step]}: {payer_name(view, dispute)}, {amount_of(dispute)}",
        body=(
            *facts_with_proof(view, dispute),
            *dispute_thread.sayings(view, dispute),
            *dispute_thread.result(view, dispute),
            *dispute_cash.way(view, dispute),
        ),
        buttons=_for_department(dispute) if is_open else (),
    )


def raised(view: View, *, may_close: bool, note: str = "", is_whole: bool = False) -> Card:
    """
    Return the leads' card about a dispute: what, how much, who, and by when (R55).

    :param is_whole: with every word that was said, for somebody who asks for it.
    """
    dispute = queries.get(view.session, view.about)
    return Card(
        title=title_of(view, dispute),
        note=note,
        body=(
            *facts_with_proof(view, dispute),
            *_late(dispute),
            *dispute_thread.sayings(view, dispute, is_whole=is_whole),
            *dispute_thread.result(view, dispute, is_whole=is_whole),
            *dispute_cash.way(view, dispute),
        ),
        buttons=_of_lead(view, dispute, may_close=may_close),
        summary=f"{title_of(view, dispute)} ({dispute.reason.words})",
    )


def captured(view: View, dispute: Dispute) -> Card:
    """Return what the agent sees once a dispute is saved."""
    amount = Money(dispute.amount, dispute.currency)
    onward = Button(title="Next", verb="calls.next", style="positive")
    customer = Button(title="Customer", verb="calls.open", about=dispute.payer_id)
    undo = Button(title="Undo", verb="calls.undo", about=dispute.call_id)
    return Card(
        title=title_of(view, dispute),
        note=f"Saved. The lead is told, and {amount} leaves the ranking; the rest goes on.",
        note_tone="good",
        body=(facts(view, dispute), *documents.row(dispute.payer_id, onward, customer, undo)),
    )


def closed(view: View) -> Card:
    """Return what the agent is told once a dispute is closed, and how far it has got (R23)."""
    dispute = queries.get(view.session, view.about)
    ask = dispute_cash.next_of_agent(view, dispute)
    customer = Button(title="Open customer", verb="calls.open", about=dispute.payer_id)
    return Card(
        title=f"Dispute closed: {payer_name(view, dispute)}, {amount_of(dispute)}",
        body=(
            *dispute_thread.result(view, dispute, is_whole=True),
            *facts_with_proof(view, dispute),
            *((Text(text=ask, is_bold=True),) if ask else ()),
            *dispute_cash.way(view, dispute),
            *documents.row(dispute.payer_id, customer, *_again(dispute)),
        ),
    )


def listed(view: View, disputes: Sequence[Dispute]) -> Card:
    """Return the open disputes, a line each; the soonest answer first."""
    shown = disputes[:_SHOWN]
    more = f"And {len(disputes) - len(shown)} more." if len(disputes) > len(shown) else ""
    return Card(
        title=f"Open disputes at the desk: {wording.counted(len(disputes), 'dispute')}",
        body=(
            *(_line(view, dispute) for dispute in shown),
            *((Text(text=more, is_subtle=True),) if more else ()),
        ),
    )


def facts_with_proof(view: View, dispute: Dispute) -> tuple[Element, ...]:
    """Return what is known about a dispute, and what opens the files handed over as proof."""
    found = proofs.of_dispute(view.session, dispute.id)
    return (facts(view, dispute, found), *proof_parts.links(view, found))


def facts(view: View, dispute: Dispute, found: Sequence[ProofFile] = ()) -> Facts:
    """Return what is known about a dispute."""
    proof = "; ".join(part for part in (dispute.evidence, proof_parts.named(found)) if part)
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
            *((("Proof", proof),) if proof else ()),
            (
                "Answer",
                f"{DEPARTMENTS[dispute.department]}, by {wording.day(dispute.answer_due_on)}",
            ),
            (
                "Raised",
                f"{raiser}, {wording.moment(dispute.raised_at, zone, today=view.today)}",
            ),
        )
    )


def _for_department(dispute: Dispute) -> tuple[Button, ...]:
    about, version = dispute.id, dispute.version
    return (
        Button(
            title="Answer",
            verb="dispute_department.answer",
            about=about,
            version=version,
            style="positive",
        ),
        Button(title="Ask", verb="dispute_department.ask", about=about, version=version),
        Button(title="Resolve", verb="dispute_results.resolve", about=about, version=version),
        Button(
            title="Hand over", verb="dispute_department.hand_over", about=about, version=version
        ),
    )


def _of_lead(view: View, dispute: Dispute, *, may_close: bool) -> tuple[Button, ...]:
    if dispute.state is not DisputeState.OPEN:
        return _again(dispute) if _hears_customers(view) else ()
    return _for_department(dispute) if may_close else ()


def _hears_customers(view: View) -> bool:
    """Test if the reader may say that a customer objects again: no department may."""
    member = reader.member_of(view)
    return member is not None and bool(member.roles & AT_THE_DESK)


def _again(dispute: Dispute) -> tuple[Button, ...]:
    if dispute.state not in {DisputeState.RESOLVED, DisputeState.WITHDRAWN}:
        return ()
    about, version = dispute.id, dispute.version
    return (
        Button(
            title="Objects again",
            verb="dispute_results.object_again",
            about=about,
            version=version,
        ),
    )


def _late(dispute: Dispute) -> tuple[Element, ...]:
    if not dispute.is_late:
        return ()
    words = "First raised on days 25–31 past due (R116): ask why it was not heard earlier."
    return (Text(text=words, tone="warning", size="small"),)


def _line(view: View, dispute: Dispute) -> Columns:
    is_late = view.today > dispute.answer_due_on
    due = f"{DEPARTMENTS[dispute.department]}, by {wording.day(dispute.answer_due_on)}"
    tone: Tone = "attention" if is_late else "default"
    return line(
        view, dispute, Text(text=due, size="small", spacing="none", align="right", tone=tone)
    )


def line(view: View, dispute: Dispute, stands: Text) -> Columns:
    """Return a dispute in a line that opens it: whose, why, how much, and where it stands."""
    left = Cell(
        items=(
            Text(text=payer_name(view, dispute), is_bold=True),
            Text(text=dispute.reason.words, size="small", spacing="none", is_subtle=True),
        )
    )
    amount = Text(text=str(amount_of(dispute)), align="right")
    return Columns(
        cells=(left, Cell(items=(amount, stands), width="auto")),
        has_separator=True,
        press=Button(title="Open", verb="disputes.show", about=dispute.id),
    )


def payer_name(view: View, dispute: Dispute) -> str:
    """Return whose dispute it is."""
    return customers.get(view.session, dispute.payer_id).name


_SHOWN: Final = 15
STEPS: Final = {
    Step.REMIND: "Due tomorrow",
    Step.OVERDUE: "The answer is late",
    Step.LEAD: "Open for 15 business days",
    Step.CONTROLLER: "Open for 30 business days",
    Step.UNPAID: "Decided, but neither paid nor credited",
}
