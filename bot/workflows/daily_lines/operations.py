"""Posting the day's line, and telling management of the limit; nothing is committed here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.store import audit, postings, runs
from bot.store.postings import CardName, Place, Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import enter, table_of
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.daily_lines import queries
from bot.workflows.daily_lines.records import DailyLine, LimitWarning
from bot.workflows.daily_lines.rules import Figures, Standing, as_json
from bot.workflows.ledger import queries as ledger
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import PRINCIPALS, Role

DAILY_CARD: Final = CardName("daily_lines.line")
"""For the team's channel; about is the line."""
WEEK_CARD: Final = CardName("weekly_reports.week")
"""For the team's channel; about is the run that posted it."""
LIMIT_CARD: Final = CardName("daily_lines.limit")
"""For management: the +31 total stands at or above its limit; about is the warning."""
MISSED_CARD: Final = CardName("daily_lines.missed")
"""For the leads: a line was not posted; about is the run."""
_POST: Final = PreparedChange(insert(table_of(DailyLine)))


def post(
    session: Session,
    figures: Figures,
    *,
    at: datetime,
    until: datetime,
) -> tuple[DailyLine, list[Place]]:
    """Freeze the day's figures and show them in the team's channel, else to the leads (R4)."""
    if known := queries.of_day(session, figures.on):
        return known, []
    values = {
        "day": figures.on,
        "made_at": at,
        "book_at": ledger.book_at(session),
        "figures": as_json(figures),
    }
    line = enter(session, DailyLine, _POST, values)
    places = channels.places(session, Purpose.TEAM)
    for place in places:
        postings.show(session, Showing(DAILY_CARD, line.id, place), at=at, until=until)
    facts = {"day": line.day.isoformat(), "over_31": figures.total.plain}
    about = f"daily_line:{line.id}"
    audit.note(session, audit.Note(what="daily line", about=about, at=at, after=facts))
    return line, places


def post_week(
    session: Session, job: str, *, scheduled_for: datetime, at: datetime
) -> list[Place]:
    """Show the week just claimed in the team's channel, else to the leads (R5)."""
    run = runs.find(session, job, scheduled_for=scheduled_for)
    assert run is not None
    places = channels.places(session, Purpose.TEAM)
    for place in places:
        postings.show(session, Showing(WEEK_CARD, run.id, place), at=at)
    audit.note(session, audit.Note(what="weekly report", about=f"run:{run.id}", at=at))
    return places


def warn(session: Session, standing: Standing, *, at: datetime) -> LimitWarning | None:
    """Tell management once that day that the +31 total is at or above its limit (R91)."""
    if not standing.is_over or queries.warning_of(session, standing.on):
        return None
    warning = LimitWarning(
        day=standing.on,
        currency=standing.limit.currency,
        total=standing.total.minor,
        limit=standing.limit.minor,
        told_at=at,
    )
    session.add(warning)
    session.flush()
    for member in people.in_roles(session, {*PRINCIPALS, Role.LEAD}):
        postings.show(session, Showing(LIMIT_CARD, warning.id, place_of(member.id)), at=at)
    facts = {"day": standing.on.isoformat(), "total": standing.total.plain}
    note = audit.Note(
        what="over the +31 limit", about=f"limit_warning:{warning.id}", at=at, after=facts
    )
    audit.note(session, note)
    return warning


def miss(
    session: Session, job: str, day: date, *, scheduled_for: datetime, at: datetime
) -> None:
    """Record that a day's line, claimed in this transaction, came too late; tell the leads."""
    runs.mark_missed(session, job, scheduled_for=scheduled_for)
    run = runs.find(session, job, scheduled_for=scheduled_for)
    assert run is not None
    about = f"run:{run.id}"
    why = f"The daily line of {day.isoformat()} could not be posted in time."
    audit.note(session, audit.Note(what="daily line missed", about=about, at=at, why=why))
    leads = people.leads(session)
    for lead in leads:
        postings.show(session, Showing(MISSED_CARD, run.id, place_of(lead.id)), at=at)
