"""The desk's day, at a glance."""

from __future__ import annotations

from typing import Final

from scheduler.job import Job

TIMETABLE: Final[tuple[Job, ...]] = ()
