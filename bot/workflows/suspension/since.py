"""What has happened to the cases of a digest since it was posted (R168)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store.rows import record
from bot.workflows.suspension import queries, remarks
from bot.workflows.suspension.digest_queries import Line
from bot.workflows.suspension.overdue import overdue
from bot.workflows.suspension.records import Digest
from bot.workflows.suspension.remarks import Said
from bot.workflows.suspension.rules import CaseState


@dataclass(frozen=True, slots=True)
class Since:
    """How a case differs from what was posted, and a note that is newer."""

    steps: tuple[str, ...]
    note: Said | None

    def words(self, longest: int) -> str:
        """Return both; empty if nothing has happened. `longest`: characters of a note."""
        if self.note is None:
            return ", ".join(self.steps)
        said = wording.shortened(self.note.words, longest)
        return ", ".join((*self.steps, f"“{said}” {self.note.name}"))


def posted(
    session: Session, lines: Sequence[Line], *, on: date, policy: Policy
) -> dict[int, Since]:
    """Return, by case number, what has happened to cases since they were posted."""
    cases = [line.record.case_id for line in lines]
    notes = remarks.last_notes(session, cases)
    states = queries.states_of(session, cases)
    payers = [line.payer_id for line in lines]
    now = overdue(session, on=on, policy=policy, payer_ids=payers)
    found: dict[int, Since] = {}
    for line in lines:
        owes = {each.currency: each.total for each in now.get(line.payer_id, ())}
        steps = (*_moved(line, states[line.record.case_id]), *_steps(line, owes))
        note = notes.get(line.record.case_id)
        digest = record(session, Digest, line.record.digest_id)
        is_newer = note is not None and note.at > digest.made_at
        found[line.number] = Since(steps, note if is_newer else None)
    return found


def _steps(line: Line, owes: Mapping[str, int]) -> list[str]:
    then = {each.total.currency: each.total.minor for each in line.owed}
    steps = [
        Money(owes.get(currency, 0) - then.get(currency, 0), currency)
        for currency in sorted(owes.keys() | then.keys())
    ]
    return [
        f"{'up' if step.minor > 0 else 'down'} {Money(abs(step.minor), step.currency)}"
        for step in steps
        if step.minor
    ]


def _moved(line: Line, now: CaseState) -> list[str]:
    if line.pack is None or now is line.pack.state:
        return []
    return [f"now {now.words}"]
