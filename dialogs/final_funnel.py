"""The funnel of a month's final invoices, and the names behind each figure (R38-R48)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Facts, Text
from bot.chat.dialog import Turn, View
from bot.kernel import wording
from bot.workflows.finals import months, queries, rules
from bot.workflows.finals.funnel import Funnel, Place, Standing, count
from bot.workflows.finals.records import ContactState, FinalsMonth, Stage
from bot.workflows.people import queries as people
from dialogs import reader

WORDS: Final = {
    Place.PAID: "Paid",
    Place.PROMISED: "Promised",
    Place.CONFIRMED: "Confirmed",
    Place.QUESTIONED: "Question open",
    Place.NOT_REACHED: "Not reached",
}
EVERYBODY: Final = 0
NO_ADDRESS: Final = "no_address"
A_PAGE: Final = 12
_STAGES: Final = {Stage.DAY_5: "At 5 days past due", Stage.DAY_15: "At 15 days past due"}
_CAME: Final = {
    ContactState.DUE: "to be asked",
    ContactState.PROMISED: "promised",
    ContactState.SPOKEN: "asked, no promise",
    ContactState.QUESTIONED: "question open",
    ContactState.CONFIRMED: "question settled",
    ContactState.PAID: "paid before",
    ContactState.NOT_REACHED: "not reached",
}


def draw(view: View, work: FinalsMonth, *, note: str = "") -> Card:
    """Draw the funnel: everybody's for a lead, an agent's own for the agent."""
    found = _seen(view, queries.standings(view.session, work.month, on=view.today))
    by_agent: dict[int, list[Standing]] = {}
    for standing in found:
        by_agent.setdefault(standing.agent_id or EVERYBODY, []).append(standing)
    is_split = len(by_agent) > 1
    return Card(
        title=f"Final invoices of {work.month:%B %Y}: {wording.counted(len(found), 'payer')}",
        body=(
            Text(text=_started(view, work), is_subtle=True, size="small"),
            Facts(pairs=(*_figures(count(found)), *_stages(view))),
            *(_agents(view, work, by_agent) if is_split else ()),
            *_places(work, count(found)),
        ),
        buttons=(Button(title="Refresh", verb="finals.funnel"),),
        note=note,
        summary=f"Final invoices of {work.month:%B}: {_short(count(found))}",
    )


def not_started(turn: Turn, last: FinalsMonth | None) -> Card:
    """Say when the next month's work starts, and let a lead start it now."""
    month = rules.billed_month(turn.today)
    starts = wording.day(rules.starts_on(month, turn.policy))
    said = (
        f"Calls about the final invoices of {month:%B} start on {starts} (business "
        f"day {turn.policy.finals_business_day}), or as soon as final invoicing is complete."
    )
    start = Button(title="Final invoicing is complete", verb="finals.complete")
    return Card(
        title=f"Final invoices of {month:%B %Y}",
        body=(Text(text=said),),
        buttons=(
            *((start,) if turn.who.roles & months.STARTERS else ()),
            *((_see(last),) if last else ()),
        ),
    )


def _see(work: FinalsMonth) -> Button:
    return Button(title=f"See {work.month:%B}", verb="finals.month", about=work.id)


def names(turn: Turn, work: FinalsMonth) -> Card:
    """Draw the payers that have got to one place, of everybody or one agent, page by page."""
    wanted, agent_id = str(turn.fixed.get("place", "")), int(turn.fixed.get("agent", EVERYBODY))
    first = int(turn.fixed.get("first", 0))
    everybody = _seen(
        turn.view(work.id), queries.standings(turn.session, work.month, on=turn.today)
    )
    found = [one for one in everybody if _is_wanted(one, wanted, agent_id)]
    shown = found[first : first + A_PAGE]
    fixed: dict[str, str | int] = {"place": wanted, "agent": agent_id, "first": first + A_PAGE}
    more = Button(title="More", verb="finals.names", about=work.id, fixed=fixed)
    back = Button(title="Back", verb="finals.month", about=work.id)
    head = f"{_head(turn, wanted, agent_id)}: {len(found)}"
    return Card(
        title=f"Final invoices of {work.month:%B}. {head}",
        body=tuple(_name(turn, standing) for standing in shown),
        buttons=(*((more,) if len(found) > first + A_PAGE else ()), back),
    )


