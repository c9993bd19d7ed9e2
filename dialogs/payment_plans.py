"""Asking for a payment plan, offering another one, and following it (R61-R63, R166)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.chat.card import Button, Card, Facts, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
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
from bot.workflows.payment_plans import operations, queries, running, terms
from bot.workflows.payment_plans.rules import (
    PREFERENCE,
    NotAskedFor,
    PlanOffer,
    PlanShape,
    PlanWish,
    Rhythm,
)
from bot.workflows.people.rules import EVERYBODY, LEADS
from dialogs import approval_cards, approval_sheet, approvals, choosing, plan_card

dialog = Dialog("payment_plans")

MOST: Final = 25
"""Invoices on the form."""
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

    invoices = ManyField("Invoices (past due and undisputed)")
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


def ask_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the form again with what was typed."""
    return _form(turn, customers.get(turn.session, turn.record), turn.typed, problems)


def offer_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the counter-offer again with what was typed."""
    return _offer(turn, turn.typed, problems)


def direct_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the direction again with what was typed."""
    return _direction(customers.get(turn.session, turn.record), turn.typed, problems)


@dialog.says(
    "plan NAME", help="ask for a payment plan that the customer wants", only_reads=True
)
def say_plan(turn: Turn) -> Card:
    """Show the form for the customer named."""
    choosing.check_private(turn)
    found = choosing.payer_named(turn, turn.words, verb="payment_plans.open")
    return found if isinstance(found, Card) else _opened(turn, found)


@dialog.says(
    "direct plan NAME: WORDS", help="direct that a payment plan may be asked for", roles=LEADS
)
def say_direct(turn: Turn) -> Card:
    """Record management's direction for the customer named (R63)."""
    choosing.check_private(turn)
    name, _, words = turn.words.partition(":")
    found = choosing.payer_named(turn, name, verb="payment_plans.open")
    return found if isinstance(found, Card) else _directed(turn, found, words)


@dialog.on("direct", roles=LEADS, redraw=direct_again)
def direct(turn: Turn) -> Card:
    """Record management's direction, and show the form (R63)."""
    words = DirectionForm.read(turn.typed).words
    return _directed(turn, customers.get(turn.session, turn.record), words)


@dialog.on("open", only_reads=True)
def open_form(turn: Turn) -> Card:
    """Show the form for a payer."""
    return _opened(turn, customers.get(turn.session, turn.record))


@dialog.on("send", redraw=ask_again)
def send(turn: Turn) -> Reply:
    """Put the request to those who may decide it."""
    form = PlanForm.read(turn.typed)
    chosen = choosing.ids(form.invoices, field="invoices")
    wish = PlanWish(
        payer_id=turn.record,
        invoice_ids=chosen,
        shape=_shape(form, _currency(turn, chosen)),
        words=form.words,
        reason=form.reason,
        nonce=turn.nonce,
    )
    act = approvals.act_of(turn)
    approval = operations.request(turn.session, wish, act=act, policy=turn.policy)
    return approvals.kept(turn, approval, note="Sent. You are told as soon as it is decided.")


@dialog.on("counter", roles=EVERYBODY, only_reads=True, redraw=approvals.again)
def counter(turn: Turn) -> Card:
    """Show the form for a counter-offer, filled in with what was asked for."""
    approvals.check_standing(turn)
    approval = requests.get(turn.session, turn.record)
    was = terms.shape_of(requests.standing_version(turn.session, approval).terms)
    typed = {
        "count": str(was.count),
        "rhythm": was.rhythm.value,
        "first_day": was.first_day.isoformat(),
        "down_payment": was.down_payment.plain if was.down_payment else "",
    }
    return _offer(turn, typed)


@dialog.on("offer", roles=EVERYBODY, redraw=offer_again)
def offer(turn: Turn) -> Card:
    """Offer a plan of another shape."""
    form = OfferForm.read(turn.typed)
    approval = requests.get(turn.session, turn.record)
    amount = requests.standing_version(turn.session, approval).terms.amount
    approval = operations.counter(
        turn.session,
        approvals.seen(turn),
        offer=PlanOffer(shape=_shape(form, amount.currency), reason=form.reason),
        act=approvals.act_of(turn),
        policy=turn.policy,
    )
    return approvals.as_it_stands(turn, approval, note="Your offer is on its way.")


