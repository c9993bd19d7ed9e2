"""One mail a payer and day, whatever lists and processes have to say (R8, R85)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.workflows.correspondence import composing, queries, releases
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.operations import Letter, NoDraft, Part
from bot.workflows.correspondence.records import Mail, MailKind, MailState, Process
from bot.workflows.people.rules import Member
from bot.workflows.special_handling import operations as holds
from bot.workflows.special_handling.operations import NewHold
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.tasks import queries as tasks
from tests.support.desk import MONDAY_8_AM, Desk
from tests.support.post import post

HALF_PAST_FIVE = datetime(2026, 6, 8, 21, 30, tzinfo=UTC)
"""When the day's mail leaves: 17:30 in New York on that Monday."""
TUESDAYS = datetime(2026, 6, 9, 21, 30, tzinfo=UTC)


@pytest.fixture
def ana(desk: Desk) -> Member:
    return desk.person("Ana Reyes")


@pytest.fixture
def aurora(desk: Desk, ana: Member) -> int:
    release(desk, Process.FINALS, Process.FOLLOW_UPS, Process.STATEMENTS)
    return desk.customer(
        "Hotel Aurora", agent=ana, email="ap@aurora.example", contact_name="Maria Lopez"
    )


def release(desk: Desk, *processes: Process) -> None:
    with desk.database.transaction() as session:
        for process in processes:
            correspondence.release_process(session, process, by=None, at=desk.now)


def add(desk: Desk, payer: int, topic: str, **given) -> Mail | None:
    part: dict[str, Any] = {
        "payer_id": payer,
        "topic": topic,
        "process": Process.FINALS,
        "subject": "Your final invoice",
        "words": f"About {topic}.",
    } | given
    with desk.database.transaction() as session:
        return correspondence.add_part(session, Part(**part), at=desk.now, policy=desk.policy)


def draft(desk: Desk, payer: int, topic: str) -> Mail | None:
    given = {"process": Process.FOLLOW_UPS, "subject": "We tried to reach you"}
    return add(desk, payer, topic, needs_person=True, **given)


def send(desk: Desk, topic: str, by: Member) -> Mail:
    with desk.database.transaction() as session:
        return correspondence.send_part(session, topic, by=by, at=desk.now, policy=desk.policy)


def drop(desk: Desk, topic: str) -> None:
    with desk.database.transaction() as session:
        correspondence.drop_part(session, topic, by=None, why="Paid.", at=desk.now)


def leave(desk: Desk, at: datetime) -> int:
    post(desk, desk.now)
    desk.now = at
    with desk.database.transaction() as session:
        return releases.leave_due(session, at=at, policy=desk.policy)


def alone(desk: Desk, payer: int, key: str = "statement:2026-06:1", **given) -> Mail | None:
    letter: dict[str, Any] = {
        "key": key,
        "kind": MailKind.STATEMENT,
        "process": Process.STATEMENTS,
        "payer_id": payer,
        "subject": "Your statement",
        "body": "Please find it attached.",
    } | given
    with desk.database.transaction() as session:
        return correspondence.send_alone(
            session, Letter(**letter), at=desk.now, policy=desk.policy
        )


def texts(desk: Desk, payer: int) -> list[tuple[date, str, str]]:
    """What leaves or left, oldest first: day, subject, body."""
    with desk.reading() as session:
        found = []
        for mail in reversed(queries.of_payer(session, payer)):
            text = queries.text_of(session, mail.id)
            if text and mail.state in (MailState.DUE, MailState.SENT):
                found.append((mail.day, text.subject, text.body))
        return found


def state(desk: Desk, mail: Mail | None) -> tuple[MailState, str]:
    assert mail is not None
    with desk.reading() as session:
        now = queries.get(session, mail.id)
        return now.state, now.last_error


