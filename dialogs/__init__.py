"""
What people see and press: one module for each workflow, under the workflow's own name.

Each module draws its cards and answers its buttons and words, and leaves every decision to
`bot.workflows`.
"""

from __future__ import annotations

from typing import Final

from bot.chat.dialog import Dialog
from dialogs import (
    absences,
    approvals,
    calls,
    channels,
    customers,
    delegations,
    dispute_department,
    dispute_results,
    disputes,
    fee_waivers,
    follow_ups,
    help,
    inbound,
    outcomes,
    overrides,
    payment_plans,
    people,
    portfolios,
    promises,
    shift_end,
    special_handling,
    suspension,
    suspension_channel,
    suspension_notes,
    task_forms,
    tasks,
    worklists,
)

DIALOGS: Final[tuple[Dialog, ...]] = (
    worklists.dialog,
    calls.dialog,
    outcomes.dialog,
    shift_end.dialog,
    customers.dialog,
    approvals.dialog,
    fee_waivers.dialog,
    payment_plans.dialog,
    delegations.dialog,
    overrides.dialog,
    special_handling.dialog,
    people.dialog,
    portfolios.dialog,
    absences.dialog,
    disputes.dialog,
    dispute_department.dialog,
    dispute_results.dialog,
    suspension.dialog,
    suspension_channel.dialog,
    channels.dialog,
    suspension_notes.dialog,
    inbound.dialog,
    follow_ups.dialog,
    promises.dialog,
    tasks.dialog,
    task_forms.dialog,
    help.dialog,
)
