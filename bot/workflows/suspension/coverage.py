"""Whether what a case's notices named is paid, and whether that money stayed (R57). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from bot.policy import Policy
from bot.workflows.suspension.case_facts import Account, Facts, Owing, RestoredFor


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


def owed_is_covered(
    owed: Iterable[Owing], unapplied: Mapping[str, int], policy: Policy
) -> bool:
    """Test if what may lead to suspension is paid but for the tolerance, in each currency."""
    left: dict[str, int] = {}
    for one in owed:
        left[one.currency] = left.get(one.currency, 0) + one.undisputed
    return is_covered(left, unapplied, policy)
