"""Writing a task down: typed in one line, or in a form; and what is due today (R111, R117)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.form import ChoiceField, DateField, Form, NotFilledIn, Option, TextField
from bot.chat.inbound import SpotKind
from bot.kernel import wording
from bot.store.postings import Showing
from bot.store.rows import record
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY, Member
from bot.workflows.tasks import acting, reminders
from bot.workflows.tasks.acting import Wish
from bot.workflows.tasks.operations import TASK_CARD
from bot.workflows.tasks.records import Task, TaskRound, TaskState
from bot.workflows.tasks.reminders import ROUND_CARD
from dialogs import choosing, days, task_lists
from dialogs.tasks import DOERS, draw

dialog: Final = Dialog("task_forms")


class TaskForm(Form):
    """What has to be done, by whom, by when."""

    title = TextField("What has to be done?", longest=200)
    due_on = DateField("By")
    owner = ChoiceField("Who does it?")
    words = TextField("More about it", lines=3, is_optional=True, longest=2000)


@dialog.says("remind NAME on DATE: WORDS", help="a task about a customer, for a day")
def remind(turn: Turn) -> Card | Reply:
    """Write a task down from one line; without the words, show its form (R111)."""
    choosing.check_private(turn)
    head, _, words = turn.words.partition(":")
    name, _, day = head.rpartition(" on ")
    if not name:
        name, day = head, ""
    due_on = days.read(day, today=turn.today) if day else None
    typed = {"title": words.strip(), "due_on": due_on.isoformat() if due_on else ""}
    chosen = choosing.payer_named(turn, name, verb="task_forms.new", fixed=typed)
    if isinstance(chosen, Card):
        return chosen
    if due_on is None or not words.strip():
        return _form(replace(turn, about=chosen.id), typed, {})
    wish = Wish(
        title=words.strip()[:200],
        words=words.strip() if len(words.strip()) > 200 else "",
        due_on=due_on,
        owner=turn.who,
        payer_id=chosen.id,
        nonce=turn.fresh,
    )
    return _written(turn, wish)


@dialog.on("new", only_reads=True, roles=DOERS)
def new(turn: Turn) -> Card:
    """Show the form of a task."""
    given = {name: str(turn.fixed.get(name, "")) for name in ("title", "due_on")}
    return _form(turn, given, {})


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.typed, problems)


@dialog.on("save", redraw=_again, roles=DOERS)
def save(turn: Turn) -> Card | Reply:
    """Keep a task."""
    form = TaskForm.read(turn.typed)
    owner = next((one for one in _owners(turn) if str(one.id) == form.owner), None)
    if owner is None:
        raise NotFilledIn({"owner": "Please choose one of the list."})
    wish = Wish(
        title=form.title,
        words=form.words,
        due_on=form.due_on,
        owner=owner,
        payer_id=turn.about,
        nonce=turn.nonce or turn.fresh,
    )
    return _written(turn, wish)


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Reply | None:
    """Offer again what the person was reminded of today, as long as something of it is open."""
    made = reminders.round_of(turn.session, turn.who.id, turn.today)
    if made is None or turn.spot.kind is not SpotKind.PERSONAL:
        return None
    showing = Showing(ROUND_CARD, made.id, place_of(turn.who.id))
    return Reply(card=draw_round(turn.view(made.id)), showing=showing)


@dialog.draws(ROUND_CARD)
def draw_round(view: View) -> Card:
    """Draw what is due for a person today, and for a lead what is late (R111)."""
    made = record(view.session, TaskRound, view.about)
    found = reminders.of_round(view.session, made.id)
    open_ones = [(task, is_late) for task, is_late in found if task.state is TaskState.OPEN]
    due = [task for task, is_late in open_ones if not is_late]
    late = [task for task, is_late in open_ones if is_late]
    head = Text(text="Late with others", is_bold=True)
    ended = len(found) - len(open_ones)
    told = (Text(text=f"{wording.counted(ended, 'task')} of it ended.", is_subtle=True),)
    return Card(
        title=f"To do, {wording.day(made.day)}: {_counted(due, late)}",
        body=(
            *task_lists.lines(view, due[: task_lists.A_PAGE]),
            *((head, *task_lists.lines(view, late[: task_lists.A_PAGE])) if late else ()),
            *(told if ended else ()),
        ),
        buttons=(Button(title="All my tasks", verb="tasks.list"),),
    )


def _counted(due: list[Task], late: list[Task]) -> str:
    parts = [wording.counted(len(due), "task")] if due or not late else []
    return " · ".join([*parts, *([f"{len(late)} late with others"] if late else [])])


def _written(turn: Turn, wish: Wish) -> Reply:
    task, is_new = acting.write(turn.session, wish, by=turn.who, at=turn.now, today=turn.today)
    told = "" if task.owner_id == turn.who.id else " The owner is told."
    note = (
        f"Kept: you are reminded on its day.{told}" if is_new else "That task was kept before."
    )
    if told and is_new:
        note = f"Kept.{told}"
    card = replace(draw(turn.view(task.id)), note=note)
    return Reply(card=card, showing=Showing(TASK_CARD, task.id, place_of(turn.who.id)))


def _form(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    payer = customers.get(turn.session, turn.about).name if turn.about else ""
    soon = turn.policy.calendar.plus(turn.today, 1)
    given = {
        "owner": str(turn.who.id),
        **{name: value for name, value in typed.items() if value},
    }
    given.setdefault("due_on", _day(soon))
    options = {"owner": [Option(one.name, str(one.id)) for one in _owners(turn)]}
    save = Button(
        title="Save",
        verb="task_forms.save",
        about=turn.about,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    back = Button(title="Back", verb="tasks.list", checks_inputs=False)
    return Card(
        title=f"New task: {payer}" if payer else "New task",
        body=TaskForm.inputs(given, problems, options),
        buttons=(save, back),
    )


def _day(day: date) -> str:
    return day.isoformat()


def _owners(turn: Turn) -> list[Member]:
    return people.in_roles(turn.session, DOERS)
