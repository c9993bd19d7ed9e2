"""`ardesk serve` as a process: what it loads, what it refuses, how it starts and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cli import ardesk

LEFT_OUT = ("aiosmtplib",)
"""Only a desk whose mail leaves by SMTP loads it."""
DRAWS_FILES = ("reportlab", "PIL", "openpyxl", "xlsxwriter", "python_calamine")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARDESK_HOME", str(tmp_path / "home"))
    for name in [name for name in os.environ if name.startswith("ARDESK_TEAMS")]:
        monkeypatch.delenv(name)
    return tmp_path / "home"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(*options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    command = [sys.executable, "-m", "bot", "serve", "--port", str(port), *options]
    root = Path(__file__).parents[2]
    desk = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(root)}
    )
    try:
        wait_until_ready(port, desk)
        yield port, desk
    finally:
        desk.kill()
        desk.communicate()


def wait_until_ready(port: int, desk: subprocess.Popen[str]) -> None:
    for _ in range(300):
        assert desk.poll() is None, desk.stderr and desk.stderr.read()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if json.load(answer)["ready"]:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the desk never got ready")


def said_in_place_of_listening(expression: str) -> str:
    """Open a desk and put its server together, say this instead of listening, and stop."""
    program = (
        "import gc, sys; from bot.cli import front, serve; "
        f"serve._listen = lambda *_: print({expression}); "
        f"front.run(['serve', '--dev', '--port', '{free_port()}'])"
    )
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_serve_loads_nothing_that_draws_files():
    loaded = said_in_place_of_listening("*sys.modules").split()

    assert "dialogs.calls" in loaded
    assert not [name for name in (*DRAWS_FILES, *LEFT_OUT) if name in loaded]


def test_a_started_desk_looks_for_garbage():
    assert said_in_place_of_listening("gc.isenabled()").strip() == "True"


def test_without_an_app_id_it_does_not_serve_and_says_what_is_missing():
    ran = ardesk("serve")

    assert ran.code == 2
    assert "ARDESK_TEAMS_APP_ID" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::", "desk.example"])
def test_the_unauthenticated_mode_is_for_this_machine_only(host: str):
    ran = ardesk("serve", "--dev", "--host", host)

    assert ran.code == 2
    assert "this machine only" in ran.err


def test_it_says_on_every_start_that_it_is_unauthenticated_and_stops_when_told():
    for _ in range(2):
        with serving("--dev") as (_, desk):
            desk.send_signal(signal.SIGTERM)
            _, told = desk.communicate(timeout=20)

        assert "UNAUTHENTICATED" in told
        assert "Traceback" not in told
        assert desk.returncode == 0


def test_a_port_that_is_taken_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = ardesk("serve", "--dev", "--port", taken.getsockname()[1])

    assert ran.code == 2
    assert "Cannot listen" in ran.err
    assert "Traceback" not in ran.err
    assert "scheduler" not in ran.err, "it did the day's work before it looked"
