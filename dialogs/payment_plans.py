"""Asking for a payment plan, offering another one, and following it (R61-R63, R166)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.card import Button, Card, Facts, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.workflows.approvals import queries as requests
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.rules import OpenItem
from bot.workflows.payment_plans import operations, queries, running, terms
from bot.workflows.payment_plans.rules import (
    PlanOffer,
    PlanWish,
)
from bot.workflows.people.rules import EVERYBODY, LEADS
from dialogs import approvals, choosing, invoice_choice, plan_card, plan_form

dialog = Dialog("payment_plans")


def ask_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the form again with what was typed."""
    return plan_form.request(
        turn, customers.get(turn.session, turn.record), turn.typed, problems
    )


def offer_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the counter-offer again with what was typed."""
    return plan_form.offer_form(turn, turn.typed, problems)


def direct_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the direction again with what was typed."""
    return plan_form.direction(customers.get(turn.session, turn.record), turn.typed, problems)


@dialog.says(
    "plan NAME", help="ask for a payment plan that the customer wants", only_reads=True
)
def say_plan(turn: Turn) -> Card:
    """Show the form for the customer named."""
    choosing.check_private(turn)
    found = choosing.payer_named(turn, turn.words, verb="payment_plans.open")
    return found if isinstance(found, Card) else plan_form.opened(turn, found)


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
    words = plan_form.DirectionForm.read(turn.typed).words
    return _directed(turn, customers.get(turn.session, turn.record), words)


@dialog.on("open", only_reads=True)
def open_form(turn: Turn) -> Card:
    """Show the form for a payer."""
    return plan_form.opened(turn, customers.get(turn.session, turn.record))


@dialog.on("send", redraw=ask_again)
def send(turn: Turn) -> Reply:
    """Put the request to those who may decide it."""
    items = queries.plannable(turn.session, turn.record, on=turn.today)
    form, chosen = invoice_choice.read(plan_form.PlanForm, turn.typed, items, needs_one=True)
    wish = PlanWish(
        payer_id=turn.record,
        invoice_ids=chosen,
        shape=plan_form.shape_in(form, _currency(turn, items, chosen)),
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
    return plan_form.offer_form(turn, typed)


@dialog.on("offer", roles=EVERYBODY, redraw=offer_again)
def offer(turn: Turn) -> Card:
    """Offer a plan of another shape."""
    form = plan_form.OfferForm.read(turn.typed)
    approval = requests.get(turn.session, turn.record)
    amount = requests.standing_version(turn.session, approval).terms.amount
    approval = operations.counter(
        turn.session,
        approvals.seen(turn),
        offer=PlanOffer(shape=plan_form.shape_in(form, amount.currency), reason=form.reason),
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


def _directed(turn: Turn, payer: Customer, words: str) -> Card:
    operations.direct(turn.session, payer.id, words=words, act=approvals.act_of(turn))
    request = Button(title="Ask for a plan", verb="payment_plans.open", about=payer.id)
    pairs = (("Customer", payer.name), ("Your words", words.strip()))
    return Card(
        title="Direction recorded",
        body=(Facts(pairs=pairs), Text(text="Its agent may now ask for a payment plan.")),
        buttons=(request,),
    )


def _currency(turn: Turn, items: Sequence[OpenItem], chosen: tuple[int, ...]) -> str:
    mine = {item.invoice_id: item.currency for item in items}
    found = [mine[one] for one in chosen if one in mine]
    return found[0] if found else turn.policy.base_currency
