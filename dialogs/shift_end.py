"""What a shift came to, and promises that were broken: cards the clock sends."""

from __future__ import annotations

from bot.chat.card import Card, Facts, Text
from bot.chat.dialog import Dialog, View
from bot.kernel import wording
from bot.workflows.calls import activity
from bot.workflows.calls.activity import SHEET_CARD
from bot.workflows.people import queries as people
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
        *((("Called in", str(found.called_in)),) if found.called_in else ()),
        ("Calls", str(len(found.lines))),
        *((outcome.words.capitalize(), str(n)) for outcome, n in found.outcomes.items()),
    )
    day = wording.day(closed.day)
    reached = phrasing.reached(found.reached, found.called_in)
    kept = activity.file_of(people.get(view.session, closed.agent_id), closed.day)
    links = view.link(kept, "Open the workbook")
    words = "The activity sheet of the day has every call on it."
    where = "" if links else f" It is kept at the desk: {kept}"
    return Card(
        title=f"Your shift of {day}: {found.attempted}/{goal} tried, {reached}",
        body=(Facts(pairs=pairs), Text(text=words + where, is_subtle=True, size="small")),
        buttons=links,
    )
