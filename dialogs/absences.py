"""Saying who is away and who covers: a lead for anybody, an agent for themselves (R163)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Text, Tone
from bot.chat.dialog import Dialog, Turn
from bot.chat.form import ChoiceField, DateField, Form, Option
from bot.kernel.errors import Refused
from bot.workflows.people import absences
from bot.workflows.people import queries as people
from bot.workflows.people.absences import Away
from bot.workflows.people.records import Absence
from bot.workflows.people.rules import AT_THE_DESK, Member

dialog = Dialog("absences")

NOBODY: Final = "0"
_SENTENCE: Final = re.compile(
    r"(?P<name>.*?)\s*\bfrom\s+(?P<first>\S+)\s+to\s+(?P<last>\S+)"
    r"(?:\s+cover(?:ed\s+by)?\s+(?P<cover>.+))?",
    re.IGNORECASE,
)


class WhoIsMeant(Refused):
    """Nobody, or more than one, is called like that."""


class AbsenceForm(Form):
    """An absence, as typed."""

    person = ChoiceField("Who is away?")
    first = DateField("First day")
    last = DateField("Last day")
    cover = ChoiceField("Who covers?")


@dialog.says(
    "absent NAME",
    help="who is away; or: absent NAME from 2026-06-15 to 2026-06-19 cover NAME",
)
def say_absent(turn: Turn) -> Card:
    """Enter an absence said in a sentence, or show who is away and the form for more."""
    said = _SENTENCE.fullmatch(turn.words.strip())
    if said is None:
        return _form(turn, {"person": _first_guess(turn)}) if turn.words else _overview(turn)
    typed = {
        "person": str(_meant(turn, said["name"]).id) if said["name"] else str(turn.who.id),
        "first": said["first"],
        "last": said["last"],
        "cover": str(_meant(turn, said["cover"]).id) if said["cover"] else NOBODY,
    }
    return _planned(turn, typed)


@dialog.on("overview", only_reads=True)
def overview(turn: Turn) -> Card:
    """Show who is away now and later."""
    return _overview(turn)


@dialog.on("form", only_reads=True)
def show_form(turn: Turn) -> Card:
    """Show the form for an absence."""
    return _form(turn, {"person": str(turn.who.id)})


def draw_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Show the form with what was typed and what is wrong with it."""
    return _form(turn, turn.typed, problems)


@dialog.on("plan", redraw=draw_again)
def plan(turn: Turn) -> Card:
    """Enter the absence in the form."""
    return _planned(turn, turn.typed)


@dialog.on("end")
def end(turn: Turn) -> Card:
    """Take an absence back."""
    ended = absences.end(turn.session, turn.record, by=turn.who, at=turn.now)
    name = people.get(turn.session, ended.person_id).name
    return _overview(turn, f"Taken back: {name} {absences.days_of(ended)}.")


def _overview(turn: Turn, note: str = "") -> Card:
    known = absences.current_and_coming(turn.session, today=turn.today)
    lines = tuple(_line(turn, absence) for absence in known)
    return Card(
        title="Who is away",
        body=lines or (Text(text="Nobody, now or later.", is_subtle=True),),
        buttons=(Button(title="Enter an absence", verb="absences.form"),),
        note=note,
    )


def _planned(turn: Turn, typed: Mapping[str, str]) -> Card:
    form = AbsenceForm.read({"cover": NOBODY} | dict(typed))
    away = Away(
        person_id=_person(turn, form.person).id,
        first_day=form.first,
        last_day=form.last,
        cover_id=None if form.cover == NOBODY else _person(turn, form.cover).id,
    )
    entered = absences.plan(turn.session, away, by=turn.who, at=turn.now, today=turn.today)
    return _overview(turn, f"Entered: {_sentence(turn, entered)}")


def _form(
    turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str] | None = None
) -> Card:
    everybody = people.in_roles(turn.session, AT_THE_DESK)
    may_be_away = everybody if turn.who.is_lead else [turn.who]
    options = {
        "person": _options(may_be_away),
        "cover": (Option("Nobody", NOBODY), *_options(everybody)),
    }
    start = {"first": turn.today.isoformat(), "last": turn.today.isoformat(), "cover": NOBODY}
    return Card(
        title="An absence",
        body=AbsenceForm.inputs(start | dict(typed), problems, options),
        buttons=(
            Button(title="Enter it", verb="absences.plan", style="positive"),
            Button(title="Back", verb="absences.overview", checks_inputs=False),
        ),
    )


def _line(turn: Turn, absence: Absence) -> Element:
    words = Text(text=_sentence(turn, absence), tone=_tone(absence, turn.today))
    if not (turn.who.is_lead or turn.who.id == absence.person_id):
        return words
    back = Button(title="Take back", verb="absences.end", about=absence.id)
    cells = (Cell(items=(words,)), Cell(items=(Buttons(actions=(back,)),), width="auto"))
    return Columns(cells=cells, has_separator=True)


def _tone(absence: Absence, today: date) -> Tone:
    return "accent" if absence.first_day <= today else "default"


def _sentence(turn: Turn, absence: Absence) -> str:
    name = people.get(turn.session, absence.person_id).name
    cover = people.get(turn.session, absence.cover_id).name if absence.cover_id else "nobody"
    return f"{name} is away {absences.days_of(absence)}; {cover} covers."


def _first_guess(turn: Turn) -> str:
    return str(_meant(turn, turn.words).id)


def _meant(turn: Turn, name: str) -> Member:
    if name.strip().casefold() in ("me", "i"):
        return turn.who
    found = [m for m in people.called(turn.session, name) if m.roles & AT_THE_DESK]
    if len(found) == 1:
        return found[0]
    if not found:
        raise WhoIsMeant(f"Nobody at the desk is called “{name.strip()[:60]}”.")
    raise WhoIsMeant(f"Whom do you mean: {', '.join(m.name for m in found[:6])}?")


def _person(turn: Turn, chosen: str) -> Member:
    known = {str(m.id): m for m in people.in_roles(turn.session, AT_THE_DESK)}
    if chosen not in known:
        raise WhoIsMeant("Please choose somebody of the desk.")
    return known[chosen]


def _options(members: Sequence[Member]) -> tuple[Option, ...]:
    return tuple(Option(member.name, str(member.id)) for member in members)
