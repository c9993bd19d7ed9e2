"""The desk's day, at a glance."""

from __future__ import annotations

from typing import Final

from scheduler import approvals, calls, promises, suspension, tasks, worklists
from scheduler.job import Job

TIMETABLE: Final[tuple[Job, ...]] = (
    Job(
        name=worklists.MORNING,
        when="at each agent's shift start, on business days",
        every_seconds=30,
        run=worklists.post_lists,
    ),
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
    Job(
        name="activity-sheets",
        when="at each agent's shift end",
        every_seconds=60,
        run=calls.close_shifts,
    ),
    Job(
        name="promises",
        when="all day, as payments come in",
        every_seconds=900,
        run=promises.settle,
    ),
    Job(
        name=tasks.REMINDERS,
        when="at each person's shift start, on business days",
        every_seconds=60,
        run=tasks.remind,
    ),
    Job(
        name="suspension-cases",
        when="every day from midnight, company time",
        every_seconds=300,
        run=suspension.open_and_close_cases,
    ),
    Job(
        name="suspension-notes",
        when="a business day before the suspension meeting, at each agent's shift start",
        every_seconds=60,
        run=suspension.ask_for_notes,
    ),
    Job(
        name="suspension-digest",
        when="two hours before the weekly suspension meeting",
        every_seconds=30,
        run=suspension.post_digest,
    ),
)
