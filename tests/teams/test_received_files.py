"""Files offered in a message: fetched from trusted hosts only, whole or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import func, select

from bot.chat.reception import ELSEWHERE, PICTURE
from bot.chat.switchboard import CARD_NUMBER
from bot.policy import Policy
from bot.store.audit import AuditEntry
from bot.store.database import Database
from bot.store.postings import Place
from bot.teams.hosts import Hosts
from bot.teams.problems import NotAdmitted
from bot.workflows.proofs.records import ProofFile
from tests.support.cloud import Account, Cloud, Json, validator
from tests.support.desk import MONDAY_8_AM
from tests.support.handing import BASE, LINKS
from tests.support.served import Served, served
from tests.teams.conftest import ANA, people

WIRE = b"%PDF-1.7 " + bytes(range(256)) * 40
KIND = "application/vnd.microsoft.teams.file.download.info"
POLICY = Policy(handed_file_mib=1, handed_file_seconds=1)


@dataclass
class Share:
    """A stand-in for SharePoint on loopback, which answers by the path that is asked for."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}?UniqueId=7&tempauth=v1%2Fab%3D%3D"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.headers.append(dict(request.headers))
        if answer := _ODD.get(request.path):
            return await answer(request)
        if onward := self._onward().get(request.path):
            raise web.HTTPFound(onward)
        plain = {
            "/wire": (WIRE, {}),
            "/says-large": (WIRE, {"Content-Length": str(5 * 1024**2)}),
            "/empty": (b"", {}),
            "/packed": (WIRE, {"Content-Encoding": "gzip"}),
        }
        if request.path not in plain:
            raise web.HTTPNotFound
        body, headers = plain[request.path]
        return web.Response(body=body, headers=headers)

    def _onward(self) -> dict[str, str]:
        return {
            "/moved": self.url("/wire"),
            "/away": self.url("/wire", "localhost"),
            "/round": self.url("/round"),
        }


async def _large(request: web.Request) -> web.StreamResponse:
    return await _streamed(request, [b"x" * 50_000] * 22)


async def _drips(request: web.Request) -> web.StreamResponse:
    return await _streamed(request, [b"x"] * 100, pause=0.2)


