"""What is written about final invoices: words of the day, and only to who is still asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.store.audit import AuditEntry
from bot.workflows.correspondence import days
from bot.workflows.correspondence.records import (
    Mail,
    MailPart,
    MailState,
    MailText,
    Process,
)
from bot.workflows.correspondence.releases import release_process
from bot.workflows.ledger.records import Invoice
from scheduler import correspondence, finals
from scheduler.job import Tick
from tests.support.book import news
from tests.support.desk import Desk
from tests.support.post import post

FRIDAY = datetime(2026, 6, 12, 12, tzinfo=UTC)
SATURDAY = datetime(2026, 6, 13, 12, tzinfo=UTC)
"""Work on May's final invoices starts late, on a day without mail: 08:00 company time."""
MONDAY_EVENING = datetime(2026, 6, 15, 21, 31, tzinfo=UTC)
MONDAY = datetime(2026, 6, 8, 13, tzinfo=UTC)
CONFIRM = "Confirmed, will pay on time"


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def held(desk, ana):
    """A payer, and mail about final invoices that is held."""
    desk.person("Lea Lead", "lead")
    return desk.customer("Hotel Aurora", agent=ana, email="ap@aurora.example")


@pytest.fixture
def aurora(desk, held):
    release(desk)
    return held


def release(desk: Desk) -> None:
    with desk.database.transaction() as session:
        release_process(session, Process.FINALS, by=None, at=desk.now)


def final(desk: Desk, payer: int, number: str, due: date) -> int:
    dated = due - timedelta(days=30)
    return desk.invoice(
        payer, "1,200.00", kind="final", number=number, invoice_date=dated, due_date=due
    )


def work(desk: Desk, at: datetime) -> None:
    desk.now = at
    finals.work(Tick(at=at, database=desk.database, policy=desk.policy))


def leave(desk: Desk, at: datetime) -> list[str]:
    """Let the day's mail leave; return what was written so far."""
    desk.now = at
    correspondence.let_leave(Tick(at=at, database=desk.database, policy=desk.policy))
    post(desk, at)
    with desk.reading() as session:
        return list(session.scalars(select(MailText.body).order_by(MailText.id)))


def is_dropped(desk: Desk) -> list[bool]:
    with desk.reading() as session:
        parts = session.scalars(select(MailPart.dropped_at).order_by(MailPart.id))
        return [dropped is not None for dropped in parts]


def pay(desk: Desk, invoice_id: int, minor: int) -> None:
    with desk.database.transaction() as session:
        invoice = session.get_one(Invoice, invoice_id)
        invoice.applied = minor
        if minor == invoice.amount:
            invoice.settled_on = invoice.closed_on = desk.now.date()


def put_off(desk: Desk) -> list[str]:
    """Return why mails were put off, by the trail."""
    with desk.reading() as session:
        entries = select(AuditEntry.why).filter_by(what="mail put off to another day")
        return list(session.scalars(entries.order_by(AuditEntry.id)))


def reasons(desk: Desk) -> list[str]:
    """Return why parts were dropped or restored, by the trail."""
    with desk.reading() as session:
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [one.why for one in found if one.what.startswith("mail part ") and one.why]


def test_r40_the_mail_says_ages_and_balances_of_the_day_it_leaves(desk, aurora):
    invoice = final(desk, aurora, "F-1", date(2026, 6, 7))
    work(desk, SATURDAY)
    pay(desk, invoice, 20_000)

    [body] = leave(desk, MONDAY_EVENING)

    assert "F-1 of 8 May 2026, $1,000.00, 8 days past due" in body


def test_r40_what_is_paid_before_the_mail_leaves_is_not_written_about(desk, aurora):
    paid = final(desk, aurora, "F-1", date(2026, 6, 7))
    final(desk, aurora, "F-2", date(2026, 6, 9))
    work(desk, SATURDAY)
    pay(desk, paid, 120_000)

    [body] = leave(desk, MONDAY_EVENING)

    assert "F-1" not in body
    assert "F-2 of 10 May 2026, $1,200.00, 6 days past due" in body


def test_r40_a_mail_all_of_which_is_paid_meanwhile_does_not_leave_and_says_why(desk, aurora):
    paid = final(desk, aurora, "F-1", date(2026, 6, 7))
    work(desk, SATURDAY)
    pay(desk, paid, 120_000)

    assert leave(desk, MONDAY_EVENING) == []
    assert is_dropped(desk) == [True]
    assert reasons(desk) == ["Paid meanwhile."]


def test_r40_an_invoice_that_joined_is_written_about_once(desk, aurora):
    final(desk, aurora, "F-1", date(2026, 6, 7))
    work(desk, SATURDAY)
    late = final(desk, aurora, "F-2", date(2026, 6, 9))
    news(desk.database, desk.now)
    work(desk, SATURDAY + timedelta(hours=2))

    [body] = leave(desk, MONDAY_EVENING)

    assert body.count("F-1 of") == body.count("F-2 of") == 1
    assert "F-1 of 8 May 2026, $1,200.00, 8 days past due" in body
    with desk.reading() as session:
        topics = list(session.scalars(select(MailPart.topic).order_by(MailPart.id)))
    assert topics[1] == f"{topics[0]}:{late}"


