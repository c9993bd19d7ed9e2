"""What the demo tells its guests."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from bot.demo import programme


@pytest.mark.parametrize("is_installed", [True, False])
def test_the_command_that_it_names_is_one_that_can_be_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_installed: bool
):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    if is_installed:
        (tmp_path / "ardesk").touch()
    told = io.StringIO()

    programme.tell(
        Console(file=told, width=400),
        {},
        now=datetime(2026, 6, 8, 12, tzinfo=UTC),
        home=tmp_path / "home",
    )

    program = tmp_path / "ardesk" if is_installed else "ardesk"
    assert f"ARDESK_HOME={tmp_path / 'home'} {program} job list" in told.getvalue()
