"""`ardesk package`: what is uploaded to Teams."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from bot.chat import commands
from bot.cli import package
from dialogs import DIALOGS
from tests.support.cli import ardesk

APP = "12345678-1234-4234-8234-123456789abc"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARDESK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ARDESK_TEAMS_APP_ID", raising=False)


def made(*options: object) -> dict[str, Any]:
    ran = ardesk("package", "--out", "app.zip", *options)
    assert ran.code == 0, ran.err
    with zipfile.ZipFile("app.zip") as archive:
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
        manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
        return manifest


def test_the_app_id_comes_from_the_settings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARDESK_TEAMS_APP_ID", APP)

    manifest = made()

    assert (manifest["id"], manifest["bots"][0]["botId"]) == (APP, APP)
    assert "${" not in json.dumps(manifest)


def test_the_companys_page_is_given_or_stands_in_the_policy(tmp_path: Path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "policy.toml").write_text('company_website = "https://us.example"')

    by_policy = made("--app-id", APP)
    given = made("--app-id", APP, "--website", "https://them.example")

    assert by_policy["developer"]["websiteUrl"].startswith("https://us.example")
    assert given["developer"]["websiteUrl"].startswith("https://them.example")
    ran = ardesk("package", "--app-id", APP, "--out", "app.zip", "--format", "json")
    assert (ran.json["website"], ran.err) == ("https://us.example", "")


def test_a_package_that_names_no_page_of_the_companys_says_so():
    ran = ardesk("package", "--app-id", APP, "--out", "app.zip")

    assert ran.code == 0
    assert "names https://example.com as your company's page" in ran.err
    assert "company_website" in ran.err


def test_the_app_id_can_be_given():
    assert made("--app-id", APP.upper())["id"] == APP


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "ARDESK_TEAMS_APP_ID"),
        (("--app-id", "my-bot"), "GUID"),
        (("--app-id", APP, "--website", "http://insecure.example"), "Teams would not take"),
        (("--app-id", APP, "--out", "/dev/null/app.zip"), "cannot be written"),
    ],
)
def test_what_is_missing_or_wrong_is_one_sentence(options: tuple[str, ...], told: str):
    ran = ardesk("package", *options)

    assert ran.code == 2
    assert told in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_the_same_settings_make_the_same_file():
    made("--app-id", APP)
    first = Path("app.zip").read_bytes()

    made("--app-id", APP)

    assert Path("app.zip").read_bytes() == first


def test_it_works_in_chats_teams_and_groups():
    [bot] = made("--app-id", APP)["bots"]

    assert set(bot["scopes"]) == {"personal", "team", "groupChat"}
    assert {s for part in bot["commandLists"] for s in part["scopes"]} == set(bot["scopes"])


def test_commands_are_few_and_short():
    [bot] = made("--app-id", APP)["bots"]

    for part in bot["commandLists"]:
        assert 1 <= len(part["commands"]) <= 10
        assert all(len(command["title"]) <= 32 for command in part["commands"])
        assert all(len(command["description"]) <= 128 for command in part["commands"])


def test_every_command_it_offers_is_understood():
    [bot] = made("--app-id", APP)["bots"]
    known = [command for dialog in DIALOGS for command in dialog.commands]
    offered = {command["title"] for part in bot["commandLists"] for command in part["commands"]}

    assert {title for title in offered if commands.match(known, title)[0] is None} == set()


@pytest.mark.parametrize("version", ["1.25", "1.30"])
def test_teams_own_schema_takes_it(shared: Path, version: str):
    folder = shared / "contracts" / "teams-manifest"
    schema = json.loads((folder / f"MicrosoftTeams.v{version}.schema.json").read_text())
    manifest = made("--app-id", APP) | {"manifestVersion": version}

    assert [error.message for error in Draft4Validator(schema).iter_errors(manifest)] == []


def test_the_schema_kept_here_is_microsofts(shared: Path):
    theirs = shared / "contracts" / "teams-manifest" / package.SCHEMA.name

    assert package.SCHEMA.read_bytes() == theirs.read_bytes()


def test_the_outline_icon_is_white_on_transparent():
    content = (package.FOLDER / "outline.png").read_bytes()
    [length] = struct.unpack(">I", content[33:37])
    rows = zlib.decompress(content[41 : 41 + length])
    pixels = [
        rows[1 + row * 129 + column * 4 :][:4] for row in range(32) for column in range(32)
    ]

    assert {pixel[:3] for pixel in pixels} == {b"\xff\xff\xff"}
    assert {pixel[3] for pixel in pixels} >= {0, 255}


@pytest.mark.parametrize(
    "commands_given",
    [
        [{"title": "x", "description": "y"}] * 11,
        [{"title": "x" * 33, "description": "y"}],
        [{"title": "x", "description": "y" * 129}],
    ],
)
def test_more_than_teams_shows_is_refused(commands_given: list[dict[str, str]]):
    manifest = package.filled_in(app_id=APP, company="Us", website="https://us.example")
    manifest["bots"][0]["commandLists"][0]["commands"] = commands_given

    with pytest.raises(package.CannotPackage):
        package.check(manifest)
