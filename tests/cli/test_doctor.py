"""`ardesk doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from bot.cli.desk import open_desk
from bot.store import audit, postings
from bot.store.postings import CardName, Place, Posting, PostingState, Showing
from bot.workflows.people.records import place_of
from tests.support.cli import Ran, ardesk
from tests.support.cloud import Cloud
from tests.support.desk import MONDAY_8_AM, Desk


@pytest.fixture
async def cloud(ardesk_home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cloud]:
    async with Cloud() as started:
        for name, value in started.environment().items():
            monkeypatch.setenv(name, value)
        with open_desk():
            pass
        yield started


async def doctor() -> tuple[Ran, dict[str, Any]]:
    ran = await asyncio.to_thread(ardesk, "doctor", "--format", "json")
    return ran, {finding["what"]: finding for finding in ran.json}


async def test_a_desk_in_order_is_well(cloud: Cloud):
    ran, found = await doctor()

    assert ran.code == 0
    assert {finding["grade"] for finding in found.values()} <= {"ok", "warn"}
    for what in ("app id", "token", "signing keys", "database", "audit trail", "Teams app"):
        assert found[what]["grade"] == "ok"


async def test_a_refused_secret_is_named_with_what_to_do(cloud: Cloud):
    cloud.token_status = 401

    ran, found = await doctor()

    assert ran.code == 1
    assert found["token"]["grade"] == "fail"
    assert "secret" in found["token"]["remedy"]


async def test_keys_that_cannot_be_fetched_are_named(cloud: Cloud):
    cloud.keys_status = 503

    ran, found = await doctor()

    assert ran.code == 1
    assert found["signing keys"]["grade"] == "fail"
    assert "503" in found["signing keys"]["detail"]
    assert "Error(" not in found["signing keys"]["detail"]


async def test_a_broken_trail_is_named(cloud: Cloud):
    with open_desk() as desk, desk.database.transaction() as session:
        audit.note(session, audit.Note(what="a", about="call:1", at=MONDAY_8_AM))
    with open_desk() as desk, desk.database.engine.begin() as connection:
        connection.execute(text("UPDATE audit_head SET last = 7"))

    ran, found = await doctor()

    assert ran.code == 1
    assert found["audit trail"]["grade"] == "fail"


async def test_what_waits_and_what_may_not_have_arrived_is_shown_with_age_and_error(
    cloud: Cloud,
):
    with open_desk() as desk, desk.database.transaction() as session:
        for number in (1, 2):
            showing = Showing(CardName("worklists.day"), number, Place("person:1"))
            postings.show(session, showing, at=desk.clock() - timedelta(hours=3))
        session.flush()
        lost = session.get_one(Posting, 2)
        lost.state, lost.last_error = PostingState.UNKNOWN, "HTTP 502 after it was sent"

    ran, found = await doctor()

    assert ran.code == 0
    assert found["cards due"]["grade"] == "warn"
    assert "1 waiting, the oldest for 3 hours" in found["cards due"]["detail"]
    assert "1 unknown" in found["cards not arrived"]["detail"]
    assert "HTTP 502" in found["cards not arrived"]["detail"]


async def test_cards_that_wait_for_an_app_are_counted_by_whose_and_apart(cloud: Cloud):
    with open_desk() as opened:
        book = Desk(opened.database)
        places = [place_of(book.person(name).id) for name in ("Ana Cruz", "Ben Reyes")]
        with opened.database.transaction() as session:
            for about, place in enumerate([*places, places[1], Place("channel:1")]):
                showing = Showing(CardName("tasks.task"), about, place)
                postings.show(session, showing, at=opened.clock())
            session.execute(update(Posting).values(state=PostingState.PARKED))

    ran, found = await doctor()

    waiting = found["cards that wait for an app"]
    assert ran.code == 0
    assert waiting["grade"] == "warn"
    assert waiting["detail"] == "4, for Ben Reyes (2), Ana Cruz (1), a channel (1)"
    assert "by itself once the app is installed" in waiting["remedy"]
    assert found["cards not arrived"]["detail"] == "none"


async def test_customers_whose_flags_are_misspelt_are_named_with_what_to_do(cloud: Cloud):
    with open_desk() as opened:
        book = Desk(opened.database)
        book.customer("Hotel Aurora", number="C-7", flags="consumr,legal_hold")
        book.customer("Oak Clinic", number="C-8", flags="Consumer, never_suspend")

    ran, found = await doctor()

    flagged = found["customers with unknown flags"]
    assert ran.code == 0
    assert flagged["grade"] == "warn"
    assert flagged["detail"] == "1: C-7 (consumr)"
    assert "import these customers again" in flagged["remedy"]
    assert "sole_proprietor" in flagged["remedy"]


async def test_known_flags_are_well(cloud: Cloud):
    with open_desk() as opened:
        Desk(opened.database).customer("Hotel Aurora", flags="consumer,legal_hold")

    _, found = await doctor()

    assert found["customers with unknown flags"]["grade"] == "ok"


@pytest.mark.parametrize(
    ("setting", "value", "what"),
    [
        ("ARDESK_TEAMS_APP_ID", "", "app id"),
        ("ARDESK_TEAMS_APP_ID", "my-bot", "app id"),
        ("ARDESK_TEAMS_TENANT_ID", "", "tenant"),
        ("ARDESK_TEAMS_APP_SECRET", "", "app secret"),
    ],
)
async def test_a_missing_id_is_named_with_its_setting(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, what: str
):
    monkeypatch.setenv(setting, value)

    ran, found = await doctor()

    assert ran.code == 1
    assert found[what]["grade"] == "fail"
    assert setting in found[what]["remedy"]


async def test_the_secret_is_never_shown(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARDESK_TEAMS_APP_SECRET", "very-secret-words")
    cloud.token_status = 401

    ran, _ = await doctor()

    assert "very-secret-words" not in ran.out + ran.err


def test_a_database_that_is_away_is_named(ardesk_home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARDESK_DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/x")
    monkeypatch.setenv("ARDESK_TEAMS_METADATA_URL", "http://127.0.0.1:1/")

    ran = ardesk("doctor")

    assert ran.code == 1
    assert "FAIL  database" in ran.out
    assert "Traceback" not in ran.out + ran.err


async def test_a_mistyped_setting_is_named(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARDESK_TEAMS_APPID", "x")

    _, found = await doctor()

    assert found["settings"]["grade"] == "warn"
    assert "ARDESK_TEAMS_APPID" in found["settings"]["detail"]


async def test_the_way_of_mail_and_what_waits_are_shown(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    _, found = await doctor()
    assert "outbox" in found["mail"]["detail"]
    assert found["mail due"]["grade"] == found["mail unknown"]["grade"] == "ok"

    monkeypatch.setenv("ARDESK_MAIL_URL", "smtp://desk:s3cret@127.0.0.1:9")
    ran, found = await doctor()

    assert ran.code == 1
    assert found["mail"]["grade"] == "fail"
    assert "ARDESK_MAIL_URL" in found["mail"]["remedy"]
    assert "s3cret" not in ran.out
