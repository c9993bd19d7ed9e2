"""Naming, in writing, who may decide fee waivers in one's place (R69)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Text
from bot.chat.dialog import Dialog, Turn
from bot.chat.form import DateField, Form, MoneyField, TextField
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.approvals import delegations
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.delegations import Naming
from bot.workflows.approvals.records import Delegation
from bot.workflows.people import queries as people
from bot.workflows.people.rules import LEADS, PRINCIPALS, Member, Role
from dialogs import approvals, choosing

dialog = Dialog("delegations")

A_WEEK = timedelta(days=7)
RULE = (
    "A delegate decides fee waivers that are asked for after they are named, up to the amount "
    "and within the days given. Payment plans are never delegated."
)


class NamingForm(Form):
    """What a principal fills in."""

    limit = MoneyField("Largest fee to waive")
    first_day = DateField("First day")
    last_day = DateField("Last day")
    words = TextField("In writing: why, and what for", lines=2, longest=300)


def name_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Draw the form again with what was typed."""
    return _form(turn, people.get(turn.session, turn.record), turn.typed, problems)


@dialog.says(
    "delegate NAME",
    help="name who may decide fee waivers in your place",
    roles=PRINCIPALS,
    only_reads=True,
)
def say_delegate(turn: Turn) -> Card:
    """Show the form for the person named."""
    choosing.check_private(turn)
    named = _named(turn, turn.words)
    if len(named) == 1:
        return _opened(turn, named[0])
    if not named:
        raise choosing.NobodyNamed(
            "Only somebody with the role “delegate” in the people file can be named. I found "
            "nobody like that."
        )
    buttons = tuple(
        Button(title=one.name, verb="delegations.open", about=one.id) for one in named
    )
    return Card(title="Whom?", body=(Buttons(actions=buttons),))


@dialog.says(
    "delegations",
    help="who may decide fee waivers in whose place",
    roles=LEADS,
    only_reads=True,
)
def say_delegations(turn: Turn) -> Card:
    """List the delegations that hold."""
    choosing.check_private(turn)
    return _list(turn)


@dialog.on("open", roles=PRINCIPALS, only_reads=True)
def open_form(turn: Turn) -> Card:
    """Show the form for a person."""
    return _opened(turn, people.get(turn.session, turn.record))


@dialog.on("name", roles=PRINCIPALS, redraw=name_again)
def name(turn: Turn) -> Card:
    """Record the delegation."""
    form = NamingForm.read(turn.typed)
    naming = Naming(
        to=people.get(turn.session, turn.record),
        limit=form.limit,
        first_day=form.first_day,
        last_day=form.last_day,
        words=form.words,
        nonce=turn.nonce,
    )
    delegations.name(turn.session, naming, act=approvals.act_of(turn))
    return _list(turn, note=f"{naming.to.name} may decide fee waivers from now on.")


@dialog.on("end", roles=PRINCIPALS)
def end(turn: Turn) -> Card:
    """End a delegation at once."""
    delegations.end(turn.session, turn.record, act=approvals.act_of(turn))
    return _list(turn, note="That delegation has ended.")


def _named(turn: Turn, words: str) -> list[Member]:
    wanted = words.strip().casefold()
    able = people.in_roles(turn.session, {Role.DELEGATE})
    return [m for m in able if wanted and wanted in f"{m.name} {m.email}".casefold()]


def _opened(turn: Turn, to: Member) -> Card:
    typed = {
        "first_day": turn.today.isoformat(),
        "last_day": (turn.today + A_WEEK).isoformat(),
    }
    return _form(turn, to, typed, {})


def _form(
    turn: Turn, to: Member, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Card:
    button = Button(
        title="Name them",
        verb="delegations.name",
        about=to.id,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    return Card(
        title=f"Let {to.name} decide fee waivers?",
        body=(Text(text=RULE), *NamingForm.inputs(typed, problems)),
        buttons=(button,),
    )


def _list(turn: Turn, note: str = "") -> Card:
    live = requests.delegations(turn.session, on=turn.today)
    lines: list[Element] = [_line(turn, one) for one in live]
    nobody = Text(text="Nobody decides in somebody's place. Say: delegate NAME")
    return Card(title="Delegations", note=note, body=tuple(lines) or (nobody,))


def _line(turn: Turn, delegation: Delegation) -> Columns:
    names = requests.named(turn.session, (delegation.given_by, delegation.to_id))
    limit = Money(delegation.up_to, delegation.currency)
    days = f"{wording.dated(delegation.first_day)} to {wording.dated(delegation.last_day)}"
    who = f"{names[delegation.to_id]} for {names[delegation.given_by]}"
    items = (
        Text(text=who),
        Text(
            text=f"fees up to {limit}, {days}: {delegation.words}",
            size="small",
            is_subtle=True,
            spacing="none",
        ),
    )
    end = Button(title="End", verb="delegations.end", about=delegation.id)
    may_end = bool(turn.who.roles & PRINCIPALS)
    ending = (Cell(items=(Buttons(actions=(end,)),), width="auto"),) if may_end else ()
    return Columns(cells=(Cell(items=items), *ending), has_separator=True)
