"""`ardesk worklist` and `ardesk calendar`: a day's list, and a year's dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Final

import typer
from rapidfuzz import fuzz, process
from sqlalchemy.orm import Session

from bot.cli import output, posted_lists
from bot.cli.desk import OpenDesk, open_desk
from bot.cli.output import Format, FormatOption
from bot.cli.reports import as_date
from bot.kernel import wording
from bot.kernel.calendar import statement_day
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, Role
from bot.workflows.worklists import portfolio
from bot.workflows.worklists.payers import Debt
from bot.workflows.worklists.posted import Line, Off, Posted
from bot.workflows.worklists.rules import Entry, Ranking

worklist = typer.Typer(add_completion=False)
calendar = typer.Typer(add_completion=False)

_ALIKE: Final = 60
_MONTHS: Final = range(1, 13)


class NoSuchAgent(Refused):
    """No agent, or more than one, goes by that name."""


Day = Annotated[str, typer.Option("--on", help="The day (2026-06-30).")]

AsPosted = Annotated[
    bool, typer.Option("--as-posted", help="As it was handed out, not by what is known now.")
]


@worklist.command()
def show_worklist(
    agent: Annotated[str, typer.Argument(help="Their e-mail, Entra id or name.")],
    on: Day,
    as_posted: AsPosted = False,  # noqa: FBT002 - how Typer declares a switch
    form: FormatOption = Format.TEXT,
) -> None:
    """Show an agent's whole list for a day: by what is known now, or as it was posted."""
    day = as_date(on)
    with open_desk() as desk, desk.database.reading() as session:
        member = agent_named(session, agent)
        if as_posted:
            _show_posted(member, day, posted_lists.find(session, member, day), (desk, form))
            return
        ranking = portfolio.ranking(session, member, on=day, policy=desk.policy)
    if form is Format.JSON:
        output.as_json(_as_json(member, day, ranking, desk.policy))
    else:
        _say(member, day, ranking)


def _show_posted(
    member: Member, day: date, found: Posted, shown: tuple[OpenDesk, Format]
) -> None:
    desk, form = shown
    if form is Format.JSON:
        output.as_json(posted_lists.as_dict(member, day, found))
    else:
        posted_lists.say(member, day, found, desk.policy)


@calendar.command()
def show_calendar(
    year: Annotated[int, typer.Argument(min=1990, max=2100)], form: FormatOption = Format.TEXT
) -> None:
    """Show when statements go out and finals work starts, for each month of a year."""
    with open_desk() as desk:
        months = [_month(year, month, desk.policy) for month in _MONTHS]
    if form is Format.JSON:
        output.as_json(months)
        return
    columns = ("Month", "Statements on", "Finals start on")
    output.table(f"Calendar {year}", columns, [tuple(month.values()) for month in months])


def agent_named(session: Session, text: str) -> Member:
    """
    Return the agent with that e-mail, Entra id or name.

    :raises NoSuchAgent: naming the nearest.
    """
    if found := people.named(session, text):
        return found
    everybody = people.everybody(session)
    wanted = " ".join(text.lower().split())
    same = [person for person in everybody if person.name.lower() == wanted]
    if len(same) == 1:
        return same[0]
    if same:
        emails = wording.listed([person.email for person in same])
        raise NoSuchAgent(f"Several people are called {text}: give the e-mail ({emails}).")
    agents = [person for person in everybody if Role.AGENT in person.roles]
    raise NoSuchAgent(f"No agent goes by {text!r}. {_nearest(wanted, agents)}")


def _nearest(wanted: str, agents: list[Member]) -> str:
    names = {agent.email: f"{agent.name} {agent.email}".lower() for agent in agents}
    scored = process.extract(
        wanted, names, scorer=fuzz.partial_ratio, limit=3, score_cutoff=_ALIKE
    )
    if scored:
        return f"Did you mean {' or '.join(str(email) for _, _, email in scored)}?"
    return "Agents come with `ardesk import people FILE`."


def _as_json(member: Member, on: date, ranking: Ranking, policy: Policy) -> dict[str, Any]:
    return {
        "agent": member.email or member.name,
        "on": on.isoformat(),
        "as_posted": False,
        "entries": [posted_lists.line_as_dict(line) for line in _lines(ranking)],
        "window": [_lane(entry, on, policy) for entry in ranking.window],
        "left_off": [off._asdict() for off in _left_off(ranking)],
    }


def _lines(ranking: Ranking) -> list[Line]:
    return [_line(position, entry) for position, entry in enumerate(ranking.entries, start=1)]


def _line(position: int, entry: Entry) -> Line:
    return Line(
        position=position,
        customer_id=entry.payer.number,
        name=entry.payer.name,
        tier=entry.tier,
        rule=entry.rule,
        reason=entry.reason,
        currency=entry.debt.currency,
        past_due=entry.debt.past_due,
        ranked=entry.debt.ranked,
        oldest_days=entry.oldest_days,
    )


def _lane(entry: Entry, on: date, policy: Policy) -> dict[str, Any]:
    debt: Debt = max(entry.payer.debts, key=lambda debt: debt.window)
    assert debt.window_due is not None
    return {
        "customer_id": entry.payer.number,
        "name": entry.payer.name,
        "currency": debt.currency,
        "in_window": output.plain(Money(debt.window, debt.currency)),
        "days": (on - debt.window_due).days,
        "contact_by": (debt.window_due + timedelta(days=policy.window_days[1])).isoformat(),
    }


def _left_off(ranking: Ranking) -> list[Off]:
    return [Off(off.payer.number, off.payer.name, off.reason) for off in ranking.left_off]


def _month(year: int, month: int, policy: Policy) -> dict[str, str]:
    finals = policy.calendar.nth_of_month(year, month, policy.finals_business_day)
    return {
        "month": f"{year}-{month:02d}",
        "statements_on": statement_day(year, month).isoformat(),
        "finals_start_on": finals.isoformat(),
    }


def _say(member: Member, on: date, ranking: Ranking) -> None:
    payers = wording.counted(len(ranking.entries), "payer")
    title = f"{member.name}: {payers} for {wording.day(on)}"
    posted_lists.say_lines(title, _lines(ranking))
    posted_lists.say_beside([one.payer.name for one in ranking.window], _left_off(ranking))