def test_what_processes_say_on_a_day_leaves_as_one_mail_at_half_past_five(
    desk: Desk, aurora: int
) -> None:
    add(desk, aurora, "finals:1")
    add(desk, aurora, "mrr:1", subject="Two months are open", process=Process.FOLLOW_UPS)

    assert leave(desk, MONDAY_8_AM) == 0
    assert leave(desk, HALF_PAST_FIVE) == 1

    ((day, subject, body),) = texts(desk, aurora)
    assert day == date(2026, 6, 8)
    assert subject == "Your account with the company: 2 things"
    assert body.startswith("Dear Maria Lopez,\n\n1. Your final invoice\n\nAbout finals:1.")
    assert "2. Two months are open\n\nAbout mrr:1." in body
    assert body.endswith(
        "Ana Reyes\nAccounts Receivable, the company\ncollections@company.example\n"
    )


def test_a_topic_is_said_once_ever(desk: Desk, aurora: int) -> None:
    first = add(desk, aurora, "finals:1")
    again = add(desk, aurora, "finals:1")
    leave(desk, HALF_PAST_FIVE)
    much_later = add(desk, aurora, "finals:1")

    assert first is not None
    assert again is not None
    assert much_later is not None
    assert first.id == again.id == much_later.id
    assert len(texts(desk, aurora)) == 1


def test_what_comes_after_the_days_mail_has_left_is_for_the_next_business_day(
    desk: Desk, aurora: int
) -> None:
    add(desk, aurora, "finals:1")
    leave(desk, HALF_PAST_FIVE)
    add(desk, aurora, "finals:2")
    add(desk, aurora, "finals:3")

    assert leave(desk, HALF_PAST_FIVE) == 0
    leave(desk, TUESDAYS)

    assert [day.day for day, _, _ in texts(desk, aurora)] == [8, 9]


def test_a_person_s_draft_takes_the_whole_days_mail_along(
    desk: Desk, ana: Member, aurora: int
) -> None:
    add(desk, aurora, "finals:1")
    draft(desk, aurora, "follow_up:1")
    draft(desk, aurora, "follow_up:2")

    sent = send(desk, "follow_up:1", ana)

    assert sent.state is MailState.DUE
    ((_, subject, body),) = texts(desk, aurora)
    assert "2 things" in subject
    assert "About follow_up:2" not in body
    assert send(desk, "follow_up:1", ana).id == sent.id


def test_a_draft_that_nobody_sends_stays_behind(desk: Desk, ana: Member, aurora: int) -> None:
    add(desk, aurora, "finals:1")
    draft(desk, aurora, "follow_up:1")
    leave(desk, HALF_PAST_FIVE)

    late = send(desk, "follow_up:1", ana)

    assert late.state is MailState.OPEN
    assert len(texts(desk, aurora)) == 1
    leave(desk, TUESDAYS)
    assert [subject for _, subject, _ in texts(desk, aurora)] == [
        "Your final invoice",
        "We tried to reach you",
    ]


def test_drafts_alone_never_leave_by_themselves(desk: Desk, aurora: int) -> None:
    draft(desk, aurora, "follow_up:1")

    assert leave(desk, TUESDAYS) == 0


def test_what_is_dropped_is_not_said(desk: Desk, ana: Member, aurora: int) -> None:
    add(desk, aurora, "finals:1")
    draft(desk, aurora, "follow_up:1")
    drop(desk, "finals:1")
    drop(desk, "follow_up:1")

    assert leave(desk, HALF_PAST_FIVE) == 0
    with pytest.raises(NoDraft):
        send(desk, "follow_up:1", ana)


def test_friday_evening_and_a_holiday_wait_for_the_next_business_day(
    desk: Desk, aurora: int
) -> None:
    desk.now = datetime(2026, 7, 2, 22, tzinfo=UTC)
    add(desk, aurora, "finals:1")

    for day in (3, 4, 5):
        assert leave(desk, datetime(2026, 7, day, 23, tzinfo=UTC)) == 0
    assert leave(desk, datetime(2026, 7, 6, 21, 30, tzinfo=UTC)) == 1
    assert [day.day for day, _, _ in texts(desk, aurora)] == [6]


