"""`ardesk doctor`: is everything in order, and if not, what to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Final

import typer

from bot import settings as environment
from bot.cli import checks
from bot.cli.desk import opened
from bot.cli.findings import Grade
from bot.cli.output import Format, FormatOption, as_json, say

UNWELL: Final = 1
"""The exit code when something fails."""
_MARKS: Final = {Grade.OK: "ok  ", Grade.WARN: "warn", Grade.FAIL: "FAIL"}

app = typer.Typer()


@app.command()
def doctor(output: FormatOption = Format.TEXT) -> None:
    """Check settings, database, trail, Teams' endpoints and backlog; exit 1 if one fails."""
    with opened(environment.read()) as desk, _seam_silent():
        found = list(checks.everything(desk))
    if output is Format.JSON:
        as_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            remedy = f" -> {finding.remedy}" if finding.remedy else ""
            say(f"{_MARKS[finding.grade]}  {finding.what}: {finding.detail}{remedy}")
    if any(finding.grade is Grade.FAIL for finding in found):
        raise typer.Exit(UNWELL)


@contextmanager
def _seam_silent() -> Iterator[None]:
    """Let a finding be said once, not by the log as well."""
    seam = logging.getLogger("bot.teams")
    level = seam.level
    seam.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        seam.setLevel(level)
