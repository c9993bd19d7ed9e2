"""
A stand-in for Microsoft's cloud on loopback: login, signing keys, and the Bot Connector.

It keeps what it accepts, checks every body against the contract's schema when that is at hand,
and fails on order: `cloud.fail(429, retry_after=1)`, `cloud.hang_next()`, and so on. It has its
own clock-free state only, so a test can hold it against what the desk believes.

    async with Cloud() as cloud:
        settings = Settings(**cloud.settings())
        await cloud.send(desk_url, cloud.message("list", ana))
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jsonschema import Draft202012Validator

APP_ID = "11111111-2222-4333-8444-555555555555"
SECRET = "a secret for tests"
TENANT = "72f988bf-0000-4000-8000-000000000001"
ISSUER = "https://api.botframework.com"
BOT = f"28:{APP_ID}"
SCHEMA = (
    Path(__file__).resolve().parents[3] / "shared/contracts/bot-framework/activity.schema.json"
)
Json = dict[str, Any]


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A private key; the same for the same name, since making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def validator(definition: str) -> Draft202012Validator | None:
    """Checks bodies as the contract says, if the contract is at hand."""
    if not SCHEMA.exists():
        return None
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return Draft202012Validator({**schema, "$ref": f"#/$defs/{definition}"})


@dataclass(frozen=True)
class Account:
    """Somebody in Teams."""

    name: str
    entra_id: str
    tenant: str = TENANT

    @property
    def id(self) -> str:
        return f"29:{self.entra_id}"

    @property
    def chat(self) -> str:
        return f"a:{self.entra_id}"


@dataclass(frozen=True)
class Delivery:
    """A message that the cloud took."""

    method: str
    conversation: str
    message: str
    body: Json
    at: float

    @property
    def card(self) -> Json | None:
        attachments = self.body.get("attachments") or [{}]
        found: Json | None = attachments[0].get("content")
        return found

    @property
    def text(self) -> str:
        return str(self.body.get("text") or "")


@dataclass
class Fault:
    """What goes wrong with the next requests that it is meant for."""

    status: int = 0
    body: Json = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    delay: float = 0.0
    is_after: bool = False
    """The message was accepted all the same."""
    is_reset: bool = False
    method: str = ""
    conversation: str = ""

    def fits(self, method: str, conversation: str) -> bool:
        return (
            self.times > 0
            and self.method in ("", method)
            and self.conversation in ("", conversation)
        )


@dataclass
class Cloud:
    """Login, keys and connector on one port."""

    port: int = 0
    token_delay: float = 0.0
    token_status: int = 200
    token_life: int = 3600
    keys_delay: float = 0.0
    keys_status: int = 200
    latency: float = 0.0
    is_checking: bool = True
    """False in benchmarks: bodies are not held against the contract."""
    log_file: Path | None = None
    """Accepted messages are also written here at once, for tests that kill processes."""
    deliveries: list[Delivery] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    faults: deque[Fault] = field(default_factory=deque)
    published: dict[str, tuple[str, tuple[str, ...]]] = field(
        default_factory=lambda: {"key-1": ("first", ("msteams",))}
    )
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _runner: web.AppRunner | None = None
    _client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Cloud:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_get("/openid", self._metadata)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/token", self._token)
        app.router.add_post("/v3/conversations", self._create)
        app.router.add_post("/v3/conversations/{conversation}/activities", self._post)
        app.router.add_put("/v3/conversations/{conversation}/activities/{message}", self._put)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._client = aiohttp.ClientSession()

    async def stop(self) -> None:
        assert self._client
        assert self._runner
        await self._client.close()
        await self._runner.cleanup()

    # what the desk is told

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        return f"{self.url}/"

    def settings(self) -> dict[str, Any]:
        """The desk's settings, by field name."""
        return {
            "teams_app_id": APP_ID,
            "teams_app_secret": SECRET,
            "teams_tenant_id": TENANT,
            "teams_metadata_url": f"{self.url}/openid",
            "teams_issuer": ISSUER,
            "teams_token_url": f"{self.url}/token",
            "teams_service_hosts": f"127.0.0.1:{self.port}",
            "teams_service_url": self.service_url,
        }

    def environment(self) -> dict[str, str]:
        """The same as environment variables."""
        return {f"ARDESK_{name.upper()}": str(v) for name, v in self.settings().items()}

    # what people do

    def token(self, **claims: Any) -> str:
        """A good token; claims replace its own, and those that are None are left out."""
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "aud": APP_ID,
            "exp": now + 3600,
            "nbf": now - 60,
            "serviceurl": self.service_url,
        } | claims
        kept = {name: value for name, value in payload.items() if value is not None}
        return self.sign(kept)

    def sign(
        self, payload: Json, *, key: str = "first", kid: str | None = "key-1", **header: Any
    ) -> str:
        headers = ({"kid": kid} if kid is not None else {}) | header
        return jwt.encode(payload, rsa_key(key), algorithm="RS256", headers=headers)

    def activity(self, kind: str, who: Account, **given: Any) -> Json:
        """An activity in somebody's own chat."""
        conversation: Json = {
            "id": who.chat,
            "conversationType": "personal",
            "tenantId": who.tenant,
        }
        return {
            "type": kind,
            "id": uuid.uuid4().hex,
            "timestamp": "2026-06-08T12:00:00.000Z",
            "localTimezone": "America/New_York",
            "locale": "en-US",
            "serviceUrl": self.service_url,
            "channelId": "msteams",
            "from": {"id": who.id, "name": who.name, "aadObjectId": who.entra_id},
            "recipient": {"id": BOT, "name": "AR Desk"},
            "conversation": conversation,
            "channelData": {"tenant": {"id": who.tenant}},
            "entities": [{"type": "clientInfo", "platform": "Windows", "locale": "en-US"}],
        } | given

    def message(self, text: str, who: Account, **given: Any) -> Json:
        return self.activity("message", who, text=text, textFormat="plain", **given)

    def in_channel(
        self,
        text: str,
        who: Account,
        *,
        channel: str = "19:suspension@thread.tacv2",
        root: str | None = "1718000000000",
        is_mentioning: bool = True,
        **given: Any,
    ) -> Json:
        """A message in a channel, which mentions the bot as Teams writes it."""
        mention = {
            "type": "mention",
            "mentioned": {"id": BOT, "name": "AR Desk"},
            "text": "<at>AR Desk</at>",
        }
        suffix = f";messageid={root}" if root else ""
        return self.message(
            f"<at>AR Desk</at>&nbsp;{text}\n" if is_mentioning else text, who
        ) | {
            "entities": [mention] if is_mentioning else [],
            "conversation": {
                "id": f"{channel}{suffix}",
                "conversationType": "channel",
                "isGroup": True,
                "tenantId": who.tenant,
            },
            "channelData": {
                "tenant": {"id": who.tenant},
                "team": {"id": "19:team@thread.tacv2", "name": "Collections"},
                "channel": {"id": channel, "name": "Suspension"},
            },
            **given,
        }

    def press(
        self,
        button: Json,
        who: Account,
        *,
        typed: Mapping[str, str] | None = None,
        **given: Any,
    ) -> Json:
        """A press of a drawn button, as Teams sends it."""
        action = {
            "type": "Action.Execute",
            "verb": button["verb"],
            "data": button["data"] | dict(typed or {}),
        }
        value = {"action": action, "trigger": "manual"}
        return self.activity("invoke", who, name="adaptiveCard/action", value=value, **given)

    def submit(
        self,
        button: Json,
        who: Account,
        *,
        typed: Mapping[str, str] | None = None,
        **given: Any,
    ) -> Json:
        """The same press from a client that knows only Action.Submit."""
        value = button["data"] | dict(typed or {})
        return self.activity("message", who, value=value, **given)

    def installed(self, who: Account, *, action: str = "add", **given: Any) -> Json:
        return self.activity("installationUpdate", who, action=action, **given)

    def added(self, who: Account, *, is_removed: bool = False, **given: Any) -> Json:
        name = "membersRemoved" if is_removed else "membersAdded"
        members = [{"id": BOT}, {"id": who.id}]
        return self.activity("conversationUpdate", who, **({name: members} | given))

    async def send(
        self,
        desk_url: str,
        activity: Json | bytes,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Send an activity to the desk as Teams would; return the status and the answer."""
        assert self._client
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        all_headers = {
            "Authorization": f"Bearer {self.token() if token is None else token}",
            "Content-Type": "application/json; charset=utf-8",
        } | dict(headers or {})
        async with self._client.post(
            f"{desk_url}/api/messages", data=body, headers=all_headers
        ) as response:
            is_json = response.content_type == "application/json"
            body_text = await response.text()
            found = json.loads(body_text) if is_json and body_text.strip() else None
            return response.status, found

    # what goes wrong

    def fail(self, status: int, **given: Any) -> Fault:
        """Let the next request that fits be answered so."""
        fault = Fault(status=status, **given)
        self.faults.append(fault)
        return fault

    # what arrived

    def to(self, conversation: str, method: str = "") -> list[Delivery]:
        return [
            d
            for d in self.deliveries
            if d.conversation.partition(";")[0] == conversation.partition(";")[0]
            and method in ("", d.method)
        ]

    async def until(self, done: Callable[[], Any], seconds: float = 5.0) -> None:
        """Wait until something has happened."""
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"did not happen within {seconds} s"
            await asyncio.sleep(0.01)

    # the endpoints

    async def _metadata(self, request: web.Request) -> web.Response:
        self.calls["metadata"] += 1
        await asyncio.sleep(self.keys_delay)
        if self.keys_status != 200:
            return web.Response(status=self.keys_status)
        document = {"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"}
        return web.json_response(document)

    async def _keys(self, request: web.Request) -> web.Response:
        self.calls["keys"] += 1
        found = []
        for kid, (name, endorsements) in self.published.items():
            public = rsa_key(name).public_key()
            entry = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
            found.append(entry | {"kid": kid, "use": "sig", "endorsements": list(endorsements)})
        return web.json_response({"keys": found})

    async def _token(self, request: web.Request) -> web.Response:
        self.calls["token"] += 1
        form = await request.post()
        await asyncio.sleep(self.token_delay)
        if self.token_status != 200:
            return web.json_response({"error": "unavailable"}, status=self.token_status)
        good = form.get("client_id") == APP_ID and form.get("client_secret") == SECRET
        if not good or form.get("scope") != f"{ISSUER}/.default":
            return web.json_response({"error": "invalid_client"}, status=401)
        answer = {"access_token": f"bot-token-{self.calls['token']}", "token_type": "Bearer"}
        return web.json_response(answer | {"expires_in": self.token_life})

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await self._checked(request, "OutboundConversationParameters")
        self.calls["create"] += 1
        channel = (body.get("channelData") or {}).get("channel") or {}
        if channel:
            message = self._next_id()
            conversation = f"{channel['id']};messageid={message}"
            answer = {"id": conversation, "activityId": message}
            return await self._take(request, (conversation, message), body["activity"], answer)
        chat = f"a:{body['members'][0]['id']}"
        if fault := self._fault("CREATE", chat):
            return await self._broken(request, fault)
        return web.json_response({"id": chat}, status=201)

    async def _post(self, request: web.Request) -> web.StreamResponse:
        body = await self._checked(request, "OutboundActivity")
        message = self._next_id()
        where = (request.match_info["conversation"], message)
        return await self._take(request, where, body, {"id": message})

    async def _put(self, request: web.Request) -> web.StreamResponse:
        body = await self._checked(request, "OutboundActivity")
        where = (request.match_info["conversation"], request.match_info["message"])
        return await self._take(request, where, body, {"id": where[1]})

    async def _take(
        self, request: web.Request, where: tuple[str, str], body: Json, answer: Json
    ) -> web.StreamResponse:
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self._fault(request.method, where[0].partition(";")[0])
        if fault is None or fault.is_after:
            self._keep(Delivery(request.method, *where, body, time.monotonic()))
        if fault:
            return await self._broken(request, fault)
        return web.json_response(answer, status=201 if request.method == "POST" else 200)

    def _keep(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if self.log_file:
            row = {
                "method": delivery.method,
                "conversation": delivery.conversation,
                "message": delivery.message,
                "at": delivery.at,
            }
            with self.log_file.open("a") as log:
                log.write(json.dumps(row) + "\n")

    def _fault(self, method: str, conversation: str) -> Fault | None:
        for fault in self.faults:
            if fault.fits(method, conversation):
                fault.times -= 1
                return fault
        return None

    async def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        await asyncio.sleep(fault.delay)
        if fault.is_reset:
            assert request.transport
            request.transport.abort()
            return web.Response()
        body = fault.body or {"error": {"code": "Fault", "message": f"fault {fault.status}"}}
        return web.json_response(body, status=fault.status, headers=fault.headers)

    async def _checked(self, request: web.Request, definition: str) -> Json:
        body: Json = await request.json()
        found = validator(definition) if self.is_checking else None
        if found:
            self.problems += [f"{e.json_path}: {e.message}" for e in found.iter_errors(body)]
        if not request.headers.get("Authorization", "").startswith("Bearer bot-token-"):
            self.calls["without token"] += 1
        return body

    def _next_id(self) -> str:
        return str(1_718_000_000_000 + next(self._ids))


async def serve(cloud: Cloud) -> None:
    """Run until stopped, saying on which port."""
    await cloud.start()
    print(cloud.port, flush=True)  # noqa: T201 - read by the process that started it
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Microsoft's cloud.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--token-delay", type=float, default=0.0)
    parser.add_argument("--log", type=Path)
    given = parser.parse_args()
    cloud = Cloud(
        port=given.port,
        latency=given.latency,
        token_delay=given.token_delay,
        log_file=given.log,
    )
    asyncio.run(serve(cloud))


if __name__ == "__main__":
    main()