def test_what_was_due_while_the_machine_was_off_leaves_at_the_first_chance(
    desk: Desk, aurora: int
) -> None:
    add(desk, aurora, "finals:1")
    desk.now = datetime(2026, 6, 9, 13, tzinfo=UTC)
    add(desk, aurora, "finals:2")

    leave(desk, desk.now)
    add(desk, aurora, "finals:3")
    leave(desk, TUESDAYS)

    ((day, subject, _),) = texts(desk, aurora)
    assert (day.day, "2 things" in subject) == (9, True)
    leave(desk, TUESDAYS + timedelta(days=1))
    assert [day.day for day, _, _ in texts(desk, aurora)] == [9, 10]


def test_r85_what_a_server_took_a_day_late_is_that_days_mail(desk: Desk, aurora: int) -> None:
    add(desk, aurora, "finals:1")
    leave(desk, HALF_PAST_FIVE)
    desk.now = TUESDAYS - timedelta(hours=3)
    add(desk, aurora, "finals:2")
    with desk.database.transaction() as session:
        releases.leave_due(session, at=TUESDAYS, policy=desk.policy)
    assert len(texts(desk, aurora)) == 1

    leave(desk, TUESDAYS + timedelta(hours=1))
    add(desk, aurora, "finals:3")
    leave(desk, TUESDAYS + timedelta(hours=2))
    assert len(texts(desk, aurora)) == 1
    leave(desk, TUESDAYS + timedelta(days=1))

    assert [day.day for day, _, _ in texts(desk, aurora)] == [8, 10]


def test_a_fresh_book_holds_a_process_until_the_lead_releases_it(
    desk: Desk, ana: Member
) -> None:
    lead = desk.person("Lena", "lead")
    payer = desk.customer("Hotel Aurora", agent=ana, email="ap@aurora.example")
    part, statement = add(desk, payer, "finals:1"), alone(desk, payer)
    assert state(desk, part)[0] is state(desk, statement)[0] is MailState.HELD
    assert desk.owed(f"person:{lead.id}").count("correspondence.held") == 2

    release(desk, Process.FINALS, Process.STATEMENTS)
    leave(desk, MONDAY_8_AM)
    leave(desk, HALF_PAST_FIVE)

    assert sorted(subject for _, subject, _ in texts(desk, payer)) == [
        "Your final invoice",
        "Your statement",
    ]


def test_what_is_held_is_said_with_what_a_lead_can_do_about_it(desk: Desk, ana: Member) -> None:
    lead = desk.person("Lena", "lead")
    payer = desk.customer("Hotel Aurora", agent=ana, email="ap@aurora.example")
    alone(desk, payer)

    kinds = desk.say(lead, "releases")
    held = desk.press(lead, kinds, "Open")

    assert "Tap a line to see what is held of it, or to release it." in kinds
    assert "Statements: held" in held
    assert "None of it goes out before a lead releases it." in held
    assert "Held from earlier days" not in held


def test_what_was_held_on_an_earlier_day_waits_for_a_decision(desk: Desk, ana: Member) -> None:
    lead = desk.person("Lena", "lead")
    payer = desk.customer("Hotel Aurora", agent=ana, email="ap@aurora.example")
    first, second = alone(desk, payer, "s:1"), alone(desk, payer, "s:2")
    assert first
    assert second
    desk.now = TUESDAYS

    release(desk, Process.STATEMENTS)
    leave(desk, desk.now)
    assert texts(desk, payer) == []
    with desk.database.transaction() as session:
        releases.send_held(session, first.id, by=lead, at=desk.now)
        releases.drop_held(session, second.id, by=lead, why="Too old.", at=desk.now)
    leave(desk, desk.now)

    assert state(desk, first)[0] is MailState.DUE
    assert state(desk, second) == (MailState.CANCELLED, "Too old.")


