"""The day's line: once a business day, frozen, its figures those of a fresh count (R4, I19)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from bot.chat.dialog import View
from bot.kernel.money import Money
from bot.store import runs
from bot.workflows.daily_lines import queries, rules
from bot.workflows.daily_lines.records import DailyLine, LimitWarning
from bot.workflows.ledger.records import Invoice
from bot.workflows.people.records import place_of
from bot.workflows.reports import queries as reports
from dialogs import daily_lines as faces
from dialogs import figures_parts as parts
from scheduler.daily_lines import LINE, check_limit, due_at, post
from scheduler.job import Tick
from scheduler.suspension_cases import open_and_close_cases
from tests.support.book import news
from tests.support.desk import TODAY, drawn

MONDAY_17_15 = datetime(2026, 6, 8, 21, 15, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def lea(desk):
    return desk.person("Lea Lead", "lead")


@pytest.fixture
def con(desk):
    return desk.person("Con Troller", "controller")


def tick(desk, at):
    desk.now = at
    return Tick(at=at, database=desk.database, policy=desk.policy)


def figures(desk, on=TODAY):
    with desk.reading() as session:
        return queries.figures(session, on=on, policy=desk.policy)


def line(desk, on=TODAY):
    with desk.reading() as session:
        kept = queries.of_day(session, on)
        assert kept
        view = View(session=session, now=desk.now, policy=desk.policy, about=kept.id)
        return drawn(faces.draw(view))


def test_the_line_is_posted_once_a_business_day_to_the_leads_until_a_channel_is_named(
    desk, ana, lea
):
    early = post(tick(desk, MONDAY_17_15 - timedelta(seconds=1)))
    first = post(tick(desk, MONDAY_17_15))
    again = post(tick(desk, MONDAY_17_15 + timedelta(minutes=1)))

    assert early == "No daily line is due now."
    assert first == "The line of Mon 8 Jun goes to 1 place."
    assert again == early
    assert desk.owed(place_of(lea.id)) == ["daily_lines.line"]


def test_a_day_in_figures(desk, ana, lea):
    aurora = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(aurora, "500.00", days_past_due=45)
    desk.invoice(desk.customer("Bay Inn", agent=ana), "70.00", days_past_due=30)
    desk.invoice(desk.customer("Cap Motel", agent=ana), "30.00", days_past_due=9)
    desk.say(ana, "list")
    card = desk.say(ana, "next")
    desk.press(ana, card, "No answer")
    open_and_close_cases(tick(desk, MONDAY_17_15))

    post(tick(desk, MONDAY_17_15))

    shown = line(desk)
    assert "1 payer tried, nobody reached" in shown
    assert "1/75" in shown
    assert "$500.00 of $2,000,000.00" in shown
    assert "$70.00" in shown
    assert "0 of 1 payer reached (0%), $0.00 of $30.00" in shown
    assert "1 watch" in shown
    assert "Largest that cross tonight" in shown
    assert "Bay Inn" in shown


def test_what_crosses_tonight_is_what_tomorrow_has_more(desk, ana):
    for days, amount in ((29, "1.00"), (30, "20.00"), (30, "300.00"), (31, "4000.00")):
        desk.invoice(desk.customer("Hotel", agent=ana), amount, days_past_due=days)

    today, tomorrow = figures(desk), figures(desk, TODAY + DAY)

    assert today.total + today.tonight == tomorrow.total
    assert today.tonight == Money(320_00)


def test_on_a_friday_what_crosses_until_monday_is_told_r91(desk, ana):
    friday = TODAY + 4 * DAY
    for days, amount in ((23, "1.00"), (24, "20.00"), (26, "300.00"), (27, "4000.00")):
        desk.invoice(desk.customer("Hotel", agent=ana), amount, days_past_due=days)

    on_friday, on_monday = figures(desk, friday), figures(desk, friday + 3 * DAY)

    assert on_friday.tonight == Money(320_00)
    assert on_friday.total + on_friday.tonight == on_monday.total
    assert parts.until(on_friday) == "until Mon 15 Jun"
    assert parts.until(figures(desk)) == "tonight"


def test_a_line_stays_as_posted_while_the_figures_follow_what_is_known_now(desk, ana, lea):
    hotel = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(hotel, "500.00", days_past_due=45, number="INV-1")
    post(tick(desk, MONDAY_17_15))
    with desk.database.transaction() as session:
        invoice = session.scalar(select(Invoice).filter_by(number="INV-1"))
        invoice.settled_on = invoice.closed_on = TODAY

    assert figures(desk).total == Money(0)
    with desk.reading() as session:
        kept = queries.of_day(session, TODAY)
        assert kept
        assert queries.as_posted(kept).total == Money(500_00)
    with (
        pytest.raises(Exception, match="do not change"),
        desk.database.transaction() as session,
    ):
        session.execute(text("UPDATE daily_lines SET figures = ''"))


def test_every_figure_equals_the_same_query_at_its_day(desk, ana, lea):
    """I19."""
    hotel = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(hotel, "500.00", days_past_due=45)
    desk.invoice(hotel, "900.00", days_past_due=31, currency="EUR")
    post(tick(desk, MONDAY_17_15))

    with desk.reading() as session:
        kept = queries.of_day(session, TODAY)
        assert kept
        posted = queries.as_posted(kept)
        late = reports.plus_31(session, on=TODAY, policy=desk.policy)
        dso = reports.dso(session, on=TODAY)["USD"]
    assert {one.currency: one for one in posted.late} == late
    assert posted.dso == dso.countback
    assert posted == figures(desk)


def test_a_late_line_is_posted_until_the_next_opening_and_then_missed_and_told(desk, ana, lea):
    post(tick(desk, MONDAY_17_15))
    late = datetime(2026, 6, 10, 13, 0, tzinfo=UTC)

    assert "Tue 9 Jun goes to" in post(tick(desk, late))
    missed = post(tick(desk, late + DAY + timedelta(seconds=1)))

    assert missed == "The line of Wed 10 Jun was missed; the leads are told."
    assert "daily_lines.missed" in desk.owed(place_of(lea.id))
    with desk.reading() as session:
        moment = due_at(date(2026, 6, 10), desk.policy)
        run = runs.find(session, LINE, scheduled_for=moment)
        assert run
        assert run.outcome is runs.Outcome.MISSED
        assert len(list(session.scalars(select(DailyLine)))) == 2
        view = View(session=session, now=desk.now, policy=desk.policy, about=run.id)
        assert "Wed 10 Jun was missed" in drawn(faces.draw_missed(view))
    assert post(tick(desk, late + DAY + timedelta(hours=1))) == "No daily line is due now."


def test_a_desk_that_opens_on_a_thursday_has_missed_nothing(desk, ana, lea):
    thursday = datetime(2026, 6, 11, 14, 0, tzinfo=UTC)

    assert post(tick(desk, thursday)) == "No daily line is due now."


def test_no_line_on_days_off_but_the_limit_is_watched_every_day(desk, ana, lea, con):
    desk.policy = desk.policy.model_copy(update={"plus_31_limit": 500_00})
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "500.00", days_past_due=45)
    saturday = MONDAY_17_15 + 5 * DAY

    assert "Fri 12 Jun" in post(tick(desk, saturday))
    assert post(tick(desk, saturday)) == "No daily line is due now."
    early = check_limit(tick(desk, saturday - timedelta(minutes=1)))
    told = check_limit(tick(desk, saturday))
    again = check_limit(tick(desk, saturday + timedelta(minutes=1)))

    assert again == early == "The +31 total is checked at each day's end."
    assert told == "The +31 total of Sat 13 Jun is at or above its limit: $500.00 of $500.00."
    assert desk.owed(place_of(con.id)) == ["daily_lines.limit"]
    assert desk.owed(place_of(lea.id)) == ["daily_lines.line", "daily_lines.limit"]
    assert desk.owed(place_of(ana.id)) == []
    with desk.reading() as session:
        [warning] = session.scalars(select(LimitWarning))
        view = View(session=session, now=desk.now, policy=desk.policy, about=warning.id)
        assert "+31 total $500.00: at or above $500.00" in drawn(faces.draw_limit(view))


def test_r91_a_day_at_whose_end_the_desk_was_off_is_checked_once_it_is_back(desk, ana, con):
    desk.policy = desk.policy.model_copy(update={"plus_31_limit": 500_00})
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "500.00", days_past_due=45)
    news(desk.database, at=MONDAY_17_15 - timedelta(hours=1))

    late = check_limit(tick(desk, MONDAY_17_15 + timedelta(hours=14)))
    over_two_days = check_limit(tick(desk, MONDAY_17_15 + 3 * DAY - timedelta(hours=1)))
    again = check_limit(tick(desk, MONDAY_17_15 + 3 * DAY - timedelta(minutes=1)))

    assert late == "The +31 total of Mon 8 Jun is at or above its limit: $500.00 of $500.00."
    assert over_two_days.count("at or above") == 2
    assert "each day's end" in again
    with desk.reading() as session:
        days = session.scalars(select(LimitWarning.day).order_by(LimitWarning.day)).all()
    assert days == [TODAY, TODAY + DAY, TODAY + 2 * DAY]
    assert desk.owed(place_of(con.id)) == ["daily_lines.limit"] * 3


def test_r91_a_desk_that_began_after_the_days_end_checks_nothing_of_before(desk, ana, con):
    desk.policy = desk.policy.model_copy(update={"plus_31_limit": 500_00})
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "500.00", days_past_due=45)
    news(desk.database, at=MONDAY_17_15 + timedelta(minutes=1))

    assert "each day's end" in check_limit(tick(desk, MONDAY_17_15 + timedelta(hours=14)))


def test_r91_other_currencies_stand_beside_the_total_that_the_limit_is_for(desk, ana, lea):
    hotel = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(hotel, "500.00", days_past_due=45)
    desk.invoice(hotel, "900.00", days_past_due=45, currency="EUR")
    desk.invoice(hotel, "80.00", days_past_due=45, currency="GBP")

    post(tick(desk, MONDAY_17_15))

    assert (
        "Nobody was called; no promises made. The +31 total is $500.00, below the "
        "limit of $2,000,000.00; €900.00 + £80.00 in other currencies, which it does not count."
    ) in line(desk)
    assert "$500.00 of $2,000,000.00, and €900.00 + £80.00 apart" in line(desk)


def test_below_the_limit_nobody_is_told(desk, ana, lea, con):
    desk.policy = desk.policy.model_copy(update={"plus_31_limit": 500_01})
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "500.00", days_past_due=45)

    assert "below its limit" in check_limit(tick(desk, MONDAY_17_15))
    assert desk.owed(place_of(con.id)) == []


def test_the_trend_shows_the_last_ten_business_days(desk, ana, lea):
    for back in range(12):
        post(tick(desk, MONDAY_17_15 + back * DAY))

    last = date(2026, 6, 19)
    with desk.reading() as session:
        kept = queries.of_day(session, last)
        assert kept is None or len(queries.before(session, last, most=rules.TREND_DAYS)) <= 10
    assert "business days" in line(desk, date(2026, 6, 18))


def test_the_day_so_far_is_shown_on_request(desk, ana):
    assert "So far, 08:00." in desk.say(ana, "daily")


def test_a_call_that_was_taken_back_does_not_count(desk, ana):
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "500.00", days_past_due=45)
    desk.say(ana, "list")
    next_card = desk.press(ana, desk.say(ana, "next"), "No answer")
    assert figures(desk).agents[0].attempted == 1

    desk.press(ana, next_card, "Undo")

    assert figures(desk).agents[0].attempted == 0
