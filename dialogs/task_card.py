"""The card of a task: what, for whom, by when, and what came of it (R111)."""

from __future__ import annotations

from bot.chat.card import Button, Buttons, Card, Element, Facts, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.customers import queries as customers
from bot.workflows.finals import answers as finals
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK, role_words
from bot.workflows.tasks.records import Task, TaskKind, TaskState
from dialogs import documents, phrasing


def card(view: View, task: Task, note: str = "") -> Card:
    """Draw a task as it is now, with what can be done about it."""
    payer = customers.get(view.session, task.payer_id).name if task.payer_id else ""
    pairs = (
        ("Customer", payer),
        ("Due", phrasing.due(task.due_on, view.today).removeprefix("due ")),
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
            *_acts(task),
            *_about(view, task),
        ),
        summary=f"Task: {task.title}",
    )


def _about(view: View, task: Task) -> tuple[Element, ...]:
    """Return what leads to the payer; what sends a document is for who may do so (R12)."""
    if task.payer_id is None:
        return ()
    account = _account(task, task.payer_id)
    owner = people.get(view.session, task.owner_id) if task.owner_id else None
    if owner and owner.roles & AT_THE_DESK:
        return documents.row(task.payer_id, *account)
    return (Buttons(actions=account),)


def _whose(view: View, task: Task) -> str:
    if task.owner_id:
        return people.get(view.session, task.owner_id).name
    return f"anybody who is {role_words(task.role)}"


def _ending(view: View, task: Task) -> tuple[tuple[str, str], ...]:
    if task.state is TaskState.OPEN or task.ended_at is None:
        return ()
    day = wording.day(view.policy.company_date(task.ended_at))
    who = people.get(view.session, task.ended_by).name if task.ended_by else "the desk"
    word = "Done" if task.state is TaskState.DONE else "Not needed"
    return ((word, f"{day}, {who}"), ("Result", task.result))


def _acts(task: Task) -> tuple[Element, ...]:
    if task.state is not TaskState.OPEN:
        return ()
    titles = (("Done", "done"), ("Not needed", "not_needed"), ("Hand to…", "hand"))
    take_it = () if task.owner_id else (("Take it", "take"),)
    acts = tuple(
        Button(title=title, verb=f"tasks.{verb}", about=task.id, version=task.version)
        for title, verb in (*take_it, *titles)
    )
    return (Buttons(actions=acts),)


def _account(task: Task, payer_id: int) -> tuple[Button, ...]:
    account = Button(title="Account", verb="customers.open", about=payer_id)
    if task.kind is not TaskKind.CERTIFICATE and not finals.needs_certificate(task):
        return (account,)
    tax = Button(title="Certificates", verb="tax_certificates.open", about=payer_id)
    return (tax, account)
