"""The daily line: the day in words and figures (R4, R17, R90-R93)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Facts, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.kernel.money import Money
from bot.store.runs import Run
from bot.workflows.daily_lines import queries, rules
from bot.workflows.daily_lines.operations import DAILY_CARD, LIMIT_CARD, MISSED_CARD
from bot.workflows.daily_lines.rules import Counted, Crosser, Figures, Window
from bot.workflows.people.rules import AT_THE_DESK, LEADS
from bot.workflows.suspension.rules import CaseState

dialog: Final = Dialog("daily_lines")

_MOST_AGENTS: Final = 40


@dialog.draws(DAILY_CARD)
def draw(view: View) -> Card:
    """Draw a line as it was posted."""
    line = queries.get(view.session, view.about)
    earlier = queries.before(view.session, line.day, most=rules.TREND_DAYS - 1)
    made = wording.moment(line.made_at, view.policy.zone)
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
    run = view.session.get_one(Run, view.about)
    day = view.policy.company_date(run.scheduled_for)
    said = f"It could not be posted before the next opening. `ardesk report daily --on {day}`"
    return Card(
        title=f"The daily line of {wording.day(day)} was missed",
        body=(Text(text=f"{said} shows its figures."),),
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
            *_agents(figures),
            Facts(pairs=tuple(_facts(figures))),
            *_crossers(figures),
            *_trend([*earlier, figures]),
            Text(text=said, size="small", is_subtle=True),
        ),
        summary=f"{title}: {_words(figures)}",
    )


def _words(figures: Figures) -> str:
    tried = sum(agent.attempted for agent in figures.agents)
    reached = sum(agent.reached for agent in figures.agents)
    stands = "at or above" if figures.is_over else "below"
    return wording.capital(
        f"{wording.counted(tried, 'payer')} tried, {reached} reached; "
        f"{wording.counted(figures.made.count, 'promise')} made. "
        f"The +31 total is {figures.total}, {stands} the limit of {figures.limit}"
        f"{_apart(figures, '; {} in other currencies, which it does not count')}."
    )


def _apart(figures: Figures, words: str) -> str:
    """Return words with the +31 totals of other currencies than the limit's, if any (R91)."""
    return words.format(_sums(figures.late_apart)) if figures.late_apart else ""


def _agents(figures: Figures) -> Iterator[Element]:
    shown = [one for one in figures.agents if one.attempted or not one.is_away]
    if not shown:
        return
    yield _row("Agent", f"Tried of {figures.goal}", "Reached", is_bold=True)
    for agent in shown[:_MOST_AGENTS]:
        yield _row(agent.name, f"{agent.attempted}/{figures.goal}", str(agent.reached))
    more = len(shown) - _MOST_AGENTS
    if more > 0:
        yield Text(text=f"and {wording.counted(more, 'more agent')}", size="small")


def _row(*cells: str, is_bold: bool = False) -> Columns:
    first, *rest = cells
    name = Cell(items=(Text(text=first, is_bold=is_bold, size="small"),), width=3)
    figures = tuple(
        Cell(items=(Text(text=one, is_bold=is_bold, size="small", align="right"),), width=2)
        for one in rest
    )
    return Columns(cells=(name, *figures), spacing="small")


def _facts(figures: Figures) -> Iterator[tuple[str, str]]:
    yield "Promises made", _counted(figures.made)
    ended = (
        f"{figures.kept.count} kept",
        f"{figures.partly_kept.count} partly",
        f"{figures.broken.count} broken",
    )
    yield "Promises due", ", ".join(ended)
    apart = _apart(figures, ", and {} apart")
    yield "+31 total", f"{figures.total} of {figures.limit}{apart}"
    yield "Crosses tonight", _sums(figures.crossing)
    yield "5–15 day window", "; ".join(map(_window, figures.window)) or "no list that day"
    yield "Suspension cases", _cases(figures)
    yield "Open disputes", _counted(figures.disputes)
    dso = "no sales yet" if figures.dso is None else f"{figures.dso:.2f} days"
    yield "DSO (countback)", f"{dso}, target below {figures.dso_target}"


def _counted(counted: Counted) -> str:
    amounts = f", {_sums(counted.amounts)}" if counted.amounts else ""
    return f"{counted.count or 'none'}{amounts}"


def _sums(amounts: Sequence[Money]) -> str:
    return " + ".join(map(str, amounts)) or "nothing"


def _window(one: Window) -> str:
    share = f" ({100 * one.contacted // one.payers}%)" if one.payers else ""
    return (
        f"{one.contacted} of {one.payers} payers reached{share}, "
        f"{one.contacted_amount} of {one.amount}"
    )


def _cases(figures: Figures) -> str:
    known = [(CaseState(name).words, count) for name, count in figures.cases.items()]
    return ", ".join(f"{count} {words}" for words, count in known) or "none"


def _crossers(figures: Figures) -> Iterator[Element]:
    if not figures.crossers:
        return
    needed = rules.keepers(figures)
    title = "Largest that cross tonight"
    if needed:
        title = f"Tonight the total reaches {figures.total + figures.tonight}"
    yield Text(text=title, is_bold=True, tone="attention" if needed else "default")
    if needed and figures.is_over_tomorrow:
        yield Text(text=_needed(figures, needed), size="small", spacing="none")
    for one in figures.crossers:
        yield _row(one.name, str(one.amount))


def _needed(figures: Figures, needed: Sequence[Crosser]) -> str:
    left = figures.total + figures.tonight
    for one in needed:
        left -= one.amount
    names = wording.listed([one.name for one in needed])
    if left < figures.limit:
        return f"Payment today by {names} keeps it below the limit."
    return f"Payment by {names} brings it down to {left}, not below the limit."


def _trend(days: Sequence[Figures]) -> Iterator[Element]:
    if len(days) < 2:
        return
    yield Text(text=f"Last {len(days)} business days", is_bold=True)
    for name, values, last in (
        ("+31 total", [one.total.minor for one in days], str(days[-1].total)),
        ("Payers tried", [_tried(one) for one in days], str(_tried(days[-1]))),
        ("Promises made", [one.made.count for one in days], str(days[-1].made.count)),
    ):
        yield _row(name, rules.sparkline(values), last)
    measured = [one.dso for one in days if one.dso is not None]
    if len(measured) > 1:
        line = rules.sparkline([int(100 * one) for one in measured])
        yield _row("DSO", line, f"{measured[-1]:.2f}")


def _tried(figures: Figures) -> int:
    return sum(agent.attempted for agent in figures.agents)
