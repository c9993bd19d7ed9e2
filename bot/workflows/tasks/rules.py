"""What kinds of tasks there are, and when one is late. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


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
    OTHER = "other"


class TaskState(StrEnum):
    """Where a task has got to."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"
    """Not needed any more; the result says why."""


def is_late(state: TaskState, due_on: date, today: date) -> bool:
    """Test if a task should have been done before today."""
    return state is TaskState.OPEN and due_on < today
