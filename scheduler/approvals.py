"""Reminding deciders, closing what nobody answered, and watching what was granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.store import runs
from bot.workflows.approvals import deadlines
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import Kind
from bot.workflows.fee_waivers import operations as fee_waivers
from bot.workflows.fee_waivers import queries as waivers
from bot.workflows.payment_plans import queries as plans
from bot.workflows.payment_plans import running
from bot.workflows.suspension import extensions
from scheduler.job import Tick

REMINDERS: Final = "approval-reminders"
EXPIRY: Final = "approval-expiry"
LAST_CALLS: Final = "approval-last-calls"

SETTLE: Final[Mapping[Kind, Callable[..., None]]] = {
    Kind.FEE_WAIVER: fee_waivers.settle,
    Kind.PAYMENT_PLAN: running.settle,
    Kind.EXTENSION: extensions.settle,
}


def remind(tick: Tick) -> str:
    """Remind those who may decide, once after some business hours and once before the end."""
    with tick.database.reading() as session:
        waiting = requests.due(session, at=tick.at)
        first = [item.id for item in waiting if item.remind_at <= tick.at]
        last = [item.id for item in waiting if item.last_call_at <= tick.at]
    told = sum(_remind(tick, one) for one in first) + sum(_last_call(tick, one) for one in last)
    return f"{wording.counted(told, 'reminder')} sent"


def expire(tick: Tick) -> str:
    """Close what nobody answered in time, which is a no."""
    with tick.database.reading() as session:
        waiting = requests.due(session, at=tick.at)
        over = [item.id for item in waiting if item.expires_at <= tick.at]
    closed = sum(_expire(tick, one) for one in over)
    return f"{wording.counted(closed, 'request')} closed without an answer"


def review_plans(tick: Tick) -> str:
    """Look whether each granted plan is still kept (R62)."""
    with tick.database.reading() as session:
        running_now = [plan.id for plan in plans.kept(session)]
    changed = sum(_review(tick, one) for one in running_now)
    return f"{wording.counted(changed, 'plan')} broken or done"


def count_waivers(tick: Tick) -> str:
    """Let each granted waiver count for its one payment, once that has come in (R68)."""
    with tick.database.reading() as session:
        unused = [waiver.id for waiver in waivers.unused(session)]
    used = sum(_count(tick, one) for one in unused)
    return f"{wording.counted(used, 'waiver')} used"


def _remind(tick: Tick, approval_id: int) -> int:
    with tick.database.transaction() as session:
        approval = requests.get(session, approval_id)
        if not _claim(session, REMINDERS, approval, approval.remind_at, tick):
            return 0
        on = tick.policy.company_date(tick.at)
        return deadlines.remind(session, approval_id, at=tick.at, on=on)


def _last_call(tick: Tick, approval_id: int) -> int:
    with tick.database.transaction() as session:
        approval = requests.get(session, approval_id)
        if not _claim(session, LAST_CALLS, approval, approval.last_call_at, tick):
            return 0
        on = tick.policy.company_date(tick.at)
        return deadlines.last_call(session, approval_id, at=tick.at, on=on)


def _expire(tick: Tick, approval_id: int) -> bool:
    with tick.database.transaction() as session:
        approval = requests.get(session, approval_id)
        if not _claim(session, EXPIRY, approval, approval.expires_at, tick):
            return False
        expired = deadlines.expire(session, approval_id, at=tick.at)
        if expired is not None:
            SETTLE[expired.kind](session, expired, at=tick.at, policy=tick.policy)
        return expired is not None


def _review(tick: Tick, plan_id: int) -> bool:
    with tick.database.transaction() as session:
        return running.review(session, plan_id, at=tick.at, policy=tick.policy) is not None


def _count(tick: Tick, waiver_id: int) -> bool:
    with tick.database.transaction() as session:
        waiver = waivers.locked(session, waiver_id)
        return fee_waivers.mark_used(session, waiver, at=tick.at, policy=tick.policy)


def _claim(session: Session, job: str, approval: Approval, due: datetime, tick: Tick) -> bool:
    subject = f"approval:{approval.id}"
    return due <= tick.at and runs.claim(
        session, job, scheduled_for=due, at=tick.at, subject=subject
    )
