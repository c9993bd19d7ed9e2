"""The whole demo, and a browser in front of it."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.playground import Teams

ROOT: Final = Path(__file__).resolve().parents[2]
SHOTS: Final = ROOT / ".artifacts"
CHROMIUMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE: Final = 120.0
PORTS: Final = 21_000
"""The first of a thousand ports for the demos of all test processes."""

Opens = Callable[[str], Teams]


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("ARDESK_BROWSER_TESTS") == "required":
        pytest.fail(f"browser tests are required, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return where Chromium is; skip where there is none (or no Node for the client)."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            _do_without(f"{program} is not installed")
    found = [path for name in CHROMIUMS if (path := shutil.which(name))]
    if not found:
        _do_without("Chromium is not installed (apt-get install chromium)")
    return found[0]


@dataclass
class Show:
    """A demo that runs."""

    process: subprocess.Popen[str]
    keyboard: int
    output: Path

    def url(self, name: str) -> str:
        found = re.search(rf"(http://127\.0\.0\.1:\d+) │ {re.escape(name)}", self.said())
        assert found, self.said()
        return found[1]

    def said(self) -> str:
        return self.output.read_text("utf-8", "replace")

    def wait_for(self, words: str) -> None:
        end = time.monotonic() + PATIENCE
        while words not in self.said():
            if self.process.poll() is not None or time.monotonic() > end:
                _do_without_or_fail(self.said())
            time.sleep(0.1)

    def types(self, words: str) -> None:
        os.write(self.keyboard, f"{words}\n".encode())


def _do_without_or_fail(said: str) -> None:
    if "npm could not install" in said:
        _do_without("the local Teams client cannot be installed here")
    pytest.fail(f"the demo did not start: {said}")


@pytest.fixture(scope="module")
def show(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    """Run `ardesk demo`, as somebody would who tries it, at a keyboard."""
    folder = tmp_path_factory.mktemp("demo")
    keyboard, terminal = pty.openpty()
    output = folder / "said.txt"
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    command = (sys.executable, "-m", "bot", "demo", "--port", str(PORTS + 50 * worker))
    with output.open("w") as said:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"ARDESK_HOME": str(folder / "home"), "COLUMNS": "160"},
            stdin=terminal,
            stdout=said,
            stderr=said,
            text=True,
        )
    shown = Show(process, keyboard, output)
    try:
        shown.wait_for("stops everything")
        yield shown
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
        os.close(keyboard)
        os.close(terminal)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Return Chromium; its event loop must end before other tests run theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def opens(browser: Browser, show: Show) -> Iterator[Opens]:
    """Open somebody's Teams; whatever went wrong in it fails the test."""
    opened: list[Teams] = []

    def opens(name: str) -> Teams:
        teams = Teams.open(browser, show.url(name), shots=SHOTS)
        opened.append(teams)
        return teams

    yield opens
    for teams in opened:
        teams.close()
        assert teams.faults == []
