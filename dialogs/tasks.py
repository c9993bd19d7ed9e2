"""Tasks: what somebody has to do by a day, ended with a result (R34, R111, R154)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Facts, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.form import ChoiceField, Form, NotFilledIn, Option, TextField
from bot.kernel import wording
from bot.store.postings import Showing
from bot.workflows.customers import queries as customers
from bot.workflows.finals import answers as finals
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY, Member, Role
from bot.workflows.tasks import acting, queries, rules
from bot.workflows.tasks.acting import Press
from bot.workflows.tasks.operations import TASK_CARD
from bot.workflows.tasks.records import Task, TaskKind, TaskState
from bot.workflows.tasks.rules import TaskChanged
from dialogs import phrasing, task_lists
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
    return _card(view, queries.get(view.session, view.about))


@dialog.on("open", only_reads=True, roles=DOERS)
def open_task(turn: Turn) -> Card:
    """Show a task."""
    return _card(turn.view(turn.record), queries.get(turn.session, turn.record))


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
    card = _card(turn.view(task.id), task, note)
    return Reply(card=card, showing=Showing(TASK_CARD, task.id, place_of(turn.who.id)))


def _card(view: View, task: Task, note: str = "") -> Card:
    payer = customers.get(view.session, task.payer_id).name if task.payer_id else ""
    pairs = (
        ("Customer", payer),
        ("Due", phrasing.due(task.due_on, view.today)),
        ("For", _whose(view, task)),
        ("From", people.get(view.session, task.opened_by).name if task.opened_by else ""),
        *_ending(view, task),
    )
    return Card(
        title=task.title,
        note=note,
        body=(
            *((Text(text=task.words),) if task.words else ()),
            Facts(pairs=tuple(pair for pair in pairs if pair[1])),
        ),
        buttons=_buttons(task),
        summary=f"Task: {task.title}",
    )


def _whose(view: View, task: Task) -> str:
    if task.owner_id:
        return people.get(view.session, task.owner_id).name
    return f"anybody who is {task.role.value.replace('_', ' ')}"


def _ending(view: View, task: Task) -> tuple[tuple[str, str], ...]:
    if task.state is TaskState.OPEN or task.ended_at is None:
        return ()
    day = wording.day(view.policy.company_date(task.ended_at))
    who = people.get(view.session, task.ended_by).name if task.ended_by else "the desk"
    word = "Done" if task.state is TaskState.DONE else "Not needed"
    return ((word, f"{day}, {who}"), ("Result", task.result))


def _buttons(task: Task) -> tuple[Button, ...]:
    account = _account(task)
    if task.state is not TaskState.OPEN:
        return account
    titles = (("Done", "done"), ("Not needed", "not_needed"), ("Hand to…", "hand"))
    take_it = () if task.owner_id else (("Take it", "take"),)
    acts = tuple(
        Button(title=title, verb=f"tasks.{verb}", about=task.id, version=task.version)
        for title, verb in (*take_it, *titles)
    )
    return (*acts, *account)


def _account(task: Task) -> tuple[Button, ...]:
    if task.payer_id is None:
        return ()
    account = Button(title="Account", verb="customers.open", about=task.payer_id)
    if task.kind is not TaskKind.CERTIFICATE and not finals.needs_certificate(task):
        return (account,)
    tax = Button(title="Certificates", verb="tax_certificates.open", about=task.payer_id)
    return (tax, account)


def _form(turn: Turn, form: type[Form], verb: str, problems: Mapping[str, str]) -> Card:
    task = queries.get(turn.session, turn.record)
    if not rules.may_work(task.owner_id, task.role, turn.who):
        raise rules.NotYourTask("That task is somebody else's: ask them or a lead.")
    if task.state is not TaskState.OPEN:
        return _card(turn.view(task.id), task, "That task has ended already.")
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
