"""`ardesk mail`: what was written, what became of it, and sending again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bot.cli.desk import open_desk
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence import queries
from bot.workflows.correspondence.operations import Letter
from bot.workflows.correspondence.records import MailKind, Process
from bot.workflows.customers.records import Customer
from tests.support.cli import ardesk

NOON = datetime(2026, 6, 15, 16, tzinfo=UTC)
Write = Callable[..., int]


@pytest.fixture
def write(ardesk_home: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.setenv("ARDESK_CLOCK", NOON.isoformat())
    monkeypatch.setenv("ARDESK_MAIL_FROM", "ar@coastline.example")

    def written(number: int, email: str = "ap@aurora.example") -> int:
        with open_desk() as desk, desk.database.transaction() as session:
            payer = Customer(
                id=number,
                number=f"C{number:04d}",
                name=f"Hotel {number}",
                payer_id=number,
                email=email,
                learned_at=NOON,
            )
            session.add(payer)
            session.flush()
            letter = Letter(
                key=f"document:{number}",
                kind=MailKind.DOCUMENT,
                process=Process.BY_HAND,
                payer_id=number,
                subject="How to pay",
                body="In the portal.",
            )
            mail = correspondence.send_alone(session, letter, at=NOON, policy=desk.policy)
            assert mail is not None
            return mail.id

    return written


def test_mail_is_listed_sent_and_shown(ardesk_home: Path, write: Write):
    mail = write(1)

    [due] = ardesk("mail", "list", "--format", "json").json
    assert (due["id"], due["state"], due["customer"]) == (mail, "due", "C0001")
    assert due["to"] == "ap@aurora.example"
    sent = ardesk("mail", "send", "--format", "json")
    assert sent.json == {"done": 1, "left": 0}

    shown = ardesk("mail", "show", mail, "--format", "json").json
    assert (shown["state"], shown["body"]) == ("sent", "In the portal.\n")
    [file] = (ardesk_home / "outbox").iterdir()
    eml = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert file.name.startswith("2026-06-15_document-1_")
    assert eml["From"] == "the company <ar@coastline.example>"
    assert "How to pay" in ardesk("mail", "list").out
    assert "In the portal." in ardesk("mail", "show", mail).out


def test_what_came_back_is_found_and_sent_again_to_the_new_address(
    ardesk_home: Path, write: Write
):
    mail = write(1)
    write(2)
    with open_desk() as desk, desk.database.transaction() as session:
        found = queries.get(session, mail)
        correspondence.bounced(session, found, why="550 No such mailbox", at=NOON)
        session.get_one(Customer, 1).email = "new@aurora.example"

    [refused] = ardesk("mail", "list", "--state", "refused", "--format", "json").json
    assert refused["last_error"] == "550 No such mailbox"
    again = ardesk("mail", "retry", mail, "--format", "json").json
    assert (again["state"], again["to"]) == ("due", "new@aurora.example")
    assert len(ardesk("mail", "list", "--customer", "C0002", "--format", "json").json) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "99"), "There is no mail 99"),
        (("retry", "99"), "There is no mail 99"),
        (("list", "--customer", "X"), "I know no customer 'X'."),
        (("list", "--state", "lost"), "lost"),
        (("show", "none"), "integer"),
        (("send", "--at", "soon"), "not a time"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    ardesk_home: Path, arguments: tuple[str, ...], says: str
):
    ran = ardesk("mail", *arguments)

    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_what_has_arrived_is_not_sent_again(write: Write):
    mail = write(1)
    ardesk("mail", "send")

    ran = ardesk("mail", "retry", mail)

    assert ran.code == 2
    assert "settled already" in ran.err


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("ARDESK_MAIL_FROM", "Accounts <"),
        ("ARDESK_MAIL_FROM", "ar@x.com\r\nBcc: b@y.com"),
        ("ARDESK_MAIL_URL", "https://user:secret@mail.example"),
        ("ARDESK_MAIL_URL", "smtp://user:secret@:25"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_without_its_secret(
    write: Write, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
):
    monkeypatch.setenv(setting, value)

    ran = ardesk("mail", "send")

    assert ran.code == 2
    assert setting in ran.err
    assert "secret" not in ran.err