def _head(turn: Turn, wanted: str, agent_id: int) -> str:
    if wanted == NO_ADDRESS:
        return "No address"
    if wanted in set(Place):
        return WORDS[Place(wanted)]
    return people.get(turn.session, agent_id).name if agent_id else "Everybody"


def _is_wanted(standing: Standing, wanted: str, agent_id: int) -> bool:
    if agent_id not in (EVERYBODY, standing.agent_id):
        return False
    if wanted == NO_ADDRESS:
        return not standing.has_address
    return wanted in ("", standing.place)


def _seen(view: View, found: Sequence[Standing]) -> list[Standing]:
    agent_id = _only_of(view)
    return [one for one in found if agent_id is None or one.agent_id == agent_id]


def _only_of(view: View) -> int | None:
    """Return of whose payers alone the reader sees the figures; None: of everybody's."""
    member = reader.member_of(view)
    return None if member is None or member.is_lead else member.id


def _name(turn: Turn, standing: Standing) -> Columns:
    owner = (
        people.get(turn.session, standing.agent_id).name if standing.agent_id else "no agent"
    )
    address = "" if standing.has_address else " · no address"
    words = (
        Text(text=standing.name, is_bold=True),
        Text(
            text=f"{WORDS[standing.place]} · {owner}{address}",
            size="small",
            is_subtle=True,
            spacing="none",
        ),
    )
    return Columns(
        cells=(Cell(items=words),),
        press=Button(title=standing.name, verb="customers.open", about=standing.payer_id),
        has_separator=True,
    )


def _started(view: View, work: FinalsMonth) -> str:
    day = wording.day(work.started_on)
    if work.started_by is None:
        return f"Work started {day}, by the calendar."
    who = people.get(view.session, work.started_by).name
    return f"Work started {day}: {who} said that final invoicing is complete."


def _figures(funnel: Funnel) -> list[tuple[str, str]]:
    pairs = [(WORDS[place], f"{funnel.places[place]}") for place in Place]
    if funnel.no_address:
        pairs.append(("Without address, of all", f"{funnel.no_address}"))
    return pairs


def _stages(view: View) -> list[tuple[str, str]]:
    counted = queries.stage_counts(view.session, on=view.today, agent_id=_only_of(view))
    return [
        (
            title,
            ", ".join(f"{counted[stage][state]} {_CAME[state]}" for state in counted[stage]),
        )
        for stage, title in _STAGES.items()
        if stage in counted
    ]


def _agents(
    view: View, work: FinalsMonth, by_agent: Mapping[int, list[Standing]]
) -> tuple[Element, ...]:
    lines = []
    for agent_id, found in by_agent.items():
        name = people.get(view.session, agent_id).name if agent_id else "Without an agent"
        line = (
            Text(text=name, is_bold=True, size="small"),
            Text(text=_short(count(found)), size="small", spacing="none"),
        )
        press = Button(
            title=name, verb="finals.names", about=work.id, fixed={"agent": agent_id}
        )
        lines.append(Columns(cells=(Cell(items=line),), press=press if agent_id else None))
    return tuple(lines)


def _short(funnel: Funnel) -> str:
    parts = [
        f"{number} {WORDS[place].lower()}" for place, number in funnel.places.items() if number
    ]
    return " · ".join(parts) or "nobody to call"


def _places(work: FinalsMonth, funnel: Funnel) -> tuple[Element, ...]:
    figures = {place.value: (WORDS[place], number) for place, number in funnel.places.items()}
    figures[NO_ADDRESS] = ("No address", funnel.no_address)
    buttons = [
        Button(
            title=f"{title} ({number})",
            verb="finals.names",
            about=work.id,
            fixed={"place": place},
        )
        for place, (title, number) in figures.items()
        if number
    ]
    starts = range(0, len(buttons), 2)
    return tuple(Buttons(actions=tuple(buttons[n : n + 2])) for n in starts)
