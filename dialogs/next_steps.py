"""The lead's view of payers that owe and have no next step (R117)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Text
from bot.chat.dialog import Dialog, Turn
from bot.kernel import wording
from bot.workflows.people import queries as people
from bot.workflows.people.rules import LEADS
from bot.workflows.worklists import next_steps
from bot.workflows.worklists.next_steps import Without
from dialogs import phrasing
from dialogs.choosing import check_private

dialog: Final = Dialog("next_steps")

A_PAGE: Final = 10


@dialog.says(
    "without a next step",
    help="payers with a past-due invoice that nobody has planned anything for",
    only_reads=True,
    roles=LEADS,
)
@dialog.on("list", only_reads=True, roles=LEADS)
def show(turn: Turn) -> Card:
    """List payers that owe and have no next step, the largest first, a page at a time."""
    check_private(turn)
    first = int(turn.fixed.get("first", 0))
    count = next_steps.count(turn.session, on=turn.today, policy=turn.policy)
    owed = next_steps.owed(turn.session, on=turn.today, policy=turn.policy)
    page = next_steps.without(
        turn.session, on=turn.today, policy=turn.policy, first=first, most=A_PAGE
    )
    more = Button(title="More", verb="next_steps.list", fixed={"first": first + A_PAGE})
    return Card(
        title=f"Without a next step: {wording.counted(count, 'payer')}",
        body=(
            Text(text=_summed(owed), is_subtle=True),
            *(_line(turn, one) for one in page),
        ),
        buttons=(more,) if count > first + A_PAGE else (),
    )


def _summed(owed: Mapping[str, int]) -> str:
    if not owed:
        return "Everything past due has a next step."
    none = "no call-back, promise, plan, dispute, task or hold"
    return f"{phrasing.amounts(owed)} past due, and {none}."


def _line(turn: Turn, one: Without) -> Columns:
    agent = people.get(turn.session, one.agent_id).name if one.agent_id else "no agent"
    days = wording.counted((turn.today - one.oldest_due).days, "day")
    left = (
        Text(text=one.name, is_bold=True),
        Text(
            text=f"{phrasing.amount(one.past_due, one.currency)}, oldest {days} · {agent}",
            size="small",
            is_subtle=True,
            spacing="none",
        ),
    )
    task = Button(title="New task", verb="task_forms.new", about=one.payer_id)
    return Columns(
        cells=(Cell(items=left), Cell(items=(Buttons(actions=(task,)),), width="auto")),
        has_separator=True,
        press=Button(title=one.name, verb="customers.open", about=one.payer_id),
    )
