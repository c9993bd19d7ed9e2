"""Whatever is not one sane JSON object is refused before anybody reads it (I28)."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.teams import bodies
from tests.support.cloud import Cloud
from tests.support.served import Served
from tests.teams.conftest import ANA


def message(cloud: Cloud, **given: object) -> bytes:
    return json.dumps(cloud.message("hello", ANA, **given)).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"1",
        b'"text"',
        b"[]",
        b"{",
        b"{}}",
        b'{"type": "message",}',
        b"{'type': 'message'}",
        b'{"type": NaN}',
        b'{"type": Infinity}',
        b'{"type": -Infinity}',
        b'{"type": 1e999}',
        b'{"type": ' + b"9" * 30 + b"}",
        b'{"type": ' + b"9" * 5000 + b"}",
        b'{"type": "message", "type": "invoke"}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": ' * 100_000,
        b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"a":' + b'{"a":' * 80 + b"1" + b"}" * 81,
        b"\xff\xfe{\x00}\x00",
        b'{"text": "\xff"}',
        b"\xef\xbb\xbf{}",
    ],
)
async def test_a_malformed_body_is_refused_with_400(body: bytes, desk: Served, cloud: Cloud):
    status, _ = await desk.takes(body)

    assert status in (400, 413)
    assert cloud.deliveries == []


async def test_an_oversized_body_is_refused_with_413(desk: Served, cloud: Cloud):
    status, _ = await desk.takes(message(cloud, filler="x" * 300_000))

    assert status == 413


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/json; charset=utf-7",
        "",
    ],
)
async def test_a_body_that_is_not_declared_as_json_in_utf_8_is_refused_with_415(
    kind: str, desk: Served, cloud: Cloud
):
    status, _ = await desk.takes(message(cloud), headers={"Content-Type": kind})

    assert status == 415


async def test_a_body_that_never_ends_is_refused_with_408(
    desk: Served, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies, "SECONDS", 0.2)
    host, port = desk.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\nAuthorization: Bearer "
        + cloud.token().encode()
        + b'\r\n\r\n{"type":'
    )

    answer = await asyncio.wait_for(reader.readline(), 5)

    assert b"408" in answer
    writer.close()


@pytest.mark.parametrize(
    "odd",
    [
        {"type": 5},
        {"type": ""},
        {"type": "surprise"},
        {"from": "Ana"},
        {"from": None},
        {"from": {"id": 7, "aadObjectId": ["x"]}},
        {"conversation": []},
        {"conversation": {"id": {}, "tenantId": "72f988bf-0000-4000-8000-000000000001"}},
        {"recipient": 3.5},
        {"text": {"a": 1}},
        {"text": None},
        {"value": [1, 2]},
        {"value": {"ar": 5}},
        {"value": {"ar": {"verb": {}, "mac": 1}}},
        {"entities": "none"},
        {"entities": [1, None, {"type": "mention", "mentioned": "x", "text": 5}]},
        {"membersAdded": [None, 1]},
        {"id": 12345},
        {"text": "x" * 100_000},
        {"text": "\u202e\u0000 <at>AR Desk</at>"},
    ],
)
async def test_an_authenticated_activity_with_odd_fields_never_fails(
    odd: dict[str, object], desk: Served, cloud: Cloud
):
    status, _ = await desk.takes(cloud.message("hello", ANA) | odd)

    assert status == 200
