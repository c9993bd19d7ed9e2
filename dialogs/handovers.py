"""The handover at a shift's end: what whoever comes next should know (R161)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.inbound import SpotKind
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.store.postings import Showing
from bot.workflows.handovers import queries
from bot.workflows.handovers.operations import HANDOVER_CARD
from bot.workflows.handovers.queries import Handing
from bot.workflows.handovers.records import Handover
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY, Member, Role
from bot.workflows.worklists import shifts
from dialogs import phrasing
from dialogs.choosing import check_private

dialog: Final = Dialog("handovers")

MOST: Final = 5


class NoShift(Refused):
    """There is no shift to hand over."""


@dialog.draws(HANDOVER_CARD)
def draw(view: View) -> Card:
    """Draw what an agent hands over, as things are now."""
    made = queries.get(view.session, view.about)
    reader = _reader(view)
    shifts_ended = queries.together(view.session, made, reader) if reader else [made]
    if len(shifts_ended) > 1:
        return _several(view, shifts_ended)
    return _card(view, people.get(view.session, made.agent_id), made.day)


@dialog.on("open", only_reads=True)
def open_one(turn: Turn) -> Card:
    """Show one of several handovers; what is handed over is for a lead or who gets it."""
    made = queries.get(turn.session, turn.record)
    if not turn.who.is_lead and not queries.is_for(turn.session, made, turn.who.id):
        raise NoShift("That handover is for whoever comes next, and for leads.")
    return _card(turn.view(made.id), people.get(turn.session, made.agent_id), made.day)


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Reply | None:
    """Offer again what was handed over to the person since the last business day."""
    since = turn.policy.calendar.plus(turn.today, -1)
    made = queries.latest_for(turn.session, turn.who.id, since=since, at=turn.now)
    if made is None or turn.spot.kind is not SpotKind.PERSONAL:
        return None
    made = queries.together(turn.session, made, turn.who.id)[0]
    showing = Showing(HANDOVER_CARD, made.id, place_of(turn.who.id))
    return Reply(card=draw(turn.view(made.id)), showing=showing)


@dialog.says("handover", help="what you hand over to whoever comes next", only_reads=True)
def say_handover(turn: Turn) -> Card:
    """Show what the person hands over of the shift they are in; a lead may name an agent."""
    check_private(turn)
    agent = _agent(turn)
    day = shifts.business_day(agent, at=turn.now, policy=turn.policy)
    if day is None:
        day = turn.policy.calendar.plus(turn.policy.calendar.on_or_after(turn.today), -1)
    return _card(turn.view(0), agent, day)


def _agent(turn: Turn) -> Member:
    if not turn.words:
        if Role.AGENT not in turn.who.roles:
            raise NoShift("Whose? Type handover and an agent's name, such as: handover ana")
        return turn.who
    named = people.called(turn.session, turn.words)
    agents = [one for one in named if Role.AGENT in one.roles]
    if not turn.who.is_lead or len(agents) != 1:
        raise NoShift("I know no such agent, or several. A lead names one by the full name.")
    return agents[0]


def _card(view: View, agent: Member, day: date) -> Card:
    found = queries.handing(view.session, agent.id, day, policy=view.policy)
    if found.is_empty:
        return Card(title=f"{agent.name} hands over nothing for {wording.day(day)}")
    return Card(
        title=f"Handover from {agent.name}, {wording.day(day)}",
        body=(
            *_call_backs(found),
            *_promises(found),
            *_untouched(found),
            *_cases(found),
            *_drafts(found),
        ),
        buttons=(Button(title="My list", verb="worklists.back"),),
    )


def _reader(view: View) -> int | None:
    kind, _, number = str(view.place).partition(":")
    return int(number) if kind == "person" else None


def _several(view: View, made: Sequence[Handover]) -> Card:
    days = list(dict.fromkeys(wording.day(one.day) for one in made))
    agents = wording.counted(len({one.agent_id for one in made}), "agent")
    found = queries.handing_of_each(view.session, made, policy=view.policy)
    return Card(
        title=f"Handover from {agents}, {wording.listed(days)}",
        body=tuple(
            _agent_line(view, one, found[one.id], with_day=len(days) > 1) for one in made
        ),
        buttons=(Button(title="My list", verb="worklists.back"),),
    )


def _agent_line(view: View, made: Handover, found: Handing, *, with_day: bool) -> Columns:
    agent = people.get(view.session, made.agent_id)
    counts = (
        (len(found.call_backs), "call-back"),
        (len(found.promises), "promise"),
        (len(found.cases), "case"),
        (found.drafts, "unsent e-mail"),
    )
    parts = [wording.counted(count, noun) for count, noun in counts if count]
    if found.untouched:
        parts.append(f"{wording.counted(len(found.untouched), 'payer')} not called")
    title = f"{agent.name}, {wording.day(made.day)}" if with_day else agent.name
    return _pressed(
        title,
        wording.listed(parts) or "nothing any more",
        Button(title=title, verb="handovers.open", about=made.id),
    )


def _call_backs(found: Handing) -> tuple[Element, ...]:
    lines = (_line(one.payer_id, one.name, one.why) for one in found.call_backs[:MOST])
    return _part("Open call-backs", found.call_backs, lines)


def _promises(found: Handing) -> tuple[Element, ...]:
    lines = (
        _line(
            one.payer_id,
            one.payer,
            f"{phrasing.amount(one.amount, one.currency)} by {wording.day(one.due_on)}",
        )
        for one in found.promises[:MOST]
    )
    return _part(f"Promises due by {wording.day(found.next_day)}", found.promises, lines)


def _untouched(found: Handing) -> tuple[Element, ...]:
    lines = (
        _line(one.payer_id, one.name, f"{phrasing.amount(one.past_due, one.currency)} past due")
        for one in found.untouched[:MOST]
    )
    return _part("Not called from the list", found.untouched, lines)


def _cases(found: Handing) -> tuple[Element, ...]:
    lines = (
        _line(one.payer_id, one.name, f"case {one.number}, {one.state.words}")
        for one in found.cases[:MOST]
    )
    return _part("Cases in their two weeks", found.cases, lines)


def _drafts(found: Handing) -> tuple[Element, ...]:
    if not found.drafts:
        return ()
    drafts = wording.counted(found.drafts, "follow-up e-mail")
    return (Text(text=f"{drafts} not sent yet.", spacing="medium"),)


def _part(title: str, found: Sequence[object], lines: Iterable[Columns]) -> tuple[Element, ...]:
    if not found:
        return ()
    rest = len(found) - MOST
    more = (Text(text=f"and {rest} more", is_subtle=True, size="small"),) if rest > 0 else ()
    head = Text(text=f"{title}: {len(found)}", is_bold=True, spacing="medium")
    return (head, *lines, *more)


def _line(payer_id: int, name: str, words: str) -> Columns:
    return _pressed(name, words, Button(title=name, verb="customers.open", about=payer_id))


def _pressed(name: str, words: str, press: Button) -> Columns:
    left = Text(text=name)
    about = Text(text=words, size="small", is_subtle=True, spacing="none")
    return Columns(
        cells=(Cell(items=(left, about)),),
        spacing="small",
        press=press,
    )
