"""At each agent's shift end: the day's figures in their chat, and the sheet as a workbook."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.batches import in_batches
from bot.policy import Policy
from bot.rendering import activity_sheet
from bot.rendering.activity_sheet import Sheet
from bot.store import audit, postings
from bot.store.postings import Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import change, table_of
from bot.workflows.calls import activity
from bot.workflows.calls.activity import SHEET_CARD, Activity, Line
from bot.workflows.calls.records import ActivitySheet
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from bot.workflows.worklists import shifts
from scheduler import shift_ends
from scheduler.job import Tick
from scheduler.shift_ends import OVERTIME, Ended

SHEETS: Final = "activity-sheets"
_AT_ONCE: Final = 10
"""Shifts in one transaction."""
_CLOSE: Final = PreparedChange(insert(table_of(ActivitySheet)))


def close_shifts(tick: Tick) -> str:
    """Close every shift that has ended: once an agent and day, with its sheet and card."""
    closed = 0
    for some in in_batches(shift_ends.still_open(tick, SHEETS), _AT_ONCE):
        with tick.database.reading() as session:
            sheets = [_sheet(session, tick, shift) for shift in some]
        drawn = [_drawn(tick, *one) for one in zip(some, sheets, strict=True)]
        with tick.database.transaction() as session:
            for shift, is_drawn in zip(some, drawn, strict=True):
                closed += _close(session, tick, shift, is_drawn=is_drawn)
    return f"{wording.counted(closed, 'shift')} closed"


def span_of(agent: Member, day: date, policy: Policy) -> tuple[datetime, datetime]:
    """Return from when to when calls belong to an agent's shift of a day."""
    starts_at, ends_at = shifts.of_day(agent, day, policy=policy)
    return starts_at - OVERTIME, ends_at + OVERTIME


def path_of(home: Path, agent: Member, day: date) -> Path:
    """Return where an agent's activity sheet of a day is kept."""
    return home / activity.file_of(agent, day)


def sheet_of(found: Activity, agent: Member, *, day: date, policy: Policy) -> Sheet:
    """Return what stands on an agent's activity sheet of a day."""
    figures: tuple[tuple[str, int | str], ...] = (
        ("Payers tried", f"{found.attempted}/{policy.daily_call_goal}"),
        ("Payers reached", found.reached),
        ("Payers who called in", found.called_in),
        ("Calls", len(found.lines)),
        *((outcome.words.capitalize(), n) for outcome, n in found.outcomes.items()),
    )
    rows = [_row(line, agent) for line in found.lines]
    title = f"{agent.name}, {wording.day(day)} {day.year}"
    return Sheet(title=title, figures=figures, rows=rows)


def _drawn(tick: Tick, shift: Ended, sheet: Sheet | None) -> bool:
    if sheet and tick.home:
        activity_sheet.draw(sheet, path_of(tick.home, shift.agent, shift.day))
    return sheet is not None


def _close(session: Session, tick: Tick, shift: Ended, *, is_drawn: bool) -> bool:
    is_mine = shift_ends.claim(session, SHEETS, shift, at=tick.at)
    if is_mine and is_drawn:
        _show(session, shift.agent, shift.day, tick)
    return is_mine and is_drawn


def _sheet(session: Session, tick: Tick, shift: Ended) -> Sheet | None:
    """Return the sheet of a shift; None when nothing was done."""
    agent, day = shift.agent, shift.day
    first, last = span_of(agent, day, tick.policy)
    found = activity.of_shift(session, agent.id, starts_at=first, ends_at=last)
    return sheet_of(found, agent, day=day, policy=tick.policy) if found.lines else None


def _show(session: Session, agent: Member, day: date, tick: Tick) -> None:
    first, last = span_of(agent, day, tick.policy)
    sheet = {"agent_id": agent.id, "day": day, "starts_at": first, "ends_at": last}
    sheet_id = change(session, _CLOSE, {**sheet, "made_at": tick.at}).new_id
    facts = {"agent": agent.id, "day": day.isoformat()}
    about = f"activity_sheet:{sheet_id}"
    audit.note(session, audit.Note(what="shift closed", about=about, at=tick.at, after=facts))
    showing = Showing(SHEET_CARD, sheet_id, place_of(agent.id))
    postings.show(session, showing, at=tick.at)


def _row(line: Line, agent: Member) -> tuple[str, ...]:
    call = line.call
    return (
        f"{call.at.astimezone(agent.zone):%H:%M}",
        line.customer,
        line.number,
        "in" if call.direction == "in" else "out",
        call.outcome.words,
        "yes" if call.is_reached else "no",
        call.spoke_to,
        call.words,
        call.next_step,
        call.next_on.isoformat() if call.next_on else "",
    )
