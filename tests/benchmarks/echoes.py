"""
The servers that a turn is measured on: `python -m tests.benchmarks.echoes NAME CLOUD-PORT`.

`desk`: this desk's own server, a dialog that only replies. `stock`: botbuilder's own adapter,
validation and client on an aiohttp route, as its integration package does it (its credentials
ask for a token each turn, too; here without building an MSAL application, which is slower
still). `agents`: Microsoft's Agents SDK, its token in hand. `bare`: aiohttp, PyJWT, a reply.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import orjson
import requests
from aiohttp import web
from botbuilder.core import CloudAdapterBase, TurnContext
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AppCredentials,
    BotFrameworkAuthenticationFactory,
    ServiceClientCredentialsFactory,
)
from microsoft_agents.hosting.aiohttp import CloudAdapter
from microsoft_agents.hosting.aiohttp.jwt_authorization_middleware import (
    jwt_authorization_middleware,
)
from microsoft_agents.hosting.core import (
    ActivityHandler,
    AgentAuthConfiguration,
    OutboundHostValidator,
)
from microsoft_agents.hosting.core import TurnContext as AgentTurn
from microsoft_agents.hosting.core.authorization import _entra_issuers

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Turn
from bot.store.database import Database
from bot.teams.server import event_loop
from bot.workflows.people.records import Person
from tests.support.cloud import APP_ID, ISSUER, SECRET, Cloud
from tests.support.desk import KEY, MONDAY_8_AM
from tests.support.served import served

Starting = Callable[[int], Awaitable[int]]
TEXT = "Hello, this is the answer."


async def listen(app: web.Application) -> int:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return port


def echo_dialog() -> Dialog:
    dialog = Dialog("echo")

    @dialog.says("", help="", only_reads=True)
    def anything(turn: Turn) -> Card:
        return Card(title=TEXT)

    return dialog


async def desk(cloud_port: int) -> int:
    """Ours; the answer is a sentence, as theirs: somebody unknown is told so politely."""
    folder = Path(tempfile.mkdtemp(prefix="ardesk-benchmark-"))
    database = Database(f"sqlite:///{folder / 'desk.db'}", audit_key=KEY)
    database.create_tables()
    with database.transaction() as session:
        for number in range(64):
            session.add(
                Person(
                    entra_id=f"client-{number}",
                    name=f"Client {number}",
                    roles="agent",
                    learned_at=MONDAY_8_AM,
                )
            )
    serving = served(database, Cloud(port=cloud_port), dialogs=(echo_dialog(),))
    running = await serving.__aenter__()
    KEPT.append(serving)
    return int(running.url.rpartition(":")[2])


async def replying(cloud_port: int) -> int:
    """Ours without people and dialogs: verified, parsed, a turn that only replies."""
    folder = Path(tempfile.mkdtemp(prefix="ardesk-benchmark-"))
    database = Database(f"sqlite:///{folder / 'desk.db'}", audit_key=KEY)
    database.create_tables()
    serving = served(database, Cloud(port=cloud_port), dialogs=(echo_dialog(),))
    running = await serving.__aenter__()
    KEPT.append(serving)

    async def reply(context: TurnContext) -> None:
        await context.send_activity(Activity(type="message", text=TEXT))

    object.__setattr__(running.seam.handler, "on_turn", reply)
    return int(running.url.rpartition(":")[2])


KEPT: list[object] = []


async def bare(cloud_port: int) -> int:
    """The least that must be done: aiohttp, PyJWT, one reply on one session."""
    base = f"http://127.0.0.1:{cloud_port}"
    session = aiohttp.ClientSession()
    async with session.get(f"{base}/keys") as answer:
        key = jwt.PyJWK((await answer.json())["keys"][0]).key
    async with session.post(f"{base}/token") as answer:
        outbound = (await answer.json())["access_token"]

    async def take(request: web.Request) -> web.Response:
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(bearer, key, algorithms=["RS256"], audience=APP_ID, issuer=ISSUER)
        activity = orjson.loads(await request.read())
        assert claims["serviceurl"] == activity["serviceUrl"]
        reply = {"type": "message", "text": TEXT}
        url = f"{base}/v3/conversations/{activity['conversation']['id']}/activities"
        headers = {"Authorization": f"Bearer {outbound}", "Content-Type": "application/json"}
        async with session.post(url, data=orjson.dumps(reply), headers=headers) as answer:
            await answer.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/messages", take)
    return await listen(app)


class LoopbackCredentials(AppCredentials):
    """Asks the login for a token each time, blocking, as MicrosoftAppCredentials does."""

    token_url = ""

    def get_access_token(self, force_refresh: bool = False) -> str:
        form = {"client_id": APP_ID, "client_secret": SECRET, "scope": f"{ISSUER}/.default"}
        answer = requests.post(self.token_url, data=form, timeout=60)
        token: str = answer.json()["access_token"]
        return token


class LoopbackFactory(ServiceClientCredentialsFactory):
    async def is_valid_app_id(self, app_id: str) -> bool:
        return app_id == APP_ID

    async def is_authentication_disabled(self) -> bool:
        return False

    async def create_credentials(self, app_id: str, *given: Any, **more: Any) -> AppCredentials:
        return LoopbackCredentials(app_id, oauth_scope=ISSUER)


class StockAdapter(CloudAdapterBase):
    """botbuilder's adapter as it is."""


