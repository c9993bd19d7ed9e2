"""What happened on a case, a line each (R70-R82, R168)."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.workflows.suspension import happenings
from bot.workflows.suspension.happenings import Happening, MadeCall
from bot.workflows.suspension.rules import CaseState

NEW_YORK = ZoneInfo("America/New_York")


def at(day, hour=15):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def call(day, outcome="no answer", *, hour=15, by="Ana", **given):
    return MadeCall(
        at=at(day, hour),
        outcome=outcome,
        by=by,
        is_attempt=given.pop("is_attempt", True),
        has_voicemail=outcome == "left voicemail",
        **given,
    )


def lines(happened, *calls):
    told = happenings.told(happened, calls, zone=NEW_YORK)
    return [happenings.line(one, NEW_YORK) for one in told]


HOLD = Happening(at=at(6), words="On hold until Thu 12 Nov 2026", by="Lea")


@pytest.mark.parametrize(
    ("calls", "line"),
    [
        ([call(2)], "10:00 Call: no answer · Ana"),
        (
            [call(2), call(4), call(9)],
            "3 calls, none reached, Mon 2 Nov to Mon 9 Nov · Ana",
        ),
        (
            [call(2), call(2, "left voicemail", hour=19, by="Ben")],
            "2 calls, none reached, 1 voicemail left",
        ),
    ],
)
def test_calls_that_reached_nobody_are_one_line(calls, line):
    assert lines([], *calls) == [line]


def test_r70_what_stands_between_calls_parts_them_and_the_newest_is_first():
    reached = call(7, "refused", is_attempt=False, spoke_to="Jo", words="Not now.")

    assert lines([HOLD], call(8), call(9), reached, call(2), call(4)) == [
        "2 calls, none reached, Sun 8 Nov to Mon 9 Nov · Ana",
        "10:00 Call: refused, spoke to Jo: “Not now.” · Ana",
        "10:00 On hold until Thu 12 Nov 2026 · Lea",
        "2 calls, none reached, Mon 2 Nov to Wed 4 Nov · Ana",
    ]


def test_a_call_that_came_in_is_no_attempt_of_the_desks():
    came_in = call(3, "left voicemail", is_attempt=False, came_in=True)

    assert lines([], call(2), came_in)[0] == "10:00 They called: left voicemail · Ana"


def test_in_one_moment_a_cause_stands_below_what_came_of_it():
    order = Happening(at=at(6), words="Support is to restore Airport")
    step = Happening(at=at(6), words="Restored")

    assert lines([order, step]) == ["10:00 Restored", "10:00 Support is to restore Airport"]


def test_what_happened_stands_under_its_day_in_the_companys_zone():
    late = Happening(at=at(7, 3), words="Late in the evening of the sixth")

    [(day, group)] = happenings.by_day([late, HOLD], NEW_YORK)

    assert (day.isoformat(), len(group)) == ("2026-11-06", 2)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            (CaseState.FIRST_NOTICE, "the first notice left Mon 2 Nov"),
            "First notice: it left Mon 2 Nov",
        ),
        ((CaseState.READY, "all the evidence is there"), "Ready: all the evidence is there"),
        (
            (CaseState.SUSPENDED, "support confirmed it", ["Omaha, NE"], "7 minutes"),
            "Suspended, 7 minutes after it was asked (Omaha, NE)",
        ),
        ((CaseState.CLOSED, ""), "Closed"),
    ],
)
def test_a_step_says_what_and_why_and_whose(step, words):
    assert happenings.step(*step) == words


def test_what_took_less_than_a_minute():
    assert happenings.minutes(at(2), at(2)) == "less than a minute"
    assert happenings.minutes(at(2, 15), at(2, 16)) == "60 minutes"
