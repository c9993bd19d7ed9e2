"""What the daily line and the weekly report say alike (R4-R5, R17, R91-R93)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.chat.card import Cell, Columns, Element, Text
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.daily_lines import rules
from bot.workflows.daily_lines.rules import AgentDay, Counted, Figures, Window
from bot.workflows.suspension.rules import CaseState

_MOST_AGENTS: Final = 40


def late(figures: Figures) -> str:
    """Return how the +31 total stands, in a sentence; the limit is for one currency (R91)."""
    stands = "at or above" if figures.is_over else "below"
    apart = _apart(figures, "; {} in other currencies, which it does not count")
    return f"The +31 total is {figures.total}, {stands} the limit of {figures.limit}{apart}."


def total(figures: Figures) -> str:
    """Return the +31 total against its limit, and those of other currencies."""
    return f"{figures.total} of {figures.limit}{_apart(figures, ', and {} apart')}"


def dso(figures: Figures) -> str:
    """Return the DSO against its target (R90)."""
    days = "no sales yet" if figures.dso is None else f"{figures.dso:.2f} days"
    return f"{days}, target below {figures.dso_target}"


def windows(figures: Figures) -> Iterator[tuple[str, str]]:
    """Return how much of the 5-15 day window was reached, a line a currency (R93)."""
    if len(figures.window) < 2:
        said = [_window(one) for one in figures.window] or ["no list that day"]
        yield "5–15 day window", said[0]
        return
    for one in sorted(figures.window, key=lambda one: (-one.payers, one.amount.currency)):
        yield f"5–15 days, {one.amount.currency}", _window(one)


def until(figures: Figures) -> str:
    """Return how far what crosses is looked ahead: `tonight`, or `until Mon 15 Jun`."""
    if figures.until is None or not figures.spans_closed_days:
        return "tonight"
    return f"until {wording.day(figures.until)}"


def tried(payers: int, reached: int) -> str:
    """Return how many payers were called, and how many of them reached, in words (R83)."""
    if not payers:
        return "nobody was called"
    return f"{wording.counted(payers, 'payer')} tried, {reached or 'nobody'} reached"


def agents(done: Sequence[AgentDay], goal: int) -> Iterator[Element]:
    """Draw what each agent did: payers tried, of so many, and reached (R83)."""
    shown = [one for one in done if one.attempted or not one.is_away]
    if not shown:
        return
    yield row("Agent", f"Tried of {goal}", "Reached", is_bold=True)
    for agent in shown[:_MOST_AGENTS]:
        yield row(agent.name, f"{agent.attempted}/{goal}", str(agent.reached))
    more = len(shown) - _MOST_AGENTS
    if more > 0:
        yield Text(text=f"and {wording.counted(more, 'more agent')}", size="small")


def row(*cells: str, is_bold: bool = False) -> Columns:
    """Draw a name with figures beside it."""
    first, *rest = cells
    name = Cell(items=(Text(text=first, is_bold=is_bold, size="small"),), width=3)
    figures = tuple(
        Cell(items=(Text(text=one, is_bold=is_bold, size="small", align="right"),), width=2)
        for one in rest
    )
    return Columns(cells=(name, *figures), spacing="small")


def counted(one: Counted) -> str:
    """Return a count and its amounts: `3, $120.00`."""
    amounts = f", {sums(one.amounts)}" if one.amounts else ""
    return f"{one.count or 'none'}{amounts}"


def sums(amounts: Sequence[Money]) -> str:
    """Return amounts, one a currency: `$5.00 + €2.00`."""
    return " + ".join(map(str, amounts)) or "nothing"


def cases(figures: Figures) -> str:
    """Return the open suspension cases by state."""
    known = [(CaseState(name).words, count) for name, count in figures.cases.items()]
    return ", ".join(f"{count} {words}" for words, count in known) or "none"


def trend(days: Sequence[Figures]) -> Iterator[Element]:
    """Draw how figures went over business days, as bars (R17)."""
    if len(days) < 2:
        return
    yield Text(text=f"Last {len(days)} business days", is_bold=True)
    for name, values, last in (
        ("+31 total", [one.total.minor for one in days], str(days[-1].total)),
        ("Payers tried", [_tried(one) for one in days], str(_tried(days[-1]))),
        ("Promises made", [one.made.count for one in days], str(days[-1].made.count)),
    ):
        yield row(name, rules.sparkline(values), last)
    measured = [one.dso for one in days if one.dso is not None]
    if len(measured) > 1:
        line = rules.sparkline([int(100 * one) for one in measured])
        yield row("DSO", line, f"{measured[-1]:.2f}")


def _apart(figures: Figures, words: str) -> str:
    """Return words with the +31 totals of other currencies than the limit's, if any (R91)."""
    return words.format(sums(figures.late_apart)) if figures.late_apart else ""


def _window(one: Window) -> str:
    share = f" ({100 * one.contacted // one.payers}%)" if one.payers else ""
    return (
        f"{one.contacted} of {wording.counted(one.payers, 'payer')} reached{share}, "
        f"{one.contacted_amount} of {one.amount}"
    )


def _tried(figures: Figures) -> int:
    return sum(agent.attempted for agent in figures.agents)
