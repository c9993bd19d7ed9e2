"""
Everything the clock owes: once, on its day, or at the first chance after it.

An obligation is due at a moment. Its job's first look that came to an end after that moment is
the first chance; by then it must be done, or recorded as missed where it came too late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.workflows.people.rules import Member
from tests.simulation.book import ONE_DAY
from tests.simulation.checks.raw import Tables, as_day, as_moment
from tests.simulation.clock import NEW_YORK, moment
from tests.simulation.machine import Watch

HOLIDAY_CHECK = Callable[[date], bool]


class Owed(NamedTuple):
    """Something that is due at a moment, and how to see whether it was done."""

    job: str
    due: datetime
    what: str
    seen: Callable[[Tables, datetime], str]
    """Given the first chance: empty, or what is wrong."""


@dataclass
class Schedule:
    """What is owed and not yet seen done."""

    agents: list[Member]
    is_open: HOLIDAY_CHECK
    first: date
    waiting: list[Owed] = field(default_factory=list)
    seen: int = 0

    def day(self, day: date) -> None:
        """Owe what a day brings."""
        self.waiting += [] if not self.is_open(day) else self._business_day(day)
        if day == statement_day(day):
            self.waiting.append(
                Owed("statements", moment(day, time(8)), f"statements of {day:%B}", _run(day))
            )
        if self._is_finals_day(day):
            billed = (day.replace(day=1) - ONE_DAY).replace(day=1)
            due = moment(day, time())
            self.waiting.append(
                Owed("finals", due, f"finals of {billed}", _finals(billed, day))
            )

    def check(self, found: Tables, watch: Watch) -> Iterator[str]:
        """Look whether what had its first chance was done."""
        left = []
        for owed in self.waiting:
            chance = watch.first_look(owed.job, owed.due)
            if chance is None:
                left.append(owed)
                continue
            self.seen += 1
            if wrong := owed.seen(found, chance):
                when = f"due {owed.due:%d %b %H:%M}, first chance {chance:%d %b %H:%M}"
                yield f"{owed.what}, {when}: {wrong}"
        self.waiting = left

    def _business_day(self, day: date) -> Iterator[Owed]:
        for agent in self.agents:
            start, end = shift(agent, day)
            what = f"{agent.name}, {day}"
            yield Owed("morning-lists", start, f"list of {what}", _list(agent, day, end))
            for job in ("handovers", "follow-ups"):
                yield Owed(job, end, f"{job} of {what}", _shift_end(job, agent, day, end))
        at = moment(day, time(17, 15))
        yield Owed("daily-line", at, f"line of {day}", _line(day, at, self._next(day)))
        if day == self._meeting(day):
            due = moment(day, time(8))
            if (day - self.first).days > 14:
                yield Owed("suspension-digest", due, f"digest of {day}", _digest(day, due))

    def _next(self, day: date) -> date:
        day += ONE_DAY
        while not self.is_open(day):
            day += ONE_DAY
        return day

    def _meeting(self, day: date) -> date:
        wednesday = day - timedelta(days=day.weekday()) + timedelta(days=2)
        while not self.is_open(wednesday):
            wednesday += ONE_DAY
        return wednesday

    def _is_finals_day(self, day: date) -> bool:
        days = [day.replace(day=n) for n in range(1, day.day + 1)]
        is_sixth = self.is_open(day) and sum(self.is_open(one) for one in days) == 6
        return is_sixth and day > self.first + timedelta(days=9)


def shift(agent: Member, day: date) -> tuple[datetime, datetime]:
    """Return when the shift that starts on a company date starts and ends, in UTC."""
    zone = ZoneInfo(agent.shift_zone)
    for near in (day, day + ONE_DAY, day - ONE_DAY):
        start = moment(near, agent.shift_start, zone)
        if start.astimezone(NEW_YORK).date() == day:
            last = near if agent.shift_end > agent.shift_start else near + ONE_DAY
            return start, moment(last, agent.shift_end, zone)
    raise AssertionError(agent)


def statement_day(day: date) -> date:
    """Return the day of a month on which its statements go out."""
    middle = day.replace(day=15)
    return middle.replace(day={5: 14, 6: 16}.get(middle.weekday(), 15))


def is_away(found: Tables, agent: Member, day: date) -> bool:
    """Test if somebody was, or had been, planned to be away that day."""
    return bool(
        found.one(
            "SELECT COUNT(*) FROM absences WHERE person_id = :who "
            "AND first_day <= :day AND last_day >= :day",
            who=agent.id,
            day=day,
        )
    )


def _list(agent: Member, day: date, end: datetime) -> Callable[[Tables, datetime], str]:
    def seen(found: Tables, chance: datetime) -> str:
        made = found.rows(
            "SELECT made_at FROM worklists WHERE agent_id = :who AND day = :day",
            who=agent.id,
            day=day,
        )
        missed = found.one(
            "SELECT COUNT(*) FROM missed_worklists WHERE agent_id = :who AND day = :day",
            who=agent.id,
            day=day,
        )
        if len(made) + missed != 1:
            return "" if is_away(found, agent, day) else f"{len(made)} made, {missed} missed"
        if made and as_moment(made[0][0]) > chance:
            return f"made late, at {made[0][0]}"
        if missed and chance < end:
            return "recorded as missed though the shift was on"
        return ""

    return seen


def _shift_end(
    job: str, agent: Member, day: date, end: datetime
) -> Callable[[Tables, datetime], str]:
    def seen(found: Tables, chance: datetime) -> str:
        done = _runs(found, job, end, str(agent.id))
        is_late = (chance.astimezone(NEW_YORK).date() - day).days > 2
        return "" if len(done) == 1 or is_late else f"{len(done)} runs"

    return seen


def _line(day: date, due: datetime, after: date) -> Callable[[Tables, datetime], str]:
    last = moment(after, time(9))

    def seen(found: Tables, chance: datetime) -> str:
        made = found.rows("SELECT made_at FROM daily_lines WHERE day = :day", day=day)
        done = _runs(found, "daily-line", due)
        if not done and not made:
            return "neither posted nor missed"
        if made and not due <= as_moment(made[0][0]) <= chance:
            return f"posted at {made[0][0]}"
        if not made and chance <= last:
            return f"missed though there was time: {done}"
        return "posted too late" if made and as_moment(made[0][0]) > last else ""

    return seen


def _digest(day: date, due: datetime) -> Callable[[Tables, datetime], str]:
    last = due + timedelta(hours=6)

    def seen(found: Tables, chance: datetime) -> str:
        made = found.rows("SELECT made_at FROM digests WHERE meeting_on = :day", day=day)
        done = _runs(found, "suspension-digest", due)
        if len(done) != 1:
            return f"{len(done)} runs"
        if bool(made) != (done[0][0].lower() == "done"):
            return f"{len(made)} digests, and the run says {done}"
        if made and not due <= as_moment(made[0][0]) <= min(chance, last):
            return f"made at {made[0][0]}"
        return "missed though there was time" if not made and chance <= last else ""

    return seen


def _run(day: date) -> Callable[[Tables, datetime], str]:
    def seen(found: Tables, chance: datetime) -> str:
        month = f"{day:%Y-%m}"
        runs = found.rows(
            "SELECT began_at, ended_at, payers, done FROM statement_runs WHERE month = :month",
            month=month,
        )
        if len(runs) != 1:
            return f"{len(runs)} runs"
        began, ended, _, done = runs[0]
        if not moment(day, time(8)) <= as_moment(began) <= chance or ended is None:
            return f"began at {began}, ended at {ended}"
        sent = found.one(
            "SELECT COUNT(*) FROM statements WHERE mail_key LIKE :key",
            key=f"statement:{month}:%",
        )
        left_out = found.one(
            "SELECT COUNT(*) FROM statements_left_out l JOIN statement_runs r "
            "ON r.id = l.run_id WHERE r.month = :month",
            month=month,
        )
        return "" if sent + left_out == done else f"{sent} + {left_out} of {done}"

    return seen


def _finals(billed: date, day: date) -> Callable[[Tables, datetime], str]:
    def seen(found: Tables, chance: datetime) -> str:
        rows = found.rows(
            "SELECT started_on, started_at, started_by FROM finals_months WHERE month = :month",
            month=billed,
        )
        if len(rows) != 1:
            return f"{len(rows)} starts"
        on, at, by = rows[0]
        if as_moment(at) > chance:
            return f"started late, at {at}"
        return "started early by itself" if by is None and as_day(on) < day else ""

    return seen


def _runs(
    found: Tables, job: str, due: datetime, subject: str = ""
) -> list[tuple[str, object]]:
    rows = found.rows(
        "SELECT outcome, at FROM runs WHERE job = :job AND scheduled_for = :due "
        "AND subject = :subject",
        job=job,
        due=due,
        subject=subject,
    )
    return [(str(row[0]), row[1]) for row in rows]
