"""The weekly report: the week in words and figures (R5, R17, R142)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bot.chat.card import Card, Element, Facts, Link, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.store.rows import record
from bot.store.runs import Run
from bot.workflows.daily_lines import weeks
from bot.workflows.daily_lines.operations import WEEK_CARD
from bot.workflows.daily_lines.rules import Counted, Figures
from bot.workflows.daily_lines.weeks import Week
from bot.workflows.people.rules import AT_THE_DESK
from dialogs import figures_parts as parts

dialog: Final = Dialog("weekly_reports")


@dialog.draws(WEEK_CARD)
def draw(view: View) -> Card:
    """Draw a week that has ended."""
    run = record(view.session, Run, view.about)
    day = view.policy.company_date(run.scheduled_for)
    week = weeks.week(view.session, on=day, policy=view.policy)
    said = f"Posted {wording.moment(run.at, view.policy.zone, today=view.today)}."
    return card(week, said=said, files=view.link(weeks.file_of(day), "Workbook"))


@dialog.says("weekly", help="the week so far, in figures", roles=AT_THE_DESK, only_reads=True)
def say_weekly(turn: Turn) -> Card:
    """Show the week so far (R5: also on request)."""
    week = weeks.week(turn.session, on=turn.today, policy=turn.policy)
    return card(
        week, said=f"So far, {wording.local(turn.now, turn.policy.zone, today=turn.today)}."
    )


def card(week: Week, *, said: str, files: tuple[Link, ...] = ()) -> Card:
    """Draw a week in figures."""
    first, last = wording.day(week.days[0].on), wording.day(week.last.on)
    days = first if first == last else f"{first} to {last}"
    title = f"{days}: the week in figures"
    return Card(
        title=title,
        body=(
            Text(text=_words(week)),
            *parts.agents(week.agents, week.goal),
            Facts(pairs=tuple(_facts(week))),
            *_causes(week.causes),
            *parts.trend(week.days),
            Text(text=f"{said}{_known(week)}", size="small", is_subtle=True),
        ),
        buttons=files,
        summary=f"{title}: {_words(week)}",
    )


def _words(week: Week) -> str:
    tried = sum(agent.attempted for agent in week.agents)
    reached = sum(agent.reached for agent in week.agents)
    made = week.summed("made").count
    return wording.capital(
        f"{parts.tried(tried, reached)}; "
        f"{wording.counted(made, 'promise')} made. {parts.late(week.last)}"
    )


def _facts(week: Week) -> Iterator[tuple[str, str]]:
    first, last = week.days[0], week.last
    yield "Promises made", parts.counted(week.summed("made"))
    ended = ("kept", "partly_kept", "broken")
    words = (f"{week.summed(name).count} {name.partition('_')[0]}" for name in ended)
    yield "Promises due", ", ".join(words)
    yield "+31 total", f"{parts.total(last)}; {first.total} on {wording.day(first.on)}"
    yield "Crosses next", parts.sums(last.crossing)
    yield from parts.windows(last)
    yield "Suspension cases", parts.cases(last)
    yield "Disputes at the desk", parts.counted(last.disputes)
    yield "DSO (countback)", f"{parts.dso(last)}{_before(first)}"


def _before(first: Figures) -> str:
    return "" if first.dso is None else f"; {first.dso:.2f} on {wording.day(first.on)}"


def _causes(causes: Mapping[str, Counted]) -> Iterator[Element]:
    yield Text(text="Disputes raised, by cause", is_bold=True)
    if not causes:
        yield Text(text="None.", size="small", is_subtle=True)
        return
    yield Facts(pairs=tuple((cause, parts.counted(one)) for cause, one in causes.items()))


def _known(week: Week) -> str:
    rest = len(week.days) - week.posted
    if not rest:
        return " Each day as it was posted."
    return f" {wording.counted(rest, 'day')} by what is known now, the others as posted."