@pytest.mark.parametrize(
    ("button", "typed", "why"),
    [
        (CONFIRM, None, "They confirmed it in a call."),
        ("Promise", {"due_on": "2026-06-12"}, "They promised to pay it."),
        ("Refused", {"words": "No"}, "They said in a call what stands in the way."),
        ("Paid already", {"paid_on": "2026-06-05"}, "They confirmed it in a call."),
    ],
)
def test_r40_who_has_answered_is_not_asked_by_mail_to_confirm(
    desk, ana, aurora, button, typed, why
):
    final(desk, aurora, "F-1", date(2026, 6, 11))
    work(desk, MONDAY)
    answered = desk.press(ana, desk.say(ana, "log Hotel Aurora"), button)
    if typed:
        desk.press(ana, answered, "Save", typed)

    assert is_dropped(desk) == [True]
    assert reasons(desk) == [why]
    assert leave(desk, MONDAY + timedelta(hours=9)) == []


def test_r40_a_call_that_nobody_answered_leaves_the_mail_as_it_is(desk, ana, aurora):
    final(desk, aurora, "F-1", date(2026, 6, 11))
    work(desk, MONDAY)
    desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")

    [body] = leave(desk, MONDAY + timedelta(hours=9))

    assert "Please confirm that you have received it" in body


@pytest.mark.parametrize("is_released", [True, False])
def test_r40_an_answer_that_is_undone_brings_the_mail_back(desk, ana, held, is_released):
    final(desk, held, "F-1", date(2026, 6, 11))
    if is_released:
        release(desk)
    work(desk, MONDAY)
    saved = desk.press(ana, desk.say(ana, "log Hotel Aurora"), CONFIRM)
    desk.press(ana, saved, "Undo")
    assert is_dropped(desk) == [False]
    assert reasons(desk) == ["They confirmed it in a call.", "The call was undone."]
    if not is_released:
        release(desk)
    assert leave(desk, MONDAY + timedelta(hours=1)) == []

    [body] = leave(desk, MONDAY + timedelta(hours=9))

    assert "F-1 of 12 May 2026, $1,200.00, due 11 June 2026" in body


def test_r40_an_answer_undone_after_it_was_paid_brings_no_mail_back(desk, ana, aurora):
    invoice = final(desk, aurora, "F-1", date(2026, 6, 11))
    work(desk, MONDAY)
    saved = desk.press(ana, desk.say(ana, "log Hotel Aurora"), CONFIRM)
    pay(desk, invoice, 120_000)
    desk.press(ana, saved, "Undo")

    assert leave(desk, MONDAY + timedelta(hours=9)) == []
    assert reasons(desk)[-1] == "Paid meanwhile."


def test_r46_a_promise_drops_the_mail_of_the_fifth_day_and_naming_no_day_does_not(
    desk, ana, aurora
):
    bay = desk.customer("Bay Inn", agent=ana, email="ap@bay.example")
    for payer, number in ((aurora, "F-1"), (bay, "F-2")):
        final(desk, payer, number, date(2026, 6, 11))
    work(desk, MONDAY)
    leave(desk, MONDAY + timedelta(hours=9))
    work(desk, MONDAY + timedelta(days=8))
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")
    desk.press(ana, form, "Save", {"due_on": "2026-06-19"})

    *_, body = leave(desk, MONDAY + timedelta(days=8, hours=9))

    assert is_dropped(desk) == [False, False, True, False]
    assert "F-2 of 12 May 2026, $1,200.00, 5 days past due" in body


def test_a_held_mail_that_was_emptied_takes_no_later_part_down_with_it(desk, ana, held):
    final(desk, held, "F-1", date(2026, 6, 11))
    work(desk, MONDAY)
    desk.press(ana, desk.say(ana, "log Hotel Aurora"), CONFIRM)
    final(desk, held, "F-2", date(2026, 6, 12))
    news(desk.database, desk.now)
    work(desk, MONDAY + timedelta(hours=1))

    with desk.reading() as session:
        held = select(Mail.state).join(MailPart, MailPart.mail_id == Mail.id)
        states = list(session.scalars(held.order_by(MailPart.id)))
    assert states == [MailState.CANCELLED, MailState.HELD]


def test_what_a_day_off_puts_off_is_in_the_trail_and_leaves_on_the_next_business_day(
    desk, aurora
):
    final(desk, aurora, "F-1", date(2026, 6, 7))
    work(desk, FRIDAY)

    on_saturday = leave(desk, SATURDAY)

    assert on_saturday == []
    assert put_off(desk) == ["No mail leaves on a day off: it waits for Mon 15 Jun."]
    assert len(leave(desk, MONDAY_EVENING)) == 1


def test_r85_what_joins_after_the_days_mail_is_put_off_as_one_a_day(desk, aurora):
    final(desk, aurora, "F-1", date(2026, 6, 7))
    work(desk, SATURDAY)
    leave(desk, MONDAY_EVENING)

    with desk.database.transaction() as session:
        at, policy = desk.now, desk.policy
        mail = days.open_mail(session, aurora, Process.FINALS, at=at, policy=policy)
        days.leave_if_due(session, mail, at=at, policy=policy)

    assert put_off(desk) == ["One a day: it waits for Tue 16 Jun."]
