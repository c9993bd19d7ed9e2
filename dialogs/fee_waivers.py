"""Asking for a card fee to be waived, and offering to waive a part (R64-R69, R167)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Card, Text
from bot.chat.dialog import Dialog, Reply, Turn
from bot.chat.form import (
    ChoiceField,
    DateField,
    Form,
    ManyField,
    MoneyField,
    NumberField,
    Option,
    TextField,
    YesNoField,
)
from bot.kernel.money import Money
from bot.workflows.approvals import queries as requests
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.fee_waivers import operations as fee_waivers
from bot.workflows.fee_waivers.rules import (
    DEFAULT_ANSWER,
    CardType,
    PlannedPayment,
    WaiverOffer,
    WaiverWish,
)
from bot.workflows.ledger import queries as ledger
from bot.workflows.people.rules import EVERYBODY
from dialogs import approval_cards, approval_sheet, approvals, choosing, invoice_choice

dialog = Dialog("fee_waivers")

MOST: Final = 12
"""Invoices to tick on the form; others are named by their numbers."""
CARD_TYPES: Final = (
    Option("Credit card", CardType.CREDIT.value),
    Option("Debit card", CardType.DEBIT.value),
)


class WaiverForm(Form):
    """What an agent fills in."""

    invoices = ManyField("Invoices that the payment is for", is_optional=True)
    others = invoice_choice.others_field()
    amount = MoneyField("Payment, if it is not their sum", is_optional=True)
    card = ChoiceField("Paid by")
    planned_on = DateField("Planned for")
    is_made = YesNoField("The payment has been made already")
    words = TextField("The customer's words", lines=2, longest=300)
    reason = TextField("Why should it be waived?", lines=2, longest=300)


class OfferForm(Form):
    """What a decider would waive instead."""

    percent = NumberField("Percent of the fee to waive", least=1, most=99, is_optional=True)
    amount = MoneyField("Or an amount of it", is_optional=True)
    reason = TextField("Your reason", lines=2, longest=300)


def ask_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the form again with what was typed."""
    return _form(turn, customers.get(turn.session, turn.record), turn.typed, problems)


def offer_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the counter-offer again with what was typed."""
    return _offer(turn, turn.typed, problems)


@dialog.says(
    "waive NAME", help="ask for the fee on a credit card payment to be waived", only_reads=True
)
def say_waive(turn: Turn) -> Card:
    """Show the form for the customer named."""
    choosing.check_private(turn)
    found = choosing.payer_named(turn, turn.words, verb="fee_waivers.open")
    return found if isinstance(found, Card) else _opened(turn, found)


@dialog.on("open", only_reads=True)
def open_form(turn: Turn) -> Card:
    """Show the form for a payer."""
    return _opened(turn, customers.get(turn.session, turn.record))


@dialog.on("send", redraw=ask_again)
def send(turn: Turn) -> Reply:
    """Put the request to those who may decide it."""
    items = ledger.open_items(turn.session, turn.record, on=turn.today)
    form, chosen = invoice_choice.read(WaiverForm, turn.typed, items)
    payment = PlannedPayment(
        amount=_payment(turn, form, chosen),
        planned_on=form.planned_on,
        card=choosing.one_of(CardType, form.card, field="card"),
        is_made=form.is_made,
    )
    wish = WaiverWish(
        payer_id=turn.record,
        payment=payment,
        invoice_ids=chosen,
        words=form.words,
        reason=form.reason,
        nonce=turn.nonce,
    )
    act = approvals.act_of(turn)
    approval = fee_waivers.request(turn.session, wish, act=act, policy=turn.policy)
    return approvals.kept(turn, approval, note="Sent. You are told as soon as it is decided.")


@dialog.on("counter", roles=EVERYBODY, only_reads=True, redraw=approvals.again)
def counter(turn: Turn) -> Card:
    """Show the form for a counter-offer."""
    approvals.check_standing(turn)
    return _offer(turn, {})


@dialog.on("offer", roles=EVERYBODY, redraw=offer_again)
def offer(turn: Turn) -> Card:
    """Offer to waive a part of the fee."""
    form = OfferForm.read(turn.typed)
    offered = WaiverOffer(
        reason=form.reason,
        percent=form.percent or None,
        amount=form.amount if form.amount.minor else None,
    )
    approval = fee_waivers.counter(
        turn.session,
        approvals.seen(turn),
        offer=offered,
        act=approvals.act_of(turn),
        policy=turn.policy,
    )
    return approvals.as_it_stands(turn, approval, note="Your offer is on its way.")


def _opened(turn: Turn, payer: Customer) -> Card:
    customers.check_may_act(turn.session, turn.who, payer, today=turn.today)
    day = turn.policy.calendar.on_or_after(turn.today)
    return _form(turn, payer, {"card": CardType.CREDIT.value, "planned_on": day.isoformat()})


def _form(
    turn: Turn,
    payer: Customer,
    typed: Mapping[str, str],
    problems: Mapping[str, str] = approval_cards.NONE,
) -> Card:
    customers.check_may_act(turn.session, turn.who, payer, today=turn.today)
    items = ledger.open_items(turn.session, payer.id, on=turn.today)
    threshold = Money(turn.policy.fee_above, turn.policy.base_currency)
    rule = (
        f"{turn.policy.fee_percent}% of credit card payments above {threshold}, asked for "
        "before the payment is made."
    )
    options = {"invoices": invoice_choice.options(items, most=MOST), "card": CARD_TYPES}
    without = invoice_choice.not_needed(len(items), typed, most=MOST)
    return Card(
        title=f"Waive the card fee for {payer.name}?",
        body=(
            Text(text=DEFAULT_ANSWER, tone="attention"),
            Text(text=rule, spacing="small"),
            *invoice_choice.more(len(items), most=MOST),
            *WaiverForm.inputs(typed, problems, options, without=without),
        ),
        buttons=choosing.foot(turn, payer, verb="fee_waivers.send"),
    )


def _payment(turn: Turn, form: WaiverForm, chosen: tuple[int, ...]) -> Money:
    if form.amount.minor:
        return form.amount
    on = turn.today
    items = fee_waivers.chosen(turn.session, turn.record, chosen, on=on)
    return fee_waivers.payment_of(items)


def _offer(
    turn: Turn,
    typed: Mapping[str, str],
    problems: Mapping[str, str] = approval_cards.NONE,
) -> Card:
    approval = requests.get(turn.session, turn.record)
    sheet = approval_sheet.of(turn.view(approval.id), approval)
    if not sheet.may_decide:
        return approvals.again(turn, problems)
    inputs = OfferForm.inputs(typed, problems)
    return approval_cards.offer_form(
        sheet, "Waive a part of the fee?", "fee_waivers.offer", inputs
    )
