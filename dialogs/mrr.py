"""The escalation ladder: one card a day for whom its steps name, and who stands where (R53)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from bot.chat.card import Button, Card, Cell, Columns, Element, Facts, Text, Tone
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.kernel import wording
from bot.store.postings import Showing
from bot.workflows.customers import queries as customers
from bot.workflows.mrr import queries, readers
from bot.workflows.mrr.aging import AgedSum
from bot.workflows.mrr.queries import Climbing
from bot.workflows.mrr.records import EscalationStep, Rung
from bot.workflows.mrr.steps import ESCALATION_CARD
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS
from bot.workflows.tasks import queries as tasks
from bot.workflows.tasks.records import Task, TaskState
from dialogs import documents, phrasing
from dialogs.choosing import check_private

dialog: Final = Dialog("mrr")

A_PAGE: Final = 10
_MOST_NAMED: Final = 6


@dialog.draws(ESCALATION_CARD)
def draw(view: View) -> Card:
    """Draw one person's steps of a day, as their tasks stand now."""
    return _day(view, first=0)


@dialog.greets(roles=LEADS)
def greet(turn: Turn) -> Reply | None:
    """Offer today's steps again when somebody comes back to the chat."""
    digest = queries.digest_of(turn.session, turn.who.id, turn.today)
    if digest is None:
        return None
    showing = Showing(ESCALATION_CARD, digest.id, place_of(turn.who.id))
    return Reply(card=_day(turn.view(digest.id), first=0), showing=showing)


@dialog.on("day", only_reads=True, roles=LEADS)
def show_day(turn: Turn) -> Card:
    """Turn to a page of a day's steps."""
    return _day(turn.view(turn.record), first=int(turn.fixed.get("first", 0)))


@dialog.says("ladder", help="who is escalated for aged MRR, and how far", roles=LEADS)
@dialog.on("ladder", only_reads=True, roles=LEADS)
def ladder(turn: Turn) -> Card:
    """Show who is on the escalation ladder, the largest aged amount of each currency first."""
    check_private(turn)
    climbing = queries.on_the_ladder(turn.session, on=turn.today, policy=turn.policy)
    first = int(turn.fixed.get("first", 0))
    shown = climbing[first : first + A_PAGE]
    counts = ", ".join(
        f"{sum(one.ladder.rung is rung for one in climbing)} with the {rung.words}"
        for rung in Rung
    )
    return Card(
        title=f"Escalated for aged MRR: {wording.counted(len(climbing), 'payer')}",
        body=(
            *((Text(text=f"{counts}.", is_subtle=True),) if climbing else ()),
            *_resting(turn.session, climbing),
            *_climbing(turn.view(0), shown, first=first),
        ),
        buttons=_turning("mrr.ladder", None, first, len(climbing)),
    )


@dialog.on("step", only_reads=True, roles=LEADS)
def show_step(turn: Turn) -> Card:
    """Show one step: the facts it was taken on, those before it, and its task."""
    check_private(turn)
    step = queries.get_step(turn.session, turn.record)
    payer = customers.get(turn.session, step.payer_id)
    earlier = queries.steps_of(turn.session, step.ladder_id)
    pairs = [(_rung(one), f"{wording.day(one.on)}: {one.why}") for one in earlier]
    task = Button(title="The task", verb="tasks.open", about=step.task_id, style="positive")
    account = Button(title="Account", verb="customers.open", about=payer.id)
    return Card(
        title=f"Escalated: {payer.name}",
        body=(
            Facts(pairs=tuple(pairs)),
            Text(text=_standing(turn.view(0), _tasks(turn.session, [step]).get(step.id))),
            *_rests(_why_it_rests(turn, step)),
            *documents.row(payer.id, *((task,) if step.task_id else ()), account, _back(turn)),
        ),
    )


def _why_it_rests(turn: Turn, step: EscalationStep) -> str:
    ladder = queries.open_of(turn.session, step.payer_id)
    if ladder is None or ladder.id != step.ladder_id:
        return ""
    resting = queries.rests(turn.session, [step.payer_id], on=turn.today)
    return resting.get(step.payer_id, "")


def _back(turn: Turn) -> Button:
    """Return the way back to the page, of a day's steps or of the ladder, with this step."""
    place = {"first": int(turn.fixed.get("first", 0))}
    if day := int(turn.fixed.get("day", 0)):
        return Button(title="Back", verb="mrr.day", about=day, fixed=place)
    return Button(title="Back", verb="mrr.ladder", fixed=place)


def _day(view: View, *, first: int) -> Card:
    digest = queries.digest(view.session, view.about)
    member = people.get(view.session, digest.person_id)
    rungs = readers.rungs_of(view.session, member)
    steps = queries.steps_on(view.session, digest.on, rungs, policy=view.policy)
    shown = steps[first : first + A_PAGE]
    names = customers.names_of(view.session, {step.payer_id for step in shown})
    opened = _tasks(view.session, shown)
    started = sum(step.is_start for step in steps)
    place = {"day": digest.id, "first": first}
    return Card(
        title=f"Escalated to you on {wording.day(digest.on)}: {_counted(len(steps))}",
        body=(
            Text(text=_sums(steps), is_bold=True),
            *((Text(text=_fresh(started), is_subtle=True, size="small"),) if started else ()),
            *(
                _line(view, step, names[step.payer_id], opened.get(step.id), place=place)
                for step in shown
            ),
        ),
        buttons=_turning("mrr.day", digest.id, first, len(steps)),
        summary=f"{_counted(len(steps))} escalated to you: {_sums(steps)}",
    )