@dialog.on("plan", only_reads=True)
def show_plan(turn: Turn) -> Card:
    """Show how a granted plan goes."""
    plan = queries.get(turn.session, turn.record)
    payer = customers.get(turn.session, plan.payer_id)
    customers.check_may_act(turn.session, turn.who, payer, today=turn.today)
    return plan_card.draw(turn.view(turn.record))


@dialog.on("accepted", redraw=plan_card.again)
def accepted(turn: Turn) -> Card:
    """Record the customer's written acceptance (R62)."""
    words = plan_card.AcceptanceForm.read(turn.typed).words
    running.accept_in_writing(
        turn.session, turn.record, words=words, act=approvals.act_of(turn)
    )
    return plan_card.draw(turn.view(turn.record))


@dialog.draws(running.PLAN_CARD)
def draw_plan(view: View) -> Card:
    """Show how a granted plan goes."""
    return plan_card.draw(view)


def _opened(turn: Turn, payer: Customer) -> Card:
    start = turn.policy.calendar.on_or_after(turn.today + FIRST_IN)
    why = queries.basis(turn.session, payer.id, on=turn.today, policy=turn.policy)
    typed = {"count": "3", "rhythm": Rhythm.MONTHLY.value, "first_day": start.isoformat()}
    return _form(turn, payer, typed | {"words": why.words[:300] if why else ""})


def _form(
    turn: Turn,
    payer: Customer,
    typed: Mapping[str, str],
    problems: Mapping[str, str] = approval_cards.NONE,
) -> Card:
    act = approvals.act_of(turn)
    if not problems:
        try:
            operations.check_may_ask(turn.session, payer.id, act=act, policy=turn.policy)
        except NotAskedFor:
            if turn.who.is_lead:
                return _direction(payer, {})
            raise
    customers.check_may_act(turn.session, turn.who, payer, today=turn.today)
    items = queries.plannable(turn.session, payer.id, on=turn.today)
    options = {"invoices": choosing.invoices(items, most=MOST), "rhythm": RHYTHM_OPTIONS}
    nonce = turn.nonce or turn.fresh
    send = Button(
        title="Send for decision",
        verb="payment_plans.send",
        about=payer.id,
        nonce=nonce,
        style="positive",
    )
    return Card(
        title=f"A payment plan for {payer.name}?",
        body=(
            Text(text=PREFERENCE, tone="attention"),
            Text(text="Current MRR is paid on top, as it falls due.", spacing="small"),
            *choosing.more(len(items), most=MOST),
            *PlanForm.inputs(typed, problems, options),
        ),
        buttons=(send, choosing.back_to(payer)),
    )


def _direction(
    payer: Customer,
    typed: Mapping[str, str],
    problems: Mapping[str, str] = approval_cards.NONE,
) -> Card:
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


def _directed(turn: Turn, payer: Customer, words: str) -> Card:
    operations.direct(turn.session, payer.id, words=words, act=approvals.act_of(turn))
    request = Button(title="Ask for a plan", verb="payment_plans.open", about=payer.id)
    pairs = (("Customer", payer.name), ("Your words", words.strip()))
    return Card(
        title="Direction recorded",
        body=(Facts(pairs=pairs), Text(text="Its agent may now ask for a payment plan.")),
        buttons=(request,),
    )


def _offer(
    turn: Turn,
    typed: Mapping[str, str],
    problems: Mapping[str, str] = approval_cards.NONE,
) -> Card:
    approval = requests.get(turn.session, turn.record)
    sheet = approval_sheet.of(turn.view(approval.id), approval)
    if not sheet.may_decide:
        return approvals.again(turn, problems)
    return Card(
        title="Offer another plan?",
        body=(
            Text(text=sheet.current.terms.ask),
            Text(text="The customer has to accept it; then it is decided in your name."),
            *OfferForm.inputs(typed, problems, {"rhythm": RHYTHM_OPTIONS}),
        ),
        buttons=approval_cards.offer_buttons(sheet, "payment_plans.offer"),
    )


def _shape(form: ShapeForm | PlanForm, currency: str) -> PlanShape:
    down = form.down_payment
    return PlanShape(
        count=form.count,
        first_day=form.first_day,
        rhythm=choosing.one_of(Rhythm, form.rhythm, field="rhythm"),
        down_payment=choosing.in_currency(down, currency) if down.minor else None,
    )


def _currency(turn: Turn, chosen: tuple[int, ...]) -> str:
    items = queries.plannable(turn.session, turn.record, on=turn.today)
    mine = {item.invoice_id: item.currency for item in items}
    found = [mine[one] for one in chosen if one in mine]
    return found[0] if found else turn.policy.base_currency
