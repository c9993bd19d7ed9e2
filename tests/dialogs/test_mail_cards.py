"""What leads and agents see of mail to customers, and what they do about it (R8, go-live)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.dialog import View
from bot.workflows.correspondence import departures, outcomes, queries, releases
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.operations import Letter
from bot.workflows.correspondence.records import MailKind, MailState, Process
from bot.workflows.correspondence.troubles import number_of
from bot.workflows.people.rules import Member
from dialogs import correspondence as dialog
from dialogs import release_cards
from tests.support.desk import Desk, Shown, channel, drawn


@pytest.fixture
def ana(desk: Desk) -> Member:
    return desk.person("Ana Reyes")


@pytest.fixture
def lena(desk: Desk) -> Member:
    return desk.person("Lena", "lead")


@pytest.fixture
def aurora(desk: Desk, ana: Member) -> int:
    return desk.customer("Hotel Aurora", agent=ana, email="ap@aurora.example")


def statement(desk: Desk, payer: int, key: str, process: Process = Process.STATEMENTS) -> int:
    letter = Letter(
        key=key,
        kind=MailKind.STATEMENT,
        process=process,
        payer_id=payer,
        subject=f"Statement {key}",
        body="See [attached](https://evil.example).\n\n{{DATE()}}",
    )
    with desk.database.transaction() as session:
        mail = correspondence.send_alone(session, letter, at=desk.now, policy=desk.policy)
        assert mail is not None
        return mail.id


def unknown(desk: Desk, payer: int, key: str = "s:1") -> int:
    mail = statement(desk, payer, key, Process.BY_HAND)
    with desk.database.transaction() as session:
        claims = departures.claim(
            session,
            owner="a postman",
            at=desk.now,
            policy=desk.policy,
            most=1,
            is_repeatable=False,
        )
        outcomes.unknown(session, claims[0], at=desk.now, error="Lost after the text")
    return mail


def card_of(desk: Desk, mail_id: int) -> Shown:
    with desk.reading() as session:
        view = View(session=session, now=desk.now, policy=desk.policy, about=mail_id)
        return drawn(dialog.draw_unknown(view))


def state(desk: Desk, mail_id: int) -> MailState:
    with desk.reading() as session:
        return queries.get(session, mail_id).state


def test_a_lead_sees_what_would_go_out_and_releases_it(
    desk: Desk, lena: Member, aurora: int
) -> None:
    mail = statement(desk, aurora, "s:1")
    with desk.reading() as session:
        number = number_of(Process.STATEMENTS)
        view = View(session=session, now=desk.now, policy=desk.policy, about=number)
        held = drawn(dialog.draw_held(view))

    asked = desk.press(lena, held, "Release")
    assert "1 e-mail held from today would go out:" in asked
    released = desk.press(lena, asked, "Yes, release")
    again = desk.press(lena, asked, "Yes, release")

    assert "Released. 1 e-mail goes out." in released
    assert "It was released before." in again
    with desk.database.transaction() as session:
        releases.leave_due(session, at=desk.now, policy=desk.policy)
    assert state(desk, mail) is MailState.DUE


def test_a_release_with_nothing_held_says_so(desk: Desk, lena: Member) -> None:
    with desk.reading() as session:
        number = number_of(Process.STATEMENTS)
        view = View(session=session, now=desk.now, policy=desk.policy, about=number)
        asked = drawn(release_cards.confirm(view))

    assert "No e-mail is held from today. From the release on, statements go out" in asked


def test_mail_of_earlier_days_is_sent_or_dropped_one_by_one_never_in_a_burst(
    desk: Desk, lena: Member, aurora: int
) -> None:
    mails = [statement(desk, aurora, f"s:{n}") for n in (1, 2, 3, 4)]
    desk.wait(days=2)
    asked = desk.press(lena, desk.say(lena, "releases"), "Open")
    shown = desk.press(lena, desk.press(lena, asked, "Release"), "Yes, release")
    assert "Nothing was waiting from today." in shown
    assert shown.titles.count("Send") == 4

    after = desk.press(lena, shown, "Send")
    stale = desk.press(lena, shown, "Drop")
    assert "has changed meanwhile" in stale
    left = desk.press(lena, after, "Drop")
    done = desk.press(lena, left, "Drop all 2 of earlier days")

    assert "2 dropped." in done
    with desk.database.transaction() as session:
        releases.leave_due(session, at=desk.now, policy=desk.policy)
    assert [state(desk, mail) for mail in mails] == [MailState.DUE, *[MailState.CANCELLED] * 3]


def test_one_mail_of_an_earlier_day_has_no_button_for_all(
    desk: Desk, lena: Member, aurora: int
) -> None:
    statement(desk, aurora, "s:1")
    desk.wait(days=2)
    asked = desk.press(lena, desk.say(lena, "releases"), "Open")

    shown = desk.press(lena, desk.press(lena, asked, "Release"), "Yes, release")

    assert shown.titles == ["Send", "Drop", "Read"]


def test_only_leads_release_and_decide(desk: Desk, ana: Member, lena: Member, aurora: int):
    mail = unknown(desk, aurora)
    held = desk.press(lena, desk.say(lena, "releases"), "Open")
    asked = desk.press(lena, held, "Release")

    assert "is for:" in desk.say(ana, "releases")
    assert "is for:" in desk.press(ana, asked, "Yes, release")
    assert "is for:" in desk.press(ana, card_of(desk, mail), "Send again")
    assert state(desk, mail) is MailState.UNKNOWN


@pytest.mark.parametrize(
    ("button", "says", "becomes"),
    [
        ("Send again", "It is sent again.", MailState.DUE),
        ("It arrived", "It counts as sent.", MailState.SENT),
        ("Leave it", "does not count as sent.", MailState.UNKNOWN),
    ],
)
def test_a_lead_decides_once_on_a_mail_that_may_have_left(
    desk: Desk, lena: Member, aurora: int, button: str, says: str, becomes: MailState
) -> None:
    mail = unknown(desk, aurora)
    shown = card_of(desk, mail)
    assert "not known if it arrived" in shown
    assert "Lost after the text" in shown

    assert says in desk.press(lena, shown, button)
    second = desk.press(lena, shown, "Send again")

    assert "has changed meanwhile" in second
    assert second.titles == []
    assert state(desk, mail) is becomes


def test_what_was_written_to_a_customer_stands_on_its_account_and_under_mail(
    desk: Desk, ana: Member, aurora: int
) -> None:
    statement(desk, aurora, "s:1", Process.BY_HAND)

    account = desk.say(ana, "customer Hotel Aurora")
    listed = desk.say(ana, "mail aurora")
    opened = desk.press(ana, listed, "Open")

    assert "Statement s:1" in account
    assert "Statement s:1" in listed
    assert "on its way" in listed
    assert "ap@aurora.example" in opened
    assert "See [attached](https://evil.example)." in opened


def test_what_was_written_is_not_for_a_channel(desk: Desk, ana: Member, aurora: int) -> None:
    statement(desk, aurora, "s:1", Process.BY_HAND)

    assert "Statement" not in desk.say(ana, "mail aurora", spot=channel())


def test_a_long_text_fits_a_card(desk: Desk, ana: Member, aurora: int) -> None:
    letter = Letter(
        key="long",
        kind=MailKind.DOCUMENT,
        process=Process.BY_HAND,
        payer_id=aurora,
        subject="Long",
        body="x",
    )
    with desk.database.transaction() as session:
        long = replace(letter, body="word " * 20_000)
        correspondence.send_alone(session, long, at=desk.now, policy=desk.policy)

    opened = desk.press(ana, desk.say(ana, "mail aurora"), "Open")

    assert len(opened.text) < 5000


def test_releasing_notices_as_a_whole_says_that_each_still_needs_a_lead_r70(
    desk: Desk, lena: Member
) -> None:
    with desk.reading() as session:
        number = number_of(Process.NOTICES)
        view = View(session=session, now=desk.now, policy=desk.policy, about=number)
        held = drawn(dialog.draw_held(view))

    asked = desk.press(lena, held, "Release")

    assert "each suspension notice goes out as soon as a lead releases it" in asked
    assert "go out by themselves" not in asked
