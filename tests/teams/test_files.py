"""What the desk drew is opened from a card by a signed link, and nothing else ever is."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import orjson
import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.chat.links import Links, NoSuchFile
from bot.policy import Policy
from bot.settings import BadSettings, read
from bot.store.audit import AuditEntry
from bot.store.database import Database
from bot.store.postings import Place
from bot.workflows.people.records import Person
from tests.support.cloud import Cloud
from tests.support.desk import MONDAY_8_AM, SEAL
from tests.support.served import Served, served
from tests.teams.conftest import people

BASE = "https://desk.example.com"
LINKS = Links(base=BASE, key=SEAL.key)
SHEET = "activity/2026-06-08/ana reyes-1.xlsx"
PDF = "statements/2026-06/C-001-7-20260615.pdf"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for path in (SHEET, PDF, "cards.key", "activity/notes.txt", "backups/desk.pdf"):
        file = tmp_path / "home" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(f"the contents of {path}".encode())
    return tmp_path / "home"


@pytest.fixture
async def files(lite: Database, cloud: Cloud, home: Path) -> AsyncIterator[Served]:
    people(lite)
    async with served(
        lite, cloud, dialogs=(), clock=lambda: MONDAY_8_AM, links=LINKS, home=home
    ) as desk:
        yield desk


def link_to(path: str, *, at=MONDAY_8_AM, place="person:1", links=LINKS) -> str:
    [link] = links.to(path, "Open", place=Place(place), at=at)
    assert link.url.startswith(f"{BASE}/files/")
    return link.url


async def opened(desk: Served, link: str, method: str = "GET"):
    url = link.replace(BASE, desk.url)
    async with aiohttp.ClientSession() as session, session.request(method, url) as response:
        return response.status, await response.read(), response.headers


def openings(database: Database) -> list[tuple[str, int | None]]:
    with database.reading() as session:
        noted = select(AuditEntry).filter_by(what="file opened").order_by(AuditEntry.id)
        return [(entry.about, entry.by) for entry in session.scalars(noted)]


async def test_a_link_on_a_card_opens_its_file_and_the_trail_knows(
    files: Served, lite: Database
):
    status, body, headers = await opened(files, link_to(SHEET))

    assert (status, body) == (200, f"the contents of {SHEET}".encode())
    assert "spreadsheetml" in headers["Content-Type"]
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''ana%20reyes-1.xlsx"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert openings(lite) == [(f"file:{SHEET}", 1)]


async def test_whoever_only_looks_whether_it_is_there_does_not_open_it(
    files: Served, lite: Database
):
    status, body, _ = await opened(files, link_to(PDF), "HEAD")

    assert (status, body) == (200, b"")
    assert openings(lite) == []


async def test_a_link_shown_in_a_channel_opens_for_whoever_reads_it(
    files: Served, lite: Database
):
    status, _, headers = await opened(files, link_to(PDF, place="channel:3"))

    assert (status, headers["Content-Type"]) == (200, "application/pdf")
    assert openings(lite) == [(f"file:{PDF}", None)]


@pytest.mark.parametrize(
    "path",
    [
        "statements/2026-06/missing.pdf",
        "cards.key",
        "activity/notes.txt",
        "activity",
        "activity/../cards.key",
        "statements/../../home/backups/desk.pdf",
        "backups/desk.pdf",
        "/etc/passwd",
        "statements/a\0b.pdf",
        "",
    ],
)
async def test_no_other_file_is_ever_served_even_by_a_link_of_ours(
    path: str, files: Served, lite: Database
):
    status, body, headers = await opened(files, link_to(path))

    assert status == 404
    assert body.count(b"\n") == 1
    assert b"has run out" in body
    assert headers["Cache-Control"] == "no-store"
    assert openings(lite) == []


async def test_a_link_on_the_disk_leads_nowhere_else(files: Served, home: Path):
    secret = home / "backups" / "desk.pdf"
    (home / "statements" / "trick.pdf").symlink_to(secret)
    (home / "statements" / "folder").symlink_to(secret.parent)

    for path in ("statements/trick.pdf", "statements/folder/desk.pdf"):
        assert (await opened(files, link_to(path)))[0] == 404, path


async def test_a_folder_that_is_kept_on_another_disk_is_served(
    files: Served, home: Path, tmp_path: Path
):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "digest.xlsx").write_bytes(b"x")
    (home / "digests").symlink_to(tmp_path / "disk")

    assert (await opened(files, link_to("digests/digest.xlsx")))[0] == 200


async def test_a_link_runs_out_and_cannot_be_altered(files: Served):
    fresh = link_to(SHEET)
    late = link_to(SHEET, at=MONDAY_8_AM - timedelta(days=3))
    foreign = link_to(SHEET, links=Links(base=BASE, key=b"another key"))
    token = fresh.rpartition("/")[2]
    others = [
        "x",
        ".",
        "a.b",
        token + "A",
        token[:-1],
        token.replace(".", ""),
        "é.é",
        "9" * 3000,
    ]

    for link in (late, foreign, *(f"{BASE}/files/{other}" for other in others)):
        assert (await opened(files, link))[0] == 404, link


async def test_the_link_of_somebody_who_left_opens_nothing(files: Served, lite: Database):
    with lite.transaction() as session:
        session.get_one(Person, 1).is_active = False

    status, _, _ = await opened(files, link_to(SHEET))

    assert status == 404
    assert openings(lite) == []


def test_what_signs_cards_does_not_sign_links():
    carried = orjson.dumps([SHEET, "person:1", 9_999_999_999])
    forged = hmac.digest(SEAL.key, carried, "sha256")

    with pytest.raises(NoSuchFile):
        LINKS.open(f"{carried.hex()}.{forged.hex()}", at=MONDAY_8_AM)


def test_without_an_address_there_are_no_links(lite: Database):
    with lite.reading() as session:
        view = View(session=session, now=MONDAY_8_AM, policy=Policy(), about=1)

        assert view.link(SHEET, "Open") == ()


@pytest.mark.parametrize(
    "url", ["desk.example.com", "ftp://desk", "https://", "https://x/?a=1"]
)
def test_an_address_that_makes_no_sense_is_said_in_a_sentence(url: str, monkeypatch):
    monkeypatch.setenv("ARDESK_PUBLIC_URL", url)

    with pytest.raises(BadSettings, match="ARDESK_PUBLIC_URL makes no sense"):
        read()
