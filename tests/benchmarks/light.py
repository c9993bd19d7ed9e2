"""
The other side of a benchmark, as light as can be.

A cloud that accepts everything, and clients that send the same bytes again and again: raw
sockets, so that the servers measured are what the processors are busy with.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import psutil
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.cloud import APP_ID, ISSUER, Cloud, Json

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 16


KEY_FILE = "ARDESK_BENCHMARK_KEY"


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """The key of the whole benchmark: the first process makes it, the others read it."""
    if KEY_FILE in os.environ:
        found = serialization.load_pem_private_key(
            Path(os.environ[KEY_FILE]).read_bytes(), None
        )
        assert isinstance(found, rsa.RSAPrivateKey)
        return found
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = Path(tempfile.mkdtemp(prefix="ardesk-benchmark-")) / "key.pem"
    path.write_bytes(pem)
    os.environ[KEY_FILE] = str(path)
    return key


def token(port: int) -> str:
    """A good token for activities of the light cloud on that port."""
    now = int(time.time())
    payload = {
        "iss": ISSUER,
        "aud": APP_ID,
        "exp": now + 3600,
        "nbf": now - 60,
        "serviceurl": f"http://127.0.0.1:{port}/",
    }
    return jwt.encode(payload, signing_key(), algorithm="RS256", headers={"kid": "key-1"})


class LightCloud(asyncio.Protocol):
    """Login, keys and connector; it looks at the first line and the length, no more."""

    calls: dict[str, int] = {}  # noqa: RUF012 - one cloud a process
    delay = 0.0
    hanging: frozenset[str] = frozenset()
    """Login (`token`) or keys (`openid`, `keys`), while they never answer."""
    port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.waiting) < end + 4 + length:
                return
            self.waiting = self.waiting[end + 4 + length :]
            self.answer(head.split(b" ", 2)[1].decode())

    def answer(self, path: str) -> None:
        kind, _, rest = path.strip("/").partition("/")
        self.calls[kind] = self.calls.get(kind, 0) + 1
        if kind == "hang":
            LightCloud.hanging = frozenset(rest.split("+"))
        if kind in self.hanging:
            return
        if kind == "v3" and "token" in self.hanging:
            self.send(kind, "401 Unauthorized")
        elif kind in ("token", "openid", "keys") and self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.send, kind)
        else:
            self.send(kind)

    def send(self, kind: str, status: str = "200 OK") -> None:
        body = self.body(kind)
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}"
        )
        self.transport.write(head.encode() + b"\r\n\r\n" + body)

    def body(self, kind: str) -> bytes:
        if kind in ("v3", "hang"):
            return b'{"id":"1"}'
        if kind == "calls":
            return json.dumps(self.calls).encode()
        if kind == "openid":
            url = f"http://127.0.0.1:{self.port}/keys"
            algorithms = ["RS256"]
            found = {
                "issuer": ISSUER,
                "jwks_uri": url,
                "id_token_signing_alg_values_supported": algorithms,
            }
            return json.dumps(found).encode()
        if kind == "token":
            answer = {"access_token": "bot-token", "token_type": "Bearer", "expires_in": 3600}
            return json.dumps(answer).encode()
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key().public_key()))
        key = public | {"kid": "key-1", "use": "sig", "endorsements": ["msteams"]}
        return json.dumps({"keys": [key]}).encode()


@contextmanager
def process(*given: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start a server in a process of its own; it says its port when it is ready."""
    signing_key()
    started = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", *given],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdout
        yield started, int(started.stdout.readline())
    finally:
        started.kill()
        started.wait()


@dataclass(frozen=True)
class Measured:
    """What a round of turns took."""

    turns: int
    seconds: float
    cpu: float
    waits: tuple[float, ...]

    @property
    def rate(self) -> float:
        return self.turns / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / max(1, self.turns)

    def percentile(self, share: float) -> float:
        waits = sorted(self.waits)
        return 1000 * waits[min(len(waits) - 1, int(share * len(waits)))]


class Connection:
    """One client's connection, kept open."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def open(self) -> Connection:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def ask(self, request: bytes) -> bytes:
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        assert b" 200 " in head[:20] or b" 201 " in head[:20] or b" 202 " in head[:20], head
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        return await self.reader.readexactly(length) if length else b""


def request(token: str, activity: Json) -> bytes:
    """The bytes of one delivery."""
    body = json.dumps(activity).encode()
    head = (
        "POST /api/messages HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def measure(
    pid: int, port: int, one: Callable[[Connection, int], Awaitable[None]], seconds: float
) -> Measured:
    """Let all clients do one thing after the other for some seconds."""
    server = psutil.Process(pid)
    waits: list[float] = []
    connections = [await Connection(port).open() for _ in range(CLIENTS)]
    before, started = server.cpu_times(), time.perf_counter()

    async def client(number: int) -> None:
        while time.perf_counter() - started < seconds:
            at = time.perf_counter()
            await one(connections[number], number)
            waits.append(time.perf_counter() - at)

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    took, after = time.perf_counter() - started, server.cpu_times()
    for connection in connections:
        connection.writer.close()
    cpu = after.user + after.system - before.user - before.system
    return Measured(len(waits), took, cpu, tuple(waits))


def middle(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)


def cloud_at(port: int) -> Cloud:
    """Builds activities and tokens for the light cloud on that port."""
    return Cloud(port=port)


async def hang(port: int, *what: str) -> None:
    """Let the light cloud never answer that, and again answer everything else."""
    connection = await Connection(port).open()
    path = "+".join(what) or "nothing"
    await connection.ask(f"GET /hang/{path} HTTP/1.1\r\nHost: cloud\r\n\r\n".encode())
    connection.writer.close()


async def calls(port: int) -> dict[str, int]:
    """What the light cloud was asked for so far."""
    connection = await Connection(port).open()
    found: dict[str, Any] = json.loads(
        await connection.ask(b"GET /calls HTTP/1.1\r\nHost: cloud\r\n\r\n")
    )
    connection.writer.close()
    return found


async def serve(delay: float) -> None:
    LightCloud.delay = delay
    server = await asyncio.get_running_loop().create_server(LightCloud, "127.0.0.1", 0)
    LightCloud.port = server.sockets[0].getsockname()[1]
    print(LightCloud.port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    asyncio.run(serve(parser.parse_args().delay))
