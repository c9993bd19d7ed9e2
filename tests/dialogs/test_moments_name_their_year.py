"""What was done last year is not read as this year's: moments name their year then."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.databases import ON_SQLITE
from tests.support.desk import Desk


@ON_SQLITE
def test_an_account_names_the_year_of_a_call_that_was_made_last_year(desk: Desk):
    ana = desk.person("Ana Reyes")
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "400.00", days_past_due=40)
    desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")

    this_year = desk.say(ana, "customer Hotel Aurora")
    desk.now = datetime(2027, 1, 5, 15, tzinfo=UTC)
    next_year = desk.say(ana, "customer Hotel Aurora")

    assert "Mon 8 Jun 08:00 (New York)" in this_year
    assert "Mon 8 Jun 2026 08:00 (New York)" in next_year
