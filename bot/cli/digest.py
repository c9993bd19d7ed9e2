"""`ardesk digest`: the suspension digest of a day, as PDF, as workbook, for programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from bot.cli.desk import OpenDesk, open_desk
from bot.cli.output import Format, FormatOption, as_json, say, table
from bot.cli.reports import as_date
from bot.kernel.errors import Refused
from bot.rendering import digest_sheet
from bot.rendering.apart import CannotDraw
from bot.rendering.digest_sheet import CaseRow, DigestSheet
from bot.workflows.suspension import digest_entries, digest_queries, digests, meetings
from scheduler import digest_words

app = typer.Typer(add_completion=False)

On = Annotated[str, typer.Option("--on", help="The day (2026-06-30); today if not given.")]
AsPosted = Annotated[
    bool, typer.Option("--as-posted", help="The last one posted by then, as it was posted.")
]
PdfOut = Annotated[Path | None, typer.Option("--pdf", help="Draw it as a PDF there.")]
XlsxOut = Annotated[Path | None, typer.Option("--xlsx", help="Draw it as a workbook there.")]


class NotPosted(Refused):
    """No digest was posted by that day."""


class CannotWrite(Refused):
    """A file could not be drawn there."""


@app.command()
def show(
    on: On = "",
    as_posted: AsPosted = False,  # noqa: FBT002 - how Typer declares a switch
    pdf: PdfOut = None,
    xlsx: XlsxOut = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the suspension digest of a day, by what is known now or as it was posted."""
    with open_desk() as desk, desk.database.reading() as session:
        day = as_date(on) if on else desk.policy.company_date(desk.clock())
        sheet = _sheet(session, desk, day, as_posted=as_posted)
    _draw(sheet, pdf, xlsx)
    if output is Format.JSON:
        as_json({"on": day.isoformat(), "as_posted": as_posted, **_as_dict(sheet)})
    elif pdf is None and xlsx is None:
        _say(sheet)


def _sheet(session: Session, desk: OpenDesk, day: date, *, as_posted: bool) -> DigestSheet:
    policy = desk.policy
    if as_posted:
        digest = digest_queries.latest_by(session, day)
        if digest is None:
            raise NotPosted(f"No suspension digest was posted by {day}.")
        today = policy.company_date(desk.clock())
        return digest_words.as_posted(session, digest, on=today, policy=policy)
    previous = digest_queries.latest_by(session, day, before=True)
    meeting = meetings.meeting_of(day, policy)
    frame = digests.frame_of(meeting, previous, on=day, policy=policy)
    entries = digest_entries.look_back(session, frame, policy=policy)
    return digest_words.as_known(session, frame, entries, policy=policy)


def _draw(sheet: DigestSheet, pdf: Path | None, xlsx: Path | None) -> None:
    try:
        if pdf:
            digest_sheet.draw_pdf(sheet, pdf)
        if xlsx:
            digest_sheet.draw_workbook(sheet, xlsx)
    except (OSError, CannotDraw) as error:
        raise CannotWrite(f"The digest could not be drawn: {error}.") from error
    for path in filter(None, (pdf, xlsx)):
        typer.echo(str(path), err=True)


def _as_dict(sheet: DigestSheet) -> dict[str, Any]:
    return {
        "title": sheet.title,
        "totals": {one.currency: _without(asdict(one), "currency") for one, _ in sheet.totals},
        "groups": {part.group: len(part.cases) for part in sheet.parts},
        "decided_not_carried_out": [
            {"department": department, "words": words, "days": days}
            for department, words, days in sheet.opening
        ],
        "cases": [_case(case) for part in sheet.parts for case in part.cases],
    }


def _case(case: CaseRow) -> dict[str, Any]:
    kept = _without(asdict(case), "owed")
    amounts = {one.currency: _without(asdict(one), "currency") for one in case.amounts}
    missing = [line[2:] for line in case.evidence if line.startswith("✗")]
    return {**kept, "amounts": amounts, "missing": missing}


def _without(kept: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name not in names}


def _say(sheet: DigestSheet) -> None:
    say(f"{sheet.title}. {' '.join(sheet.facts)}")
    for _, words in sheet.totals:
        say(words)
    for department, words, days in sheet.opening:
        say(f"Decided, not carried out ({department}, {days} days): {words}")
    columns = ("Case", "Customer", "State", ">Over 30 days", ">Days", "Change", "Waits for")
    for part in sheet.parts:
        rows = [
            (
                str(case.number),
                case.customer,
                case.stands,
                case.owed,
                str(case.oldest_days),
                case.change_words,
                case.waits,
            )
            for case in part.cases
        ]
        table(part.heading, columns, rows)
