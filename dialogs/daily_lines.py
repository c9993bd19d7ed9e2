"""The daily line: the day in words and figures (R4, R17, R90-R93)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.chat.card import Button, Card, Element, Facts, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.kernel.money import Money
from bot.store.rows import record
from bot.store.runs import Run
from bot.workflows.daily_lines import queries, rules
from bot.workflows.daily_lines.operations import DAILY_CARD, LIMIT_CARD, MISSED_CARD
from bot.workflows.daily_lines.rules import Crosser, Figures
from bot.workflows.people.rules import AT_THE_DESK, LEADS
from dialogs import figures_parts as parts

dialog: Final = Dialog("daily_lines")


@dialog.draws(DAILY_CARD)
def draw(view: View) -> Card:
    """Draw a line as it was posted."""
    line = queries.get(view.session, view.about)
    earlier = queries.before(view.session, line.day, most=rules.TREND_DAYS - 1)
    made = wording.moment(line.made_at, view.policy.zone, today=view.today)
    return _card(queries.as_posted(line), earlier, said=f"Posted {made}.")


@dialog.draws(LIMIT_CARD)
def draw_limit(view: View) -> Card:
    """Tell management that the +31 total is at or above its limit (R91)."""
    warning = queries.warning(view.session, view.about)
    total, limit = (Money(one, warning.currency) for one in (warning.total, warning.limit))
    title = f"+31 total {total}: at or above {limit}"
    said = (
        f"On {wording.day(warning.day)}, {total} had been past due for 31 days or more. "
        f"The limit is {limit}."
    )
    return Card(
        title=title,
        body=(Text(text=said, tone="attention"),),
        buttons=(Button(title="The day so far", verb="daily_lines.now"),),
    )


@dialog.draws(MISSED_CARD)
def draw_missed(view: View) -> Card:
    """Tell the leads that a line was not posted."""
    run = record(view.session, Run, view.about)
    day = view.policy.company_date(run.scheduled_for)
    said = "It could not be posted before the next opening. Whoever runs the desk can print it:"
    return Card(
        title=f"The daily line of {wording.day(day)} was missed",
        body=(Text(text=f"{said} `ardesk report daily --on {day}`."),),
    )


@dialog.says("daily", help="the day so far, in figures", roles=AT_THE_DESK, only_reads=True)
def say_daily(turn: Turn) -> Card:
    """Show the day so far (R4: also on request)."""
    return _now(turn)


@dialog.on("now", only_reads=True, roles=LEADS)
def show_now(turn: Turn) -> Card:
    """Show the day so far."""
    return _now(turn)


def _now(turn: Turn) -> Card:
    figures = queries.figures(turn.session, on=turn.today, policy=turn.policy)
    earlier = queries.before(turn.session, turn.today, most=rules.TREND_DAYS - 1)
    return _card(
        figures, earlier, said=f"So far, {turn.now.astimezone(turn.policy.zone):%H:%M}."
    )


def _card(figures: Figures, earlier: Sequence[Figures], *, said: str) -> Card:
    title = f"{wording.day(figures.on)}: the day in figures"
    return Card(
        title=title,
        body=(
            Text(text=_words(figures)),
            *parts.agents(figures.agents, figures.goal),
            Facts(pairs=tuple(_facts(figures))),
            *_crossers(figures),
            *parts.trend([*earlier, figures]),
            Text(text=said, size="small", is_subtle=True),
        ),
        summary=f"{title}: {_words(figures)}",
    )


def _words(figures: Figures) -> str:
    tried = sum(agent.attempted for agent in figures.agents)
    reached = sum(agent.reached for agent in figures.agents)
    return wording.capital(
        f"{parts.tried(tried, reached)}; "
        f"{wording.counted(figures.made.count, 'promise')} made. {parts.late(figures)}"
    )


def _facts(figures: Figures) -> Iterator[tuple[str, str]]:
    yield "Promises made", parts.counted(figures.made)
    ended = (
        f"{figures.kept.count} kept",
        f"{figures.partly_kept.count} partly",
        f"{figures.broken.count} broken",
    )
    yield "Promises due", ", ".join(ended)
    yield "+31 total", parts.total(figures)
    yield f"Crosses {parts.until(figures)}", parts.sums(figures.crossing)
    yield from parts.windows(figures)
    yield "Suspension cases", parts.cases(figures)
    yield "Disputes at the desk", parts.counted(figures.disputes)
    yield "DSO (countback)", parts.dso(figures)


def _crossers(figures: Figures) -> Iterator[Element]:
    if not figures.crossers:
        return
    needed = rules.keepers(figures)
    title = f"Largest that cross {parts.until(figures)}"
    if needed:
        when = wording.capital(parts.until(figures))
        title = f"{when} the total reaches {figures.total + figures.tonight}"
    yield Text(text=title, is_bold=True, tone="attention" if needed else "default")
    if needed and figures.is_over_tomorrow:
        yield Text(text=_needed(figures, needed), size="small", spacing="none")
    for one in figures.crossers:
        yield parts.row(one.name, str(one.amount))


def _needed(figures: Figures, needed: Sequence[Crosser]) -> str:
    left = figures.total + figures.tonight
    for one in needed:
        left -= one.amount
    names = wording.listed([one.name for one in needed])
    if left < figures.limit:
        return f"Payment today by {names} keeps it below the limit."
    return f"Payment by {names} brings it down to {left}, not below the limit."
