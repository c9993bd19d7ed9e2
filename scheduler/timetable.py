"""The desk's day, at a glance."""

from __future__ import annotations

from typing import Final

from scheduler import approvals
from scheduler.job import Job

TIMETABLE: Final[tuple[Job, ...]] = (
    Job(
        name="approval-reminders",
        when="after 4 business hours, and before the end when a decider is away",
        every_seconds=60,
        run=approvals.remind,
    ),
    Job(
        name="approval-expiry",
        when="at the close of the second business day",
        every_seconds=60,
        run=approvals.expire,
    ),
    Job(
        name="plans",
        when="all day, as payments come in",
        every_seconds=900,
        run=approvals.review_plans,
    ),
    Job(
        name="fee-waivers",
        when="all day, as payments come in",
        every_seconds=900,
        run=approvals.count_waivers,
    ),
)
