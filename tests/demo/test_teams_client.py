from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.demo.cast import PEOPLE, TENANT
from bot.demo.teams_client import install
from bot.demo.teams_client.config import Account, written
from bot.demo.teams_client.install import NoTeamsClient

EVERYBODY = [Account(one.entra_id, one.name, one.email) for one in PEOPLE]


def test_everyone_is_signed_in_to_an_instance_with_five_colleagues() -> None:
    for me in EVERYBODY:
        config = json.loads(written(me, EVERYBODY, tenant=TENANT))

        assert config["currentUser"]["aadObjectId"] == me.entra_id
        assert len(config["users"]) == 5
        assert me.entra_id not in [user["aadObjectId"] for user in config["users"]]


def test_no_two_instances_share_a_conversation() -> None:
    configs = [json.loads(written(me, EVERYBODY, tenant=TENANT)) for me in EVERYBODY]

    ids = [
        identity
        for config in configs
        for identity in (
            config["personalChat"]["id"],
            config["groupChat"]["id"],
            config["team"]["id"],
            config["team"]["channels"][0]["id"],
        )
    ]

    assert len(set(ids)) == len(ids)


def test_a_desk_of_one_gets_colleagues_that_fill_the_list() -> None:
    config = json.loads(written(EVERYBODY[0], EVERYBODY[:1], tenant=TENANT))

    assert [user["name"] for user in config["users"]] == [f"Colleague {n}" for n in range(1, 6)]


def test_a_machine_without_node_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoTeamsClient, match="Node 20 or newer is not installed"):
        install.program(tmp_path / "client")


def test_an_old_node_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(tmp_path / "node", "echo v18.20.4")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with pytest.raises(NoTeamsClient, match=r"Node 20 or newer is needed; this is v18\.20\.4"):
        install.program(tmp_path / "client")


def test_npm_that_cannot_reach_anything_is_told_in_one_sentence_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend(tmp_path / "node", "echo v20.1.0")
    _pretend(tmp_path / "npm", "echo 'npm error code ENOTFOUND' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    for _ in range(2):
        with pytest.raises(NoTeamsClient, match="could not install the local Teams client: "):
            install.program(tmp_path / "client")


def test_what_is_installed_already_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = "node_modules/@microsoft/m365agentsplayground"
    _pretend(tmp_path / "node", "echo v20.1.0")
    _pretend(tmp_path / "npm", f"echo once >> {tmp_path}/count; mkdir -p {cli}; > {cli}/cli.js")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    first = install.program(tmp_path / "client")
    second = install.program(tmp_path / "client")

    assert first == second
    assert (tmp_path / "count").read_text() == "once\n"


def test_the_lock_file_names_no_registry() -> None:
    lock = Path(install.__file__).with_name("package-lock.json").read_text()

    assert "http" not in lock
    assert json.loads(lock)["packages"]["node_modules/@microsoft/m365agentsplayground"][
        "integrity"
    ]


def _pretend(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
