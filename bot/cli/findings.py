"""What the doctor finds: how one thing stands, and what to do about it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.kernel.shapes import dataclass

LATE: Final = timedelta(minutes=5)
"""What has been due for longer waits for a courier or postman that does not come."""
_LONGEST: Final = 200


class Grade(StrEnum):
    """How something stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one thing stands, and what to do about it."""

    what: str
    grade: Grade
    detail: str
    remedy: str = ""


def graded(what: str, grade: Grade, detail: str, remedy: str = "") -> Finding:
    """Return a finding, its detail cut to what fits."""
    return Finding(what=what, grade=grade, detail=detail[:_LONGEST], remedy=remedy)
