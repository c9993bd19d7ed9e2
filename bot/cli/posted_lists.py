"""`ardesk worklist --as-posted`: an agent's list as it was handed out that day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.cli import output
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.people.rules import Member
from bot.workflows.worklists import posted, queries
from bot.workflows.worklists.posted import Line, Off, Posted


class NotPosted(Refused):
    """No list was handed out to the agent that day."""


def find(session: Session, member: Member, day: date) -> Posted:
    """
    Return the list that an agent had on a day.

    :raises NotPosted: if none was handed out.
    :raises NotKept: if that was before the desk kept lists so.
    """
    worklist = queries.list_of(session, member.id, day)
    if worklist is None:
        raise NotPosted(f"No list was posted for {member.name} on {wording.day(day)}.")
    return posted.read(session, worklist)


def as_dict(member: Member, day: date, found: Posted) -> dict[str, Any]:
    """Return it for programs."""
    book_at = found.book_at.isoformat() if found.book_at else None
    return {
        "agent": member.email or member.name,
        "on": day.isoformat(),
        "as_posted": True,
        "book_at": book_at,
        "entries": [line_as_dict(line) for line in found.lines],
        "window": [{"customer_id": one.customer_id, "name": one.name} for one in found.lane],
        "left_off": [off._asdict() for off in found.left_off],
    }


def say(member: Member, day: date, found: Posted, policy: Policy) -> None:
    """Print it for people."""
    payers = wording.counted(len(found.lines), "payer")
    say_lines(f"{member.name}: {payers} for {wording.day(day)}, as posted", found.lines)
    if found.book_at:
        output.say(f"The book was of {wording.moment(found.book_at, policy.zone, today=day)}.")
    say_beside([line.name for line in found.lane], found.left_off)


def say_lines(title: str, lines: Sequence[Line]) -> None:
    """Print the lines of a list."""
    rows = [
        (
            str(line.position),
            f"{line.name} ({line.customer_id})",
            f"{line.tier} ({line.rule})",
            str(Money(line.past_due, line.currency)),
            str(line.oldest_days),
            line.reason,
        )
        for line in lines
    ]
    output.table(title, ("#", "Customer", "Tier", ">Past due", ">Days", "Why"), rows)


def say_beside(lane: Sequence[str], left_off: Iterable[Off]) -> None:
    """Print whose lane the window is (R93), and who is left off a list."""
    if lane:
        names = wording.listed(lane)
        output.say(f"In the 5–15 day window, not contacted yet: {names}.")
    for off in left_off:
        output.say(f"Left off: {off.name} ({off.customer_id}): {off.reason}")


def line_as_dict(line: Line) -> dict[str, Any]:
    """Return a line for programs."""
    past_due, ranked = (Money(minor, line.currency) for minor in (line.past_due, line.ranked))
    return {
        **line._asdict(),
        "past_due": output.plain(past_due),
        "ranked": output.plain(ranked),
    }
