"""The desk's day, at a glance."""

from __future__ import annotations

from typing import Final

from scheduler import (
    approvals,
    calls,
    correspondence,
    daily_lines,
    disputes,
    documents,
    finals,
    follow_ups,
    handovers,
    meetings,
    mornings,
    mrr,
    promises,
    statements,
    suspension,
    suspension_cases,
    tasks,
    tax_certificates,
    weekly_reports,
    worklists,
)
from scheduler.job import Job

TIMETABLE: Final[tuple[Job, ...]] = (
    Job(
        name=worklists.MORNING,
        when="at each agent's shift start, on business days",
        every_seconds=30,
        run=mornings.post_lists,
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
        name=correspondence.MAIL,
        when="at 17:30 company time, on business days; what is released, at once",
        every_seconds=60,
        run=correspondence.let_leave,
    ),
    Job(
        name=daily_lines.LINE,
        when="at 17:15 company time, on business days",
        every_seconds=60,
        run=daily_lines.post,
    ),
    Job(
        name=weekly_reports.WEEK,
        when="at 17:30 company time, on the week's last business day",
        every_seconds=60,
        run=weekly_reports.post,
    ),
    Job(
        name=daily_lines.LIMIT,
        when="at 17:15 company time, every day",
        every_seconds=60,
        run=daily_lines.check_limit,
    ),
    Job(
        name="promises",
        when="all day, as payments come in",
        every_seconds=900,
        run=promises.settle,
    ),
    Job(
        name=follow_ups.FOLLOW_UPS,
        when="at each agent's shift end, for those tried and not reached",
        every_seconds=60,
        run=follow_ups.ask,
    ),
    Job(
        name=handovers.HANDOVERS,
        when="at each agent's shift end, to whoever comes next",
        every_seconds=60,
        run=handovers.hand_over,
    ),
    Job(
        name=tasks.REMINDERS,
        when="at each person's shift start, on business days",
        every_seconds=60,
        run=tasks.remind,
    ),
    Job(
        name="documents",
        when="all day, as somebody orders a copy or a statement",
        every_seconds=10,
        run=documents.send_ordered,
    ),
    Job(
        name="statements",
        when="on the 15th (14th, 16th) of the month, company time",
        every_seconds=300,
        run=statements.send,
    ),
    Job(
        name="dispute-clocks",
        when="as business days pass: the department, then the lead, then the controller",
        every_seconds=300,
        run=disputes.run_clocks,
    ),
    Job(
        name="dispute-cash",
        when="all day, as credits and payments come in",
        every_seconds=900,
        run=disputes.watch_for_cash,
    ),
    Job(
        name="finals",
        when="from the 6th business day or when final invoicing is complete; then every day",
        every_seconds=60,
        run=finals.work,
    ),
    Job(
        name=mrr.LADDER,
        when="every business day from midnight, company time",
        every_seconds=300,
        run=mrr.climb,
    ),
    Job(
        name=tax_certificates.CERTIFICATES,
        when="every day from midnight, company time",
        every_seconds=900,
        run=tax_certificates.ask_for_next,
    ),
    Job(
        name="suspension-cases",
        when="every day from midnight, company time",
        every_seconds=300,
        run=suspension_cases.open_and_close_cases,
    ),
    Job(
        name=suspension_cases.STEPS,
        when="all day, as notices leave, days pass, and payments come in",
        every_seconds=300,
        run=suspension_cases.take_steps,
    ),
    Job(
        name=suspension_cases.PAYMENTS,
        when="all day, while services are suspended: as soon as payments come in",
        every_seconds=30,
        run=suspension_cases.watch_payments,
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
    Job(
        name=meetings.REMINDERS,
        when="after 4 business hours, and before the end when a principal is away",
        every_seconds=60,
        run=meetings.remind,
    ),
    Job(
        name=meetings.PROPOSALS,
        when="at the close of the second business day",
        every_seconds=60,
        run=meetings.expire,
    ),
    Job(
        name=meetings.FILES,
        when="when the suspension digest was posted",
        every_seconds=60,
        run=meetings.draw_files,
    ),
)
