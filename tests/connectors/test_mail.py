"""Mail over a real SMTP server, and as files: nothing twice, nothing half, no secret told."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from bot.connectors.mail import choosing, folder, lines, smtp
from bot.connectors.mail.lines import Lines
from bot.connectors.mail.smtp import Smtp
from bot.postman import PutOff, Returned, Unclear
from bot.settings import BadSettings, Settings
from bot.workflows.correspondence.claims import Outgoing
from bot.workflows.correspondence.records import MailFile
from tests.support.post_office import PASSWORD, USER, PostOffice, certificate, post_office

AURORA = "ap@aurora.example"
LEAD = "lena@desk.example"


def outgoing(**given) -> Outgoing:
    mail: dict[str, Any] = {
        "key": "statement:2026-06:12",
        "day": date(2026, 6, 15),
        "message_id": "<0123456789abcdef@desk.example>",
        "sender": "collections@desk.example",
        "to": (AURORA,),
        "copies": (),
        "subject": "Your statement",
        "body": "Please find it attached.\n",
        "files": (),
        "dated": datetime(2026, 6, 15, 13, tzinfo=UTC),
        "is_by_desk": True,
    } | given
    return Outgoing(**mail)


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def server(office: PostOffice, tmp_path: Path) -> Iterator[Smtp]:
    with post_office(office) as where:
        yield smtp.mailer(f"smtp://{where}", home=tmp_path, company="Coastline")


def send(server: Smtp, **given) -> str:
    return asyncio.run(server.send(outgoing(**given)))


def test_a_mail_arrives_as_it_was_fixed(office: PostOffice, server: Smtp) -> None:
    refused = send(server, copies=(LEAD,))

    assert refused == ""
    assert office.envelopes == [("collections@desk.example", (AURORA, LEAD))]
    (mail,) = office.taken
    assert mail["From"] == "Coastline <collections@desk.example>"
    assert (mail["To"], mail["Cc"]) == (AURORA, LEAD)
    assert mail["Subject"] == "Your statement"
    assert mail["Message-ID"] == "<0123456789abcdef@desk.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content() == "Please find it attached.\r\n"


def test_every_script_and_a_long_text_arrive_whole(office: PostOffice, server: Smtp) -> None:
    body = "Grüße, 請求書, счёт, ﷼ 🧾\n.\n.. a line of dots\nFrom here\n" + "x" * 100_000 + "\n"

    send(server, subject="Rechnung für Hôtel Áurora 請求書 🧾", body=body)

    (mail,) = office.taken
    assert mail["Subject"] == "Rechnung für Hôtel Áurora 請求書 🧾"
    assert mail.get_content().replace("\r\n", "\n") == body


def test_a_file_goes_with_it_only_if_it_is_what_it_was(
    office: PostOffice, server: Smtp, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    sha256 = hashlib.sha256(b"%PDF-1.7").hexdigest()
    file = MailFile(name="Statement – Hotel.pdf", path="a.pdf", sha256=sha256)

    send(server, files=(file,))
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.8")

    with pytest.raises(Returned, match="not what it was"):
        send(server, files=(file,))
    (tmp_path / "a.pdf").unlink()
    with pytest.raises(Returned, match="cannot be read"):
        send(server, files=(file,))
    (mail,) = office.taken
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "Statement – Hotel.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("where", "answer", "outcome"),
    [
        ("rcpt", "450 Greylisted", PutOff),
        ("rcpt", "550 No such mailbox", Returned),
        ("mail", "451 Try later", PutOff),
        ("mail", "552 Too large", Returned),
        ("data", "452 Out of space", PutOff),
        ("data", "554 Looks like spam", Returned),
        ("data", "drop", Unclear),
        ("data", "drop after taking", Unclear),
    ],
)
def test_each_answer_of_the_server_has_one_meaning(
    office: PostOffice, server: Smtp, where: str, answer: str, outcome: type[Exception]
) -> None:
    if where == "rcpt":
        office.rcpt[AURORA] = answer
    else:
        setattr(office, where, answer)

    with pytest.raises(outcome) as caught:
        send(server)

    if answer[0].isdigit():
        assert answer in str(caught.value)


def test_a_server_that_hangs_over_the_text_leaves_it_unclear(
    office: PostOffice, tmp_path: Path
) -> None:
    office.data = "hang"
    with post_office(office):
        impatient = Smtp(
            host="127.0.0.1",
            port=office.port,
            is_tls=False,
            user="",
            password="",
            home=tmp_path,
            company="Coastline",
            seconds_for_text=0.3,
        )
        with pytest.raises(Unclear):
            send(impatient)


def test_somebody_in_copy_who_is_refused_for_good_is_named_and_the_rest_get_it(
    office: PostOffice, server: Smtp
) -> None:
    office.rcpt[LEAD] = "550 Left the company"

    assert send(server, copies=(LEAD,)) == f"{LEAD}: 550 Left the company"
    assert office.envelopes == [("collections@desk.example", (AURORA,))]


def test_nobody_gets_it_before_all_can(office: PostOffice, server: Smtp) -> None:
    office.rcpt[LEAD] = "451 Try later"

    with pytest.raises(PutOff) as caught:
        send(server, copies=(LEAD,))

    assert caught.value.is_refusal
    assert office.taken == []


def test_without_a_server_it_certainly_did_not_leave(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = smtp.mailer(
            f"smtp://127.0.0.1:{closed.getsockname()[1]}", home=tmp_path, company="Coastline"
        )
        with pytest.raises(PutOff) as caught:
            send(nobody)

    assert not caught.value.is_refusal


def test_the_password_is_told_only_under_encryption_and_never_logged(
    office: PostOffice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    pem = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    with post_office(office, tls=tls) as where:
        url = f"smtp://{USER}:{quote(PASSWORD, safe='')}@{where}"
        server = smtp.mailer(url, home=tmp_path, company="Coastline")
        with pytest.raises(PutOff):
            asyncio.run(server.check())
        assert office.passwords == []

        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        send(server)
        wrong = smtp.mailer(f"smtp://{USER}:no@{where}", home=tmp_path, company="Coastline")
        with pytest.raises(PutOff, match="does not accept the login"):
            asyncio.run(wrong.check())

    assert office.passwords[0] == PASSWORD.encode()
    assert len(office.taken) == 1
    assert PASSWORD not in f"{caplog.text}{server!r}"


def test_a_server_without_encryption_is_not_told_the_password(
    office: PostOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_LOOPBACK", frozenset())
    with post_office(office) as where:
        server = smtp.mailer(f"smtp://desk:secret@{where}", home=tmp_path, company="Coastline")
        with pytest.raises(PutOff, match="offers no encryption"):
            asyncio.run(server.check())


def test_a_line_that_would_break_out_of_the_head_is_refused(
    office: PostOffice, server: Smtp
) -> None:
    for bad in ("Hello\r\nBcc: thief@example.com", "Hello\nthere"):
        with pytest.raises(Returned):
            send(server, subject=bad)
    with pytest.raises(Returned):
        send(server, to=("ap@aurora.example\r\nBcc: thief@example.com",))
    assert office.taken == []


def batch(server: Smtp, *mails: dict[str, Any], pause: float = 0) -> list[object]:
    """Send mails one after the other; return what each came to."""

    async def work() -> list[object]:
        came_to: list[object] = []
        for mail in mails:
            try:
                came_to.append(await server.send(outgoing(**mail)))
            except (PutOff, Returned, Unclear) as error:
                came_to.append(type(error))
            await asyncio.sleep(pause)
        return came_to

    return asyncio.run(work())


def test_the_mails_of_a_batch_share_a_connection(office: PostOffice, server: Smtp) -> None:
    office.rcpt = {"gone@x.example": "550 No such mailbox"}
    mails = [{"subject": f"No. {n}"} for n in range(5)]

    came_to = batch(server, *mails[:2], {"to": ("gone@x.example",)}, *mails[2:])

    assert came_to == ["", "", Returned, "", "", ""]
    assert [mail["Subject"] for mail in office.taken] == [f"No. {n}" for n in range(5)]
    assert len(set(office.callers)) == 1
    assert server.lines == Lines()


def test_mails_at_the_same_time_have_a_connection_each(
    office: PostOffice, server: Smtp
) -> None:
    async def work() -> None:
        await asyncio.gather(*(server.send(outgoing(subject=f"No. {n}")) for n in range(4)))

    asyncio.run(work())

    assert len(office.taken) == len(set(office.callers)) == 4


def test_a_server_that_left_between_two_mails_is_called_again(
    office: PostOffice, server: Smtp
) -> None:
    office.hangs_up = True

    came_to = batch(server, {"subject": "One"}, {"subject": "Two"}, pause=0.3)

    assert came_to == ["", ""]
    assert [mail["Subject"] for mail in office.taken] == ["One", "Two"]
    assert len(set(office.callers)) == 2


@pytest.mark.parametrize("answer", ["drop", "drop after taking"])
def test_a_text_lost_on_a_shared_connection_is_unclear_and_given_once(
    office: PostOffice, server: Smtp, answer: str
) -> None:
    async def work() -> None:
        await server.send(outgoing(subject="One"))
        office.data = answer
        with pytest.raises(Unclear):
            await server.send(outgoing(subject="Two"))
        office.data = "250 OK"
        await server.send(outgoing(subject="Three"))

    asyncio.run(work())

    twice = ["Two"] if answer == "drop after taking" else []
    assert [mail["Subject"] for mail in office.taken] == ["One", *twice, "Three"]
    assert len(office.callers) == 3
    assert len(set(office.callers)) == 2


def test_a_connection_carries_so_many_mails_and_rests_so_long(
    office: PostOffice, server: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST", 2)
    batch(server, {}, {}, {})
    assert len(set(office.callers)) == 2

    monkeypatch.setattr(lines, "RESTS", 0.05)
    batch(server, {}, {}, pause=0.3)
    assert len(set(office.callers)) == 4


def test_in_a_folder_each_mail_is_one_file_however_often_it_is_written(tmp_path: Path) -> None:
    outbox = folder.mailer(f"folder:{tmp_path / 'out'}", home=tmp_path, company="Coastline")

    for subject in ("First", "Second"):
        asyncio.run(outbox.send(outgoing(subject=subject)))
    asyncio.run(outbox.send(outgoing(key="a/b\\..:ü", message_id="<fedcba98@desk.example>")))

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [
        "2026-06-15_a-b-.._fedcba98.eml",
        "2026-06-15_statement-2026-06-12_01234567.eml",
    ]
    mail = message_from_bytes((tmp_path / "out" / names[1]).read_bytes(), policy=policy.default)
    assert mail["Subject"] == "Second"


def test_a_folder_that_cannot_be_made_puts_mail_off(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outbox = folder.mailer(f"folder:{tmp_path}/file/out", home=tmp_path, company="Coastline")

    with pytest.raises(PutOff):
        asyncio.run(outbox.send(outgoing()))
    with pytest.raises(PutOff):
        asyncio.run(outbox.check())


@pytest.mark.parametrize(
    "url", ["ftp://x", "smtp:///x", "smtp://user@:587", "smtps://host:port", "mail.example.com"]
)
def test_a_way_that_makes_no_sense_is_refused_without_telling_its_secrets(url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        choosing.mailer(Settings(mail_url=SecretStr(url)), company="Coastline")

    assert "ARDESK_MAIL_URL" in str(caught.value)
    assert url not in str(caught.value)


def test_without_a_url_mail_is_files_in_the_home(tmp_path: Path) -> None:
    made = choosing.mailer(Settings(home=tmp_path), company="Coastline")

    assert isinstance(made, folder.Folder)
    assert made.path == tmp_path / "outbox"
    tls = choosing.mailer(
        Settings(mail_url=SecretStr("smtps://u:p%40ss@mail.example.com")), company="C"
    )
    assert isinstance(tls, Smtp)
    assert (tls.port, tls.is_tls, tls.password) == (465, True, "p@ss")
