"""What a shift came to, and promises that were broken: cards the clock sends."""

from __future__ import annotations

from bot.chat.card import Button, Card, Facts, Text
from bot.chat.dialog import Dialog, View
from bot.kernel import wording
from bot.workflows.calls import activity
from bot.workflows.calls.activity import SHEET_CARD
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.promises import queries as promises
from bot.workflows.promises.operations import BROKEN_CARD, LATE
from bot.workflows.promises.rules import PromiseState
from dialogs import phrasing

dialog = Dialog("shift_end")


@dialog.draws(SHEET_CARD)
def sheet(view: View) -> Card:
    """Draw an agent's shift in figures (R83)."""
    closed = activity.get(view.session, view.about)
    found = activity.of_shift(
        view.session, closed.agent_id, starts_at=closed.starts_at, ends_at=closed.ends_at
    )
    goal = view.policy.daily_call_goal
    pairs = (
        ("Payers tried", f"{found.attempted}/{goal}"),
        ("Payers reached", str(found.reached)),
        ("Calls", str(len(found.lines))),
        *((outcome.words.capitalize(), str(n)) for outcome, n in found.outcomes.items()),
    )
    day = wording.day(closed.day)
    words = "The desk keeps the activity sheet of the day as a workbook."
    return Card(
        title=f"Your shift of {day}: {found.attempted}/{goal} tried, {found.reached} reached",
        body=(Facts(pairs=pairs), Text(text=words, is_subtle=True, size="small")),
    )


@dialog.draws(BROKEN_CARD)
def broken(view: View) -> Card:
    """Tell a lead of a promise that was not kept (R107)."""
    promise = promises.get(view.session, view.about)
    payer = customers.get(view.session, promise.payer_id)
    agent = people.get(view.session, promise.made_by)
    count = promises.broken_count(view.session, payer.id)
    pairs = (
        ("Promised", phrasing.amount(promise.amount, promise.currency)),
        ("For", wording.day(promise.due_on)),
        ("Taken by", f"{agent.name}, {wording.day(promise.made_on)}"),
        ("Broken so far", wording.counted(count, "promise")),
    )
    is_broken = promise.state is PromiseState.BROKEN
    end = promise.state.value.replace("_", " ").capitalize()
    return Card(
        title=f"Broken promise: {payer.name}"
        if is_broken
        else f"{end} after all: {payer.name}",
        note="" if is_broken else LATE,
        note_tone="good",
        body=(Facts(pairs=pairs),),
        buttons=(Button(title="Account", verb="customers.open", about=payer.id),),
    )
