"""The three notices and their days: which of them count, and when the next is due. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from bot.kernel.calendar import ONE_DAY
from bot.kernel.shapes import value
from bot.policy import Policy
from bot.workflows.suspension.rules import CaseState


class NoticeStep(StrEnum):
    """Which of the notices (R70)."""

    FIRST = "first"
    SECOND = "second"
    FINAL = "final"

    @property
    def words(self) -> str:
        """The notice as people say it."""
        return f"{self.value} notice"

    @property
    def state(self) -> CaseState:
        """Where a case stands once it was sent."""
        return CaseState(f"{self.value}_notice")


@value(frozen=True, slots=True, kw_only=True)
class Notice:
    """What became of a notice that was released."""

    id: int
    step: NoticeStep
    invoice_ids: frozenset[int]
    """The invoices that it names."""
    to: str = ""
    """Where it went."""
    released_at: datetime | None = None
    is_on_its_way: bool = False
    """Its mail has not left, or nobody knows if it has."""
    sent_on: date | None = None
    """The company's date on which it left; None while it is not known to have."""
    is_bounced: bool = False
    is_stopped: bool = False
    """Its mail was cancelled before it left: a hold, or an exception."""
    is_locked: bool = True
    """Its words are those of the locked template."""
    missing_copies: tuple[str, ...] = ()
    """Who should have had a copy and did not."""

    @property
    def counts(self) -> bool:
        """Test if it is evidence: sent, not bounced, as approved, to everybody."""
        is_whole = self.is_locked and not self.missing_copies
        return self.sent_on is not None and not self.is_bounced and is_whole


@value(frozen=True, slots=True)
class Pause:
    """Days that do not count, both inclusive: an approved extension (R59), or a hold."""

    first_day: date
    last_day: date

    def holds(self, day: date) -> bool:
        """Test if a day is one of them."""
        return self.first_day <= day <= self.last_day


@value(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The notices that count, one step after the other."""

    sent: tuple[tuple[NoticeStep, date], ...] = ()
    """The steps that were taken, in their order, each with its day."""

    def day_of(self, step: NoticeStep) -> date | None:
        """Return the day on which a step was taken."""
        return dict(self.sent).get(step)

    @property
    def next_step(self) -> NoticeStep | None:
        """The step that comes next; None when all are taken."""
        taken = len(self.sent)
        return STEPS[taken] if taken < len(STEPS) else None


STEPS: Final = tuple(NoticeStep)


def counted(since: date, on: date, pauses: Collection[Pause] = ()) -> int:
    """Return how many days after `since` have come by a day and count."""
    span = (on - since).days
    days = (since + ONE_DAY * n for n in range(1, span + 1))
    return sum(not _is_paused(day, pauses) for day in days) if pauses else max(span, 0)


def day_after(since: date, days: int, pauses: Collection[Pause] = ()) -> date:
    """Return the first day by which so many days after `since` count."""
    if not pauses:
        return since + ONE_DAY * max(days, 0)
    day = since
    while days > 0:
        day += ONE_DAY
        days -= not _is_paused(day, pauses)
    return day


def climb(
    notices: Iterable[Notice], *, pauses: Collection[Pause], on: date, policy: Policy
) -> Ladder:
    """
    Return the steps that were taken by a day (R70).

    One at a time, none skipped: a notice counts only once the step before it was taken, and
    only when it left no earlier than its days after that one, whatever else was sent.
    """
    counting = [notice for notice in notices if notice.counts]
    taken: list[tuple[NoticeStep, date]] = []
    for step in STEPS:
        earliest = due_on(Ladder(sent=tuple(taken)), pauses=pauses, policy=policy) or date.min
        days = [
            notice.sent_on
            for notice in counting
            if notice.step is step and notice.sent_on and earliest <= notice.sent_on <= on
        ]
        if not days:
            break
        taken.append((step, min(days)))
    return Ladder(sent=tuple(taken))


def due_on(ladder: Ladder, *, pauses: Collection[Pause], policy: Policy) -> date | None:
    """
    Return the first day of what comes next: a notice, or `ready`; None for the first notice.

    Each step is its days after the first notice, and never closer to the step before it than
    the rulebook has them: a machine that was off rushes nothing.
    """
    if not ladder.sent:
        return None
    taken, days = len(ladder.sent), policy.notice_days
    first, last = ladder.sent[0][1], ladder.sent[-1][1]
    from_first = day_after(first, days[taken] - days[0], pauses)
    return max(from_first, day_after(last, days[taken] - days[taken - 1], pauses))


def causing(
    notices: Iterable[Notice],
    invoice_ids: Collection[int],
    *,
    pauses: Sequence[Pause],
    on: date,
    policy: Policy,
) -> frozenset[int]:
    """Return which invoices may cause suspension: named at least 14 days ago (R70-R75)."""
    least = policy.notice_days[-1] - policy.notice_days[0]
    named: set[int] = set()
    for notice in notices:
        if not notice.counts or notice.sent_on is None or notice.sent_on > on:
            continue
        if counted(notice.sent_on, on, pauses) >= least:
            named |= notice.invoice_ids
    return frozenset(named.intersection(invoice_ids))


def _is_paused(day: date, pauses: Iterable[Pause]) -> bool:
    return any(pause.holds(day) for pause in pauses)
