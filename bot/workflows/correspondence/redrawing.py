"""
What a process has to say, worded for the day on which it leaves.

A part is worded when it joins the day's mail, which may leave days later: after a weekend, or a
release. A process whose words hold ages or balances says here how they are drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store.rows import amend
from bot.workflows.correspondence import composing, fixing
from bot.workflows.correspondence.records import Mail, MailPart


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a part says on a day."""

    subject: str
    words: str


@dataclass(frozen=True, slots=True)
class Void:
    """That a part has nothing to say any more, and why."""

    why: str


Redraw = Callable[[Session, str, date], Fresh | Void]
"""Draws the part of a topic as of a company date."""

_REDRAWS: Final[dict[str, Redraw]] = {}


def redraws(topics: str) -> Callable[[Redraw], Redraw]:
    """Let a function draw anew the parts whose topic is `topics:...`, on the day they leave."""

    def register(redraw: Redraw) -> Redraw:
        _REDRAWS[topics] = redraw
        return redraw

    return register


def bring_up_to_date(
    session: Session, mail: Mail, part: MailPart, *, on: date, at: datetime
) -> bool:
    """
    Word a part for the company date on which it leaves.

    :return: whether it is still to be said; if not, it is dropped with the reason.
    :raises composing.BadHeader: if its subject is no longer one line.
    """
    redraw = _REDRAWS.get(part.topic.partition(":")[0])
    if redraw is None:
        return True
    fresh = redraw(session, part.topic, on)
    if isinstance(fresh, Void):
        amend(session, part, dropped_at=at)
        amend(session, mail, version=mail.version + 1)
        fixing.note(session, mail, f"mail part dropped: {part.topic}", at=at, why=fresh.why)
        return False
    if (part.subject, part.words) != (fresh.subject, fresh.words):
        composing.header(fresh.subject)
        amend(session, part, subject=fresh.subject, words=fresh.words)
        fixing.note(session, mail, f"mail part redrawn: {part.topic}", at=at)
    return True
