"""
What a case's facts come to: the state of each account, and what its evidence lacks. Pure.

Every state follows from facts of that day alone, so a fact that is taken back (a payment that
is returned, a mail that bounces, a call that is undone) puts the case back where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from enum import StrEnum

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.suspension import ladder as ladders
from bot.workflows.suspension.contacts import Contacts
from bot.workflows.suspension.ladder import Ladder, Notice, NoticeStep, Pause
from bot.workflows.suspension.rules import CaseState, furthest, part_off, stands


class RestoredFor(StrEnum):
    """Why services were restored."""

    PAID = "paid"
    """What the notice named is paid (R57)."""
    PART = "part"
    """A decider took a part payment for enough."""
    MISTAKE = "mistake"
    """They should not have been suspended: nothing is owed the less for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """An invoice more than 30 days past due; minor units."""

    invoice_id: int
    number: str
    account_id: int
    due_on: date
    currency: str
    balance: int
    disputed: int
    """Of the balance."""
    planned: int = 0
    """Of the rest: on a payment plan that is kept."""

    @property
    def undisputed(self) -> int:
        """What may lead to suspension."""
        return self.balance - self.disputed - self.planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Services that support restored, and what was left owing of what the notices named."""

    on: date
    why: RestoredFor
    left: int
    """Minor units, of all currencies together: compared with itself only."""
    gone: int = 0
    """What was returned since of the money it rested on, without regard to invoices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A site of the payer, and what support did there last."""

    id: int
    name: str = ""
    is_suspended: bool = False
    restored: Restored | None = None
    stop: str = ""
    """Why this account may never be suspended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a case on a day."""

    opened_on: date
    accounts: tuple[Account, ...]
    owed: tuple[Owing, ...] = ()
    unapplied: Mapping[str, int] = field(default_factory=dict)
    """The payer's money and credits that are on no invoice yet, by currency."""
    notices: tuple[Notice, ...] = ()
    withheld: Mapping[int, int] = field(default_factory=dict)
    """What the last notice that named an invoice left out of it, by the invoice's id."""
    contacts: Contacts = field(default_factory=Contacts)
    pauses: tuple[Pause, ...] = ()
    stops: tuple[str, ...] = ()
    """Legal holds and the like, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
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
    owed = {one.invoice_id: one for one in facts.owed if one.undisputed > 0}
    telling = _telling(facts, owed, policy)
    climbed = ladders.climb(telling, pauses=facts.pauses, on=on, policy=policy)
    causing = _causing(facts, telling, owed, on=on, policy=policy)
    due = ladders.due_on(climbed, pauses=facts.pauses, policy=policy)
    paused = _paused_until(facts, on)
    is_open = not (facts.contacts.lacks() or facts.stops or paused or climbed.next_step)
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
        lacks_contacts=facts.contacts.lacks(),
        stops=facts.stops,
        paused_until=paused,
    )


def hangs_on_calls(facts: Facts, *, on: date, policy: Policy) -> bool:
    """Test if the calls on a case can change where it stands: all its notices are sent."""
    owed = {one.invoice_id: one for one in facts.owed if one.undisputed > 0}
    climbed = ladders.climb(
        _telling(facts, owed, policy), pauses=facts.pauses, on=on, policy=policy
    )
    return climbed.next_step is None or any(one.is_suspended for one in facts.accounts)


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
    is_covered = _is_covered([owed[one] for one in causing], facts.unapplied, policy)
    return frozenset() if is_covered else causing


def left_of(facts: Facts, account_id: int, *, until: date | None = None) -> int:
    """Return what is left of what the notices named of an account, disputed or not."""
    named = {
        invoice_id
        for notice in facts.notices
        if notice.sent_on and (until is None or notice.sent_on <= until)
        for invoice_id in notice.invoice_ids
    }
    return sum(
        one.balance
        for one in facts.owed
        if one.account_id == account_id and one.invoice_id in named
    )


def is_returned(facts: Facts, account: Account, policy: Policy) -> bool:
    """
    Test if the money that services were restored for has gone back, and is owing again (R57).

    Either more is left on what the notices named, or money that was on no invoice was returned
    and what remains of it does not pay for them.
    """
    restored = account.restored
    if restored is None or account.is_suspended or restored.why is RestoredFor.MISTAKE:
        return False
    left = left_of(facts, account.id, until=restored.on)
    if left > restored.left or not (left and restored.gone):
        return left > restored.left
    return not (is_paid(facts, account.id, policy) or is_whole(facts, policy))


def is_whole(facts: Facts, policy: Policy) -> bool:
    """Test if the payer's money pays all that the notices named, on every account (R57)."""
    return is_covered(_asked(facts), facts.unapplied, policy)


def is_paid(facts: Facts, account_id: int, policy: Policy) -> bool:
    """
    Test if what the notices named of one account is paid, in each currency (R57).

    Money that is on no invoice yet is for all that the notices named, so not counted here.
    """
    return is_covered(_asked(facts, account_id), {}, policy)


def _asked(facts: Facts, account_id: int | None = None) -> dict[str, int]:
    """
    Return what is left of what the notices asked for, by currency.

    What a notice left out as disputed is not asked for; what is disputed later is not paid.
    """
    named = {invoice for notice in facts.notices for invoice in notice.invoice_ids}
    left: dict[str, int] = {}
    for one in facts.owed:
        if one.invoice_id in named and account_id in (None, one.account_id):
            asked = one.balance - one.planned - facts.withheld.get(one.invoice_id, 0)
            left[one.currency] = left.get(one.currency, 0) + max(asked, 0)
    return left


def is_covered(left: Mapping[str, int], unapplied: Mapping[str, int], policy: Policy) -> bool:
    """Test if no currency has more left than the tolerance, with unapplied money counted."""
    return all(
        minor - max(unapplied.get(currency, 0), 0) <= policy.restore_tolerance
        for currency, minor in left.items()
    )


def _is_covered(owed: Iterable[Owing], unapplied: Mapping[str, int], policy: Policy) -> bool:
    left: dict[str, int] = {}
    for one in owed:
        left[one.currency] = left.get(one.currency, 0) + one.undisputed
    return is_covered(left, unapplied, policy)


def _still(notice: Notice, owed: Mapping[int, Owing], forgiven: Mapping[int, date]) -> Notice:
    """Return a notice with those of its invoices for which it still speaks."""
    sent_on = notice.sent_on or date.max
    speaks = frozenset(
        invoice_id
        for invoice_id in notice.invoice_ids
        if invoice_id in owed and sent_on > forgiven.get(owed[invoice_id].account_id, date.min)
    )
    return Notice(
        id=notice.id,
        step=notice.step,
        invoice_ids=speaks,
        sent_on=notice.sent_on,
        is_bounced=notice.is_bounced,
        is_stopped=notice.is_stopped,
        is_locked=notice.is_locked,
        missing_copies=notice.missing_copies,
    )


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
    return not _is_covered(mine, {}, policy)
