"""Who decides what is proposed in the meeting, and which holds make sense (Authority)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Policy
from bot.workflows.meetings import rules
from bot.workflows.meetings.rules import NotProposed, ProposalKind
from bot.workflows.people.rules import LEADS, PRINCIPALS, Role

TODAY = date(2026, 6, 10)
DAY = timedelta(days=1)


def who(kind: ProposalKind, days: int | None = None) -> frozenset[Role]:
    until = None if days is None else TODAY + days * DAY
    return rules.deciders(kind, until, on=TODAY, policy=Policy())


@pytest.mark.parametrize(
    ("kind", "days", "roles"),
    [
        (ProposalKind.SUSPEND, None, PRINCIPALS),
        (ProposalKind.HOLD, 14, LEADS),
        (ProposalKind.HOLD, 15, PRINCIPALS),
        (ProposalKind.PLAN, None, LEADS),
        (ProposalKind.CLOSE, None, LEADS),
        (ProposalKind.RELEASE, None, LEADS),
    ],
)
def test_suspending_and_long_holds_are_for_the_principals(kind, days, roles):
    assert who(kind, days) == roles


def test_a_referral_is_for_the_managers_who_have_to_have_spoken():
    """R105."""
    decides = who(ProposalKind.REFER)
    assert Role.COLLECTIONS_MANAGER in decides
    assert Role.LEAD not in decides


@given(st.sampled_from(ProposalKind), st.none() | st.integers(1, 365))
def test_nobody_below_a_lead_decides_anything(kind, days):
    assert who(kind, days) <= LEADS


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(None, "Until which day"), (0, "a day to come"), (-3, "a day to come"), (366, "a year")],
)
def test_a_hold_needs_a_day_that_makes_sense(days, sentence):
    until = None if days is None else TODAY + days * DAY

    with pytest.raises(NotProposed, match=sentence):
        rules.check_until(ProposalKind.HOLD, until, on=TODAY)


def test_who_decides_is_said_in_words():
    assert rules.roles_words(PRINCIPALS) == "the Corporate Controller or the VP Finance"
    assert rules.roles_words(LEADS) == "a lead or above"