def _counted(count: int) -> str:
    return wording.counted(count, "payer")


def _fresh(started: int) -> str:
    return (
        f"{_counted(started)} had gone that far when the desk first knew of it and "
        f"{'starts' if started == 1 else 'start'} here: one task for all of them."
    )


def _sums(steps: Sequence[EscalationStep]) -> str:
    sums: dict[str, int] = {}
    for step in steps:
        sums[step.currency] = sums.get(step.currency, 0) + step.amount
    return f"{phrasing.amounts(sums)} aged"


def _tasks(session: Session, steps: Sequence[EscalationStep]) -> dict[int, Task]:
    """Return the tasks that steps have opened, by step."""
    found = tasks.several(session, {step.task_id for step in steps if step.task_id})
    return {step.id: found[step.task_id] for step in steps if step.task_id}


def _line(
    view: View, step: EscalationStep, name: str, task: Task | None, *, place: Mapping[str, int]
) -> Columns:
    tone: Tone = "default" if task and task.state is TaskState.OPEN else "good"
    words = (
        Text(text=name, is_bold=True),
        Text(text=f"{_rung(step)}: {step.why}", size="small", spacing="none"),
        Text(text=_standing(view, task), size="small", spacing="none", tone=tone),
    )
    return Columns(
        cells=(Cell(items=words),),
        press=Button(title=name, verb="mrr.step", about=step.id, fixed=place),
        has_separator=True,
    )


def _resting(session: Session, climbing: Sequence[Climbing]) -> tuple[Element, ...]:
    """Return whose ladders rest, and why (R53)."""
    resting = [one.ladder.payer_id for one in climbing if one.rests]
    if not resting:
        return ()
    names = customers.names_of(session, set(resting[:_MOST_NAMED]))
    named = wording.listed([names.get(one, "") for one in resting], most=_MOST_NAMED)
    verb = "rests" if len(resting) == 1 else "rest"
    why = "money on account covers all that is aged, and is to be applied"
    return (Text(text=wording.sentence(f"{len(resting)} {verb}, {why}: {named}")),)


def _climbing(view: View, shown: Sequence[Climbing], *, first: int) -> tuple[Element, ...]:
    names = customers.names_of(view.session, {one.ladder.payer_id for one in shown})
    return tuple(_climber(view, one, names[one.ladder.payer_id], first=first) for one in shown)


def _climber(view: View, climbing: Climbing, name: str, *, first: int) -> Columns:
    ladder = climbing.ladder
    since = f"With the {ladder.rung.words} since {wording.near(ladder.rung_on, view.today)}"
    left = (
        Text(text=name, is_bold=True),
        Text(text=since, size="small", spacing="none"),
        *_rests(climbing.rests),
    )
    amount, age = _aged(climbing.aged, view.today)
    right = (
        Text(text=amount, align="right"),
        Text(text=age, size="small", spacing="none", align="right", is_subtle=True),
    )
    last = queries.steps_of(view.session, ladder.id)[-1]
    return Columns(
        cells=(Cell(items=left), Cell(items=right, width="auto")),
        press=Button(title=name, verb="mrr.step", about=last.id, fixed={"first": first}),
        has_separator=True,
    )


def _rests(why: str) -> tuple[Text, ...]:
    """Return the line of a ladder on which no step is taken now."""
    said = f"Rests: {why}."
    return (Text(text=said, size="small", spacing="none", tone="warning"),) if why else ()


def _aged(sums: Sequence[AgedSum], today: date) -> tuple[str, str]:
    """Return what of a payer's MRR is aged, and for how long the oldest of it."""
    if not sums:
        return phrasing.NOTHING, "aged now"
    days = (today - min(one.oldest_due for one in sums)).days
    amounts = phrasing.amounts({one.currency: one.minor for one in sums})
    return amounts, f"{wording.counted(days, 'day')} past due"


def _rung(step: EscalationStep) -> str:
    started = " (starting rung)" if step.is_start else ""
    return f"{step.rung.words.capitalize()}{started}"


def _standing(view: View, task: Task | None) -> str:
    if task is None:
        return ""
    if task.state is not TaskState.OPEN:
        return wording.sentence(f"Ended: {task.result}")
    owner = people.get(view.session, task.owner_id).name if task.owner_id else "nobody yet"
    return f"Due {wording.day(task.due_on)}, with {owner}."


def _turning(verb: str, about: int | None, first: int, count: int) -> tuple[Button, ...]:
    steps = (("Previous", first - A_PAGE), ("More", first + A_PAGE))
    return tuple(
        Button(title=title, verb=verb, about=about, fixed={"first": to})
        for title, to in steps
        if 0 <= to < count
    )
