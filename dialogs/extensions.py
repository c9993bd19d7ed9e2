"""Asking for a later payment date, and offering another one (R58-R60)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Reply, Turn
from bot.chat.form import DateField, Form, TextField
from bot.workflows.approvals import queries as requests
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import EVERYBODY
from bot.workflows.suspension import extensions, queries
from bot.workflows.suspension.extensions import (
    PROOF_NEEDED,
    ExtensionOffer,
    ExtensionWish,
)
from dialogs import approval_cards, approval_sheet, approvals

dialog: Final = Dialog("extensions")

HAND_IT_OVER: Final = "Send me the proof as a file in this chat: it then stands on the request."


class WishForm(Form):
    """What an agent fills in."""

    until = DateField("Payment until")
    words = TextField("The customer's words", lines=2, longest=300)
    reason = TextField("Why should it be granted?", lines=2, longest=300)


class OfferForm(Form):
    """Another date that a decider would grant."""

    until = DateField("Until")
    reason = TextField("Your reason", lines=2, longest=300)


@dialog.on("open", only_reads=True)
def open_form(turn: Turn) -> Card:
    """Show the form for a case."""
    return _form(turn, {}, {})


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.typed, problems)


@dialog.on("send", redraw=_again)
def send(turn: Turn) -> Reply:
    """Put the request to those who may decide it; management is told at once (R59)."""
    form = WishForm.read(turn.typed)
    wish = ExtensionWish(
        case_id=turn.record,
        until=form.until,
        words=form.words,
        reason=form.reason,
        nonce=turn.nonce,
    )
    act = approvals.act_of(turn)
    approval = extensions.request(turn.session, wish, act=act, policy=turn.policy)
    return approvals.kept(turn, approval, note="Sent. You are told as soon as it is decided.")


def _offer_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _offer(turn, turn.typed, problems)


@dialog.on("counter", roles=EVERYBODY, only_reads=True, redraw=approvals.again)
def counter(turn: Turn) -> Card:
    """Show the form for a counter-offer."""
    approvals.check_standing(turn)
    return _offer(turn, {}, {})


@dialog.on("offer", roles=EVERYBODY, redraw=_offer_again)
def offer(turn: Turn) -> Card:
    """Offer another date."""
    form = OfferForm.read(turn.typed)
    approval = extensions.counter(
        turn.session,
        approvals.seen(turn),
        offer=ExtensionOffer(until=form.until, reason=form.reason),
        act=approvals.act_of(turn),
        policy=turn.policy,
    )
    return approvals.as_it_stands(turn, approval, note="Your offer is on its way.")


def _form(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    case = queries.get(turn.session, turn.record)
    extensions.check_may_ask(turn.session, case, act=approvals.act_of(turn))
    payer = customers.get(turn.session, case.payer_id)
    send = Button(
        title="Send for decision",
        verb="extensions.send",
        about=case.id,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    back = Button(title="Back", verb="case_files.open", about=case.id, checks_inputs=False)
    return Card(
        title=f"A later payment date for {payer.name}?",
        body=(
            Text(text=PROOF_NEEDED, tone="attention"),
            Text(text=f"Management is told at once. {HAND_IT_OVER}", size="small"),
            *WishForm.inputs(typed, problems),
        ),
        buttons=(send, back),
    )


def _offer(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    approval = requests.get(turn.session, turn.record)
    sheet = approval_sheet.of(turn.view(approval.id), approval)
    if not sheet.may_decide:
        return approvals.again(turn, problems)
    inputs = OfferForm.inputs(typed, problems)
    return approval_cards.offer_form(sheet, "Offer another date?", "extensions.offer", inputs)
