from __future__ import annotations

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bot.demo.processes import Child, DidNotStart, free_ports, kept, wait_for

HOLDER = """
import sys, time
from pathlib import Path
from bot.demo.processes import Child
Child([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"],
      log=Path(sys.argv[1]))
time.sleep(60)
"""


def _until(path: Path) -> int:
    for _ in range(200):
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("the child never spoke")


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie":
            return True
        time.sleep(0.05)
    return False


def test_a_child_ends_when_it_is_stopped(tmp_path: Path) -> None:
    log = tmp_path / "log"
    speak = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"

    with kept(Child([sys.executable, "-c", speak], log=log)) as child:
        pid = _until(log)
        assert child.is_running

    assert _is_gone(pid)


def test_a_child_does_not_outlive_a_demo_that_was_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(log)])
    pid = _until(log)

    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    assert _is_gone(pid)


def test_a_child_that_ends_before_it_answers_is_told_in_its_own_last_words(
    tmp_path: Path,
) -> None:
    child = Child(["sh", "-c", "echo the port is taken; exit 3"], log=tmp_path / "log")

    with pytest.raises(DidNotStart, match="The bot ended at once: the port is taken"):
        wait_for("http://127.0.0.1:9/", child, what="The bot")

    child.stop()


def test_a_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with (
        kept(Child(["sleep", "30"], log=tmp_path / "log")) as child,
        pytest.raises(DidNotStart, match="did not answer"),
    ):
        wait_for("http://127.0.0.1:9/", child, what="The bot", patience=0.3)


def test_an_address_that_answers_is_waited_for(tmp_path: Path, page: str) -> None:
    with kept(Child(["sleep", "30"], log=tmp_path / "log")) as child:
        wait_for(page, child, what="The page", patience=5)


def test_a_busy_port_is_passed_over() -> None:
    [first] = free_ports(23_000, 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()

        ports = free_ports(first, 3)

    assert len(set(ports)) == 3
    assert first not in ports


@pytest.fixture
def page() -> Iterator[str]:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
