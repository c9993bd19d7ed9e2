"""Every failure of the cloud is named for what it means, and the loop never stands still."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.chat.messenger import (
    Ambiguous,
    Gone,
    NotSent,
    Rejected,
    Throttled,
    Undelivered,
    Vanished,
)
from bot.teams import connector as connectors
from bot.teams.connector import Line, NoConversation
from bot.teams.hosts import Hosts
from bot.teams.messages import sentence_message
from bot.teams.problems import NotAdmitted
from tests.support.cloud import APP_ID, TENANT, Cloud
from tests.support.served import Served
from tests.teams.conftest import ANA

HELLO = sentence_message("Hello")
BLOCKED = {"error": {"code": "ConversationBlockedByUser", "message": "blocked"}}
WRITES_BLOCKED = {"errorCode": 209, "message": "{'subCode': 'MessageWritesBlocked'}"}
NO_ACTIVITY = {"error": {"code": "ActivityNotFoundInConversation"}}


def line(cloud: Cloud, conversation: str = "a:x") -> Line:
    return Line(cloud.service_url, conversation)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, Throttled),
        ({"status": 429}, Throttled),
        ({"status": 429, "headers": {"Retry-After": "soon"}}, Throttled),
        ({"status": 412}, Throttled),
        ({"status": 403, "body": BLOCKED}, Gone),
        ({"status": 403, "body": WRITES_BLOCKED}, Gone),
        ({"status": 403, "body": {}}, Gone),
        ({"status": 404}, NoConversation),
        ({"status": 404, "body": NO_ACTIVITY}, Vanished),
        ({"status": 400}, Rejected),
        ({"status": 413}, Rejected),
        ({"status": 500}, Ambiguous),
        ({"status": 502, "is_after": True}, Ambiguous),
        ({"status": 504}, Ambiguous),
        ({"is_reset": True}, Ambiguous),
        ({"is_reset": True, "is_after": True}, Ambiguous),
        ({"status": 302, "headers": {"Location": "https://evil.example"}}, Rejected),
    ],
)
async def test_a_failed_post_says_what_is_known(
    fault: dict[str, Any], expected: type[Undelivered], desk: Served, cloud: Cloud
):
    cloud.fail(**({"status": 0} | fault))

    with pytest.raises(expected) as raised:
        await desk.seam.connector.post(line(cloud), HELLO)

    assert type(raised.value) is expected
    if isinstance(raised.value, Throttled):
        headers = fault.get("headers") or {}
        assert raised.value.retry_after == (7 if headers.get("Retry-After") == "7" else None)


async def test_the_reason_of_a_refusal_is_kept_as_it_came(desk: Served, cloud: Cloud):
    cloud.fail(403, body=WRITES_BLOCKED)

    with pytest.raises(Gone, match="MessageWritesBlocked"):
        await desk.seam.connector.post(line(cloud), HELLO)


async def test_a_post_that_hangs_is_ambiguous_within_eight_seconds(
    desk: Served, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    assert connectors.TIME_OUT.total
    assert connectors.TIME_OUT.total <= 8
    monkeypatch.setattr(connectors, "TIME_OUT", aiohttp.ClientTimeout(total=0.2))
    cloud.fail(200, delay=2)

    with pytest.raises(Ambiguous):
        await desk.seam.connector.post(line(cloud), HELLO)


async def test_a_refused_connection_was_certainly_not_sent(desk: Served, cloud: Cloud):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    elsewhere = connectors.Connector(
        session=desk.seam.connector.session,
        hosts=Hosts((f"127.0.0.1:{port}",)),
        app_id=APP_ID,
        tokens=desk.seam.tokens,
    )

    with pytest.raises(NotSent):
        await elsewhere.post(Line(f"http://127.0.0.1:{port}/", "a:x"), HELLO)


async def test_a_message_to_replace_that_is_gone_has_vanished(desk: Served, cloud: Cloud):
    for body in (NO_ACTIVITY, {}):
        cloud.fail(404, body=body)

        with pytest.raises(Vanished):
            await desk.seam.connector.replace(line(cloud), "1", HELLO)


async def test_a_message_that_is_too_big_never_leaves(desk: Served, cloud: Cloud):
    with pytest.raises(Rejected, match="too big"):
        await desk.seam.connector.post(line(cloud), sentence_message("x" * 90_000))

    assert cloud.deliveries == []


async def test_nothing_is_written_to_a_host_that_is_not_allowed(desk: Served, cloud: Cloud):
    with pytest.raises(Rejected, match="not allowed"):
        await desk.seam.connector.post(Line("https://evil.example/", "a:x"), HELLO)

    assert cloud.calls["token"] == 0


async def test_a_chat_is_opened_by_entra_id_in_the_spelling_that_teams_reads(
    desk: Served, cloud: Cloud
):
    opened = await desk.seam.connector.open_personal(
        cloud.service_url, tenant_id=TENANT, entra_id=ANA.entra_id
    )

    assert opened.conversation_id == ANA.chat


async def test_a_token_that_teams_refuses_is_renewed_once(desk: Served, cloud: Cloud):
    cloud.fail(401)

    assert await desk.seam.connector.post(line(cloud), HELLO)

    assert cloud.calls["token"] == 2


async def test_one_token_serves_many_turns(desk: Served, cloud: Cloud):
    await asyncio.gather(
        *(desk.takes(cloud.message("hello", ANA)) for _ in range(200)),
    )

    assert cloud.calls["token"] == 1
    assert cloud.calls["without token"] == 0
    assert len(cloud.deliveries) == 200


@asynccontextmanager
async def watched_loop() -> AsyncIterator[list[float]]:
    """Measure for how long the loop stood still."""
    stalls: list[float] = [0.0]

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            stalls.append(time.perf_counter() - before - 0.005)

    task = asyncio.create_task(watch())
    yield stalls
    task.cancel()


async def test_a_hanging_login_stops_nobody_while_the_token_is_good(desk: Served, cloud: Cloud):
    tokens = desk.seam.tokens
    assert tokens
    await desk.takes(cloud.message("hello", ANA))
    tokens._renew_at = 0.0
    cloud.token_delay = 5.0

    async with watched_loop() as stalls:
        started = time.perf_counter()
        for _ in range(20):
            await desk.takes(cloud.message("hello", ANA))
        took = time.perf_counter() - started

    assert took < 2
    assert max(stalls) < 0.25
    assert cloud.calls["token"] == 2
    assert len(cloud.deliveries) == 21


async def test_a_login_that_fails_keeps_the_message_and_is_not_asked_at_every_turn(
    desk: Served, cloud: Cloud
):
    cloud.token_status = 500

    for _ in range(5):
        status, _answer = await desk.takes(cloud.message("hello", ANA))
        assert status == 200

    assert cloud.calls["token"] == 1
    assert "login" in desk.seam.problems()[0]


async def test_hanging_key_servers_stop_nobody_whose_key_is_known(desk: Served, cloud: Cloud):
    await desk.takes(cloud.message("hello", ANA))
    cloud.keys_delay = 5.0
    stranger = cloud.sign({"iss": "x"}, kid="unknown")
    waiting = asyncio.create_task(desk.takes(cloud.message("hello", ANA), token=stranger))

    async with watched_loop() as stalls:
        for _ in range(20):
            status, _answer = await desk.takes(cloud.message("hello", ANA))
            assert status == 200

    assert max(stalls) < 0.25
    waiting.cancel()


@pytest.mark.parametrize(
    ("pattern", "url", "is_allowed"),
    [
        ("smba.trafficmanager.net", "https://smba.trafficmanager.net/amer/", True),
        ("smba.trafficmanager.net", "https://SMBA.trafficmanager.net/amer/", True),
        ("smba.trafficmanager.net", "https://smba.trafficmanager.net:443/", True),
        ("smba.trafficmanager.net", "https://smba.trafficmanager.net:8443/", False),
        ("smba.trafficmanager.net", "http://smba.trafficmanager.net/", False),
        ("smba.trafficmanager.net", "https://evil.smba.trafficmanager.net/", False),
        ("smba.trafficmanager.net", "https://smba.trafficmanager.net.evil.example/", False),
        ("*.botframework.com", "https://europe.botframework.com/", True),
        ("*.botframework.com", "https://botframework.com/", False),
        ("*.botframework.com", "https://evilbotframework.com/", False),
        ("127.0.0.1:3978", "http://127.0.0.1:3978/", True),
        ("127.0.0.1:3978", "http://127.0.0.1:3979/", False),
        ("127.0.0.1:3978", "https://127.0.0.1/", False),
        ("host", "https://user@host/", False),
        ("host", "https://host/?x", False),
        ("host", "https://host/#x", False),
        ("host", "ftp://host/", False),
        ("host", "//host/", False),
        ("host", "https://[host/", False),
        ("host", "https://host:99999/", False),
        ("host", "", False),
    ],
)
def test_only_listed_hosts_may_be_written_to(pattern: str, url: str, is_allowed: bool):
    hosts = Hosts((pattern,))

    if is_allowed:
        hosts.check(url)
    else:
        with pytest.raises(NotAdmitted):
            hosts.check(url)
