"""What kinds of tasks there are, and when one is late. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.kernel.errors import Refused
from bot.workflows.people.rules import Member, Role

FURTHEST: Final = timedelta(days=730)
"""A task is for a day at most this far away."""


class TaskKind(StrEnum):
    """What a task is about."""

    NO_ADDRESS = "no_address"
    """Something could not be sent: the payer has no e-mail address."""
    BOUNCED = "bounced"
    """A mail came back: the address is wrong."""
    FINALS_ISSUE = "finals_issue"
    """A question that stands in the way of paying a final invoice (R43)."""
    ESCALATION = "escalation"
    """A rung of the MRR ladder (R53)."""
    APPLY_CREDIT = "apply_credit"
    REQUEST_CREDIT = "request_credit"
    """A dispute was resolved for the customer (R23)."""
    DOCUMENT = "document"
    CERTIFICATE = "certificate"
    """A tax-exempt certificate is missing, or runs out (R44, R134)."""
    CALL_BACK = "call_back"
    """A voicemail or inbound call to return the same day (R29)."""
    PAYMENT_DATE = "payment_date"
    """A dispute was decided against the customer: ask when it is paid (R23)."""
    OTHER = "other"


class TaskState(StrEnum):
    """Where a task has got to."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"
    """Not needed any more; the result says why."""


class NotYourTask(Refused):
    """The task is somebody else's to do."""


class TaskChanged(Refused):
    """The task has changed since the card was drawn."""


class BadDay(Refused):
    """A task cannot be for that day."""


def may_work(owner_id: int | None, role: Role, member: Member) -> bool:
    """Test if a task is a person's to do: theirs, for their role, or for anybody as a lead."""
    if member.is_lead or owner_id == member.id:
        return True
    return owner_id is None and role in member.roles


def check_day(due_on: date, *, today: date) -> None:
    """
    Check that a task can be for that day.

    :raises BadDay: if it has passed, or is years away.
    """
    if due_on < today:
        raise BadDay(f"That day has passed ({due_on:%-d %b %Y}). Choose today or a later day.")
    if due_on > today + FURTHEST:
        raise BadDay("A task is for a day within the next two years.")


def is_late(state: TaskState, due_on: date, today: date) -> bool:
    """Test if a task should have been done before today."""
    return state is TaskState.OPEN and due_on < today
