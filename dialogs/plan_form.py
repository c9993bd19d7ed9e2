"""The forms for asking for a payment plan, and for offering another one (R61-R63)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Turn
from bot.chat.form import (
    ChoiceField,
    DateField,
    Form,
    ManyField,
    MoneyField,
    NumberField,
    Option,
    TextField,
)
from bot.workflows.approvals import queries as requests
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.payment_plans import operations, queries
from bot.workflows.payment_plans.rules import (
    PREFERENCE,
    NotAskedFor,
    PlanShape,
    Rhythm,
)
from dialogs import approval_cards, approval_sheet, approvals, choosing, invoice_choice

MOST: Final = 25
"""Invoices to tick on the form; others are named by their numbers."""
FIRST_IN: Final = timedelta(days=7)
"""The form proposes to start on the first business day after so many days."""
RHYTHM_OPTIONS: Final = (
    Option("Monthly", Rhythm.MONTHLY.value),
    Option("Every two weeks", Rhythm.TWO_WEEKS.value),
    Option("Weekly", Rhythm.WEEKLY.value),
)


class ShapeForm(Form):
    """How it is to be paid."""

    down_payment = MoneyField("Down payment on the first day, if any", is_optional=True)
    count = NumberField("Installments", least=1, most=99)
    rhythm = ChoiceField("How often")
    first_day = DateField("First day")


class PlanForm(Form):
    """What an agent fills in."""

    invoices = ManyField("Invoices (past due and undisputed)", is_optional=True)
    others = invoice_choice.others_field()
    down_payment = ShapeForm.down_payment
    count = ShapeForm.count
    rhythm = ShapeForm.rhythm
    first_day = ShapeForm.first_day
    words = TextField("The customer's words", lines=2, longest=300)
    reason = TextField("Why not full payment?", lines=2, longest=300)


class OfferForm(ShapeForm):
    """What a decider would agree to instead."""

    reason = TextField("Your reason", lines=2, longest=300)


class DirectionForm(Form):
    """Management's direction."""

    words = TextField("Your direction", lines=2, longest=300)


def opened(turn: Turn, payer: Customer) -> Card:
    """Show the form for a payer, filled in with what is likely."""
    start = turn.policy.calendar.on_or_after(turn.today + FIRST_IN)
    why = queries.basis(turn.session, payer.id, on=turn.today, policy=turn.policy)
    typed = {"count": "3", "rhythm": Rhythm.MONTHLY.value, "first_day": start.isoformat()}
    return request(turn, payer, typed | {"words": why.words[:300] if why else ""})


def request(
    turn: Turn,
    payer: Customer,
    typed: Mapping[str, str],
    problems: Mapping[str, str] = approval_cards.NONE,
) -> Card:
    """Draw the form, or what is missing before a plan may be asked for (R63)."""
    act = approvals.act_of(turn)
    if not problems:
        try:
            operations.check_may_ask(turn.session, payer.id, act=act, policy=turn.policy)
        except NotAskedFor:
            if turn.who.is_lead:
                return direction(payer, {})
            raise
    customers.check_may_act(turn.session, turn.who, payer, today=turn.today)
    items = queries.plannable(turn.session, payer.id, on=turn.today)
    options = {"invoices": invoice_choice.options(items, most=MOST), "rhythm": RHYTHM_OPTIONS}
    without = invoice_choice.not_needed(len(items), typed, most=MOST)
    return Card(
        title=f"A payment plan for {payer.name}?",
        body=(
            Text(text=PREFERENCE, tone="attention"),
            Text(text="Current MRR is paid on top, as it falls due.", spacing="small"),
            *invoice_choice.more(len(items), most=MOST),
            *PlanForm.inputs(typed, problems, options, without=without),
        ),
        buttons=choosing.foot(turn, payer, verb="payment_plans.send"),
    )


def direction(
    payer: Customer,
    typed: Mapping[str, str],
    problems: Mapping[str, str] = approval_cards.NONE,
) -> Card:
    """Draw the form for management's direction."""
    record = Button(title="Record it", verb="payment_plans.direct", about=payer.id)
    why = (
        "A plan is never offered. The customer has not asked for one in a call, so it needs "
        "your direction."
    )
    return Card(
        title=f"Direct a payment plan for {payer.name}?",
        body=(Text(text=why), *DirectionForm.inputs(typed, problems)),
        buttons=(record,),
    )


def offer_form(
    turn: Turn,
    typed: Mapping[str, str],
    problems: Mapping[str, str] = approval_cards.NONE,
) -> Card:
    """Draw the form for a counter-offer."""
    approval = requests.get(turn.session, turn.record)
    sheet = approval_sheet.of(turn.view(approval.id), approval)
    if not sheet.may_decide:
        return approvals.again(turn, problems)
    inputs = OfferForm.inputs(typed, problems, {"rhythm": RHYTHM_OPTIONS})
    return approval_cards.offer_form(
        sheet, "Offer another plan?", "payment_plans.offer", inputs
    )


def shape_in(form: ShapeForm | PlanForm, currency: str) -> PlanShape:
    """Return the shape that was filled in."""
    down = form.down_payment
    return PlanShape(
        count=form.count,
        first_day=form.first_day,
        rhythm=choosing.one_of(Rhythm, form.rhythm, field="rhythm"),
        down_payment=choosing.in_currency(down, currency) if down.minor else None,
    )
