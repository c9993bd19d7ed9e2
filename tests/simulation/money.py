"""
Money in random order: what is billed, paid, returned, credited, changed, promised and disputed.

    python -m tests.simulation.money [--operations 1000000] [--seed N] [--batch 20000]

Files of random operations go through the real import, promises and disputes through the real
operations. After each file the balances of the desk equal those of a fold of its own, buckets
and unapplied money together are what is outstanding, and not a cent is left over.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time as clock
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random, SystemRandom

from bot.cli.tables import import_records
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.policy import Policy
from bot.store.database import Database
from bot.workflows.disputes import operations as disputes
from bot.workflows.disputes.operations import Objection
from bot.workflows.disputes.rules import Department, Reason
from bot.workflows.ledger import queries as ledger
from bot.workflows.people.records import Person
from bot.workflows.promises import operations as promises
from bot.workflows.promises.operations import Made, NewPromise
from bot.workflows.promises.rules import Owed
from tests.simulation.book import Account, Bill, Book, Receipt, Totals
from tests.simulation.checks import money
from tests.simulation.checks.raw import Tables, tables
from tests.simulation.files import bring
from tests.support.book import CUSTOMERS, Imports
from tests.support.desk import KEY, MONDAY_8_AM, TODAY

KINDS = ("bill", "pay", "pay", "pay", "change", "credit", "give_back", "loose", "settle")
PAYERS = 40
SAID = 0.004
"""The share of promises and of disputes: each is a transaction of its own."""


@dataclass
class Till:
    """A desk and the book it should have, after any operations in any order."""

    database: Database
    folder: Path
    chance: Random
    policy: Policy = field(default_factory=Policy)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.database.create_tables()
        self.imports = Imports(self.database, self.folder, now=MONDAY_8_AM)
        self.book = Book(self.chance)
        self._open: list[str] = []
        with self.database.transaction() as session:
            lead = Person(name="Lea", roles="lead", entra_id="lea", learned_at=MONDAY_8_AM)
            session.add(lead)
            session.flush()
            self.lead = lead.as_member()
        for n in range(1, PAYERS + 1):
            one = Account(f"P{n}", f"Hotel {n}", f"P{n}", "", "", "", "", "")
            self.book.accounts[one.number] = one
        rows = [f"{one.number},{one.name}," for one in self.book.accounts.values()]
        self.imports.take("customers", CUSTOMERS, *rows, strict=True)

    def do(self, kind: str) -> None:
        """Do one operation with the book; the desk hears of it with the next file."""
        self.counts[kind] += 1
        if kind == "bill" or not self._open:
            self._bill()
        else:
            getattr(self, f"_{kind}")(self.chance.choice(self._open))

    def bring(self) -> None:
        """Hand everything new to the desk, as files."""
        bring(self.imports, self.book)
        self.book.look(TODAY)
        self._open = [n for n in sorted(self.book.open_bills) if self.book.bills[n].minor > 0]

    def say(self, *, is_promise: bool) -> None:
        """Take a promise, or a dispute, for one bill as the desk has it."""
        numbers = [n for n in self._open if self.book.left(n, TODAY) > 0]
        if not numbers:
            return
        number = self.chance.choice(numbers)
        left = self.book.left(number, TODAY)
        amount = Money(self.chance.randrange(1, left + 1), "USD")
        with tables(self.database) as found:
            [(invoice, payer)] = found.rows(
                "SELECT id, payer_id FROM invoices WHERE number = :number", number=number
            )
        try:
            (self._promise if is_promise else self._object)(payer, invoice, amount)
        except Refused:
            self.counts["refused"] += 1

    def wrong(self) -> Iterator[str]:
        """Yield a sentence for each cent that is not where it should be."""
        yield from money.check_totals(self.database, self.book, TODAY)
        with self.database.reading() as session:
            usd = ledger.aging(session, on=TODAY).get("USD")
        if usd and usd.outstanding != sum(usd.buckets) + usd.unapplied:
            yield "buckets and unapplied money are not what is outstanding"
        with tables(self.database) as found:
            yield from _parts(found)

    def wrong_rows(self) -> Iterator[str]:
        """Yield the same, row by row."""
        yield from money.check_rows(self.database, self.book, TODAY)

    @property
    def totals(self) -> Totals:
        """What it should all come to."""
        return self.book.totals(TODAY)

    # operations

    def _bill(self) -> None:
        due = TODAY - timedelta(days=self.chance.randrange(-20, 150))
        number = f"I{len(self.book.bills):08d}"
        account = self.chance.choice(list(self.book.accounts))
        minor = self.chance.randrange(1, 5_000_00)
        dated = min(due - timedelta(days=20), TODAY)
        self._put(
            Bill(number=number, account=account, kind="mrr", dated=dated, due=due, minor=minor)
        )
        self._open.append(number)

    def _pay(self, number: str) -> None:
        minor = self.chance.choice((1, 100, self.book.bills[number].minor, 9_999_99))
        self._receive(number, minor, names=number)

    def _loose(self, number: str) -> None:
        self._receive(number, self.chance.randrange(1, 900_00), names="")

    def _receive(self, number: str, minor: int, *, names: str) -> None:
        bill = self.book.bills[number]
        on = TODAY - timedelta(days=self.chance.randrange(0, 60))
        self.book.change_receipt(
            Receipt(
                number=f"R{len(self.book.receipts):08d}",
                account=bill.account,
                on=on,
                minor=minor,
                bill=names,
            )
        )

    def _give_back(self, number: str) -> None:
        for receipt in sorted(self.book.by_bill.get(number, ()))[:1]:
            kept = self.book.receipts[receipt]
            less = self.chance.randrange(1, kept.minor + 1)
            self.book.change_receipt(replace(kept, minor=less))

    def _credit(self, number: str) -> None:
        bill, new = self.book.bills[number], f"C{len(self.book.bills):08d}"
        minor = -self.chance.randrange(1, 300_00)
        self._put(replace(bill, number=new, minor=minor, settled_on=None))

    def _change(self, number: str) -> None:
        bill = self.book.bills[number]
        minor = self.chance.randrange(1, 5_000_00)
        due = bill.due + timedelta(days=self.chance.randrange(-3, 4))
        self._put(replace(bill, minor=minor, due=due, disputed=minor // 3))

    def _settle(self, number: str) -> None:
        bill = self.book.bills[number]
        gone = None if bill.settled_on else TODAY - timedelta(days=self.chance.randrange(0, 9))
        self._put(replace(bill, settled_on=gone))

    def _put(self, bill: Bill) -> None:
        self.book.set_bill(bill)

    def _promise(self, payer: int, invoice: int, amount: Money) -> None:
        owed = Owed(invoice_id=invoice, number="", amount=amount)
        said = NewPromise(amount=amount, owed=(owed,), due_on=TODAY + timedelta(days=3))
        made = Made(payer_id=payer, call_id=0, by=self.lead.id, at=MONDAY_8_AM)
        with self.database.transaction() as session:
            promises.make(session, said, made=made, policy=self.policy)
        self.counts["promise"] += 1

    def _object(self, payer: int, invoice: int, amount: Money) -> None:
        objection = Objection(
            payer_id=payer,
            invoice_ids=(invoice,),
            amount=amount,
            reason=next(iter(Reason)),
            description="Not ours",
            contact="",
            department=next(iter(Department)),
        )
        with self.database.transaction() as session:
            disputes.capture(
                session, objection, by=self.lead, at=MONDAY_8_AM, policy=self.policy
            )
        self.counts["dispute"] += 1


def run(till: Till, operations: int, batch: int) -> list[str]:
    """Do so many operations in files of a batch each, and return what was wrong."""
    wrong: list[str] = []
    done = 0
    while done < operations and not wrong:
        size = min(batch, operations - done)
        said = round(size * SAID)
        for _ in range(size - 2 * said):
            till.do(till.chance.choice(KINDS))
        till.bring()
        for n in range(2 * said):
            till.say(is_promise=bool(n % 2))
        done += size
        wrong += till.wrong()
    return wrong + list(till.wrong_rows())


def main() -> int:
    """Run, print what happened, and return 1 if a cent was anywhere else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1, 1_000_000))
    given = parser.parse_args()
    import_records()
    began, folder = clock.perf_counter(), Path(tempfile.mkdtemp())
    database = Database(f"sqlite:///{folder / 'desk.db'}", audit_key=KEY)
    try:
        till = Till(database, folder, Random(given.seed))
        wrong = run(till, given.operations, given.batch)
    finally:
        database.close()
        shutil.rmtree(folder)
    seconds = clock.perf_counter() - began
    print(f"seed {given.seed}: {given.operations:,} operations in {seconds:.0f} s")
    for kind, count in sorted(till.counts.items()):
        print(f"  {kind}: {count:,}")
    print(f"  outstanding, by the desk and by the fold: {till.totals.outstanding:,} cents")
    for sentence in wrong[:20]:
        print(f"  WRONG {sentence}")
    return int(bool(wrong))


def _parts(found: Tables) -> Iterator[str]:
    for whole, part, key in (
        ("promises", "promised_invoices", "promise_id"),
        ("disputes", "disputed_invoices", "dispute_id"),
    ):
        strays = found.one(
            f"SELECT COUNT(*) FROM (SELECT w.id FROM {whole} w JOIN {part} p "
            f"ON p.{key} = w.id GROUP BY w.id, w.amount "
            "HAVING SUM(p.amount) != w.amount) AS strays"
        )
        if strays:
            yield f"{strays} {whole} are not the sum of their parts"


if __name__ == "__main__":
    sys.exit(main())
