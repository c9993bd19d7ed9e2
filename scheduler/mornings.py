"""The morning: what puts payers onto lists is looked at first, so that lists hold it (R29)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bot.kernel.errors import Refused
from scheduler import approvals, finals, promises, suspension_cases, worklists
from scheduler.job import Tick

FEEDERS: Final = (
    promises.settle,
    approvals.review_plans,
    suspension_cases.open_and_close_cases,
    finals.work,
)
"""Promises and plans that are over, cases, and calls about final invoices."""


def post_lists(tick: Tick, feeders: Sequence[Callable[[Tick], object]] = FEEDERS) -> str:
    """
    Post the lists that are due, once what feeds them is up to date.

    The feeders look on their own all day, too; here they look once more since midnight, or the
    end of a downtime, may not have been looked at yet. One that fails keeps no list back.

    :raises ExceptionGroup: what went wrong with feeders or lists, once all is done.
    """
    failures: list[Exception] = []
    due = worklists.due(tick)
    if any(shift.ends_at > tick.at for shift in due):
        for feed in feeders:
            try:
                feed(tick)
            except Refused:
                continue
            except Exception as failure:
                failures.append(failure)
    said = worklists.post_due(tick, due)
    if failures:
        raise ExceptionGroup("lists were posted without all that feeds them", failures)
    return said
