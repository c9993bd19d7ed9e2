"""The runner: every job looks at once and again; a failing one stops no other."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store import runs
from bot.store.database import Database
from scheduler import runner as runners
from scheduler.job import Job, Tick
from scheduler.runner import Every, Runner
from tests.support.desk import MONDAY_8_AM


def job(run: Callable[[Tick], str], *, name: str = "some-job", seconds: int = 3600) -> Job:
    return Job(name=name, when="now and then", every_seconds=seconds, run=run)


def runner(database: Database, *jobs: Job) -> Runner:
    return Runner(database=database, policy=Policy(), clock=lambda: MONDAY_8_AM, timetable=jobs)


@asynccontextmanager
async def running(database: Database, *jobs: Job):
    started = runner(database, *jobs)
    started.start()
    yield started
    await started.stop()


async def eventually(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never happened")


async def test_every_job_looks_as_soon_as_the_desk_starts(lite: Database):
    looked: list[str] = []

    def look(tick: Tick) -> str:
        looked.append(tick.at.isoformat())
        return ""

    async with running(lite, job(look, name="a"), job(look, name="b")):
        await eventually(lambda: len(looked) == 2)

    assert looked == [MONDAY_8_AM.isoformat()] * 2


async def test_a_job_looks_again_and_again(lite: Database):
    looked: list[int] = []

    def look(_: Tick) -> str:
        looked.append(1)
        return ""

    async with running(lite, job(look, seconds=1)):
        await eventually(lambda: len(looked) >= 2)


async def test_a_job_that_fails_is_logged_and_stops_no_other(
    lite: Database, caplog: pytest.LogCaptureFixture
):
    def fail(_: Tick) -> str:
        raise RuntimeError("boom")

    done = threading.Event()

    def work(_: Tick) -> str:
        done.set()
        return "did it"

    with caplog.at_level(logging.INFO):
        async with running(lite, job(fail, name="bad"), job(work, name="good")):
            await eventually(done.is_set)
            await eventually(lambda: "boom" in caplog.text)

    assert "The job bad failed" in caplog.text


async def test_a_job_that_the_database_puts_off_is_no_fault(
    lite: Database, caplog: pytest.LogCaptureFixture
):
    def refuse(_: Tick) -> str:
        raise Refused("The desk is busy.")

    with caplog.at_level(logging.INFO):
        await runner(lite).look(job(refuse))

    assert "put off: The desk is busy." in caplog.text
    assert "Traceback" not in caplog.text


async def test_the_same_news_is_logged_once(lite: Database, caplog: pytest.LogCaptureFixture):
    started = runner(lite)
    idle = job(lambda _: "Nothing was due.")

    with caplog.at_level(logging.INFO):
        for _ in range(3):
            await started.look(idle)

    assert caplog.text.count("Nothing was due.") == 1


async def test_a_slow_job_does_not_hold_up_the_loop(lite: Database):
    release = threading.Event()

    def wait(_: Tick) -> str:
        release.wait(5)
        return ""

    async with running(lite, job(wait)):
        started = time.perf_counter()
        await asyncio.sleep(0.01)
        assert time.perf_counter() - started < 0.5
        release.set()


async def test_stopping_waits_for_the_job_that_is_running(lite: Database):
    begun, ended = threading.Event(), threading.Event()

    def work(_: Tick) -> str:
        begun.set()
        time.sleep(0.2)
        ended.set()
        return ""

    async with running(lite, job(work)):
        await eventually(begun.is_set)

    assert ended.is_set()


async def test_two_runners_on_one_database_do_a_thing_once(database: Database):
    done: list[str] = []

    def once(tick: Tick) -> str:
        with tick.database.transaction() as session:
            if not runs.claim(session, "once", scheduled_for=MONDAY_8_AM, at=tick.at):
                return ""
            done.append("did")
        return "did it"

    first, second = runner(database), runner(database)
    await asyncio.gather(*(r.look(job(once)) for r in (first, second) * 5))
    await first.stop()
    await second.stop()

    assert done == ["did"]


def test_after_a_clock_that_jumps_by_years_a_job_looks_once_and_goes_on():
    trigger = Every(timedelta(seconds=1))
    boot = datetime(1970, 1, 1, tzinfo=UTC)

    first = trigger.get_next_fire_time(None, boot)
    after = trigger.get_next_fire_time(first, MONDAY_8_AM)

    assert first == boot
    assert after == MONDAY_8_AM + timedelta(seconds=1)


async def test_a_clock_set_back_does_not_stop_a_job(
    lite: Database, monkeypatch: pytest.MonkeyPatch
):
    looked: list[int] = []

    def look(_: Tick) -> str:
        looked.append(1)
        return ""

    monkeypatch.setattr(runners, "WATCH_SECONDS", 0.05)
    monkeypatch.setattr(runners, "_SLACK", 0.1 - 2 * 3600)
    async with running(lite, job(look, seconds=3600)):
        await eventually(lambda: len(looked) >= 3)
