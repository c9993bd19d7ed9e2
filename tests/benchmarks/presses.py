"""
A "no answer" press, end to end, against a bare Agents SDK echo bot.

    python -m tests.benchmarks.presses [--seconds 4] [--rounds 3] [--url postgresql+psycopg://...]

The press is authenticated, logged, committed to SQLite (`synchronous=FULL`), and answered with
the next payer's card; each of 16 agents works a list of 1,000 payers, pressing what the card
before brought. Wanted: at least the throughput of the echo bot, 99 of 100 within 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.chat.inbound import Caller, Saying
from bot.policy import Policy
from bot.store.database import Database
from bot.teams.server import event_loop
from bot.workflows.people.rules import Member
from bot.workflows.worklists import operations as worklists
from tests.benchmarks.book import AT, ON
from tests.benchmarks.book import make as make_book
from tests.benchmarks.light import (
    CLIENTS,
    Connection,
    Measured,
    cloud_at,
    measure,
    middle,
    process,
    request,
    token,
)
from tests.benchmarks.turns import one_round, show
from tests.support.cloud import TENANT, Account, Cloud, Json
from tests.support.desk import KEY, SEAL, personal
from tests.support.served import Served, served

CUSTOMERS = 50_000
START = AT + timedelta(hours=4, minutes=30)
"""Half past noon in New York, half past nine in Los Angeles: everybody may be called."""


def client(number: int) -> Account:
    return Account(f"Agent {number + 1}", f"entra-{number + 1}")


async def desk(
    cloud_port: int, cards: Path, url: str = "", *, customers: int = CUSTOMERS
) -> Served:
    """A desk with a book and open lists; the first card of each agent is written to a file."""
    folder = Path(tempfile.mkdtemp(prefix="ardesk-benchmark-"))
    database = Database(url or f"sqlite:///{folder / 'desk.db'}", audit_key=KEY)
    database.create_tables()
    agents = make_book(database, customers)[:CLIENTS]
    _open_lists(database, agents)
    began = datetime.now(UTC)
    serving = served(
        database, Cloud(port=cloud_port), clock=lambda: START + (datetime.now(UTC) - began)
    )
    running = await serving.__aenter__()
    KEPT.append(serving)
    switchboard = running.seam.wiring.switchboard
    first = []
    for number in range(CLIENTS):
        who = client(number)
        caller = Caller(tenant_id=TENANT, entra_id=who.entra_id)
        saying = Saying(caller=caller, spot=personal(who.entra_id), text="next")
        answer = await switchboard.answer_saying(saying)
        assert answer.card, answer.text
        first.append(answer.card.draw(SEAL))
    cards.write_text(json.dumps(first))
    return running


KEPT: list[object] = []


def _open_lists(database: Database, agents: list[Member]) -> None:
    for agent in agents:
        with database.transaction() as session:
            worklists.open_day(session, agent, day=ON, at=AT, policy=Policy())


def no_answer(card: Json) -> Json:
    """The button "No answer" of a card."""
    found = [b for b in _buttons(card) if b.get("title") == "No answer"]
    assert found, f"no such button: {json.dumps(card)[:500]}"
    return found[0]


def _buttons(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        if node.get("type") == "Action.Execute":
            yield node
            return
        for value in node.values():
            yield from _buttons(value)
    elif isinstance(node, list):
        for item in node:
            yield from _buttons(item)


class Presses:
    """Each agent presses what the last answer brought."""

    def __init__(self, cloud_port: int, cards: Path) -> None:
        self.cloud, self.token = cloud_at(cloud_port), token(cloud_port)
        first = json.loads(cards.read_text())
        self.next = [self._request(number, card) for number, card in enumerate(first)]

    def _request(self, number: int, card: Json) -> bytes:
        return request(self.token, self.cloud.press(no_answer(card), client(number)))

    async def press(self, connection: Connection, number: int) -> None:
        answer = json.loads(await connection.ask(self.next[number]))
        card = answer["value"]
        assert isinstance(card, dict), card
        self.next[number] = self._request(number, card)


def compare(seconds: float, rounds: int, url: str) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {"press": [], "agents": []}
    cards = Path(tempfile.mkdtemp(prefix="ardesk-benchmark-")) / "cards.json"
    with ExitStack() as stack:
        _, cloud = stack.enter_context(process("tests.benchmarks.light"))
        own = ("tests.benchmarks.presses", "serve", str(cloud), str(cards), url)
        started, port = stack.enter_context(process(*own))
        echo, echo_port = stack.enter_context(
            process("tests.benchmarks.echoes", "agents", str(cloud))
        )
        presses = Presses(cloud, cards)
        asyncio.run(measure(started.pid, port, presses.press, 0.5))
        asyncio.run(one_round(echo.pid, echo_port, cloud, 0.5))
        for _ in range(rounds):
            pressed = measure(started.pid, port, presses.press, seconds)
            found["press"].append(asyncio.run(pressed))
            found["agents"].append(asyncio.run(one_round(echo.pid, echo_port, cloud, seconds)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url", default="")
    given, _ = parser.parse_known_args()
    found = compare(given.seconds, given.rounds, given.url)
    show(found)
    pairs = zip(found["press"], found["agents"], strict=True)
    ratio = middle([press.rate / echo.rate for press, echo in pairs])
    slowest = middle([press.percentile(0.99) for press in found["press"]])
    print(f"\nthroughput / Agents SDK echo:  {ratio:.2f} (wanted: 1 or more; then 2)")
    print(f"99 of 100 presses within:      {slowest:.0f} ms (wanted: 100 or less)")


async def serve(cloud_port: int, cards: Path, url: str) -> None:
    running = await desk(cloud_port, cards, url)
    gc.collect()
    gc.freeze()
    print(running.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        with asyncio.Runner(loop_factory=event_loop) as runner:
            runner.run(serve(int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
    else:
        main()
