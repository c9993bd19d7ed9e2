"""Tasks: what somebody has to do by a day, ended with a result (R34, R111, R154)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.form import ChoiceField, Form, NotFilledIn, Option, TextField
from bot.store.postings import Showing
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY, Member, Role
from bot.workflows.tasks import acting, queries, rules
from bot.workflows.tasks.acting import Press
from bot.workflows.tasks.operations import TASK_CARD
from bot.workflows.tasks.records import Task, TaskState
from bot.workflows.tasks.rules import TaskChanged
from dialogs import task_card, task_lists
from dialogs.choosing import check_private

dialog: Final = Dialog("tasks")

DOERS: Final = EVERYBODY - {Role.AUDITOR, Role.MEETING}


class ResultForm(Form):
    """What came of a task."""

    result = TextField("What came of it?", lines=3, longest=1000)


class WhyForm(Form):
    """Why a task is not needed any more."""

    result = TextField("Why is it not needed?", lines=2, longest=1000)


class HandForm(Form):
    """Who does it instead."""

    owner = ChoiceField("Hand it to")


@dialog.says("tasks", help="what you have to do, and what is late", roles=DOERS)
@dialog.on("list", only_reads=True, roles=DOERS)
def mine(turn: Turn) -> Card:
    """List what a person has to do, and for a lead what is late with anybody."""
    check_private(turn)
    return task_lists.mine(turn, first=int(turn.fixed.get("first", 0)))


@dialog.draws(TASK_CARD)
def draw(view: View) -> Card:
    """Draw a task as it is now."""
    return task_card.card(view, queries.get(view.session, view.about))


@dialog.on("open", only_reads=True, roles=DOERS)
def open_task(turn: Turn) -> Card:
    """Show a task."""
    return task_card.card(turn.view(turn.record), queries.get(turn.session, turn.record))


@dialog.on("done", only_reads=True, roles=DOERS)
def ask_result(turn: Turn) -> Card:
    """Ask what came of a task."""
    return _form(turn, ResultForm, "tasks.end", {})


@dialog.on("not_needed", only_reads=True, roles=DOERS)
def ask_why(turn: Turn) -> Card:
    """Ask why a task is not needed."""
    return _form(turn, WhyForm, "tasks.drop", {})


@dialog.on("hand", only_reads=True, roles=DOERS)
def ask_whom(turn: Turn) -> Card:
    """Ask who does it instead."""
    return _form(turn, HandForm, "tasks.give", {})


def _result_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, ResultForm, "tasks.end", problems)


def _why_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, WhyForm, "tasks.drop", problems)


def _whom_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, HandForm, "tasks.give", problems)


@dialog.on("end", redraw=_result_again, roles=DOERS)
def done(turn: Turn) -> Card | Reply:
    """End a task with its result."""
    return _end(turn, ResultForm.read(turn.typed).result, is_done=True)


@dialog.on("drop", redraw=_why_again, roles=DOERS)
def not_needed(turn: Turn) -> Card | Reply:
    """End a task that is not needed any more."""
    return _end(turn, WhyForm.read(turn.typed).result, is_done=False)


@dialog.on("give", redraw=_whom_again, roles=DOERS)
def give(turn: Turn) -> Card | Reply:
    """Hand a task to a colleague."""
    typed = HandForm.read(turn.typed).owner
    owner = next((one for one in _colleagues(turn) if str(one.id) == typed), None)
    if owner is None:
        raise NotFilledIn({"owner": "Please choose one of the list."})
    return _hand(turn, owner, f"Handed to {owner.name}, who is told.")


@dialog.on("take", roles=DOERS)
def take(turn: Turn) -> Card | Reply:
    """Take a task that waits for anybody in a role, or is somebody else's."""
    return _hand(turn, turn.who, "It is yours now.")


def _end(turn: Turn, result: str, *, is_done: bool) -> Card | Reply:
    try:
        task = acting.end(
            turn.session, turn.record, result=result, is_done=is_done, press=_press(turn)
        )
    except TaskChanged as meanwhile:
        return _kept(turn, str(meanwhile))
    return _shown(turn, task, "Kept." if is_done else "Kept: it is not needed.")


def _hand(turn: Turn, owner: Member, note: str) -> Card | Reply:
    try:
        task = acting.hand(turn.session, turn.record, owner, press=_press(turn))
    except TaskChanged as meanwhile:
        return _kept(turn, str(meanwhile))
    return _shown(turn, task, note)


def _press(turn: Turn) -> Press:
    return Press(by=turn.who, at=turn.now, version=turn.version)


def _kept(turn: Turn, note: str) -> Reply:
    return _shown(turn, queries.get(turn.session, turn.record), note)


def _shown(turn: Turn, task: Task, note: str) -> Reply:
    card = task_card.card(turn.view(task.id), task, note)
    return Reply(card=card, showing=Showing(TASK_CARD, task.id, place_of(turn.who.id)))


def _form(turn: Turn, form: type[Form], verb: str, problems: Mapping[str, str]) -> Card:
    task = queries.get(turn.session, turn.record)
    if not rules.may_work(task.owner_id, task.role, turn.who):
        raise rules.NotYourTask("That task is somebody else's: ask them or a lead.")
    if task.state is not TaskState.OPEN:
        return task_card.card(turn.view(task.id), task, "That task has ended already.")
    options = {"owner": [Option(one.name, str(one.id)) for one in _colleagues(turn)]}
    save = Button(
        title="Save", verb=verb, about=task.id, version=turn.version, style="positive"
    )
    back = Button(title="Back", verb="tasks.open", about=task.id, checks_inputs=False)
    return Card(
        title=task.title,
        body=form.inputs(turn.typed, problems, options if form is HandForm else {}),
        buttons=(save, back),
    )


def _colleagues(turn: Turn) -> list[Member]:
    everybody = people.in_roles(turn.session, DOERS)
    return [one for one in everybody if one.id != turn.who.id]
