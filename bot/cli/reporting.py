"""Every `ardesk report ...`, put together."""

from __future__ import annotations

from typing import Final

from bot.cli import dispute_report, reports

app: Final = reports.app
app.command("disputes")(dispute_report.disputes)
