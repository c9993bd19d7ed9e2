"""
An invented company's book, and what it comes to by its own arithmetic.

It bills each month, is paid early, late, in part or not at all, has payments returned, grants
credits and changes rows. What changed goes to the desk as files; the balances are folded here
from the same facts by code of the simulation's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Final, NamedTuple

ONE_DAY: Final = timedelta(days=1)
WRITTEN_OFF_AFTER: Final = timedelta(days=270)
"""What is so late is given up, at the month's beginning."""
ENDS: Final = (0, 30, 60, 90, 120)
ZONES: Final = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice, or with a negative amount a credit."""

    number: str
    account: str
    kind: str
    dated: date
    due: date
    minor: int
    disputed: int = 0
    settled_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money received; returned: its amount became nothing."""

    number: str
    account: str
    on: date
    minor: int
    bill: str


class Account(NamedTuple):
    """A customer of the company."""

    number: str
    name: str
    payer: str
    agent: str
    email: str
    zone: str
    flags: str
    habit: str
    """How it pays: `prompt`, `late`, `slow`, `never`."""


class Totals(NamedTuple):
    """What is owed in all."""

    buckets: tuple[int, ...]
    unapplied: int
    invoices: int

    @property
    def outstanding(self) -> int:
        """Everything together."""
        return sum(self.buckets) + self.unapplied


@dataclass
class Changes:
    """What is new since the last file."""

    bills: set[str] = field(default_factory=set)
    receipts: set[str] = field(default_factory=set)


