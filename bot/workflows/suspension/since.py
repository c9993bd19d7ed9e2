"""What has happened to the cases of a digest since it was posted (R168)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.suspension import queries
from bot.workflows.suspension.digest_queries import Line
from bot.workflows.suspension.overdue import overdue
from bot.workflows.suspension.queries import Said
from bot.workflows.suspension.records import Digest
from bot.workflows.suspension.rules import CaseState


def posted(
    session: Session, lines: Sequence[Line], *, on: date, policy: Policy, longest: int
) -> dict[int, str]:
    """
    Return, by case number, how cases differ from those posted, and newer notes.

    :param longest: characters of a note.
    """
    cases = [line.record.case_id for line in lines]
    notes = queries.last_notes(session, cases)
    states = queries.states_of(session, cases)
    payers = [line.payer_id for line in lines]
    now = overdue(session, on=on, policy=policy, payer_ids=payers)
    found: dict[int, str] = {}
    for line in lines:
        owes = {each.currency: each.total for each in now.get(line.payer_id, ())}
        told = [
            *_moved(line, states[line.record.case_id]),
            *_steps(line, owes),
            *_newer_note(session, line, notes, longest),
        ]
        found[line.number] = ", ".join(told)
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


def _newer_note(
    session: Session, line: Line, notes: Mapping[int, Said], longest: int
) -> list[str]:
    note = notes.get(line.record.case_id)
    digest = session.get_one(Digest, line.record.digest_id)
    if note is None or note.at <= digest.made_at:
        return []
    words = note.words
    cut = words if len(words) <= longest else f"{words[:longest].rstrip()}…"
    return [f"“{cut}” {note.name}"]
