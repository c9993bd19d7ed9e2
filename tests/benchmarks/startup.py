"""Start to serving against importing the fixed frame alone, and the memory of an idle desk."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
FRAME = (
    "import aiohttp.web, botbuilder.core, botframework.connector, sqlalchemy.orm, "
    "apscheduler.schedulers.asyncio, msal"
)
ROUNDS = 5
IDLE_SECONDS = 5


def main() -> None:
    """Print the ratio of start to frame (2 is the limit), and memory (150 MiB is the limit)."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ARDESK_HOME": home, "PYTHONPATH": str(ROOT)}
        environment.pop("ARDESK_DATABASE_URL", None)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the frame is compiled, too
        serve(environment)  # the first run makes the database, and compiles what has changed
        rounds = [(frame(environment), serve(environment)) for _ in range(ROUNDS)]
    frames = statistics.median(seconds for seconds, _ in rounds)
    starts = statistics.median(seconds for _, (seconds, _) in rounds)
    memory = statistics.median(memory for _, (_, memory) in rounds)
    print(f"fixed frame {frames:.2f} s, start to ready {starts:.2f} s: {starts / frames:.2f}x")
    print(f"idle memory {memory / 2**20:.0f} MiB (about 150 wanted)")


def frame(environment: Mapping[str, str]) -> float:
    """Return the seconds that importing the frame takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", "-c", FRAME], env=environment, check=True)
    return time.perf_counter() - started


def serve(environment: Mapping[str, str]) -> tuple[float, int]:
    """Return the seconds until the desk is ready, and the bytes it holds when idle."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    desk = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--dev", "--port", str(port)],
        env=environment,
        cwd=environment["ARDESK_HOME"],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait(port)
        seconds = time.perf_counter() - started
        time.sleep(IDLE_SECONDS)
        return seconds, psutil.Process(desk.pid).memory_info().rss
    finally:
        desk.terminate()
        desk.wait(20)


def wait(port: int) -> None:
    """Wait until the desk says that it is ready."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the desk never got ready")


if __name__ == "__main__":
    main()
