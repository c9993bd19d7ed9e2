"""
How long the loop stands still while the login or the key server hangs, or lists are made.

    python -m tests.benchmarks.stalls [--seconds 5] [--rounds 3]

A served desk in a process of its own; 16 agents press "No answer", authenticated and committed,
five times a second each. In turns: everything answers; the login hangs after Teams has refused
the desk's token, and others write messages whose answers need one; the key server hangs, and
others send tokens of an unknown key; the job morning-lists makes and posts 50 lists. Inside the
desk a probe sleeps 5 ms again and again and keeps its longest delay, and how much the loop's
own thread computed meanwhile: a delay without computing is the machine's, or that of another
thread of the desk. Wanted: no stall over 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from scheduler.job import Tick
from scheduler.worklists import post_lists
from tests.benchmarks import presses
from tests.benchmarks.light import CLIENTS, Connection, cloud_at, hang, process, request, token
from tests.support.cloud import APP_ID, ISSUER
from tests.support.served import Served

CUSTOMERS: Final = 30_000
EVERY: Final = 0.2
NAP: Final = 0.005
OTHERS: Final = 4
LISTS: Final = "lists are made"
SITUATIONS: Final = {
    "all answers": (),
    "the login hangs": ("token",),
    "the keys hang": ("openid", "keys"),
    LISTS: (),
}


@dataclass
class Probe:
    """Lives in the desk's loop; says its longest delay when it gets a signal."""

    worst: float = 0.0
    computed: float = 0.0

    async def watch(self) -> None:
        while True:
            before, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(NAP)
            self.worst = max(self.worst, time.perf_counter() - before - NAP)
            self.computed = max(self.computed, time.thread_time() - cpu)

    def say(self) -> None:
        print(f"{self.worst * 1000:.1f} {self.computed * 1000:.1f}", flush=True)
        self.worst = self.computed = 0.0


@dataclass(frozen=True)
class Seen:
    """What a round showed; milliseconds."""

    stall: float
    computed: float
    turns: int
    slowest: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    given, _ = parser.parse_known_args()
    found = compare(given.seconds, given.rounds)
    show(found)


def compare(seconds: float, rounds: int) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = {name: [] for name in SITUATIONS}
    cards = Path(tempfile.mkdtemp(prefix="ardesk-benchmark-")) / "cards.json"
    with ExitStack() as stack:
        _, cloud = stack.enter_context(process("tests.benchmarks.light"))
        own = ("tests.benchmarks.stalls", "serve", str(cloud), str(cards))
        started, port = stack.enter_context(process(*own))
        pressing = presses.Presses(cloud, cards)
        asyncio.run(one_round(port, cloud, pressing, "all answers", 2.0))
        for _ in range(rounds):
            for name in SITUATIONS:
                _ask_probe(started)
                if name == LISTS:
                    started.send_signal(signal.SIGUSR2)
                waits = asyncio.run(one_round(port, cloud, pressing, name, seconds))
                stall, computed = _ask_probe(started)
                found[name].append(Seen(stall, computed, len(waits), 1000 * max(waits)))
    return found


async def one_round(
    port: int, cloud: int, pressing: presses.Presses, situation: str, seconds: float
) -> list[float]:
    """Let everybody work for some seconds; return how long each press took."""
    await hang(cloud, *SITUATIONS[situation])
    waits: list[float] = []
    others = [
        asyncio.create_task(_keep_sending(port, _other(cloud, situation, number)))
        for number in range(OTHERS if SITUATIONS[situation] else 0)
    ]
    until = time.perf_counter() + seconds
    connections = [await Connection(port).open() for _ in range(CLIENTS)]

    async def agent(number: int) -> None:
        while time.perf_counter() < until:
            at = time.perf_counter()
            await pressing.press(connections[number], number)
            waits.append(time.perf_counter() - at)
            await asyncio.sleep(EVERY)

    await asyncio.gather(*(agent(number) for number in range(CLIENTS)))
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for connection in connections:
        connection.writer.close()
    await hang(cloud)
    return waits


def _other(cloud: int, situation: str, number: int) -> Callable[[], bytes]:
    """Return what makes the request of somebody whose turn needs what hangs."""
    who, teams = presses.client(CLIENTS + number), cloud_at(cloud)
    if situation == "the login hangs":
        bearer = token(cloud)
        return lambda: request(bearer, teams.message("list", who))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"iss": ISSUER, "aud": APP_ID, "exp": int(time.time()) + 3600}
    bearer = jwt.encode(claims, key, algorithm="RS256", headers={"kid": f"new-{number}"})
    return lambda: request(bearer, teams.message("list", who))


async def _keep_sending(port: int, another: Callable[[], bytes]) -> None:
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(another())
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
        writer.close()


def _ask_probe(started: subprocess.Popen[str]) -> tuple[float, float]:
    assert started.stdout
    started.send_signal(signal.SIGUSR1)
    stall, computed = started.stdout.readline().split()
    return float(stall), float(computed)


def show(found: dict[str, list[Seen]]) -> None:
    print(f"{'':16} {'turns':>6} {'stalls of the rounds, ms':>26} {'computed':>9} {'press':>6}")
    for name, rounds in found.items():
        stalls = " ".join(f"{seen.stall:.0f}" for seen in rounds)
        print(
            f"{name:16} {sum(seen.turns for seen in rounds):6,} {stalls:>26} "
            f"{max(seen.computed for seen in rounds):9.0f} "
            f"{max(seen.slowest for seen in rounds):6.0f}"
        )
    quiet = max(seen.stall for seen in found["all answers"])
    for name in list(SITUATIONS)[1:]:
        worst = max(seen.stall for seen in found[name])
        print(
            f"longest stall while {name}: {worst:.0f} ms "
            f"(wanted: 50 or less; {quiet:.0f} ms when all answers)"
        )


class _Mornings:
    """One business day after the other, each with a list for every agent."""

    def __init__(self, running: Served) -> None:
        self.wiring = running.seam.wiring
        self.days = (presses.START + timedelta(days=n) for n in itertools.count(1))
        self.jobs: list[asyncio.Future[str]] = []

    def begin_next(self) -> None:
        policy = self.wiring.policy
        at = next(at for at in self.days if policy.calendar.is_open(policy.company_date(at)))
        tick = Tick(at=at, database=self.wiring.database, policy=policy)
        job = asyncio.get_running_loop().run_in_executor(None, post_lists, tick)
        self.jobs.append(job)


async def serve(cloud_port: int, cards: Path) -> None:
    running = await presses.desk(cloud_port, cards, customers=CUSTOMERS)
    gc.collect()
    gc.freeze()
    probe, mornings = Probe(), _Mornings(running)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, probe.say)
    loop.add_signal_handler(signal.SIGUSR2, mornings.begin_next)
    print(running.port, flush=True)
    await probe.watch()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(int(sys.argv[2]), Path(sys.argv[3])))
    else:
        main()
