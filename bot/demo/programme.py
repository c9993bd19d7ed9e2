"""What the demo tells its guests: where to look, what to try, how to move its clock."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from string import ascii_lowercase
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.demo.stage import Chair
from bot.demo.teams_client.config import CHANNEL
from bot.kernel import wording
from bot.kernel.calendar import BusinessCalendar
from bot.kernel.errors import Refused
from bot.workflows.people.rules import Role

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SAID: Final = re.compile(r"(?P<day>[a-z]{3})[a-z]*\s+(?P<clock>\d{1,2}:\d{2}(:\d{2})?)")

_STEPS: Final[tuple[tuple[Role, str], ...]] = (
    (
        Role.AGENT,
        "today's list is there. Press [b]Work the list[/b], then [b]No answer[/b] and "
        "[b]Left voicemail[/b]: one tap each, and the next payer comes. [b]Undo[/b] takes the "
        "last one back. [b]Promise[/b] with a day in August shows how a form keeps what was "
        "typed.",
    ),
    (
        Role.AGENT,
        "type [b]list[/b], [b]next[/b], [b]find[/b] and part of a name, [b]customer NAME[/b], "
        "[b]help[/b], or anything misspelt.",
    ),
    (
        Role.AGENT,
        "type [b]waive NAME[/b] with a payer from the list, and fill in the form.",
    ),
    (
        Role.CONTROLLER,
        "the request is there within a second. Decide it; the agent is told, and the VP "
        "Finance's copy closes itself. A second tap changes nothing.",
    ),
    (
        Role.LEAD,
        f"type [b]team[/b]. In the channel [b]{CHANNEL}[/b], say "
        "[b]@AR Desk use this channel for suspension[/b].",
    ),
)
_DIGEST: Final = (
    "Then type [b]Wed 08:00[/b] in this terminal: the desk's clock moves there, and the "
    "suspension digest is posted in that channel. [b]Wed 17:00[/b] shows the end of the shift."
)
_MONTH: Final[tuple[tuple[Role, str, str], ...]] = (
    (
        Role.LEAD,
        "",
        "type [b]releases[/b], open each kind of e-mail and release it: what waits goes out, "
        "into [b]outbox[/b] of the desk's home. [b]finals[/b] shows how far last month's final "
        "invoices have got; the agent's list begins with them.",
    ),
    (
        Role.LEAD,
        "",
        "type [b]notices[/b] and release one; [b]case[/b] with its number is the case's file: "
        "what is there, what is missing, and when it could be ready.",
    ),
    (
        Role.BILLING,
        "",
        "what the agent captures with [b]dispute NAME[/b] for billing is there at once: answer "
        "it, ask, or resolve it.",
    ),
    (
        Role.AGENT,
        "2026-06-10T17:20",
        "who was not reached gets a follow-up e-mail if you say so; what is open is handed "
        "over; the lead has the day in figures.",
    ),
    (
        Role.LEAD,
        "2026-06-15T08:30",
        "the month's statements go out, and the second notice waits. A notice leaves on the "
        "day's book only: bring in payments beside this, as below, with "
        "[b]ARDESK_CLOCK=2026-06-15T08:30[/b].",
    ),
    (Role.LEAD, "2026-06-22T08:30", "so with the final notice."),
    (
        Role.CONTROLLER,
        "2026-06-24T08:30",
        "in the digest's channel the lead presses [b]Propose[/b] on a case and suspends it; "
        "you confirm; support confirms, and again when the payment has come in.",
    ),
)
"""The month: who looks, the time to type first (if any), and what there is to see."""


class CannotMove(Refused):
    """The demo's clock does not go to the time that was typed."""


def tell(console: Console, places: Mapping[Chair, str], *, now: datetime, home: Path) -> None:
    """Print where to look, and what to try."""
    table = Table(title="The desk is open", title_justify="left", title_style="bold")
    for heading in ("Open in a browser", "You are", "who"):
        table.add_column(heading)
    for chair, url in places.items():
        table.add_row(url, escape(chair.account.name), chair.what)
    console.print(table)
    console.print(f"The desk's clock: {now:%a %d %b %Y, %H:%M} ({now.tzname()}).", end="\n\n")
    for number, step in enumerate(_steps(tuple(places)), start=1):
        console.print(f"{number}. {step}")
    _tell_month(console, tuple(places))
    console.print(
        "\nEach page is one person's Teams. It forgets its history when it is loaded anew; "
        "what is current is offered again. Commands for this desk work beside it: "
        f"[b]ARDESK_HOME={escape(str(home))} {escape(_program())} job list[/b]. "
        "The local Teams client listens on all of this machine's networks.\n"
        "Ctrl-C here stops everything."
    )


def moment_in(
    text: str, *, now: datetime, zone: ZoneInfo, calendar: BusinessCalendar
) -> datetime:
    """
    Return the time that is meant: the next `Wed 08:00`, or an ISO time.

    :param now: the desk's clock, which goes on from there.
    :raises CannotMove: if it is no time, is over, or is on a day off.
    """
    moment = _next(text, now, zone) or _iso(text, zone)
    if moment is None:
        raise CannotMove(f"{text!r} is not a time. Try `Wed 08:00`, or Ctrl-C to stop.")
    if moment <= now:
        here = wording.local(now, zone, today=now.astimezone(zone).date())
        raise CannotMove(
            f"The desk's clock is at {here} and only goes forward: try a later time."
        )
    day = moment.astimezone(zone).date()
    if not calendar.is_open(day):
        raise CannotMove(f"{wording.day(day)} is a day off at the desk: try a business day.")
    return moment


def _program() -> str:
    """Return how `ardesk` is called here: most guests do not have it on their path."""
    beside = Path(sys.executable).with_name("ardesk")
    return str(beside) if beside.exists() else "ardesk"


def _steps(played: tuple[Chair, ...]) -> Iterator[str]:
    names = {chair.role: chair.account.name.partition(" ")[0] for chair in played}
    for role, words in _STEPS:
        if role in names:
            yield f"[cyan]{escape(names[role])}[/cyan]: {words}"
    if Role.LEAD in names:
        yield _DIGEST


def _tell_month(console: Console, played: tuple[Chair, ...]) -> None:
    names = {chair.role: chair.account.name.partition(" ")[0] for chair in played}
    steps = [step for step in _MONTH if step[0] in names]
    if not steps:
        return
    console.print("\n[bold]The month[/bold] (times are typed in this terminal)")
    for letter, (role, when, words) in zip(ascii_lowercase, steps, strict=False):
        typed = f"Type [b]{when}[/b]: " if when else ""
        console.print(f"{letter}. {typed}[cyan]{escape(names[role])}[/cyan]: {words}")


def _next(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    said = _SAID.fullmatch(text.strip().lower())
    if said is None or said["day"] not in _DAYS:
        return None
    here = now.astimezone(zone)
    ahead = (_DAYS.index(said["day"]) - here.weekday()) % len(_DAYS)
    day = here.date() + timedelta(days=ahead)
    try:
        clock = time.fromisoformat(said["clock"].zfill(5))
    except ValueError:
        return None
    moment = datetime.combine(day, clock, zone)
    return moment if moment > now else moment + timedelta(days=len(_DAYS))


def _iso(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
