"""The server says how it is, and is never open by omission."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.settings import BadSettings
from bot.store import postings
from bot.store.database import Database
from bot.store.postings import Place, Posting, PostingState, Showing
from bot.teams.server import NotLoopback, check_host
from tests.support.cloud import Cloud
from tests.support.served import Served, served
from tests.teams.conftest import ANA, NOTE, people, small_dialog


async def get(url: str) -> tuple[int, dict[str, object]]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.json()


async def test_a_healthy_desk_says_so(desk: Served, cloud: Cloud):
    await desk.takes(cloud.message("hello", ANA))

    assert await get(f"{desk.url}/healthz") == (200, {"alive": True})
    assert await get(f"{desk.url}/readyz") == (200, {"ready": True, "problems": []})


async def test_a_desk_without_keys_says_what_is_wrong_and_recovers(
    lite: Database, cloud: Cloud
):
    cloud.keys_status = 503
    async with served(lite, cloud, dialogs=(small_dialog(),)) as desk:
        status, _ = await desk.takes(cloud.message("hello", ANA))
        ready = await get(f"{desk.url}/readyz")
        cloud.keys_status = 200

        after, _ = await desk.takes(cloud.message("hello", ANA))

    assert status == 401
    assert ready[0] == 503
    assert "signing keys" in str(ready[1]["problems"])
    assert after == 200


@pytest.mark.parametrize("name", ["teams_app_id", "teams_app_secret", "teams_tenant_id"])
async def test_a_desk_without_its_app_id_secret_or_tenant_does_not_start(
    name: str, lite: Database, cloud: Cloud
):
    with pytest.raises(BadSettings, match=f"ARDESK_{name.upper()}"):
        settings: dict[str, Any] = {name: " "}
        async with served(lite, cloud, **settings):
            pass


async def test_the_unauthenticated_mode_takes_local_activities_and_answers_only_here(
    lite: Database, cloud: Cloud
):
    people(lite)
    async with served(
        lite, cloud, dialogs=(small_dialog(),), is_dev=True, teams_app_id=""
    ) as desk:
        local, _ = await desk.takes(cloud.message("hello", ANA), token="")
        far, _ = await desk.takes(
            cloud.message("hello", ANA, serviceUrl="https://smba.trafficmanager.net/"), token=""
        )

        with lite.transaction() as session:
            for person in (1, 2):
                owed = Showing(NOTE, 1, Place(f"person:{person}"))
                postings.show(session, owed, at=desk.seam.wiring.clock())
        await desk.seam.courier.deliver_due()
        with lite.reading() as session:
            states = list(session.scalars(select(Posting.state).order_by(Posting.id)))

    assert (local, far) == (200, 403)
    assert states == [PostingState.SHOWN, PostingState.PARKED]
    assert len(cloud.deliveries) == 2
    assert cloud.calls["token"] == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.example"])
def test_the_unauthenticated_mode_is_never_reachable_from_elsewhere(host: str):
    with pytest.raises(NotLoopback, match="this machine only"):
        check_host(host, is_dev=True)

    check_host(host, is_dev=False)


def test_the_unauthenticated_mode_says_so_at_every_start(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        check_host("127.0.0.1", is_dev=True)

    assert "UNAUTHENTICATED" in caplog.text


async def test_other_paths_and_methods_are_not_there(desk: Served):
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{desk.url}/api/messages") as wrong_method:
            assert wrong_method.status == 405
        async with session.post(f"{desk.url}/api/other") as wrong_path:
            assert wrong_path.status == 404
