"""A week in figures: its days as they were posted, added up (R5, R142, R17)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from bot.kernel.calendar import ONE_DAY
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.daily_lines import queries
from bot.workflows.daily_lines.rules import AgentDay, Counted, Figures
from bot.workflows.disputes import causes

_DAYS: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The business days of a week up to a day, and what customers disputed in it."""

    days: tuple[Figures, ...]
    """At least one, the first one first."""
    posted: int
    """How many of them were posted that day; the others are by what is known now."""
    causes: Mapping[str, Counted]
    """The disputes raised in it, by cause in words (R116)."""

    @property
    def last(self) -> Figures:
        """The week's last day, up to which it counts."""
        return self.days[-1]

    @property
    def goal(self) -> int:
        """How many payers an agent was to try in these days (R83)."""
        return sum(day.goal for day in self.days)

    @property
    def agents(self) -> tuple[AgentDay, ...]:
        """What each agent did: each day's distinct payers tried and reached, added up."""
        tried, reached = Counter[str](), Counter[str]()
        for agent in (agent for day in self.days for agent in day.agents):
            tried[agent.name] += agent.attempted
            reached[agent.name] += agent.reached
        return tuple(
            AgentDay(name=name, attempted=count, reached=reached[name])
            for name, count in tried.items()
        )

    def summed(self, name: str) -> Counted:
        """Return a day's count, such as `made`, over all days."""
        return summed(getattr(day, name) for day in self.days)


def file_of(day: date) -> PurePosixPath:
    """Return where the report of a week that ended that day is kept, in the desk's home."""
    return PurePosixPath("reports", f"week-{day.isoformat()}.xlsx")


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - ONE_DAY * day.weekday()


def business_days(day: date, policy: Policy) -> tuple[date, ...]:
    """Return the business days of a day's week, the first one first."""
    first = monday_of(day)
    week = (first + timedelta(days=n) for n in range(_DAYS))
    return tuple(day for day in week if policy.calendar.is_open(day))


def week(session: Session, *, on: date, policy: Policy) -> Week:
    """
    Return the week of a day up to its end.

    Days that were posted stay as they were posted; the others, today among them, are by what is
    known now. Before the week's first business day, it is the days up to `on`.
    """
    days = [day for day in business_days(on, policy) if day <= on] or [on]
    lines = {day: queries.of_day(session, day) for day in days}
    return Week(
        days=tuple(
            queries.as_posted(line) if line else queries.figures(session, on=day, policy=policy)
            for day, line in lines.items()
        ),
        posted=sum(line is not None for line in lines.values()),
        causes=_causes(session, since=monday_of(on), as_of=days[-1]),
    )


def summed(counted: Iterable[Counted]) -> Counted:
    """Return counts and their amounts added up, by currency."""
    count, money = 0, Counter[str]()
    for one in counted:
        count += one.count
        for amount in one.amounts:
            money[amount.currency] += amount.minor
    return Counted(count=count, amounts=_amounts(money))


def _causes(session: Session, *, since: date, as_of: date) -> dict[str, Counted]:
    found = causes.counted(session, since=since, as_of=as_of).raised_by_reason
    return {
        reason.words: Counted(count=total.count, amounts=_amounts(total.money))
        for reason, total in found.items()
    }


def _amounts(money: Mapping[str, int]) -> tuple[Money, ...]:
    return tuple(Money(minor, currency) for currency, minor in sorted(money.items()))
