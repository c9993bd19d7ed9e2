"""The lead's view: the team's progress, and the cards that may not have arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Section, Text, Tone
from bot.chat.dialog import Dialog, Turn
from bot.kernel import wording
from bot.store import audit, postings
from bot.store.postings import Posting, PostingState, Showing
from bot.store.rows import record
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS, Member, Role
from bot.workflows.worklists import queries as worklists
from bot.workflows.worklists.operations import WORKLIST_CARD
from bot.workflows.worklists.records import AnyList
from dialogs import phrasing
from dialogs.choosing import check_private

dialog = Dialog("people")

MOST_LINES: Final = 15
_STATES: Final[Mapping[PostingState, tuple[str, Tone]]] = {
    PostingState.DUE: ("list on its way", "default"),
    PostingState.SENDING: ("list on its way", "default"),
    PostingState.SHOWN: ("list posted", "good"),
    PostingState.UNKNOWN: ("list may not have arrived", "warning"),
    PostingState.PARKED: ("list waits: has no app", "warning"),
    PostingState.FAILED: ("list was not taken by Teams", "attention"),
    PostingState.MISSED: ("list missed its shift", "attention"),
}
_WHY: Final[Mapping[PostingState, str]] = {
    PostingState.UNKNOWN: "may not have arrived",
    PostingState.FAILED: "was not taken by Teams",
    PostingState.MISSED: "was too late to be sent",
}


@dialog.says(
    "team", help="the team's progress, and what needs a look", only_reads=True, roles=LEADS
)
@dialog.on("team", only_reads=True, roles=LEADS)
def team(turn: Turn) -> Card:
    """Show how far each agent is today, and what needs a lead."""
    check_private(turn)
    away = people.absent_on(turn.session, turn.today)
    agents = people.in_roles(turn.session, {Role.AGENT})
    lines = tuple(_agent(turn, agent, away) for agent in agents)
    return Card(
        title=f"The team, {wording.day(turn.today)}",
        body=(
            *(lines or (Text(text="No agents are known yet: import people first."),)),
            *_needs_a_look(turn),
        ),
        buttons=(
            Button(title="Refresh", verb="people.team"),
            Button(title="Who is away", verb="absences.overview"),
        ),
    )


@dialog.says(
    "unposted", help="cards that did not arrive, or may not have", only_reads=True, roles=LEADS
)
@dialog.on("unposted", only_reads=True, roles=LEADS)
def unposted(turn: Turn) -> Card:
    """Show the cards that did not arrive, or may not have (I23)."""
    check_private(turn)
    return _unposted_cards(turn)


@dialog.on("send_again", roles=LEADS)
def send_again(turn: Turn) -> Card:
    """Send a card again, since a lead says so; a second press changes nothing."""
    posting = record(turn.session, Posting, turn.record)
    was = posting.state
    if not postings.send_again(turn.session, turn.record, at=turn.now):
        return _unposted_cards(turn, "That card is already on its way, or has arrived.")
    entry = audit.Note(
        what="card sent again",
        about=f"posting:{turn.record}",
        at=turn.now,
        by=turn.who.id,
        before={"state": was.value},
        after={"state": PostingState.DUE.value},
    )
    audit.note(turn.session, entry)
    return _unposted_cards(
        turn, f"On its way again: {_named(posting)} for {_to(turn, posting)}."
    )


def _agent(turn: Turn, agent: Member, away: Mapping[int, int | None]) -> Element:
    worklist = worklists.list_of(turn.session, agent.id, turn.today)
    told, tone = _list_state(turn, agent, worklist)
    if agent.id in away:
        cover = away[agent.id]
        told, tone = f"away; {_name(turn, cover) if cover else 'nobody'} covers", "warning"
    left = (
        Text(text=agent.name, is_bold=True),
        Text(text=told, size="small", tone=tone, spacing="none"),
    )
    right = _progress(turn, worklist) if worklist else ()
    return Columns(
        cells=(Cell(items=left), Cell(items=right, width="auto")), has_separator=True
    )


def _list_state(turn: Turn, agent: Member, worklist: AnyList | None) -> tuple[str, Tone]:
    if worklist is None:
        return "no list yet", "default"
    showing = Showing(WORKLIST_CARD, worklist.id, place_of(agent.id))
    state = postings.state_of(turn.session, showing)
    return _STATES[state] if state else ("list made on request", "default")


def _progress(turn: Turn, worklist: AnyList) -> tuple[Element, ...]:
    so_far = worklists.progress(turn.session, worklist, policy=turn.policy)
    return (
        Text(text=f"{so_far.attempted}/{so_far.goal}", is_bold=True, align="right"),
        Text(
            text=f"{phrasing.reached(so_far.reached, so_far.called_in)} · {so_far.open} open",
            size="small",
            is_subtle=True,
            spacing="none",
            align="right",
        ),
    )


def _needs_a_look(turn: Turn) -> tuple[Element, ...]:
    lost, waiting = _troubled(turn)
    free = len(customers.without_agent(turn.session, limit=100))
    missing = people.without_app(turn.session)
    elements: list[Element] = []
    buttons: list[Button] = []
    if lost:
        told = wording.counted(len(lost), "card")
        elements.append(Text(text=f"{told} may not have arrived.", tone="warning"))
    if waiting:
        elements.append(Text(text=f"{_wait(waiting)}."))
    if lost or waiting:
        buttons.append(Button(title="Show the cards", verb="people.unposted"))
    if free:
        told = "100 payers or more have" if free >= 100 else _have(free)
        elements.append(Text(text=f"{told} no agent.", tone="warning"))
        buttons.append(Button(title="Give out payers", verb="portfolios.unassigned"))
    if missing:
        names = wording.listed([member.name for member in missing], most=10)
        elements.append(Text(text=f"Without the app, so they get no cards: {names}."))
    if not elements:
        return ()
    head = Text(text="Needs a look", is_bold=True)
    actions = (Buttons(actions=tuple(buttons)),) if buttons else ()
    return (Section(items=(head, *elements, *actions), style="emphasis"),)


def _have(count: int) -> str:
    return "1 payer has" if count == 1 else f"{count} payers have"


def _unposted_cards(turn: Turn, note: str = "") -> Card:
    lost, waiting = _troubled(turn)
    nothing = (Text(text="Everything has arrived."),) if not lost and not waiting else ()
    rest = len(lost) - MOST_LINES
    more = (Text(text=f"and {rest} more", is_subtle=True),) if rest > 0 else ()
    lines = tuple(_unposted(turn, posting) for posting in lost[:MOST_LINES])
    return Card(
        title=f"Cards that may not have arrived: {len(lost) or 'none'}",
        body=(*nothing, *lines, *more, *_waiting(turn, waiting)),
        buttons=(Button(title="Back to the team", verb="people.team"),),
        note=note,
    )


def _troubled(turn: Turn) -> tuple[list[Posting], list[Posting]]:
    """Return what may not have arrived (I23), and what waits for the app to be installed."""
    found = postings.troubled(turn.session)
    waiting = [one for one in found if one.state is PostingState.PARKED]
    return [one for one in found if one.state is not PostingState.PARKED], waiting


def _wait(waiting: Sequence[Posting]) -> str:
    verb = "waits" if len(waiting) == 1 else "wait"
    return f"{wording.counted(len(waiting), 'card')} {verb} for the app to be installed"


def _waiting(turn: Turn, waiting: Sequence[Posting]) -> tuple[Element, ...]:
    """Return how many cards wait, and for whom: the desk sends them by itself."""
    if not waiting:
        return ()
    counts = Counter(_to(turn, posting) for posting in waiting)
    who = wording.listed([f"{name} ({n})" for name, n in counts.most_common()], most=MOST_LINES)
    text = f"{_wait(waiting)}, and then sent by the desk itself: {who}."
    return (Text(text=text, spacing="medium"),)


def _unposted(turn: Turn, posting: Posting) -> Element:
    since = wording.moment(posting.due_at, turn.who.zone, today=turn.today)
    told = f"{_WHY.get(posting.state, posting.state.value)} since {since}"
    words = (
        Text(text=f"{_named(posting)} for {_to(turn, posting)}", is_bold=True),
        Text(text=told, size="small", spacing="none"),
        *(
            (Text(text=posting.last_error, size="small", is_subtle=True, spacing="none"),)
            if posting.last_error
            else ()
        ),
    )
    again = Button(title="Send again", verb="people.send_again", about=posting.id)
    cells = (Cell(items=words), Cell(items=(Buttons(actions=(again,)),), width="auto"))
    return Columns(cells=cells, has_separator=True)


def _named(posting: Posting) -> str:
    if posting.card == WORKLIST_CARD:
        return "Morning list"
    workflow, _, what = posting.card.replace("_", " ").partition(".")
    return f"{workflow.capitalize()}: {what}"


def _to(turn: Turn, posting: Posting) -> str:
    kind, _, number = posting.place.partition(":")
    return _name(turn, int(number)) if kind == "person" else f"a {kind}"


def _name(turn: Turn, person_id: int) -> str:
    return people.get(turn.session, person_id).name
