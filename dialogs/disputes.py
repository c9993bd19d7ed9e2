"""Disputes: the form, the leads' card, and the recorded result (R18-R19, R55, R165)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.workflows.calls import queries as calls
from bot.workflows.calls.rules import Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import department, operations, queries
from bot.workflows.disputes.closing import CLOSED_CARD
from bot.workflows.disputes.department import RAISED_CARD
from bot.workflows.disputes.rules import NothingToDispute
from bot.workflows.people.rules import EVERYBODY, Role
from bot.workflows.worklists import outcomes
from dialogs import choosing, guides, invoice_choice
from dialogs import dispute_cards as cards
from dialogs import dispute_causes as causes
from dialogs.dispute_form import MOST, DisputeForm, options, read

dialog: Final = Dialog("disputes")


@dialog.on("open", only_reads=True)
def open_form(turn: Turn) -> Card:
    """Show the form for a payer."""
    return _form(turn, turn.record, {}, {})


@dialog.says("dispute NAME", help="capture what a customer does not accept", only_reads=True)
def say_dispute(turn: Turn) -> Card:
    """Show the form for the payer named, or the nearest ones to choose from."""
    found = choosing.payer_named(turn, turn.words, verb="disputes.open")
    return found if isinstance(found, Card) else _form(turn, found.id, {}, {})


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.record, turn.typed, problems)


@dialog.on("save", redraw=_again)
def save(turn: Turn) -> Card:
    """Capture the dispute, log its call and bring the lists up to date."""
    session, policy = turn.session, turn.policy
    objection = read(turn)
    dispute, is_new = operations.capture(
        session, objection, by=turn.who, at=turn.now, policy=policy
    )
    if is_new and dispute.call_id:
        call = calls.get(session, dispute.call_id)
        outcomes.settle(session, call, at=turn.now, policy=policy)
    return cards.captured(turn.view(dispute.id), dispute)


@dialog.says(
    "disputes",
    help="the open disputes, the soonest answer first",
    only_reads=True,
    roles=EVERYBODY,
)
def say_disputes(turn: Turn) -> Card:
    """List the open disputes: a lead's all, a department's its own, an agent's portfolio's."""
    still = queries.open_disputes(turn.session)
    if turn.who.is_lead or Role.AUDITOR in turn.who.roles:
        return causes.overview(turn.view(0), still)
    mine = set(customers.agents_payers(turn.session, turn.who, today=turn.today))
    theirs = [
        dispute
        for dispute in still
        if dispute.payer_id in mine or department.may_work(turn.who, dispute)
    ]
    return cards.listed(turn.view(0), theirs)


@dialog.on("show", only_reads=True, roles=EVERYBODY)
def show(turn: Turn) -> Card:
    """Show one dispute as it is now, with every word that was said."""
    dispute = queries.get(turn.session, turn.record)
    payer = customers.get(turn.session, dispute.payer_id)
    if not department.may_work(turn.who, dispute):
        customers.check_may_act(turn.session, turn.who, payer, today=turn.today)
    may_close = department.may_work(turn.who, dispute)
    return cards.raised(turn.view(dispute.id), may_close=may_close, is_whole=True)


@dialog.draws(RAISED_CARD)
def draw_raised(view: View) -> Card:
    """Draw the leads' card."""
    return cards.raised(view, may_close=True)


@dialog.draws(CLOSED_CARD)
def draw_closed(view: View) -> Card:
    """Draw what the agent is told once a dispute is closed."""
    return cards.closed(view)


def _form(
    turn: Turn, payer_id: int, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Card:
    payer = customers.get(turn.session, payer_id)
    customers.check_may_act(turn.session, turn.who, payer, today=turn.today)
    items = queries.disputable_items(turn.session, payer_id, on=turn.today)
    left = [invoice for invoice in items if invoice.left.minor]
    if not left:
        raise NothingToDispute(f"{payer.name} has nothing open that is not disputed already.")
    held = typed or {"contact": payer.contact_name}
    without = invoice_choice.not_needed(len(left), typed, most=MOST)
    lead = "Tick what is disputed. Only that leaves the ranking; the rest is collected."
    return Card(
        title=f"Dispute: {payer.name}",
        body=(
            Text(text=lead, is_subtle=True, size="small"),
            *invoice_choice.more(len(left), most=MOST),
            *DisputeForm.inputs(held, problems, options(left, turn.today), without=without),
            *guides.folded(turn.policy, Outcome.DISPUTE.value),
        ),
        buttons=_save_or_back(turn, payer_id),
    )


def _save_or_back(turn: Turn, payer_id: int) -> tuple[Button, Button]:
    save = Button(
        title="Save dispute",
        verb="disputes.save",
        about=payer_id,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    return save, Button(title="Back", verb="calls.open", about=payer_id, checks_inputs=False)