async def _slow(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response(body=WIRE)


async def _nowhere(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302)


async def _streamed(
    request: web.Request, parts: list[bytes], pause: float = 0
) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for part in parts:
        await response.write(part)
        await asyncio.sleep(pause)
    return response


async def _cut_short(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    await response.prepare(request)
    await response.write(b"only this")
    assert request.transport
    request.transport.close()
    return response


_ODD = {
    "/large": _large,
    "/slow": _slow,
    "/drips": _drips,
    "/short": _cut_short,
    "/nowhere": _nowhere,
}


@pytest.fixture
async def share() -> AsyncIterator[Share]:
    share = Share()
    app = web.Application()
    app.router.add_get("/{path:.*}", share.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    share.port = runner.addresses[0][1]
    yield share
    await runner.cleanup()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
async def files(
    lite: Database, cloud: Cloud, share: Share, home: Path
) -> AsyncIterator[Served]:
    people(lite)
    async with served(
        lite,
        cloud,
        clock=lambda: MONDAY_8_AM,
        policy=POLICY,
        links=LINKS,
        home=home,
        teams_file_hosts=f"*.sharepoint.com,127.0.0.1:{share.port}",
    ) as desk:
        yield desk


def offered(url: object, name: str = "wire.pdf") -> list[Json]:
    """What Teams attaches: the words as HTML, too, which is no file."""
    content = {"downloadUrl": url, "uniqueId": "7", "fileType": "pdf"}
    link = "https://contoso.sharepoint.com/personal/ana/wire.pdf"
    file = {"contentType": KIND, "contentUrl": link, "name": name, "content": content}
    return [file, {"contentType": "text/html", "content": "<div>here</div>"}]


def kept(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(ProofFile.name)))


def drafts(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


async def test_a_file_is_fetched_without_saying_who_fetches_it_and_answered_with_one_card(
    files: Served, cloud: Cloud, share: Share, lite: Database, home: Path
):
    message = cloud.message("", ANA, attachments=offered(share.url("/wire")))
    if contract := validator("Activity"):
        assert list(contract.iter_errors(message)) == []

    status, _ = await files.takes(message)

    sha256 = hashlib.sha256(WIRE).hexdigest()
    [sent] = cloud.to(ANA.chat)
    assert status == 200
    assert "Kept: wire.pdf" in str(sent.card)
    assert share.asked == ["/wire?UniqueId=7&tempauth=v1%2Fab%3D%3D"]
    assert not {"Authorization", "Cookie"} & set(share.headers[0])
    assert (home / "proofs" / sha256[:2] / sha256).read_bytes() == WIRE
    assert (home / "proofs" / sha256[:2] / sha256).stat().st_mode & 0o777 == 0o600


async def test_the_same_message_delivered_twice_does_nothing_twice(
    files: Served, cloud: Cloud, share: Share, lite: Database
):
    message = cloud.message("", ANA, attachments=offered(share.url("/wire")))

    await files.takes(message)
    await files.takes(message)
    files.seam.handler.seen._ids.clear()
    await files.takes(message)

    with lite.reading() as session:
        noted = session.scalar(select(func.count()).where(AuditEntry.what == "file kept"))
    assert (kept(lite), noted) == (["wire.pdf"], 1)
    assert len(cloud.to(ANA.chat)) == 2
    assert "I had it already" in str(cloud.to(ANA.chat)[1].card)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/missing", "Teams does not hand it out any more"),
        ("/large", "it is larger than 1 MB"),
        ("/says-large", "it is larger than 1 MB"),
        ("/slow", "it took too long to come"),
        ("/drips", "it took too long to come"),
        ("/short", "it did not come whole"),
        ("/empty", "it is empty"),
        ("/packed", "it came packed"),
        ("/away", "that is no address from which I take files"),
        ("/round", "I was sent on too often"),
        ("/nowhere", "I was sent on too often"),
    ],
)
async def test_what_does_not_come_whole_is_one_sentence_and_nothing_stays(
    path: str,
    sentence: str,
    files: Served,
    cloud: Cloud,
    share: Share,
    lite: Database,
    home: Path,
):
    status, _ = await files.takes(cloud.message("", ANA, attachments=offered(share.url(path))))

    [sent] = cloud.to(ANA.chat)
    assert status == 200
    assert sent.text.startswith(f"wire.pdf: {sentence}")
    assert (kept(lite), drafts(home)) == ([], [])
    assert all(host == f"127.0.0.1:{share.port}" for host in (h["Host"] for h in share.headers))

    await files.takes(cloud.message("", ANA, attachments=offered(share.url("/wire"))))
    assert "Kept: wire.pdf" in str(cloud.to(ANA.chat)[1].card)


async def test_it_may_be_sent_on_to_another_address_of_a_trusted_host(
    files: Served, cloud: Cloud, share: Share, lite: Database
):
    await files.takes(cloud.message("", ANA, attachments=offered(share.url("/moved"))))

    assert kept(lite) == ["wire.pdf"]


@pytest.mark.parametrize(
    "url",
    [
        "http://contoso.sharepoint.com/x",
        "https://sharepoint.com/x",
        "https://sharepoint.com.evil.example/x",
        "https://evilsharepoint.com/x",
        "https://contoso.sharepoint.com@evil.example/x",
        "https://evil.example\\@contoso.sharepoint.com/x",
        "https://evil.example#@contoso.sharepoint.com/x",
        "https://contoso.sharepoint.com:8443/x",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/x",
        "http://[::1]/x",
        "file:///etc/passwd",
        "ftp://contoso.sharepoint.com/x",
        "//contoso.sharepoint.com/x",
        "https://contoso.sharepoint.com/a b",
        "https://contoso.sharepoint.com/\r\nHost: evil",
        "https://ⓒontoso.sharepoint.com/x",
        "https://contoso.sharepoint.com/" + "x" * 9000,
        "https://[contoso.sharepoint.com/x",
        "",
        None,
        5,
        {"url": "x"},
    ],
)
async def test_no_other_address_is_ever_asked(
    url: object, files: Served, cloud: Cloud, share: Share, lite: Database
):
    status, _ = await files.takes(cloud.message("", ANA, attachments=offered(url)))

    [sent] = cloud.to(ANA.chat)
    assert status == 200
    assert sent.text == "wire.pdf: that is no address from which I take files."
    assert (share.asked, kept(lite)) == ([], [])


@pytest.mark.parametrize(
    "url",
    [
        "https://contoso.sharepoint.com/_layouts/15/download.aspx?UniqueId=1&tempauth=e%3D",
        "https://contoso-my.sharepoint.com:443/personal/x",
        "https://eu-prod.asyncgw.teams.svc.ms/v1/objects/0-weu/views/original",
    ],
)
def test_the_default_hosts_are_those_that_teams_names(url: str):
    hosts = Hosts(("*.sharepoint.com", "*.svc.ms"))

    hosts.check_link(url)
    with pytest.raises(NotAdmitted):
        Hosts(("*.sharepoint.com",), is_any_loopback=True).check_link(url)


async def test_nothing_is_fetched_for_somebody_unknown(
    files: Served, cloud: Cloud, share: Share
):
    eve = Account("Eve", "unknown")

    await files.takes(cloud.message("", eve, attachments=offered(share.url("/wire"))))

    [sent] = cloud.deliveries
    assert sent.text.startswith("Hello. I am the AR desk's assistant")
    assert share.asked == []


async def test_a_card_number_in_a_files_name_is_refused_unfetched(
    files: Served, cloud: Cloud, share: Share, lite: Database
):
    named = offered(share.url("/wire"), "card 4111 1111 1111 1111.pdf")

    await files.takes(cloud.message("", ANA, attachments=named))

    assert cloud.to(ANA.chat)[0].text == CARD_NUMBER
    assert (share.asked, kept(lite)) == ([], [])


async def test_in_a_channel_words_are_answered_and_the_file_is_not_taken(
    files: Served, cloud: Cloud, share: Share
):
    message = cloud.in_channel("help", ANA) | {"attachments": offered(share.url("/wire"))}

    await files.takes(message)

    said = [sent.text or str(sent.card) for sent in cloud.deliveries]
    assert said[0] == ELSEWHERE
    assert "What you can type" in said[1]
    assert share.asked == []


async def test_words_beside_a_pasted_picture_are_answered_as_ever(
    files: Served, cloud: Cloud, share: Share
):
    picture = {"contentType": "image/png", "contentUrl": "https://smba.example/v3/x"}

    await files.takes(cloud.message("help", ANA, attachments=[picture]))
    await files.takes(cloud.message("", ANA, attachments=[picture]))

    said = [sent.text or str(sent.card) for sent in cloud.to(ANA.chat)]
    assert (said[0], said[2]) == (PICTURE, PICTURE)
    assert "What you can type" in said[1]


@pytest.mark.parametrize(
    "attachments",
    [
        None,
        5,
        [],
        [None, 7],
        [{}],
        [{"contentType": 5}],
        [{"contentType": "text/html", "content": "<p>help</p>"}],
        [{"contentType": "messageReference", "content": "{}"}],
    ],
)
async def test_what_is_no_file_leaves_the_words_as_they_are(
    attachments: object, files: Served, cloud: Cloud
):
    await files.takes(cloud.message("help", ANA, attachments=attachments))

    [sent] = cloud.to(ANA.chat)
    assert "What you can type" in str(sent.card)


async def test_a_file_without_a_name_or_contents_as_expected_is_still_answered(
    files: Served, cloud: Cloud, share: Share, lite: Database
):
    bare = {
        "contentType": KIND,
        "content": {"downloadUrl": share.url("/wire"), "fileType": "pdf"},
    }

    await files.takes(cloud.message("", ANA, attachments=[bare, {"contentType": KIND}]))

    assert kept(lite) == ["file.pdf"]


async def test_what_was_handed_over_is_opened_by_its_link_as_bytes_to_save(
    files: Served, cloud: Cloud, share: Share, lite: Database
):
    named = offered(share.url("/wire"), "../Überweisung <b>.html")
    await files.takes(cloud.message("", ANA, attachments=named))
    with lite.reading() as session:
        path = session.scalars(select(ProofFile.path)).one()

    status, headers, body = await _opened(files, path)

    assert (status, body) == (200, WIRE)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%C3%9Cberweisung%20_b_.html"
    )
    with lite.reading() as session:
        opened = select(AuditEntry.about).filter_by(what="file opened")
        assert list(session.scalars(opened)) == [f"file:{path}"]


async def test_a_draft_or_a_file_that_nobody_handed_over_is_not_opened(
    files: Served, home: Path
):
    for path in ("proofs/ab/abc", "proofs/x.part", "proofs/x.pdf"):
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(b"x")

        assert (await _opened(files, path))[0] == 404


async def test_drafts_that_a_stopped_machine_left_are_cleared_at_the_next_start(
    lite: Database, cloud: Cloud, home: Path
):
    (home / "proofs").mkdir(parents=True)
    for name, age in (("old.part", 7200), ("new.part", 60)):
        (home / "proofs" / name).write_bytes(b"x")
        now = (home / "proofs" / name).stat().st_mtime
        os.utime(home / "proofs" / name, (now - age, now - age))

    async with served(lite, cloud, home=home):
        pass

    assert [path.name for path in drafts(home)] == ["new.part"]


async def _opened(desk: Served, path: str) -> tuple[int, Mapping[str, str], bytes]:
    [link] = LINKS.to(path, "Open", place=Place("person:1"), at=MONDAY_8_AM)
    url = link.url.replace(BASE, desk.url)
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, response.headers, await response.read()
