"""At shift end: the day's figures and sheet, once; and promises settled when due."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.store.audit import AuditEntry
from bot.workflows.ledger.records import Payment
from bot.workflows.people.records import place_of
from bot.workflows.promises.records import Promise
from scheduler import calls, promises
from scheduler.job import Tick
from tests.support.approvals import in_chat
from tests.support.book import news
from tests.support.desk import Desk


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz", time_zone="Asia/Manila")


@pytest.fixture
def lee(desk: Desk):
    return desk.person("Lee Long", "lead")


def tick(desk: Desk, home: Path | None = None) -> Tick:
    return Tick(at=desk.now, database=desk.database, policy=desk.policy, home=home)


def worked(desk: Desk, agent, **typed: str) -> int:
    payer = desk.customer("=HYPERLINK(1)", agent=agent)
    desk.invoice(payer, "400.00", days_past_due=45, number="INV-1")
    card = desk.press(agent, desk.say(agent, "list"), "Work the list")
    desk.press(agent, desk.press(agent, card, "Promise"), "Save", typed)
    return payer


def test_the_sheet_of_a_shift_is_drawn_and_shown_once(desk, ana, tmp_path):
    worked(desk, ana, words="=1+1 on Friday", due_on="2026-06-12")
    assert calls.close_shifts(tick(desk, tmp_path)) == "no shifts closed"
    desk.wait(hours=9)

    first = calls.close_shifts(tick(desk, tmp_path))
    second = calls.close_shifts(tick(desk, tmp_path))

    assert (first, second) == ("1 shift closed", "no shifts closed")
    assert desk.owed(place_of(ana.id)).count("calls.activity") == 1
    [path] = tmp_path.glob("activity/2026-06-08/*.xlsx")
    [card] = in_chat(desk, ana, "calls.activity")
    assert str(path.relative_to(tmp_path)) in card.text.replace("\\", "")
    page = load_workbook(path).active
    assert page is not None
    cells = [str(cell.value) for row in page.iter_rows() for cell in row if cell.value]
    assert "Ana Cruz, Mon 8 Jun 2026" in cells
    assert "1/75" in cells
    assert "=HYPERLINK(1)" in cells
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    assert ("Calls", 1) in [(row[0].value, row[1].value) for row in page.iter_rows()]
    assert any(isinstance(row[9].value, datetime) for row in page.iter_rows())


def test_a_machine_that_was_off_closes_the_shift_later(desk, ana, tmp_path):
    worked(desk, ana)
    desk.wait(hours=9, days=1)

    assert calls.close_shifts(tick(desk, tmp_path)) == "1 shift closed"


def test_a_shift_without_a_call_leaves_nothing(desk, ana, tmp_path):
    desk.wait(hours=9)

    assert calls.close_shifts(tick(desk, tmp_path)) == "no shifts closed"
    assert desk.owed(place_of(ana.id)) == []


def state_of_promise(desk: Desk) -> str:
    with desk.reading() as session:
        return str(session.get_one(Promise, 1).state)


def pay(desk: Desk, payer: int, minor: int, *, on_day: int, number: str = "P-1") -> None:
    with desk.database.transaction() as session:
        payment = Payment(
            number=number,
            customer_id=payer,
            payer_id=payer,
            received_on=desk.now.date().replace(day=on_day),
            amount=minor,
            currency="USD",
            learned_at=desk.now,
        )
        session.add(payment)
    news(desk.database, desk.now)


def test_r107_a_promise_is_broken_after_its_grace_and_the_lead_is_told(desk, ana, lee):
    worked(desk, ana, due_on="2026-06-12")
    desk.wait(days=7)
    still = promises.settle(tick(desk)), state_of_promise(desk)
    desk.wait(days=1)

    first = promises.settle(tick(desk))
    second = promises.settle(tick(desk))

    assert still == ("no promises kept, 0 partly, 0 broken", "live")
    assert first.endswith("1 broken")
    assert second.endswith("0 broken")
    assert state_of_promise(desk) == "broken"
    assert desk.owed(place_of(lee.id)) == ["promises.broken"]


@pytest.mark.parametrize(
    ("minor", "on_day", "state"),
    [(400_00, 15, "kept"), (400_00, 16, "broken"), (100_00, 15, "partly_kept")],
)
def test_r47_money_by_the_end_of_the_grace_keeps_it_applied_or_not(
    desk, ana, minor, on_day, state
):
    payer = worked(desk, ana, due_on="2026-06-12")
    desk.wait(days=8)
    pay(desk, payer, minor, on_day=on_day)

    promises.settle(tick(desk))

    assert state_of_promise(desk) == state


def test_a_promise_is_kept_as_soon_as_the_money_is_in(desk, ana):
    payer = worked(desk, ana, due_on="2026-06-12")
    desk.now += timedelta(days=1)
    pay(desk, payer, 400_00, on_day=9)

    assert promises.settle(tick(desk)).startswith("1 promise kept")


def test_money_that_was_there_before_does_not_keep_a_promise(desk, ana):
    payer = worked(desk, ana, due_on="2026-06-12")
    desk.now -= timedelta(days=3)
    pay(desk, payer, 400_00, on_day=5)
    desk.now += timedelta(days=11)

    promises.settle(tick(desk))

    assert state_of_promise(desk) == "broken"


def test_r47_a_payment_in_time_that_is_learned_of_later_keeps_a_broken_promise(desk, ana, lee):
    payer = worked(desk, ana, due_on="2026-06-12")
    desk.wait(days=8)
    promises.settle(tick(desk))
    desk.wait(days=1)
    pay(desk, payer, 400_00, on_day=15)

    first, second = promises.settle(tick(desk)), promises.settle(tick(desk))

    assert first.endswith("1 better after all")
    assert second.endswith("0 broken")
    assert state_of_promise(desk) == "kept"
    with desk.reading() as session:
        trail = {note.what: note.why for note in session.scalars(select(AuditEntry))}
    assert "learned of it later" in trail["promise judged again"]
    told = in_chat(desk, lee, "promises.broken")[0]
    assert "Kept after all: =HYPERLINK(1)" in told


def test_r47_a_part_that_is_learned_of_later_keeps_it_in_part(desk, ana, lee):
    payer = worked(desk, ana, due_on="2026-06-12")
    desk.wait(days=8)
    promises.settle(tick(desk))
    pay(desk, payer, 100_00, on_day=12)
    pay(desk, payer, 300_00, on_day=16, number="P-2")

    promises.settle(tick(desk))

    assert state_of_promise(desk) == "partly_kept"


def test_r47_money_on_account_keeps_one_of_two_promises_the_older_first(desk, ana):
    payer = worked(desk, ana, due_on="2026-06-12")
    desk.invoice(payer, "400.00", days_past_due=30, number="INV-2")
    form = desk.press(ana, desk.say(ana, "log HYPERLINK"), "Promise")
    desk.press(ana, form, "Save", {"due_on": "2026-06-12", "came_in": "true"})
    desk.wait(days=1)
    pay(desk, payer, 500_00, on_day=9)

    promises.settle(tick(desk))
    desk.wait(days=7)
    promises.settle(tick(desk))

    with desk.reading() as session:
        states = list(session.scalars(select(Promise.state).order_by(Promise.id)))
    assert states == ["kept", "partly_kept"]
