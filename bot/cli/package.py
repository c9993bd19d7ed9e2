"""`ardesk package`: the Teams app, filled in, checked and zipped for upload."""

from __future__ import annotations

import json
import uuid
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from string import Template
from typing import Annotated, Any, Final

import typer
from jsonschema import Draft4Validator

import bot
from bot import policy as policies
from bot import settings as environment
from bot.cli.output import Format, FormatOption, as_json, say, say_aside
from bot.kernel.errors import Refused

FOLDER: Final = Path(bot.__path__[0]).parent / "manifest"
SCHEMA: Final = FOLDER / "schema" / "MicrosoftTeams.v1.25.schema.json"
ICONS: Final[Mapping[str, int]] = {"color.png": 192, "outline.png": 32}
MOST_COMMANDS: Final = 10
_LONGEST_TITLE: Final = 32
_LONGEST_DESCRIPTION: Final = 128
_LONGEST_NAME: Final = 32
WEBSITE: Final = "https://example.com"
NO_WEBSITE: Final = (
    f"Note: the package names {WEBSITE} as your company's page, its privacy statement and its "
    "terms. Give --website, or set company_website in the policy, before others install it."
)
_MOMENT: Final = (2026, 1, 1, 0, 0, 0)

app = typer.Typer()


class CannotPackage(Refused):
    """Something that the Teams app needs is missing, or Teams would not take it."""


@app.command()
def package(
    out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("dist/ar-desk.zip"),
    app_id: Annotated[str, typer.Option(help="The bot's app id, if not in the settings.")] = "",
    website: Annotated[
        str,
        typer.Option(help="Your company's page about the app (https); else of the policy."),
    ] = "",
    output: FormatOption = Format.TEXT,
) -> None:
    """Write the Teams app package (.zip) to upload, checked against Teams' own schema."""
    settings = environment.read()
    policy = policies.load(settings.policy_to_read)
    page = website or policy.company_website or WEBSITE
    manifest = filled_in(
        app_id=app_id or settings.teams_app_id, company=policy.company_name, website=page
    )
    check(manifest)
    _write(out, manifest)
    if page == WEBSITE:
        say_aside(NO_WEBSITE)
    if output is Format.JSON:
        told = {"file": str(out), "app_id": manifest["id"], "version": manifest["version"]}
        as_json(told | {"website": page})
        return
    say(f"Written and checked: {out} (app {manifest['id']}, version {manifest['version']}).")
    say("Upload it in Teams' admin centre, or in Teams under Apps, Manage your apps.")


def filled_in(
    *, app_id: str, company: str = "the company", website: str = WEBSITE
) -> dict[str, Any]:
    """
    Return the manifest with this installation's ids and names.

    :raises CannotPackage: if the app id or the website is missing or is none.
    """
    if not app_id:
        raise CannotPackage("The bot's app id is missing: set ARDESK_TEAMS_APP_ID or --app-id.")
    try:
        plain_id = str(uuid.UUID(app_id))
    except ValueError:
        raise CannotPackage(f"{app_id!r} is no app id: it should look like a GUID.") from None
    if not website.startswith("https://"):
        raise CannotPackage(f"Teams would not take {website!r}: it should begin with https://.")
    known = {
        "app_id": plain_id,
        "company": company[:_LONGEST_NAME],
        "website": website,
        "version": metadata.version("ar-desk"),
    }
    manifest: dict[str, Any] = _filled(json.loads(_read("manifest.json")), known)
    return manifest


def check(manifest: Mapping[str, Any]) -> None:
    """
    Check the manifest and the icons as Teams would.

    :raises CannotPackage: with the first thing that Teams would not take.
    """
    schema = json.loads(SCHEMA.read_text("utf-8"))
    for error in Draft4Validator(schema).iter_errors(manifest):
        where = "/".join(str(part) for part in error.absolute_path)
        raise CannotPackage(f"Teams would not take the manifest: {where}: {error.message}.")
    for commands in (part["commands"] for part in manifest["bots"][0]["commandLists"]):
        _check_commands(commands)
    for name, size in ICONS.items():
        _check_icon(name, size)


def _filled(node: Any, known: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, dict):
        return {name: _filled(value, known) for name, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, known) for value in node]
    is_ours = isinstance(node, str) and node.startswith("${")
    return Template(node).substitute(known) if is_ours else node


def _check_commands(commands: list[dict[str, str]]) -> None:
    if len(commands) > MOST_COMMANDS:
        raise CannotPackage(f"Teams shows {MOST_COMMANDS} commands at most.")
    for command in commands:
        if len(command["title"]) > _LONGEST_TITLE:
            raise CannotPackage(f"The command {command['title']!r} is too long.")
        if len(command["description"]) > _LONGEST_DESCRIPTION:
            raise CannotPackage(f"What {command['title']!r} does is told at too great length.")


def _check_icon(name: str, size: int) -> None:
    header = _read(name)[:24]
    found = (int.from_bytes(header[16:20]), int.from_bytes(header[20:24]))
    if header[:8] != b"\x89PNG\r\n\x1a\n" or found != (size, size):
        raise CannotPackage(f"The icon {name} should be a PNG of {size} by {size}.")


def _write(out: Path, manifest: Mapping[str, Any]) -> None:
    files = {"manifest.json": json.dumps(manifest, indent=2, ensure_ascii=False).encode()}
    files |= {name: _read(name) for name in ICONS}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, _MOMENT), content)
    except OSError as error:
        raise CannotPackage(f"{out} cannot be written: {error.strerror}.") from error


def _read(name: str) -> bytes:
    try:
        return (FOLDER / name).read_bytes()
    except OSError as error:
        raise CannotPackage(f"{FOLDER / name} cannot be read: {error.strerror}.") from error
