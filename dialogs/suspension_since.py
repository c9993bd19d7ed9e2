"""What has happened to the cases of a digest since it was posted (R168)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.dialog import View
from bot.kernel.money import Money
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import queries
from bot.workflows.suspension.digest_queries import Line
from bot.workflows.suspension.overdue import overdue
from bot.workflows.suspension.queries import Said
from dialogs import suspension_words as words


def since_posted(view: View, lines: Sequence[Line], *, longest: int) -> dict[int, str]:
    """Return, by case number, how amounts differ from those posted, and newer notes (R168)."""
    notes = queries.last_notes(view.session)
    payers = [line.payer_id for line in lines]
    now = overdue(view.session, on=view.today, policy=view.policy, payer_ids=payers)
    found: dict[int, str] = {}
    for line in lines:
        owes = {each.currency: each.total for each in now.get(line.payer_id, ())}
        then = {each.total.currency: each.total.minor for each in line.owed}
        steps = [
            Money(owes.get(currency, 0) - then.get(currency, 0), currency)
            for currency in sorted(owes.keys() | then.keys())
        ]
        said = [
            f"{'up' if step.minor > 0 else 'down'} {Money(abs(step.minor), step.currency)}"
            for step in steps
            if step.minor
        ]
        told = [*_moved(view, line), *said, *_newer_note(view, line, notes, longest)]
        found[line.number] = ", ".join(told)
    return found


def _moved(view: View, line: Line) -> list[str]:
    if line.pack is None:
        return []
    now = queries.get(view.session, line.record.case_id).state
    return [] if now is line.pack.state else [f"now {now.words}"]


def _newer_note(view: View, line: Line, notes: Mapping[int, Said], longest: int) -> list[str]:
    note = notes.get(line.record.case_id)
    digest = digests.get(view.session, line.record.digest_id)
    if note is None or note.at <= digest.made_at:
        return []
    return [f"“{words.shortened(note.words, longest)}” {note.name}"]
