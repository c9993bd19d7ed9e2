"""What `ardesk doctor` looks at; each look returns findings and never raises for a fault."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Final

import aiohttp
from sqlalchemy.orm import Session

from bot import settings as environment
from bot.chat.messenger import NotSent
from bot.cli import card_checks, company_checks, mail_checks, package
from bot.cli.desk import OpenDesk
from bot.cli.findings import Finding, Grade, graded
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.settings import Settings
from bot.store import audit, schema
from bot.store.schema import Standing
from bot.teams.keys import KeyRing
from bot.teams.tokens import Tokens
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people

_MOST_NAMED: Final = 6


def everything(desk: OpenDesk) -> Iterator[Finding]:
    """Look at the settings, the database, Teams' endpoints, and what waits."""
    yield from mistyped(environment.unknown())
    yield from identity(desk.settings)
    yield _clock(desk)
    tables = _tables(desk)
    yield tables
    yield from asyncio.run(_endpoints(desk.settings))
    yield mail_checks.way(desk)
    yield from company_checks.files(desk)
    if tables.grade is Grade.FAIL:
        return
    with desk.database.reading() as session:
        yield _trail(session, desk.audit_key)
        yield from card_checks.backlog(session, desk.clock())
        yield from mail_checks.backlog(session, desk.clock())
        yield from _people(session)
        yield from company_checks.brands_of_customers(session, desk)
        yield company_checks.flags_of_customers(session)
        yield from company_checks.notice_wording(session, desk)


def mistyped(names: Sequence[str]) -> Iterator[Finding]:
    """Tell of variables that were meant as settings and are none."""
    if names:
        remedy = "correct or unset them: they change nothing"
        yield graded("settings", Grade.WARN, f"no such setting: {', '.join(names)}", remedy)


def identity(settings: Settings) -> Iterator[Finding]:
    """Look at the bot's ids: as the manifest, the token and the door use them."""
    yield _guid("app id", settings.teams_app_id, "ARDESK_TEAMS_APP_ID")
    yield _guid("tenant", settings.teams_tenant_id, "ARDESK_TEAMS_TENANT_ID")
    is_secret_set = bool(settings.teams_app_secret.get_secret_value())
    yield graded(
        "app secret",
        Grade.OK if is_secret_set else Grade.FAIL,
        "set" if is_secret_set else "missing",
        "" if is_secret_set else "set ARDESK_TEAMS_APP_SECRET to the app registration's secret",
    )
    is_accepted = settings.teams_tenant_id.lower() in settings.tenants
    yield graded(
        "tenants answered",
        Grade.OK if is_accepted else Grade.WARN,
        ", ".join(sorted(settings.tenants)) or "none",
        "" if is_accepted else "ARDESK_TEAMS_TENANTS should hold the bot's own tenant",
    )
    yield graded("service hosts", Grade.OK, ", ".join(settings.service_hosts))
    yield _manifest(settings)


def _manifest(settings: Settings) -> Finding:
    try:
        filled = package.filled_in(app_id=settings.teams_app_id)
        package.check(filled)
    except Refused as refusal:
        return graded("Teams app", Grade.FAIL, str(refusal), "then run `ardesk package`")
    ids = f"manifest {filled['version']} for bot {filled['bots'][0]['botId']}"
    return graded("Teams app", Grade.OK, ids)


async def _endpoints(settings: Settings) -> list[Finding]:
    async with aiohttp.ClientSession() as web:
        keys = KeyRing(
            session=web, metadata_url=settings.teams_metadata_url, monotonic=time.monotonic
        )
        tokens = Tokens(
            session=web,
            url=settings.token_url,
            app_id=settings.teams_app_id,
            secret=settings.teams_app_secret.get_secret_value(),
            monotonic=time.monotonic,
        )
        found = await asyncio.gather(_keys(keys), _token(tokens, settings))
    return list(found)


async def _keys(keys: KeyRing) -> Finding:
    await keys.find("none")
    if keys.problem:
        return graded(
            "signing keys",
            Grade.FAIL,
            keys.problem,
            "check ARDESK_TEAMS_METADATA_URL and proxy",
        )
    return graded("signing keys", Grade.OK, f"reachable: {keys.metadata_url}")


async def _token(tokens: Tokens, settings: Settings) -> Finding:
    if not (settings.teams_app_id and settings.teams_tenant_id):
        return graded("token", Grade.FAIL, "not asked for", "set the app id and tenant first")
    try:
        await tokens.get()
    except NotSent as error:
        remedy = "check the app id, the secret (has it expired?) and the tenant"
        return graded("token", Grade.FAIL, str(error), remedy)
    return graded("token", Grade.OK, "granted")


def _tables(desk: OpenDesk) -> Finding:
    try:
        found = schema.standing(desk.database.engine)
    except Refused as refusal:
        return graded("database", Grade.FAIL, str(refusal), "check ARDESK_DATABASE_URL")
    if found is Standing.CURRENT:
        return graded("database", Grade.OK, "reachable, its tables are up to date")
    remedy = "update this program" if found is Standing.AHEAD else "run `ardesk db upgrade`"
    return graded("database", Grade.FAIL, f"its tables are {found.value}", remedy)


def _trail(session: Session, key: bytes) -> Finding:
    fault = next(audit.verify(session, key), None)
    if fault is None:
        return graded("audit trail", Grade.OK, f"whole; head {audit.head(session)}")
    return graded("audit trail", Grade.FAIL, fault, "run `ardesk audit verify` for all of it")


def _clock(desk: OpenDesk) -> Finding:
    today = desk.policy.company_date(desk.clock())
    now = wording.moment(desk.clock(), desk.policy.zone, today=today)
    if desk.settings.clock:
        return graded("clock", Grade.WARN, f"{now}, moved", "unset ARDESK_CLOCK in production")
    return graded("clock", Grade.OK, now)


def _people(session: Session) -> Iterator[Finding]:
    missing = people.without_app(session)
    names = wording.listed([member.name for member in missing], most=_MOST_NAMED)
    yield graded(
        "people without the app",
        Grade.WARN if missing else Grade.OK,
        names or "none",
        "they get no cards until the app is installed for them" if missing else "",
    )
    free = customers.without_agent(session, limit=1000)
    yield graded(
        "payers without an agent",
        Grade.WARN if free else Grade.OK,
        f"{len(free)}{' or more' if len(free) == 1000 else ''}",
        "a lead types `unassigned` in Teams" if free else "",
    )


def _guid(what: str, value: str, setting: str) -> Finding:
    if not value:
        return graded(what, Grade.FAIL, "missing", f"set {setting}")
    try:
        uuid.UUID(value)
    except ValueError:
        return graded(what, Grade.FAIL, f"{value!r} is no GUID", f"correct {setting}")
    return graded(what, Grade.OK, value)
