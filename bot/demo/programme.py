"""What the demo tells its guests: where to look, what to try, how to move its clock."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.demo.stage import Chair
from bot.demo.teams_client.config import CHANNEL
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
    "suspension digest is posted in that channel. [b]Mon 17:00[/b] shows the end of the shift."
)


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
    console.print(
        "\nEach page is one person's Teams. It forgets its history when it is loaded anew; "
        "what is current is offered again. Commands for this desk work beside it: "
        f"[b]ARDESK_HOME={escape(str(home))} {escape(_program())} job list[/b]. "
        "The local Teams client listens on all of this machine's networks.\n"
        "Ctrl-C here stops everything."
    )


def moment_in(text: str, *, after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the time that is meant, such as `Wed 08:00` or an ISO time; None if it is none."""
    said = _SAID.fullmatch(text.strip().lower())
    if said is None:
        return _iso(text, zone)
    if said["day"] not in _DAYS:
        return None
    local = after.astimezone(zone)
    ahead = (_DAYS.index(said["day"]) - local.weekday()) % len(_DAYS)
    day = local.date() + timedelta(days=ahead)
    try:
        return datetime.combine(day, time.fromisoformat(said["clock"].zfill(5)), zone)
    except ValueError:
        return None


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


def _iso(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
