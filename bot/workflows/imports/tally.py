"""What came of an import: control totals to the cent, and what is wrong with it (I18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field
from operator import attrgetter
from typing import Final

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.workflows.imports.parsing import Problem

LISTED: Final = 10_000
"""Problems beyond this many are counted, not listed, so that memory does not grow."""


@dataclass(slots=True)
class Tally:
    """
    Rows and money, accepted and rejected.

    Every row of the file is one or the other, and both totals add up to the file; a row whose
    amount cannot be read is rejected, and counted apart since it is in neither total. A row
    that only repeats an earlier one is accepted: it is right, and changes nothing.
    """

    accepted: int = 0
    rejected: int = 0
    unreadable_amounts: int = 0
    repeated: int = 0
    """Accepted rows that say the same as an earlier row of the file."""
    new: int = 0
    changed: int = 0
    accepted_total: Counter[str] = field(default_factory=Counter)
    rejected_total: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    not_listed: int = 0
    """Problems beyond `LISTED`."""
    notes: list[str] = field(default_factory=list)
    """What a person should know of, beside the rows."""

    @property
    def by_line(self) -> list[Problem]:
        """The problems as they stand in the file; some are only found at its end."""
        return sorted(self.problems, key=attrgetter("line"))

    def accept(self, amounts: Iterable[tuple[str, int]]) -> None:
        """Count rows as accepted, each with its currency and amount (none: no currency)."""
        for currency, minor in amounts:
            self.accepted += 1
            self.accepted_total[currency] += minor

    def reject(self, problems: Iterable[Problem], amount: Money | None = None) -> None:
        """Count a row as rejected, with its amount where that can be read."""
        self.rejected += 1
        if amount is not None:
            self.rejected_total[amount.currency] += amount.minor
        for problem in problems:
            if len(self.problems) < LISTED:
                self.problems.append(problem)
            else:
                self.not_listed += 1

    def turn_down(self, problem: Problem, amount: Money | None) -> None:
        """Reject a row that had been counted as accepted."""
        self.accepted -= 1
        if amount is not None:
            self.accepted_total[amount.currency] -= amount.minor
        self.reject((problem,), amount)

    def money(self, totals: Mapping[str, int]) -> dict[str, Money]:
        """Return totals as money, by currency."""
        return {
            currency: Money(totals[currency], currency)
            for currency in sorted(totals)
            if currency
        }
