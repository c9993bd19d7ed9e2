"""
What a case's facts come to: the state of each account, and what its evidence lacks. Pure.

Every state follows from facts of that day alone, so a fact that is taken back (a payment that
is returned, a mail that bounces, a call that is undone) puts the case back where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.kernel.shapes import value
from bot.policy import Policy
from bot.workflows.suspension import ladder as ladders
from bot.workflows.suspension.case_facts import Account, Facts, Owing, RestoredFor
from bot.workflows.suspension.coverage import is_returned, owed_is_covered
from bot.workflows.suspension.ladder import Ladder, Notice, NoticeStep
from bot.workflows.suspension.rules import CaseState, furthest, part_off, stands


@value(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a case stands on a day."""

    state: CaseState
    accounts: Mapping[int, CaseState]
    ladder: Ladder
    named: Mapping[int, tuple[NoticeStep, ...]]
    """The steps that were taken with what an account still owes, by account, in order."""
    causing: frozenset[int]
    """The invoices that may cause suspension."""
    next_due: date | None
    """The first day of the next notice, or of `ready`; None before the first notice."""
    lacks_contacts: tuple[str, ...]
    """What of the calls is missing, in words."""
    stops: tuple[str, ...]
    paused_until: date | None

    @property
    def words(self) -> str:
        """Where it stands in words: `ready`, `suspended: 1 of 3 sites`."""
        return stands(self.state, part_off(self.accounts.values()))

    @property
    def next_step(self) -> NoticeStep | None:
        """The notice that comes next."""
        return self.ladder.next_step


def stand(facts: Facts, *, on: date, policy: Policy) -> Standing:
    """Return where a case stands on a day (R70-R75)."""
    owed, telling, climbed = _climbed(facts, on=on, policy=policy)
    causing = _causing(facts, telling, owed, on=on, policy=policy)
    due = ladders.due_on(climbed, pauses=facts.pauses, policy=policy)
    paused = _paused_until(facts, on)
    lacks = facts.contacts.lacks()
    is_open = not (lacks or facts.stops or paused or climbed.next_step)
    ripe = is_open and due is not None and due <= on
    named = {one.id: _named(telling, climbed, owed, one.id) for one in facts.accounts}
    states = {
        one.id: _state(
            one,
            [owing for owing in owed.values() if owing.account_id == one.id],
            max(named[one.id], key=ladders.STEPS.index, default=None),
            is_ready=ripe and _causes(one, owed, causing, policy),
        )
        for one in facts.accounts
    }
    return Standing(
        state=furthest(states.values()),
        accounts=states,
        ladder=climbed,
        named=named,
        causing=causing,
        next_due=due,
        lacks_contacts=lacks,
        stops=facts.stops,
        paused_until=paused,
    )


def hangs_on_calls(facts: Facts, *, on: date, policy: Policy) -> bool:
    """Test if the calls on a case can change where it stands: all its notices are sent."""
    _, _, climbed = _climbed(facts, on=on, policy=policy)
    return climbed.next_step is None or any(one.is_suspended for one in facts.accounts)


def _climbed(
    facts: Facts, *, on: date, policy: Policy
) -> tuple[dict[int, Owing], list[Notice], Ladder]:
    """Return what is owed, the notices that still name any of it, and the steps taken."""
    owed = {one.invoice_id: one for one in facts.owed if one.undisputed > 0}
    telling = _telling(facts, owed, policy)
    return owed, telling, ladders.climb(telling, pauses=facts.pauses, on=on, policy=policy)


def _telling(facts: Facts, owed: Mapping[int, Owing], policy: Policy) -> list[Notice]:
    """Return the notices that still name anything that is owed."""
    back = _forgiven(facts, policy)
    notices = (_still(notice, owed, back) for notice in facts.notices)
    return [notice for notice in notices if notice.invoice_ids]


def _paused_until(facts: Facts, on: date) -> date | None:
    return max((pause.last_day for pause in facts.pauses if pause.holds(on)), default=None)


def _causing(
    facts: Facts,
    telling: Sequence[Notice],
    owed: Mapping[int, Owing],
    *,
    on: date,
    policy: Policy,
) -> frozenset[int]:
    """Return the invoices that may cause suspension; none where money on account covers all."""
    causing = ladders.causing(telling, owed, pauses=facts.pauses, on=on, policy=policy)
    is_covered = owed_is_covered([owed[one] for one in causing], facts.unapplied, policy)
    return frozenset() if is_covered else causing


def _still(notice: Notice, owed: Mapping[int, Owing], forgiven: Mapping[int, date]) -> Notice:
    """Return a notice with those of its invoices for which it still speaks."""
    sent_on = notice.sent_on or date.max
    speaks = frozenset(
        invoice_id
        for invoice_id in notice.invoice_ids
        if invoice_id in owed and sent_on > forgiven.get(owed[invoice_id].account_id, date.min)
    )
    return notice if speaks == notice.invoice_ids else replace(notice, invoice_ids=speaks)


def _forgiven(facts: Facts, policy: Policy) -> dict[int, date]:
    """Return the day until which notices are not held against accounts: services came back."""
    return {
        account.id: account.restored.on
        for account in facts.accounts
        if account.restored
        and account.restored.why is not RestoredFor.MISTAKE
        and not is_returned(facts, account, policy)
    }


def _named(
    telling: Iterable[Notice], climbed: Ladder, owed: Mapping[int, Owing], account_id: int
) -> tuple[NoticeStep, ...]:
    named = {
        notice.step
        for notice in telling
        if notice.counts
        and any(owed[one].account_id == account_id for one in notice.invoice_ids)
    }
    return tuple(step for step, _ in climbed.sent if step in named)


def _state(
    account: Account, owed: list[Owing], level: NoticeStep | None, *, is_ready: bool
) -> CaseState:
    if account.is_suspended:
        return CaseState.SUSPENDED
    was_restored = account.restored is not None
    if not owed:
        return CaseState.RESTORED if was_restored else CaseState.CLOSED
    if level is None:
        return CaseState.RESTORED if was_restored else CaseState.WATCH
    return CaseState.READY if is_ready and not account.stop else level.state


def _causes(
    account: Account,
    owed: Mapping[int, Owing],
    causing: frozenset[int],
    policy: Policy,
) -> bool:
    mine = [owed[one] for one in causing if owed[one].account_id == account.id]
    return not owed_is_covered(mine, {}, policy)
