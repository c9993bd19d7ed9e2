"""The company's own wording of notices goes out only as the controller approved it (R70)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.policy import Policy
from bot.workflows.suspension import templates
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.tasks.records import Task, TaskState
from scheduler.suspension_cases import take_steps
from tests.support.cases import Floor
from tests.support.desk import Desk

OWN = "Subject: Please pay $amount\nDear $contact, ours: $invoices"


@pytest.fixture
def floor(database, tmp_path):
    return Floor(Desk(database, policy=Policy(notice_templates=tmp_path)))


def lock(floor):
    with floor.desk.database.transaction() as session:
        at, policy = floor.desk.now, floor.desk.policy
        templates.lock(session, "first_notice", by=floor.con, at=at, policy=policy)


def test_a_changed_file_stops_its_notice_until_it_is_locked(floor, tmp_path):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    shown = floor.desk.say(floor.lea, "notices")
    (tmp_path / "first_notice.txt").write_text(OWN)

    answer = floor.desk.press(floor.lea, shown, "Release")

    assert "The wording in first_notice.txt was changed and is not approved" in answer
    take_steps(floor.tick())
    take_steps(floor.tick())
    with floor.desk.reading() as session:
        [task] = session.scalars(select(Task).where(Task.title.startswith("Approve")))
        assert task.role == "controller"
        task_id = task.id
    lock(floor)
    take_steps(floor.tick())
    shown = floor.desk.say(floor.lea, "notices")
    assert "Please pay $1,000.00" in shown
    assert "is released" in floor.desk.press(floor.lea, shown, "Release")
    with floor.desk.reading() as session:
        assert session.get_one(Task, task_id).state is TaskState.DONE
    assert floor.file(payer).number == 1


def test_what_was_locked_once_stays_evidence_when_the_wording_changes(floor, tmp_path):
    payer = floor.hotel("Hotel Aurora")
    own = tmp_path / "first_notice.txt"
    own.write_text(OWN)
    lock(floor)
    floor.steps()
    floor.release()

    own.write_text(OWN + " And more.")

    assert floor.file(payer).notices[0][0] is NoticeStep.FIRST


def test_markup_and_names_in_the_book_are_text_in_a_notice(floor):
    floor.hotel("Hotel $amount {{DATE()}} <b>")
    floor.steps()

    shown = floor.desk.say(floor.lea, "notices")

    assert "on the account of Hotel $amount {{DATE()}} <b>" in shown
