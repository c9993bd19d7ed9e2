"""Every state through its evidence: ladders, notices, suspensions, promises, approvals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.simulation.checks.raw import Tables, as_day, as_moment
from tests.simulation.machine import Watch

LADDER = {1: 15, 2: 31, 3: 45}
NOTICE_GAPS = {"second": 7, "final": 5}
LONG_AGO = timedelta(days=10)
"""Longer than the desk is ever off: each end is seen by at least one look."""
ORDER = ("first", "second", "final")


def check(
    found: Tables, watch: Watch, is_open: Callable[[date], bool], day: date
) -> Iterator[str]:
    """Look at everything that has a state; what ended long ago has been looked at."""
    recent = day - LONG_AGO
    yield from ladders(found, is_open, recent)
    yield from notices(found, recent)
    yield from suspensions(found)
    yield from promises(found, watch)
    yield from approvals(found, watch)
    yield from tasks(found)


def ladders(found: Tables, is_open: Callable[[date], bool], recent: date) -> Iterator[str]:
    """No rung skipped, none early, one a business day."""
    steps = defaultdict(list)
    for row in found.rows(
        'SELECT s.ladder_id, s.rung, s.is_start, s.days, s.broken, s."on" '
        "FROM escalation_steps s JOIN escalation_ladders l ON l.id = s.ladder_id "
        "WHERE l.closed_on IS NULL OR l.closed_on >= :recent ORDER BY s.id",
        recent=recent,
    ):
        steps[row[0]].append(row[1:])
    for ladder, taken in steps.items():
        yield from (f"ladder {ladder} {wrong}" for wrong in _climb(taken, is_open))


def _climb(taken: list[tuple[Any, ...]], is_open: Callable[[date], bool]) -> Iterator[str]:
    rungs, days = [step[0] for step in taken], [as_day(step[4]) for step in taken]
    if rungs != list(range(rungs[0], rungs[0] + len(rungs))):
        yield f"went {rungs}"
    if rungs[0] != 1 and not taken[0][1]:
        yield f"began at {rungs[0]}"
    if any(later <= earlier for earlier, later in pairwise(days)):
        yield f"took steps on {days}"
    for (rung, _, past_due, broken, _), day in zip(taken, days, strict=True):
        if past_due < LADDER[rung] and not (rung == 1 and broken):
            yield f"came to {rung} at {past_due} days"
        if not is_open(day):
            yield f"climbed on {day}, a day off"


def notices(found: Tables, recent: date) -> Iterator[str]:
    """First, second, final; released by a lead; with the days of the law between them."""
    cases = defaultdict(list)
    for row in found.rows(
        "SELECT n.case_id, n.step, n.released_by, n.mail_key, m.sent_at, p.roles "
        "FROM suspension_notices n LEFT JOIN mails m ON m.key = n.mail_key "
        "LEFT JOIN people p ON p.id = n.released_by "
        "JOIN suspension_cases c ON c.id = n.case_id WHERE n.state = 'released' "
        "AND (c.closed_on IS NULL OR c.closed_on >= :recent) ORDER BY n.case_id, n.attempt",
        recent=recent,
    ):
        cases[row[0]].append(row[1:])
    for case, mine in cases.items():
        yield from (f"notices of case {case}: {wrong}" for wrong in _released(mine))


def _released(notices: list[tuple[Any, ...]]) -> Iterator[str]:
    left = None
    for step, by, key, sent, roles in notices:
        if key is None or by is None:
            yield f"the {step} one was released without mail, or by nobody"
        elif roles == "agent":
            yield f"the {step} one was released by an agent"
        if sent is None:
            continue
        gap = NOTICE_GAPS.get(step)
        if gap and left and as_moment(sent) - left < timedelta(days=gap - 1):
            yield f"the {step} one left at {sent}, after {left}"
        left = as_moment(sent)


def suspensions(found: Tables) -> Iterator[str]:
    """Nothing is suspended or restored but by support, on an order somebody decided."""
    for event, case, after in found.rows(
        "SELECT e.id, e.case_id, e.after FROM case_events e WHERE e.after = 'suspended' "
        "AND e.customer_id IS NOT NULL AND e.before IS NOT NULL AND e.before != 'restored' "
        "AND NOT EXISTS (SELECT 1 FROM support_orders o WHERE o.case_id = e.case_id "
        "AND o.customer_id = e.customer_id AND o.kind = 'suspend' AND o.done_at <= e.at)"
    ):
        yield f"event {event} of case {case}: {after} without support's word"
    for order, case in found.rows(
        "SELECT id, case_id FROM support_orders WHERE kind = 'suspend' AND asked_by IS NULL"
    ):
        yield f"order {order} of case {case}: nobody decided to suspend"
    for case, count in found.rows(
        "SELECT o.case_id, (SELECT COUNT(DISTINCT n.step) FROM suspension_notices n "
        "WHERE n.case_id = o.case_id AND n.state = 'released' AND n.released_at < o.asked_at) "
        "FROM support_orders o WHERE o.kind = 'suspend'"
    ):
        if count < len(ORDER):
            yield f"case {case} was to be suspended after {count} notices"


def promises(found: Tables, watch: Watch) -> Iterator[str]:
    """Broken only after its day; not left alive for weeks after it."""
    for promise, due, on in found.rows(
        "SELECT id, due_on, state_on FROM promises WHERE state IN ('broken', 'partly_kept')"
    ):
        if on is not None and as_day(on) <= as_day(due):
            yield f"promise {promise} was broken on {on}, due {due}"
    last = _last(watch, "promises")
    if last:
        for promise, due in found.rows(
            "SELECT id, due_on FROM promises WHERE state = 'live' AND due_on < :late",
            late=(last - timedelta(days=16)).date(),
        ):
            yield f"promise {promise}, due {due}, is alive on {last:%d %b}"
    for promise, promised, invoiced in found.rows(
        "SELECT p.id, p.amount, SUM(i.amount) FROM promises p JOIN promised_invoices i "
        "ON i.promise_id = p.id GROUP BY p.id, p.amount HAVING SUM(i.amount) > p.amount"
    ):
        yield f"promise {promise} of {promised} has {invoiced} on invoices"


def approvals(found: Tables, watch: Watch) -> Iterator[str]:
    """None open after its end; none decided by who may not."""
    last = _last(watch, "approval-expiry")
    if last:
        for approval, expires in found.rows(
            "SELECT id, expires_at FROM approvals WHERE state = 'open' AND expires_at < :last",
            last=last - timedelta(minutes=1),
        ):
            yield f"approval {approval} is open after {expires}"


def tasks(found: Tables) -> Iterator[str]:
    """Ended by somebody or something, with a word why."""
    for task, state in found.rows(
        "SELECT id, state FROM tasks WHERE state != 'open' AND ended_at IS NULL"
    ):
        yield f"task {task} is {state} since never"


def _last(watch: Watch, job: str) -> datetime | None:
    looks = watch.looks[job]
    return looks[-1] if looks else None
