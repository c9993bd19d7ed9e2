"""A dispute in its department's channel: asked, answered, handed over (R22)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card
from bot.chat.dialog import Dialog, Turn, View
from bot.chat.form import NotFilledIn
from bot.store.rows import record
from bot.workflows.disputes import department, queries
from bot.workflows.disputes.clocks import CLOCK_CARD
from bot.workflows.disputes.department import (
    DEPARTMENT_CARD,
    HEARD_CARD,
    QUESTION_CARD,
    Said,
)
from bot.workflows.disputes.records import Dispute, DisputeStep
from bot.workflows.disputes.rules import Department
from bot.workflows.people import queries as people
from bot.workflows.people.rules import EVERYBODY, check_role
from dialogs import dispute_cards as cards
from dialogs import dispute_forms as forms
from dialogs import dispute_thread

dialog: Final = Dialog("dispute_department")


@dialog.draws(DEPARTMENT_CARD)
def draw_department(view: View) -> Card:
    """Draw what the department has to answer."""
    return cards.for_department(view)


@dialog.draws(CLOCK_CARD)
def draw_clock(view: View) -> Card:
    """Draw what is late."""
    step = record(view.session, DisputeStep, view.about)
    return cards.late(view, queries.get(view.session, step.dispute_id), step)


@dialog.draws(QUESTION_CARD)
def draw_question(view: View) -> Card:
    """Draw what the department asks, with room for the answer until there is one."""
    return _question(view, {}, {})


@dialog.draws(HEARD_CARD)
def draw_heard(view: View) -> Card:
    """Draw what the department answered."""
    said = queries.saying(view.session, view.about)
    dispute = queries.get(view.session, said.dispute_id)
    return Card(
        title=f"Answer to the dispute of {cards.payer_name(view, dispute)}",
        body=(dispute_thread.quoted(view, said), *cards.facts_with_proof(view, dispute)),
        buttons=(Button(title="Open customer", verb="calls.open", about=dispute.payer_id),),
    )


@dialog.on("show", only_reads=True, roles=EVERYBODY)
def show(turn: Turn) -> Card:
    """Show the department's card as it is now."""
    _checked(turn)
    return cards.for_department(turn.view(turn.record))


@dialog.on("ask", only_reads=True, roles=EVERYBODY)
def ask(turn: Turn) -> Card:
    """Open the form for a question."""
    _checked(turn)
    return forms.sheet(turn, forms.QUESTION, {}, {})


def _ask_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return forms.sheet(turn, forms.QUESTION, turn.typed, problems)


@dialog.on("save_question", redraw=_ask_again, roles=EVERYBODY)
def save_question(turn: Turn) -> Card:
    """Ask whoever raised the dispute."""
    said = _said(turn, forms.WordsForm.read(turn.typed).words)
    dispute = queries.get(turn.session, turn.record)
    department.ask(turn.session, dispute, said, at=turn.now)
    return cards.for_department(turn.view(dispute.id), note="Asked. The answer comes here.")


@dialog.on("answer", only_reads=True, roles=EVERYBODY)
def answer(turn: Turn) -> Card:
    """Open the form for the department's answer."""
    _checked(turn)
    return forms.sheet(turn, forms.ANSWER, {}, {})


def _answer_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return forms.sheet(turn, forms.ANSWER, turn.typed, problems)


@dialog.on("save_answer", redraw=_answer_again, roles=EVERYBODY)
def save_answer(turn: Turn) -> Card:
    """Record the department's answer, which the agent hears at once."""
    said = _said(turn, forms.WordsForm.read(turn.typed).words)
    dispute = queries.get(turn.session, turn.record)
    department.answer(turn.session, dispute, said, at=turn.now, policy=turn.policy)
    return cards.for_department(turn.view(dispute.id), note="Saved. The agent is told.")


@dialog.on("hand_over", only_reads=True, roles=EVERYBODY)
def hand_over(turn: Turn) -> Card:
    """Open the form for another department."""
    _checked(turn)
    return forms.handover(turn, {}, {})


def _hand_over_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return forms.handover(turn, turn.typed, problems)


@dialog.on("save_handover", redraw=_hand_over_again, roles=EVERYBODY)
def save_handover(turn: Turn) -> Card:
    """Give the dispute to another department."""
    form = forms.HandoverForm.read(turn.typed)
    if form.department not in set(Department):
        raise NotFilledIn({"department": "Please choose one of the departments."})
    dispute = queries.get(turn.session, turn.record)
    to, said = Department(form.department), _said(turn, form.words)
    department.hand_over(turn.session, dispute, to, said, at=turn.now)
    return cards.for_department(turn.view(dispute.id), note="Handed over.")


def _reply_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _question(turn.view(turn.record), turn.typed, problems)


@dialog.on("reply", redraw=_reply_again)
def reply(turn: Turn) -> Card:
    """Answer the department's question."""
    question = queries.saying(turn.session, turn.record)
    said = _said(turn, forms.WordsForm.read(turn.typed).words)
    department.reply(turn.session, question, said, at=turn.now, policy=turn.policy)
    return _question(turn.view(question.id), {}, {})


def _question(view: View, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    asked = queries.saying(view.session, view.about)
    dispute = queries.get(view.session, asked.dispute_id)
    given = queries.reply_to(view.session, asked.id)
    title = f"A question about the dispute of {cards.payer_name(view, dispute)}"
    body = (dispute_thread.quoted(view, asked), *cards.facts_with_proof(view, dispute))
    if given:
        return Card(title=title, body=(*body, dispute_thread.quoted(view, given)))
    send = Button(
        title="Send answer",
        verb="dispute_department.reply",
        about=asked.id,
        nonce=f"reply:{asked.id}",
        style="positive",
    )
    asks = people.get(view.session, asked.by).name
    return Card(
        title=title,
        body=(*body, *forms.WordsForm.inputs(typed, problems)),
        buttons=(send,),
        summary=f"{asks} asks about the dispute of {cards.payer_name(view, dispute)}",
    )


def _said(turn: Turn, words: str) -> Said:
    return Said(words=words, by=turn.who, nonce=turn.nonce)


def _checked(turn: Turn) -> Dispute:
    """Return the dispute; its department and leads may work it."""
    dispute = queries.get(turn.session, turn.record)
    check_role(turn.who, department.workers(dispute), what="Working this dispute")
    return dispute