@dataclass
class Book:
    """All that was ever billed and received, as it stands now."""

    chance: Random
    accounts: dict[str, Account] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    by_bill: dict[str, set[str]] = field(default_factory=dict)
    open_bills: set[str] = field(default_factory=set)
    """Those with anything left, as of the last look."""
    loose: set[str] = field(default_factory=set)
    """Receipts with anything unapplied."""
    plans: dict[date, list[tuple[str, int]]] = field(default_factory=dict)
    """What will be paid on a day: bill and percent."""
    returns: dict[date, list[str]] = field(default_factory=dict)
    """Receipts that will come back on a day."""

    # who there is

    def open_accounts(self, payers: int, agents: list[str]) -> None:
        """Invent the customers: some with sites, a few without an address."""
        habits = ("prompt",) * 4 + ("late",) * 3 + ("slow",) * 2 + ("never",)
        for n in range(1, payers + 1):
            chance = self.chance
            number, habit = f"P{n:04d}", chance.choice(habits)
            email = "" if n % 17 == 0 else f"ap{n}@payer.example"
            flag = {7: "consumer", 13: "legal_hold", 29: "never_suspend"}.get(n % 31, "")
            payer = Account(
                number,
                f"Hotel {_named(n)}",
                number,
                agents[n % len(agents)],
                email,
                chance.choice(ZONES),
                flag,
                habit,
            )
            self.accounts[number] = payer
            for site in range(1, (n % 3 == 0) * chance.randrange(1, 3) + 1):
                mine = f"{number}S{site}"
                name = f"{payer.name} Site {site}"
                self.accounts[mine] = payer._replace(number=mine, name=name)

    # what happens

    def live(self, day: date) -> None:
        """Let a day pass: bills on the first, payments as they come, and what goes wrong."""
        if day.day == 1:
            self._bill_month(day)
        elif day.day == 27:
            self._bill_finals(day)
        elif self.chance.random() < 0.5:
            account = self.chance.choice(list(self.accounts))
            self._bill(account, "other", day, self.chance.randrange(50_00, 2_000_00))
        for number, percent in self.plans.pop(day, []):
            self._pay(number, percent, day)
        for number in self.returns.pop(day, []):
            self.change_receipt(replace(self.receipts[number], minor=1))
        self._go_wrong(day)
        if day.day == 1:
            self._write_off_old(day)

    def pay_up(self, payer: str, day: date, percent: int = 100) -> None:
        """Let a payer pay everything that is open, such as after a notice."""
        for number in sorted(self.open_bills):
            bill = self.bills[number]
            if self.accounts[bill.account].payer == payer and bill.minor > 0:
                self._pay(number, percent, day)

    def _bill_month(self, day: date) -> None:
        for account in self.accounts.values():
            minor = 100_00 + (hash_of(account.number) % 900) * 1_00 + 37
            self._bill(account.number, "mrr", day, minor)

    def _bill_finals(self, day: date) -> None:
        for account in self.accounts.values():
            if self.chance.random() < 0.06:
                minor = self.chance.randrange(80_00, 4_000_00)
                self._bill(account.number, "final", day, minor)

    def _bill(self, account: str, kind: str, day: date, minor: int) -> None:
        number = f"{kind[0].upper()}{day:%y%m%d}-{account}-{len(self.bills)}"
        due = day + timedelta(days=self.chance.choice((15, 30, 30)))
        self.set_bill(
            Bill(number=number, account=account, kind=kind, dated=day, due=due, minor=minor)
        )
        self._plan_payment(number, due)

    def _plan_payment(self, number: str, due: date) -> None:
        chance, habit = self.chance, self.accounts[self.bills[number].account].habit
        if habit == "prompt":
            later = chance.randrange(-10, 3)
        elif habit == "late":
            later = chance.randrange(4, 28)
        elif habit == "slow":
            later = chance.randrange(20, 75)
        else:
            later = chance.randrange(60, 160)
        on = due + timedelta(days=later)
        if chance.random() < 0.15:
            part = chance.randrange(20, 80)
            self.plans.setdefault(on, []).append((number, part))
            on += timedelta(days=chance.randrange(3, 30))
        self.plans.setdefault(on, []).append((number, 100))

    def _pay(self, number: str, percent: int, day: date) -> None:
        left = self.left(number, day)
        minor = left if percent == 100 else left * percent // 100
        if minor <= 0:
            return
        names = number if self.chance.random() > 0.02 else ""
        if self.chance.random() < 0.01:
            minor += 10_00
        paid = Receipt(
            number=f"R{len(self.receipts):06d}",
            account=self.bills[number].account,
            on=day,
            minor=minor,
            bill=names,
        )
        self.change_receipt(paid)
        if not names:
            back = day + timedelta(days=self.chance.randrange(2, 12))
            self.plans.setdefault(back, []).append((number, 100))
        elif self.chance.random() < 0.015:
            back = day + timedelta(days=self.chance.randrange(1, 9))
            self.returns.setdefault(back, []).append(paid.number)
            again = back + timedelta(days=self.chance.randrange(5, 40))
            self.plans.setdefault(again, []).append((number, 100))

    def _go_wrong(self, day: date) -> None:
        if self.open_bills:
            numbers = sorted(self.open_bills)
            for share, wrong in (
                (0.10, self._credit),
                (0.10, self._dispute),
                (0.05, self._write_off),
                (0.05, self._correct),
            ):
                if self.chance.random() < share:
                    wrong(self.bills[self.chance.choice(numbers)], day)

    def _credit(self, bill: Bill, day: date) -> None:
        minor = -max(1, abs(bill.minor) // 10)
        number = f"C{day:%y%m%d}-{len(self.bills)}"
        self.set_bill(
            replace(bill, number=number, dated=day, due=day, minor=minor, kind="other")
        )

    def _dispute(self, bill: Bill, day: date) -> None:
        share = self.chance.choice((0, bill.minor // 2, bill.minor))
        self.set_bill(replace(bill, disputed=share))

    def _write_off(self, bill: Bill, day: date) -> None:
        self.set_bill(replace(bill, settled_on=day))

    def _write_off_old(self, day: date) -> None:
        for number in sorted(self.open_bills):
            if self.bills[number].due < day - WRITTEN_OFF_AFTER:
                self._write_off(self.bills[number], day)

    def _correct(self, bill: Bill, day: date) -> None:
        if bill.minor > 100:
            self.set_bill(replace(bill, minor=bill.minor - self.chance.randrange(1, 100)))

    def set_bill(self, bill: Bill) -> None:
        """Keep a bill as it is now; no more of it is disputed than there is."""
        bill = replace(bill, disputed=max(0, min(bill.disputed, bill.minor)))
        self.bills[bill.number] = bill
        self.changes.bills.add(bill.number)
        self.open_bills.add(bill.number)
        self.loose |= self.by_bill.get(bill.number, set())

    def change_receipt(self, receipt: Receipt) -> None:
        """Keep a receipt as it is now."""
        self.receipts[receipt.number] = receipt
        self.changes.receipts.add(receipt.number)
        self.loose.add(receipt.number)
        if receipt.bill:
            self.by_bill.setdefault(receipt.bill, set()).add(receipt.number)
            self.open_bills.add(receipt.bill)
            self.loose |= self.by_bill[receipt.bill]

    # what it comes to, by this module's own arithmetic

    def applied(self, number: str) -> dict[str, tuple[date, int]]:
        """Return how the receipts that name a bill settle it: from when, and how much."""
        bill, left = self.bills[number], self.bills[number].minor
        found: dict[str, tuple[date, int]] = {}
        mine = [self.receipts[one] for one in self.by_bill.get(number, ())]
        for receipt in sorted(mine, key=lambda one: (one.on, one.number)):
            on = max(receipt.on, bill.dated)
            if bill.settled_on and bill.settled_on <= on:
                continue
            minor = min(left, receipt.minor)
            if minor > 0:
                found[receipt.number] = (on, minor)
                left -= minor
        return found

    def left(self, number: str, on: date) -> int:
        """Return what is open of a bill on a day."""
        bill = self.bills[number]
        if on < bill.dated or (bill.settled_on and bill.settled_on <= on):
            return 0
        parts = self.applied(number).values()
        return bill.minor - sum(minor for day, minor in parts if day <= on)

    def unapplied(self, number: str, on: date) -> int:
        """Return what of a receipt settles nothing on a day."""
        receipt = self.receipts[number]
        if receipt.on > on:
            return 0
        part = self.applied(receipt.bill).get(number) if receipt.bill in self.bills else None
        return receipt.minor - (part[1] if part and part[0] <= on else 0)

    def look(self, on: date) -> None:
        """Forget, for later looks, what is settled for good."""
        self.open_bills = {one for one in self.open_bills if self.left(one, on)}
        self.loose = {one for one in self.loose if self.unapplied(one, on)}

    def totals(self, on: date) -> Totals:
        """Return buckets, credits and unapplied cash of the whole book on a day (today)."""
        buckets, unapplied, invoices = [0] * (len(ENDS) + 1), 0, 0
        for number in self.open_bills:
            left = self.left(number, on)
            if left > 0:
                age = (on - self.bills[number].due).days
                buckets[sum(age > end for end in ENDS)] += left
                invoices += 1
            else:
                unapplied += left
        unapplied -= sum(self.unapplied(one, on) for one in self.loose)
        return Totals(tuple(buckets), unapplied, invoices)

    def past_due(self, payer: str, on: date) -> int:
        """Return what of a payer's open bills is past due."""
        return sum(
            max(0, self.left(one, on))
            for one in self.open_bills
            if self.accounts[self.bills[one].account].payer == payer
            and self.bills[one].due < on
        )


def hash_of(words: str) -> int:
    """Return a number for words, the same in every process."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(words))


def _named(number: int) -> str:
    first = ("Aurora", "Bristol", "Cedar", "Dover", "Elm", "Fjord", "Grand", "Harbor", "Iris")
    second = ("Bay", "Court", "Garden", "House", "Inn", "Lodge", "Palace", "Park", "View")
    return f"{first[number % 9]} {second[number // 9 % 9]} {number}"
