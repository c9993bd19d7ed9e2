"""Every `ardesk report ...`, put together."""

from __future__ import annotations

from typing import Final

from bot.cli import daily_report, dispute_report, reports, weekly_report

app: Final = reports.app
app.command("disputes")(dispute_report.disputes)
app.command("daily")(daily_report.daily)
app.command("weekly")(weekly_report.weekly)
