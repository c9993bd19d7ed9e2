"""The accounts (sites) of a case: how far each has got, and what it owes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.workflows.suspension.case_facts import Account, Facts, Owing
from bot.workflows.suspension.readiness import Standing
from bot.workflows.suspension.rules import CaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSum:
    """What an account has more than 30 days past due in one currency."""

    total: Money
    """All of it; the next two are parts of it, the rest may lead to suspension."""
    disputed: Money
    planned: Money
    """On a payment plan that is kept."""
    causing: Money
    """What of the rest may cause suspension: named in a notice long enough ago."""
    oldest_due: date | None
    """Of the rest; None if there is none."""

    @property
    def owed(self) -> Money:
        """What may lead to suspension: neither disputed nor on a plan."""
        return self.total - self.disputed - self.planned


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFile:
    """One account (site) of the payer in the case."""

    account_id: int
    number: str
    name: str
    state: CaseState
    sums: tuple[AccountSum, ...]
    """One a currency, in the order of its name."""
    invoices: tuple[str, ...]
    """The numbers of the invoices in `owed`."""
    oldest_days: int

    @property
    def owed(self) -> tuple[Money, ...]:
        """Undisputed and more than 30 days past due, a figure a currency."""
        return tuple(one.owed for one in self.sums if one.owed.minor)

    @property
    def disputed(self) -> tuple[Money, ...]:
        """What is disputed of all that is that late, a figure a currency."""
        return tuple(one.disputed for one in self.sums if one.disputed.minor)

    @property
    def causing(self) -> tuple[Money, ...]:
        """What may cause suspension, a figure a currency."""
        return tuple(one.causing for one in self.sums if one.causing.minor)

    @property
    def may_cause(self) -> str:
        """How much of what is owed may cause suspension, in words; no sum is said twice."""
        part = "all" if self.causing == self.owed else " + ".join(map(str, self.causing))
        return f"{part or 'none'} of it may cause suspension"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """An account in one currency."""

    number: str
    name: str
    state: CaseState
    sum: AccountSum | None
    """None: nothing is that late."""


def lines(files: Iterable[AccountFile]) -> Iterator[AccountLine]:
    """Return accounts a line each currency, at least one an account."""
    for file in files:
        for one in file.sums or (None,):
            yield AccountLine(number=file.number, name=file.name, state=file.state, sum=one)


def of(known: Facts, standing: Standing, *, on: date) -> tuple[AccountFile, ...]:
    """Return the accounts of a case that owe or have got anywhere."""
    files = []
    for account in known.accounts:
        owing = [one for one in known.owed if one.account_id == account.id]
        if owing or standing.accounts[account.id] is not CaseState.CLOSED:
            files.append(_file(account, owing, standing, on))
    return tuple(files)


def _file(
    account: Account, owing: Collection[Owing], standing: Standing, on: date
) -> AccountFile:
    asked = [one for one in owing if one.undisputed > 0]
    return AccountFile(
        account_id=account.id,
        number=account.number,
        name=account.name,
        state=standing.accounts[account.id],
        sums=tuple(_sums(owing, standing.causing)),
        invoices=tuple(one.number for one in asked),
        oldest_days=max(((on - one.due_on).days for one in asked), default=0),
    )


def _sums(owing: Collection[Owing], causing: Collection[int]) -> Iterator[AccountSum]:
    for currency in sorted({one.currency for one in owing}):
        these = [one for one in owing if one.currency == currency]
        asked = [one for one in these if one.undisputed > 0]
        named = (one.undisputed for one in asked if one.invoice_id in causing)
        yield AccountSum(
            total=Money(sum(one.balance for one in these), currency),
            disputed=Money(sum(one.disputed for one in these), currency),
            planned=Money(sum(one.planned for one in these), currency),
            causing=Money(sum(named), currency),
            oldest_due=min((one.due_on for one in asked), default=None),
        )
