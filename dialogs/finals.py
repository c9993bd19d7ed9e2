"""Final invoices: that they were received, what stands in the way, the funnel (R38-R48)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.kernel import wording
from bot.store.postings import Showing
from bot.workflows.calls import queries as calls
from bot.workflows.calls.operations import Conversation
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.finals import answers, months, queries, rules
from bot.workflows.finals.contacts import When
from bot.workflows.finals.months import FUNNEL_CARD, STARTERS
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS
from bot.workflows.worklists import outcomes
from dialogs import final_form, final_funnel
from dialogs.choosing import check_private
from dialogs.next_payer import (
    Said,
    is_stale,
    logged,
    meanwhile,
    next_card,
    seat_of,
    take_seat,
    twice,
)
from dialogs.outcomes import who_was_quicker

dialog: Final = Dialog("finals")


@dialog.says(
    "final invoicing is complete MONTH",
    help="starts the calls about last month's final invoices now",
    roles=STARTERS,
)
def say_complete(turn: Turn) -> Card | Reply:
    """Start the finals work of the prior month, since its invoicing is complete (R38)."""
    check_private(turn)
    return _complete(turn)


@dialog.on("complete", roles=STARTERS)
def complete(turn: Turn) -> Card | Reply:
    """Start it by a tap."""
    return _complete(turn)


@dialog.says("finals", help="how far the calls about final invoices have got")
@dialog.on("funnel")
def say_finals(turn: Turn) -> Card | Reply:
    """Show the funnel of the latest month, or when its work starts."""
    check_private(turn)
    work = queries.latest_month(turn.session)
    if work is None or months.is_next_due(turn.session, today=turn.today):
        return final_funnel.not_started(turn, work)
    return _funnel(turn, work.id, note="")


@dialog.on("month")
def show_month(turn: Turn) -> Card | Reply:
    """Show the funnel of a month."""
    check_private(turn)
    return _funnel(turn, turn.record, note="")


@dialog.greets(roles=LEADS)
def greet(turn: Turn) -> Card | Reply | None:
    """Offer the funnel again in the month of its work when a lead comes back to the chat."""
    work = queries.month_of(turn.session, rules.billed_month(turn.today))
    return _funnel(turn, work.id, note="") if work else None


@dialog.draws(FUNNEL_CARD)
def draw(view: View) -> Card:
    """Draw the funnel as it is now, for whom it is shown to."""
    return final_funnel.draw(view, queries.month_by_id(view.session, view.about))


@dialog.on("names", only_reads=True)
def names(turn: Turn) -> Card:
    """Show the payers that have got to one place of the funnel."""
    check_private(turn)
    return final_funnel.names(turn, queries.month_by_id(turn.session, turn.record))


@dialog.on("confirmed")
def confirmed(turn: Turn) -> Card:
    """Log that the invoice was received and will be paid on time, and go on (R40)."""
    seat = take_seat(turn)
    if is_stale(turn, seat):
        return meanwhile(turn, seat)
    if turn.nonce and (earlier := calls.by_nonce(turn.session, turn.nonce)):
        return twice(turn, earlier, seat)
    if not queries.open_of_payer(turn.session, turn.record):
        note = "There is nothing to confirm any more. Nothing was logged."
        return next_card(turn, seat, Said(note, is_warning=True))
    said = Conversation(
        payer_id=turn.record,
        outcome=Outcome.RECEIPT_CONFIRMED,
        then=queries.next_step(turn.session, turn.record, on=turn.today, policy=turn.policy),
        nonce=turn.nonce,
    )
    recorded = outcomes.record(turn.session, said, by=turn.who, at=turn.now, policy=turn.policy)
    return logged(turn, recorded, seat)


@dialog.on("question", only_reads=True)
def ask_question(turn: Turn) -> Card:
    """Ask what stands in the way."""
    return final_form.draw(turn, seat_of(turn), final_form.prefilled(turn))


def _question_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return final_form.draw(turn, seat_of(turn), turn.typed, problems)


@dialog.on("save_question", redraw=_question_again)
def save_question(turn: Turn) -> Card:
    """Log the conversation, and open an issue for each question, with owner and day (R43)."""
    seat = take_seat(turn)
    if turn.nonce and (earlier := calls.by_nonce(turn.session, turn.nonce)):
        return twice(turn, earlier, seat)
    if is_stale(turn, seat):
        raise final_form.AskedMeanwhile(who_was_quicker(turn))
    asked = final_form.read(turn)
    said = Conversation(
        payer_id=turn.record,
        outcome=Outcome.HAS_QUESTION,
        direction=Direction.IN if asked.came_in else Direction.OUT,
        spoke_to=asked.spoke_to,
        words=asked.words,
        nonce=turn.nonce,
    )
    recorded = outcomes.record(turn.session, said, by=turn.who, at=turn.now, policy=turn.policy)
    when = When(at=turn.now, policy=turn.policy, by=turn.who.id)
    answers.raise_issues(turn.session, recorded.call, asked.issues, when=when)
    return logged(turn, recorded, seat)


def _complete(turn: Turn) -> Card | Reply:
    month = rules.month_named(turn.words, today=turn.today)
    started = months.complete(turn.session, month, by=turn.who, at=turn.now, policy=turn.policy)
    day = wording.day(started.work.started_on)
    work = f"Work on the final invoices of {month:%B}"
    note = f"{work} starts now, and the lists are brought up to date."
    if not started.is_new:
        note = f"{work} has started already, on {day}."
    return _funnel(turn, started.work.id, note=note)


def _funnel(turn: Turn, work_id: int, *, note: str) -> Card | Reply:
    view = turn.view(work_id)
    card = final_funnel.draw(view, queries.month_by_id(turn.session, work_id), note=note)
    if not turn.who.is_lead:
        return card
    return Reply(card=card, showing=Showing(FUNNEL_CARD, work_id, place_of(turn.who.id)))
