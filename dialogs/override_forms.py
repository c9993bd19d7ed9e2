"""The forms with which a lead overrules the lists of a day (R86)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.chat.card import Button, Card, Element, Facts, Text
from bot.chat.dialog import Turn
from bot.chat.form import ChoiceField, DateField, Form, NotFilledIn, Option, TextField
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Role

TIERS: Final = (
    ("0", "owed today: call-backs and voicemails (R29)"),
    ("1", "final invoices 1–30 days past due (R77)"),
    ("2", "2 or more months of aged MRR (R78)"),
    ("3", "more than 31 days past due (R79)"),
    ("4", "about to cross: 24–31 days (R91)"),
    ("5", "5–15 days past due (R93)"),
    ("6", "any other past due (R117)"),
)


class PinForm(Form):
    """Whom to call first, on which day, and why."""

    day = DateField("Day")
    reason = TextField("Why? The agent sees it.", lines=2, longest=500)


class PostponeForm(Form):
    """Whom to leave off the lists, until when, and why."""

    last_day = DateField("Last day off the lists")
    reason = TextField("Why? The agent sees it.", lines=2, longest=500)


class TiersForm(Form):
    """The order of tiers for a day, for whom, and why."""

    order = TextField("Tiers in the order of that day", longest=30)
    day = DateField("Day")
    agent = ChoiceField("Whose list", is_optional=True)
    reason = TextField("Why? The agents see it.", lines=2, longest=500)


def pin_form(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the form that pins a customer, with what was typed."""
    payer = customers.get(turn.session, turn.record)
    typed = {"day": turn.today.isoformat(), **turn.typed}
    return Card(
        title=f"Pin {payer.name} to the top of its list",
        body=(*_whose(turn, payer), *PinForm.inputs(typed, problems)),
        buttons=_foot(turn, "Pin it", "overrides.pin", about=payer.id),
    )


def postpone_form(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the form that postpones a customer, with what was typed."""
    payer = customers.get(turn.session, turn.record)
    typed = {"last_day": turn.today.isoformat(), **turn.typed}
    return Card(
        title=f"Take {payer.name} off the lists",
        body=(*_whose(turn, payer), *PostponeForm.inputs(typed, problems)),
        buttons=_foot(turn, "Postpone it", "overrides.postpone", about=payer.id),
    )


def tiers_form(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the form that reorders tiers, with what was typed."""
    typed = {"day": turn.today.isoformat(), "order": "0 1 2 3 4 5 6", **turn.typed}
    options = {"agent": agents(turn)}
    return Card(
        title="Reorder the tiers for a day",
        body=(Facts(pairs=TIERS), *TiersForm.inputs(typed, problems, options)),
        buttons=_foot(turn, "Reorder", "overrides.reorder"),
    )


def agent_chosen(turn: Turn, typed: str) -> int | None:
    """
    Return the agent chosen; None: everybody.

    :raises NotFilledIn: if it is none of those offered.
    """
    if not typed:
        return None
    if typed in {option.value for option in agents(turn)}:
        return int(typed)
    raise NotFilledIn({"agent": "Please choose one of the list."})


def tiers_typed(typed: str) -> tuple[int, ...]:
    """
    Return the tiers in the order typed.

    :raises NotFilledIn: if they are no numbers.
    """
    parts = typed.replace(",", " ").split()
    if not all(len(part) == 1 and part.isascii() and part.isdigit() for part in parts):
        raise NotFilledIn({"order": "Please write the tiers' numbers, such as 0 3 1 2 4 5 6."})
    return tuple(int(part) for part in parts)


def agents(turn: Turn) -> Sequence[Option]:
    """Return whose lists there are."""
    agents = people.in_roles(turn.session, {Role.AGENT})
    return [Option("Everybody's", ""), *(Option(one.name, str(one.id)) for one in agents)]


def _whose(turn: Turn, payer: Customer) -> tuple[Element, ...]:
    if payer.agent_id is None:
        return (Text(text="It has no agent yet, so it stands on no list.", tone="warning"),)
    agent = people.get(turn.session, payer.agent_id)
    return (Text(text=f"{agent.name}'s customer", is_subtle=True, spacing="none"),)


def _foot(turn: Turn, title: str, verb: str, *, about: int | None = None) -> tuple[Button, ...]:
    back = Button(title="Back", verb="overrides.today", checks_inputs=False)
    do = Button(title=title, verb=verb, about=about, nonce=turn.fresh, style="positive")
    return (do, back)