def test_a_payer_without_an_address_becomes_one_task(desk: Desk, ana: Member) -> None:
    release(desk, Process.FINALS, Process.STATEMENTS)
    payer = desk.customer("Hotel Nemo", agent=ana, email="Bob ap@nemo")

    assert add(desk, payer, "finals:1") is None
    assert add(desk, payer, "finals:1") is None
    assert alone(desk, payer) is None

    with desk.reading() as session:
        (task,) = tasks.open_of_payer(session, payer)
        assert task.title == "Find an e-mail address of Hotel Nemo"
        assert "Not sent: Your final invoice." in task.words
        assert "Not sent: Your statement." in task.words
        assert task.owner_id == ana.id


@pytest.mark.parametrize("flag", ["legal_hold", "bankruptcy", "attorney"])
def test_a_legal_hold_stops_mail_of_every_kind(desk: Desk, ana: Member, flag: str) -> None:
    release(desk, Process.FINALS)
    payer = desk.customer("Hotel Aurora", email="ap@aurora.example", flags=flag)
    part = add(desk, payer, "finals:1")
    document = alone(desk, payer, kind=MailKind.DOCUMENT, process=Process.BY_HAND)

    leave(desk, HALF_PAST_FIVE)

    for mail in (part, document):
        cancelled, why = state(desk, mail)
        assert cancelled is MailState.CANCELLED
        assert why.startswith("Legal hold: ")


@pytest.mark.parametrize(
    ("kind", "reason", "becomes"),
    [
        (HoldKind.LEGAL, "Represented by an attorney", MailState.CANCELLED),
        (HoldKind.EXCEPTION, "No e-mail: they want letters", MailState.CANCELLED),
        (HoldKind.EXCEPTION, "No calls before the 10th", MailState.DUE),
        (HoldKind.TRACE, "Says it was paid", MailState.DUE),
    ],
)
def test_a_hold_stops_mail_if_it_is_meant_to(
    desk: Desk, aurora: int, kind: HoldKind, reason: str, becomes: MailState
) -> None:
    mail = add(desk, aurora, "finals:1")
    hold = NewHold(payer_id=aurora, kind=kind, reason=reason, first_day=date(2026, 6, 8))
    with desk.database.transaction() as session:
        holds.place(session, hold, by=None, at=desk.now)

    leave(desk, HALF_PAST_FIVE)

    assert state(desk, mail)[0] is becomes
    assert reason in state(desk, mail)[1] or becomes is MailState.DUE


def test_a_subject_of_two_lines_is_refused(desk: Desk, aurora: int) -> None:
    with pytest.raises(composing.BadHeader):
        add(desk, aurora, "finals:1", subject="Hello\r\nBcc: thief@example.com")
    with pytest.raises(composing.BadHeader):
        alone(desk, aurora, subject="Hello\u2028there")


def test_a_statement_is_made_once_under_its_key(desk: Desk, aurora: int) -> None:
    first, again = alone(desk, aurora), alone(desk, aurora)

    assert first
    assert again
    assert first.id == again.id
    assert len(texts(desk, aurora)) == 1


def test_a_bounce_becomes_a_task_of_the_agent(desk: Desk, ana: Member, aurora: int) -> None:
    mail = alone(desk, aurora)
    assert mail

    with desk.database.transaction() as session:
        for _ in range(2):
            bounced = queries.get(session, mail.id)
            correspondence.bounced(session, bounced, why="No such mailbox.", at=desk.now)

    assert state(desk, mail) == (MailState.REFUSED, "No such mailbox.")
    with desk.reading() as session:
        (task,) = tasks.open_of_payer(session, aurora)
        assert task.owner_id == ana.id
        assert "ap@aurora.example: No such mailbox." in task.words
