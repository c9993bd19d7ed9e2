"""`ardesk job`: the timetable by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.cli import jobs
from bot.store import runs
from scheduler.job import Job, Tick
from tests.support.cli import ardesk


def greet(tick: Tick) -> str:
    with tick.database.transaction() as session:
        if runs.claim(session, "greet", scheduled_for=tick.at, at=tick.at):
            return f"Greeted at {tick.at.isoformat()}."
    return ""


@pytest.fixture(autouse=True)
def timetable(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(name="greet", when="every morning", every_seconds=60, run=greet)
    monkeypatch.setattr(jobs, "TIMETABLE", (job,))


def test_a_job_runs_as_of_the_time_given_and_only_once(ardesk_home: Path):
    at = "2026-06-08T08:00:00-04:00"

    first = ardesk("job", "run", "greet", "--at", at, "--format", "json")
    second = ardesk("job", "run", "greet", "--at", at, "--format", "json")

    assert first.json == {"job": "greet", "at": at, "did": f"Greeted at {at}."}
    assert second.json["did"] == ""


def test_people_are_told_that_nothing_was_due(ardesk_home: Path):
    ardesk("job", "run", "greet", "--at", "2026-06-08T08:00:00Z")

    assert (
        "Nothing was due." in ardesk("job", "run", "greet", "--at", "2026-06-08T08:00:00Z").out
    )


def test_without_a_zone_it_is_the_companys_time(ardesk_home: Path):
    ran = ardesk("job", "run", "greet", "--at", "2026-06-08T08:00", "--format", "json")

    assert datetime.fromisoformat(ran.json["at"]).utcoffset() is not None
    assert ran.json["at"] == "2026-06-08T08:00:00-04:00"


def test_without_a_time_it_is_now_by_the_desks_clock(
    ardesk_home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARDESK_CLOCK", "2026-06-08T12:00:00Z")

    ran = ardesk("job", "run", "greet", "--format", "json")

    assert ran.json["at"].startswith("2026-06-08T12:00")


@pytest.mark.parametrize("at", ["soon", "2026-13-01", "", "0001-01-01T00:00", "9999-12-31"])
def test_a_time_that_is_none_is_one_sentence(ardesk_home: Path, at: str):
    ran = ardesk("job", "run", "greet", "--at", at or " ")

    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_an_unknown_job_is_answered_with_the_nearest(ardesk_home: Path):
    ran = ardesk("job", "run", "gret")

    assert ran.code == 2
    assert "Did you mean greet?" in ran.err


def test_the_list_says_when_each_was_last_done(ardesk_home: Path):
    ardesk("job", "run", "greet", "--at", "2026-06-08T12:00:00Z")

    [row] = ardesk("job", "list", "--format", "json").json
    told = ardesk("job", "list").out

    assert row["name"] == "greet"
    assert row["last_done_for"] == "2026-06-08T12:00:00+00:00"
    assert "Mon 08 Jun 08:00" in told
    assert "every morning" in told
