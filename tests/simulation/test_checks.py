"""The checks of the simulation find what is planted: none of them only nods."""

from __future__ import annotations

import json
from datetime import time
from random import Random

from bot.workflows.daily_lines.records import DailyLine
from bot.workflows.suspension.case_records import (
    NoticedInvoice,
    NoticeState,
    OrderKind,
    OrderState,
    SupportOrder,
    SuspensionNotice,
)
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.tasks.records import Task, TaskKind
from bot.workflows.worklists import opening
from bot.workflows.worklists.records import PostedLine
from tests.simulation.book import Bill, Book
from tests.simulation.checks import due, line
from tests.simulation.checks.raw import tables
from tests.simulation.checks.reminded import Reminders
from tests.simulation.checks.restored import Restores
from tests.simulation.clock import moment
from tests.simulation.machine import Watch
from tests.support.desk import MONDAY_8_AM, TODAY

NOTICE = {
    "attempt": 1,
    "step": NoticeStep.FIRST,
    "state": NoticeState.RELEASED,
    "due_on": TODAY,
    "drafted_at": MONDAY_8_AM,
    "template": "first_notice",
    "template_sha256": "",
    "to": "",
    "subject": "",
    "body": "",
}


def test_a_reminder_that_nobody_got_is_found(desk):
    ana = desk.person("Ana Reyes")
    task = {"key": "k", "kind": TaskKind.OTHER, "title": "Call", "owner_id": ana.id}
    with desk.database.transaction() as session:
        session.add(Task(**task, due_on=TODAY, opened_at=MONDAY_8_AM))
    reminders, watch = Reminders([ana], lambda day: True), Watch()
    with tables(desk.database) as found:
        assert list(reminders.check(found, watch, TODAY)) == []
        watch.looks["task-reminders"].append(moment(TODAY, time(8, 1)))

        [said] = reminders.check(found, watch, TODAY)

    assert said == "Ana Reyes was not reminded of task 1, due 2026-06-08"


def test_a_list_that_is_not_kept_as_it_was_posted_is_found(desk):
    ana = desk.person("Ana Reyes")
    hotel = desk.customer("Hotel Aurora", agent=ana)
    with desk.database.transaction() as session:
        made = opening.open_day(session, ana, day=TODAY, at=desk.now, policy=desk.policy)
    with tables(desk.database) as found:
        assert list(due.lists(found, [], TODAY)) == []
    with desk.database.transaction() as session:
        session.add(
            PostedLine(worklist_id=made.id, payer_id=hotel, position=1, reason="", past_due=0)
        )

    with tables(desk.database) as found:
        [said] = due.lists(found, [], TODAY)

    assert said.endswith("and 1 lines are kept as posted")


def test_figures_of_a_line_that_are_not_the_books_are_found(desk):
    first = TODAY.replace(month=5, day=1)
    book = Book(Random(1))
    book.set_bill(
        Bill(number="B1", account="C1", kind="mrr", dated=first, due=first, minor=700)
    )
    agents = [{"name": "Ana Reyes", "attempted": 2, "reached": 0}]
    figures = {"agents": agents, "late": [{"minor": 600, "currency": "USD"}], "crossing": []}
    with desk.database.transaction() as session:
        kept = json.dumps(figures)
        session.add(DailyLine(day=TODAY, made_at=MONDAY_8_AM, book_at=None, figures=kept))

    with tables(desk.database) as found:
        said = list(line.check(found, book, TODAY, MONDAY_8_AM))

    assert [one.partition(" of ")[0] for one in said] == [
        "the line says",
        "the line says late 600, the book 700",
    ]


def test_services_that_stay_off_or_come_back_against_the_facts_are_found(desk):
    lea = desk.person("Lea Santos", "lead")
    paid = desk.invoice(desk.customer("Hotel Paid"), "100.00", closed_on=TODAY)
    owing = desk.invoice(desk.customer("Hotel Owing"), "100.00")
    _suspend(desk, 1, paid, lea.id)
    _suspend(desk, 2, owing, lea.id)
    restore = {"kind": OrderKind.RESTORE, "why": "paid", "asked_at": MONDAY_8_AM}
    with desk.database.transaction() as session:
        session.add(SupportOrder(case_id=2, customer_id=_account(session, 2), **restore))

    with tables(desk.database) as found:
        said = list(Restores(25_00).check(found, is_looked_at=True))

    assert [one.partition(",")[0].partition(" and ")[0] for one in said] == [
        f"case 1: account {_payer(desk, 1)} has paid",
        "order 3 of case 2 restores",
        "order 1 was done by nobody of support",
        "order 2 was done by nobody of support",
    ]


def _suspend(desk, number: int, invoice_id: int, by: int) -> None:
    with tables(desk.database) as found:
        [(payer, minor)] = found.rows(
            "SELECT payer_id, amount FROM invoices WHERE id = :id", id=invoice_id
        )
    named = {"number": "N", "due_date": TODAY, "currency": "USD", "amount": minor}
    done = {"kind": OrderKind.SUSPEND, "state": OrderState.DONE, "why": "w", "done_by": by}
    with desk.database.transaction() as session:
        session.add(SuspensionCase(id=number, number=number, payer_id=payer, opened_on=TODAY))
        session.flush()
        notice = SuspensionNotice(case_id=number, **NOTICE)
        session.add(notice)
        session.flush()
        session.add_all(
            [
                NoticedInvoice(
                    notice_id=notice.id, invoice_id=invoice_id, customer_id=payer, **named
                ),
                SupportOrder(case_id=number, customer_id=payer, asked_at=MONDAY_8_AM, **done),
            ]
        )


def _account(session, case: int) -> int:
    return session.get_one(SuspensionCase, case).payer_id


def _payer(desk, case: int) -> int:
    with desk.database.reading() as session:
        return _account(session, case)
