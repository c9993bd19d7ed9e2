"""What is disputed and why, counted: open by department, causes, and days to cash (R116)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.workflows.disputes.records import Dispute
from bot.workflows.disputes.rules import Department, DisputeState, Reason, Resolution


@dataclass(slots=True)
class Sum:
    """How many disputes, and their money by currency, in minor units."""

    count: int = 0
    money: dict[str, int] = field(default_factory=dict)

    def add(self, dispute: Dispute) -> None:
        """Count one more."""
        self.count += 1
        self.money[dispute.currency] = self.money.get(dispute.currency, 0) + dispute.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """The disputes raised in a span of days, and those open at its end."""

    since: date
    as_of: date
    open_by_department: dict[Department, Sum]
    raised_by_reason: dict[Reason, Sum]
    raised_late: Sum
    """First raised on days 25–31 past due (R116)."""
    days_to_answer: float | None
    days_to_decide: float | None
    days_to_cash: float | None
    """Averages of those answered, decided, settled in the span; None if there was none."""


def counted(session: Session, *, since: date, as_of: date) -> Causes:
    """Count what customers raised from `since` to `as_of`, and what was open at the end."""
    raised = _raised_by(session, as_of=as_of)
    late = Sum()
    open_now: dict[Department, Sum] = defaultdict(Sum)
    reasons: dict[Reason, Sum] = defaultdict(Sum)
    for dispute in raised:
        if dispute.closed_on is None or dispute.closed_on > as_of:
            open_now[dispute.department].add(dispute)
        if dispute.raised_on < since or not _counts(dispute):
            continue
        reasons[dispute.reason].add(dispute)
        if dispute.is_late:
            late.add(dispute)
    return Causes(
        since=since,
        as_of=as_of,
        open_by_department=dict(sorted(open_now.items())),
        raised_by_reason=dict(sorted(reasons.items(), key=lambda pair: -pair[1].count)),
        raised_late=late,
        days_to_answer=_average(_days(raised, "answered_on", since, as_of)),
        days_to_decide=_average(_days(raised, "closed_on", since, as_of)),
        days_to_cash=_average(_days(raised, "settled_on", since, as_of)),
    )


def _raised_by(session: Session, *, as_of: date) -> Sequence[Dispute]:
    """Return what customers raised by then, without records of awaited credits."""
    rows = select(Dispute).where(Dispute.parent_id.is_(None), Dispute.raised_on <= as_of)
    return session.scalars(rows.order_by(Dispute.id)).all()


def _counts(dispute: Dispute) -> bool:
    """Test if it was a dispute at all: not one that was taken back, nor one raised again."""
    taken_back = dispute.resolution is Resolution.WITHDRAWN
    return dispute.reopens_id is None and not taken_back


def _days(disputes: Iterable[Dispute], column: str, since: date, as_of: date) -> list[int]:
    ends = ((dispute, getattr(dispute, column)) for dispute in disputes if _counts(dispute))
    return [
        (end - dispute.raised_on).days for dispute, end in ends if end and since <= end <= as_of
    ]


def _average(days: Sequence[int]) -> float | None:
    return round(sum(days) / len(days), 1) if days else None


def watched(session: Session) -> list[Dispute]:
    """Return what was decided and is neither paid nor credited yet, the oldest first (R23)."""
    rows = select(Dispute).where(
        Dispute.state == DisputeState.RESOLVED, Dispute.parent_id.is_(None)
    )
    return list(session.scalars(rows.order_by(Dispute.closed_on, Dispute.id)))
