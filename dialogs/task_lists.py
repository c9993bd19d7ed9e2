"""Lists of tasks: a person's own, what is late, what is due today, a payer's (R111, R154)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Text, Tone
from bot.chat.dialog import Turn, View
from bot.kernel import wording
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.tasks import queries
from bot.workflows.tasks.records import Task
from bot.workflows.tasks.rules import is_late
from dialogs import phrasing

A_PAGE: Final = 10
MOST_LATE: Final = 10


def mine(turn: Turn, *, first: int) -> Card:
    """Draw what a person has to do, and for a lead what is late with anybody."""
    view = turn.view(0)
    tasks = queries.open_for(turn.session, turn.who)
    shown = tasks[first : first + A_PAGE]
    late = _late_elsewhere(turn, tasks) if turn.who.is_lead and not first else []
    nothing = (Text(text="Nothing waits for you."),) if not tasks else ()
    return Card(
        title=f"Your tasks: {wording.counted(len(tasks), 'task')}",
        body=(*nothing, *lines(view, shown), *_late(view, late)),
        buttons=(*_more(first, len(tasks)), Button(title="New task", verb="task_forms.new")),
    )


def lines(view: View, tasks: Iterable[Task]) -> tuple[Element, ...]:
    """Return a line for each task, to open it: what, for which customer, when, and whose."""
    listed = list(tasks)
    payers = {task.payer_id for task in listed if task.payer_id}
    names = customers.names_of(view.session, payers) if payers else {}
    return tuple(_line(view, task, names.get(task.payer_id or 0, "")) for task in listed)


def _line(view: View, task: Task, payer: str) -> Columns:
    owner = people.get(view.session, task.owner_id).name if task.owner_id else "nobody yet"
    about = " · ".join(filter(None, (payer, phrasing.due(task.due_on, view.today), owner)))
    tone: Tone = "attention" if is_late(task.state, task.due_on, view.today) else "default"
    words = (
        Text(text=task.title, is_bold=True),
        Text(text=about, size="small", spacing="none", tone=tone),
    )
    return Columns(
        cells=(Cell(items=words),),
        has_separator=True,
        press=Button(title=task.title, verb="tasks.open", about=task.id),
    )


def _late_elsewhere(turn: Turn, mine: Sequence[Task]) -> list[Task]:
    own = {task.id for task in mine}
    late = queries.late(turn.session, today=turn.today)
    return [task for task in late if task.id not in own]


def _late(view: View, late: Sequence[Task]) -> tuple[Element, ...]:
    if not late:
        return ()
    rest = len(late) - MOST_LATE
    more = (Text(text=f"and {rest} more", is_subtle=True),) if rest > 0 else ()
    head = Text(text="Late with others", is_bold=True, size="medium")
    return (head, *lines(view, late[:MOST_LATE]), *more)


def _more(first: int, count: int) -> tuple[Button, ...]:
    if count <= first + A_PAGE:
        return ()
    return (Button(title="More", verb="tasks.list", fixed={"first": first + A_PAGE}),)
