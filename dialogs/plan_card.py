"""How a granted payment plan goes: its installments, what is paid, the written acceptance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from bot.chat.card import Button, Card, Element, Facts, Text, Tone
from bot.chat.dialog import Turn, View
from bot.chat.form import Form, TextField
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.customers import queries as customers
from bot.workflows.payment_plans import queries
from bot.workflows.payment_plans.records import PaymentPlan
from bot.workflows.payment_plans.rules import PlanState
from bot.workflows.people import queries as people

STATES: Final[Mapping[PlanState, tuple[str, Tone]]] = {
    PlanState.ASKED: ("Waiting for a decision.", "accent"),
    PlanState.KEPT: ("Granted, and kept so far.", "good"),
    PlanState.BROKEN: ("Broken: an installment was missed.", "attention"),
    PlanState.DONE: ("Paid in full.", "good"),
    PlanState.REFUSED: ("Not granted.", "attention"),
}


class AcceptanceForm(Form):
    """Where the customer's written acceptance is."""

    words = TextField("Where is the written acceptance?", hint="e-mail of 12 June", longest=300)


def draw(
    view: View,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Card:
    """Show a plan, and ask for the written acceptance while that is missing."""
    plan = queries.get(view.session, view.about)
    payer = customers.get(view.session, plan.payer_id)
    words, tone = STATES[plan.state]
    body: list[Element] = [Text(text=words, tone=tone, is_bold=True), *_facts(view, plan)]
    if plan.state is not PlanState.KEPT or plan.accepted_at is not None:
        return Card(title=f"Payment plan: {payer.name}", body=tuple(body))
    body += AcceptanceForm.inputs(typed, problems)
    accepted = Button(
        title="Customer accepted in writing", verb="payment_plans.accepted", about=plan.id
    )
    return Card(title=f"Payment plan: {payer.name}", body=tuple(body), buttons=(accepted,))


def again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Show the plan again with what was typed."""
    return draw(turn.view(turn.record), turn.typed, problems)


def _facts(view: View, plan: PaymentPlan) -> tuple[Element, ...]:
    parts = queries.parts_of(view.session, plan)
    if not parts or plan.granted_on is None:
        return ()
    paid = queries.paid(view.session, plan, on=view.today)
    whole = Money(plan.amount, plan.currency)
    pairs = [("Paid", f"{min(paid, whole)} of {whole}")]
    pairs += [(_named(part.number, part.due_on), str(part.amount)) for part in parts]
    if plan.accepted_by is not None:
        who = people.get(view.session, plan.accepted_by).name
        pairs.append(("Accepted in writing", f"{plan.acceptance} ({who})"))
    return (Facts(pairs=tuple(pairs)),)


def _named(number: int, due_on: date) -> str:
    return f"{number or 'Down'} · {wording.dated(due_on)}"