async def stock(cloud_port: int) -> int:
    """botbuilder-core 4.17.1, an echo."""
    base = f"http://127.0.0.1:{cloud_port}"
    LoopbackCredentials.token_url = f"{base}/token"
    authentication = BotFrameworkAuthenticationFactory.create(
        validate_authority=True,
        to_channel_from_bot_login_url=f"{base}/token",
        to_channel_from_bot_oauth_scope=ISSUER,
        to_bot_from_channel_token_issuer=ISSUER,
        oauth_url=base,
        to_bot_from_channel_open_id_metadata_url=f"{base}/openid",
        to_bot_from_emulator_open_id_metadata_url=f"{base}/openid",
        caller_id="",
        credential_factory=LoopbackFactory(),
    )
    adapter = StockAdapter(authentication)

    async def reply(context: TurnContext) -> None:
        await context.send_activity(TEXT)

    async def take(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        await adapter.process_activity(request.headers["Authorization"], activity, reply)
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/messages", take)
    return await listen(app)


class Token:
    """A token in hand, so that the Agents SDK is measured without its login."""

    def __init__(self, configuration: AgentAuthConfiguration) -> None:
        self.configuration = configuration

    async def get_access_token(self, *given: Any, **more: Any) -> str:
        return "bot-token"

    def get_token_provider(self, *given: Any) -> Token:
        return self

    get_connection = get_token_provider
    get_default_connection = get_token_provider
    get_token_provider_from_activity = get_token_provider

    def get_default_connection_configuration(self) -> AgentAuthConfiguration:
        return self.configuration


class AgentEcho(ActivityHandler):
    async def on_message_activity(self, turn_context: AgentTurn) -> None:  # type: ignore[override]
        await turn_context.send_activity(TEXT)


async def agents(cloud_port: int) -> int:
    """microsoft-agents-hosting-aiohttp, an echo."""
    _entra_issuers.BOTFRAMEWORK_JWKS_URIS[ISSUER] = f"http://127.0.0.1:{cloud_port}/keys"
    configuration = AgentAuthConfiguration(client_id=APP_ID, tenant_id="common")
    adapter = CloudAdapter(
        connection_manager=Token(configuration),  # type: ignore[arg-type]
        host_validator=OutboundHostValidator(enabled=False),
    )
    echo = AgentEcho()

    async def take(request: web.Request) -> web.Response:
        return await adapter.process(request, echo) or web.Response()

    app = web.Application(middlewares=[jwt_authorization_middleware])
    app["agent_configuration"] = configuration
    app.router.add_post("/api/messages", take)
    return await listen(app)


SERVERS: dict[str, Starting] = {
    "desk": desk,
    "replying": replying,
    "bare": bare,
    "stock": stock,
    "agents": agents,
}


async def run(name: str, cloud_port: int) -> None:
    print(await SERVERS[name](cloud_port), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=SERVERS)
    parser.add_argument("cloud_port", type=int)
    given = parser.parse_args()
    ours = given.name in ("desk", "replying")
    with asyncio.Runner(loop_factory=event_loop if ours else None) as runner:
        runner.run(run(given.name, given.cloud_port))
