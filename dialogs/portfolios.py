"""Giving out the payers that have no agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Turn
from bot.chat.form import ChoiceField, Form, ManyField, Option
from bot.kernel import wording
from bot.workflows.customers import portfolios
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.rules import LEADS, Role
from dialogs.choosing import check_private

dialog = Dialog("portfolios")

MOST_LINES: Final = 15


class GiveForm(Form):
    """Which payers go to whom."""

    payers = ManyField("Payers")
    agent = ChoiceField("Give them to")


@dialog.says(
    "unassigned", help="payers without an agent, to give out", only_reads=True, roles=LEADS
)
@dialog.on("unassigned", only_reads=True, roles=LEADS)
def unassigned(turn: Turn) -> Card:
    """Show the payers without an agent."""
    check_private(turn)
    return _give_form(turn, {})


def draw_give_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Show the form with what was chosen and what is wrong with it."""
    return _give_form(turn, turn.typed, problems)


@dialog.on("give", roles=LEADS, redraw=draw_give_again)
def give(turn: Turn) -> Card:
    """Give the payers chosen to an agent."""
    form = GiveForm.read(turn.typed)
    agents = {str(agent.id): agent for agent in people.in_roles(turn.session, {Role.AGENT})}
    if form.agent not in agents:
        raise portfolios.NotTheirs("Please choose an agent.")
    to = agents[form.agent]
    chosen = [int(part) for part in form.payers if part.isascii() and part.isdigit()]
    given = portfolios.give(turn.session, chosen, to=to, by=turn.who, at=turn.now)
    note = f"{wording.counted(given, 'payer')} given to {to.name}, on the next list made."
    return _give_form(turn, {}, note=note)


def _give_form(
    turn: Turn,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    *,
    note: str = "",
) -> Card:
    free = customers.without_agent(turn.session, limit=MOST_LINES)
    back = Button(title="Back to the team", verb="people.team", checks_inputs=False)
    if not free:
        done = Text(text="Every payer has an agent.")
        return Card(title="Payers without an agent", body=(done,), buttons=(back,), note=note)
    agents = people.in_roles(turn.session, {Role.AGENT})
    options = {
        "payers": [Option(f"{payer.name} ({payer.number})", str(payer.id)) for payer in free],
        "agent": [Option(agent.name, str(agent.id)) for agent in agents],
    }
    return Card(
        title="Payers without an agent",
        body=GiveForm.inputs(typed, problems, options),
        buttons=(Button(title="Give", verb="portfolios.give", style="positive"), back),
        note=note,
    )
