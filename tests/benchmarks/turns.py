"""
An authenticated turn that only replies, against a stock botbuilder bot and a bare server.

    python -m tests.benchmarks.turns [--seconds 3] [--rounds 3]

All servers run beside each other and are measured in turns, in the same run, with 16 clients.
Wanted: 20 times the throughput of the stock bot or more, 2.5 times the CPU of the bare one or
less, 0.9 times the throughput with a login that takes 80 ms, one token for 1,000 turns or less.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
from contextlib import ExitStack

from tests.benchmarks.light import (
    Connection,
    Measured,
    calls,
    cloud_at,
    measure,
    middle,
    process,
    request,
    token,
)
from tests.support.cloud import Account

NAMES = ("replying", "desk", "bare", "agents", "stock")
WARM_UP = 0.7
LOGIN = 0.08
BLANK = "0" * 32
COUNT = itertools.count(1)


def requests_of(cloud_port: int) -> list[bytes]:
    """A message of about 1.2 KB from each client."""
    cloud = cloud_at(cloud_port)
    bearer = token(cloud_port)
    people = [Account(f"Client {n}", f"client-{n}") for n in range(64)]
    return [
        request(bearer, cloud.message("Hello there " * 25, who, id=BLANK)) for who in people
    ]


async def one_round(pid: int, port: int, cloud_port: int, seconds: float) -> Measured:
    sent = requests_of(cloud_port)

    async def turn(connection: Connection, number: int) -> None:
        fresh = f"{next(COUNT):032}".encode()
        await connection.ask(sent[number].replace(BLANK.encode(), fresh))

    return await measure(pid, port, turn, seconds)


def compare(seconds: float, rounds: int) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {name: [] for name in NAMES}
    with ExitStack() as stack:
        _, cloud = stack.enter_context(process("tests.benchmarks.light"))
        servers = {
            name: stack.enter_context(process("tests.benchmarks.echoes", name, str(cloud)))
            for name in NAMES
        }
        for started, port in servers.values():
            asyncio.run(one_round(started.pid, port, cloud, WARM_UP))
        for _ in range(rounds):
            for name, (started, port) in servers.items():
                found[name].append(asyncio.run(one_round(started.pid, port, cloud, seconds)))
    return found


def with_slow_login(seconds: float, rounds: int) -> tuple[float, float]:
    """Return throughput with an 80 ms login / 0 ms, and token calls for 1,000 turns."""
    found: dict[float, list[Measured]] = {0.0: [], LOGIN: []}
    with ExitStack() as stack:
        servers = {}
        for delay in found:
            light = process("tests.benchmarks.light", "--delay", str(delay))
            _, cloud = stack.enter_context(light)
            echo = process("tests.benchmarks.echoes", "replying", str(cloud))
            servers[delay] = (*stack.enter_context(echo), cloud)
        for _ in range(rounds):
            for delay, (started, port, cloud) in servers.items():
                turns = one_round(started.pid, port, cloud, seconds)
                found[delay].append(asyncio.run(turns))
        asked = asyncio.run(calls(servers[LOGIN][2]))["token"]
    ratios = [a.rate / b.rate for a, b in zip(found[LOGIN], found[0.0], strict=True)]
    return middle(ratios), 1000 * asked / sum(m.turns for m in found[LOGIN])


def show(found: dict[str, list[Measured]]) -> None:
    print(f"{'':10} {'turns/s':>8} {'CPU ms':>7} {'p50 ms':>7} {'p99 ms':>7}")
    for name, rounds in found.items():
        print(
            f"{name:10} {middle([m.rate for m in rounds]):8,.0f} "
            f"{middle([m.cpu_ms for m in rounds]):7.2f} "
            f"{middle([m.percentile(0.5) for m in rounds]):7.1f} "
            f"{middle([m.percentile(0.99) for m in rounds]):7.1f}"
        )


def judge(found: dict[str, list[Measured]]) -> None:
    ours, stock = found["replying"], found["stock"]
    faster = middle([a.rate / b.rate for a, b in zip(ours, stock, strict=True)])
    costlier = middle([a.cpu_ms / b.cpu_ms for a, b in zip(ours, found["bare"], strict=True)])
    print(f"\nthroughput / stock botbuilder: {faster:.1f} (wanted: 20 or more)")
    print(f"CPU of a turn / bare server:   {costlier:.2f} (wanted: 2.5 or less)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    given, _ = parser.parse_known_args()
    found = compare(given.seconds, given.rounds)
    show(found)
    judge(found)
    ratio, share = with_slow_login(given.seconds, given.rounds)
    print(f"with an 80 ms login / 0 ms:    {ratio:.2f} (wanted: 0.9 or more)")
    print(f"token calls for 1,000 turns:   {share:.2f} (wanted: 1 or less)")


if __name__ == "__main__":
    main()
