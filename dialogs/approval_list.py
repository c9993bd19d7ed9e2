"""What waits for somebody's decision, and what they asked for."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Text
from bot.chat.dialog import Turn
from bot.kernel import wording
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import ApprovalState
from dialogs import approval_sheet

MOST: Final = 12


def draw(turn: Turn) -> Card:
    """List what waits for the person, and what they asked for."""
    waiting = requests.waiting_for(turn.session, turn.who, on=turn.today)
    asked = requests.asked_by(turn.session, turn.who)
    body: list[Element] = []
    if waiting:
        body.append(Text(text="Waiting for you", is_bold=True))
        body += [_line(turn, approval) for approval in waiting[:MOST]]
    if asked:
        body.append(Text(text="You asked for", is_bold=True, spacing="medium"))
        body += [_line(turn, approval) for approval in asked]
    if not body:
        body.append(Text(text="Nothing waits for you, and you asked for nothing."))
    count = wording.counted(len(waiting), "request")
    return Card(title=f"Approvals: {count} for you", body=tuple(body))


def _line(turn: Turn, approval: Approval) -> Columns:
    sheet = approval_sheet.of(turn.view(approval.id), approval)
    end = wording.moment(approval.expires_at, turn.who.zone, today=turn.today)
    state = f"no after {end}" if approval.is_open else approval.state.value
    if approval.state is ApprovalState.COUNTERED:
        state = f"counter-offer with the customer, {state}"
    about = (
        Text(text=f"{sheet.title} · {sheet.current.terms.amount}"),
        Text(
            text=state if sheet.is_mine else f"{sheet.name(approval.asked_by)}, {state}",
            size="small",
            is_subtle=True,
            spacing="none",
        ),
    )
    button = Button(title="Open", verb="approvals.open", about=approval.id)
    return Columns(
        cells=(Cell(items=about), Cell(items=(Buttons(actions=(button,)),), width="auto")),
        has_separator=True,
    )
