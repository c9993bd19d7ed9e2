"""Taking a file in: read, put aside, counted, merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from typing import Final, Protocol

from bot.kernel.batches import in_batches
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.store import bulk
from bot.store.database import Database
from bot.workflows.imports import publishing
from bot.workflows.imports.cells import BadCell
from bot.workflows.imports.customers import CustomerIntake
from bot.workflows.imports.invoices import InvoiceIntake
from bot.workflows.imports.layouts import CUSTOMERS, INVOICES, PAYMENTS, PEOPLE, Layout
from bot.workflows.imports.mapping import ColumnMap
from bot.workflows.imports.parsing import Faulty, Parsed, RowParser, problem_of
from bot.workflows.imports.payments import PaymentIntake
from bot.workflows.imports.people import PersonIntake
from bot.workflows.imports.rows import Rows
from bot.workflows.imports.shapes import Shape, Staged
from bot.workflows.imports.tally import Tally


class NotWhole(Refused):
    """Nothing was taken: a strict import found errors, or there was nothing but errors."""

    def __init__(self, message: str, tally: Tally) -> None:
        super().__init__(message)
        self.tally = tally


class Intake(Protocol):
    """One kind of file on its way into the book."""

    @property
    def shape(self) -> Shape:
        """What turns a row's values into what is put aside."""

    def take(self, rows: Sequence[Staged], tally: Tally) -> None:
        """Put rows aside, and reject those that contradict an earlier one."""

    def merge(self, tally: Tally, *, source: str, at: datetime) -> None:
        """Bring what was put aside into the book."""


INTAKES: Final[Mapping[str, Callable[[bulk.Load, frozenset[str]], Intake]]] = {
    INVOICES.name: InvoiceIntake,
    CUSTOMERS.name: CustomerIntake,
    PEOPLE.name: PersonIntake,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a file is to be taken in."""

    layout: Layout
    column_map: ColumnMap = field(default_factory=ColumnMap)
    is_strict: bool = False
    """All rows or none."""
    last_day: date | None = None
    """A payment that was received after this is pointed out; None: none is."""


def take_in(database: Database, rows: Rows, plan: Plan, *, at: datetime) -> Tally:
    """
    Import a file: rows with an error are listed and left out, all others taken.

    Strict takes all or nothing. The same file a second time changes nothing.

    :raises BadFile: if the file as a whole cannot be imported.
    :raises NotWhole: if it is strict and a row has an error.
    :raises LoadRunning: if another import is running.
    """
    parser = RowParser(plan.layout, rows, plan.column_map)
    with bulk.opened(database) as load:
        publishing.clear(load)
        intake, tally = _intake(plan, load, parser.present), Tally()
        for batch in in_batches(parser, bulk.SLICE):
            _take(batch, intake, tally)
        if plan.is_strict and tally.rejected:
            raise NotWhole(_refusal(rows, tally), tally)
        intake.merge(tally, source=rows.source, at=at)
    return tally


def _intake(plan: Plan, load: bulk.Load, present: frozenset[str]) -> Intake:
    if plan.layout is PAYMENTS:
        return PaymentIntake(load, present, plan.last_day)
    return INTAKES[plan.layout.name](load, present)


def _take(batch: Iterable[Parsed | Faulty], intake: Intake, tally: Tally) -> None:
    shape = intake.shape.shape
    staged = []
    for row in batch:
        if isinstance(row, Faulty):
            _leave_out(row, intake, tally)
            continue
        try:
            staged.append(shape(row.line, row.values))
        except BadCell as error:
            _leave_out(Faulty((problem_of(row.line, error),), row.named()), intake, tally)
    amounts = map(intake.shape.amount_in, staged)
    tally.accept(amounts)
    intake.take(staged, tally)


def _leave_out(row: Faulty, intake: Intake, tally: Tally) -> None:
    problems = list(row.problems)
    amount: Money | None = None
    try:
        amount = intake.shape.amount_of(row.values)
    except BadCell as error:
        problem = problem_of(row.line, error)
        problems += [problem] if problem not in problems else []
    tally.reject(problems, amount)
    tally.unreadable_amounts += intake.shape.has_amounts and amount is None


def _refusal(rows: Rows, tally: Tally) -> str:
    count = tally.rejected
    what = "1 row has an error" if count == 1 else f"{count:,} rows have errors"
    return f"Nothing of {rows.source} was imported: {what}, and --strict takes all or nothing."
