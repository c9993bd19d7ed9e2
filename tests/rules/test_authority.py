"""Who may decide what (R61-R69, I09, I10): everything that is not allowed is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.kernel.money import Money
from bot.policy import Policy
from bot.workflows.approvals.deadlines import end_of
from bot.workflows.approvals.rules import (
    Kind,
    Mandate,
    NoReason,
    NotDelegable,
    NotYours,
    Request,
    Verdict,
    check_delegation,
    check_may_decide,
    check_reason,
    is_same_person,
    may_decide,
)
from bot.workflows.approvals.terms import Terms, as_terms, hash_of
from bot.workflows.people.rules import PRINCIPALS, Member, Role
from tests.support.desk import MONDAY_8_AM, TODAY

POLICY = Policy()
A_DAY = timedelta(days=1)


def member(number: int, *roles: Role, **given: Any) -> Member:
    row: dict[str, Any] = {
        "id": number,
        "name": f"Person {number}",
        "email": f"{number}@desk.example",
        "roles": frozenset(roles),
        "time_zone": "UTC",
        "shift_start": time(8),
        "shift_end": time(17),
        "shift_zone": "UTC",
    }
    return Member(**(row | given))


ANA = member(1, Role.AGENT)
CARLA = member(2, Role.CONTROLLER)
DAN = member(3, Role.DELEGATE)
WAIVER = Request(kind=Kind.FEE_WAIVER, amount=Money(150_00), asked_by=ANA, asked_at=MONDAY_8_AM)
PLAN = replace(WAIVER, kind=Kind.PAYMENT_PLAN)
MANDATE = Mandate(
    given_by=CARLA,
    given_at=MONDAY_8_AM - A_DAY,
    limit=Money(150_00),
    first_day=TODAY,
    last_day=TODAY,
)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("roles", [*combinations(Role, 1), *combinations(Role, 2), ()])
def test_only_the_controller_and_the_vp_finance_decide(kind: Kind, roles: tuple[Role, ...]):
    request = replace(WAIVER, kind=kind)

    allowed = may_decide(request, member(9, *roles), [], on=TODAY)

    assert allowed == bool(PRINCIPALS & set(roles))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "asker", [CARLA, replace(CARLA, id=99), replace(CARLA, email="2@DESK.EXAMPLE", id=5)]
)
def test_the_one_who_asks_never_decides(kind: Kind, asker: Member):
    request = replace(WAIVER, kind=kind, asked_by=asker)

    with pytest.raises(NotYours, match="You asked for this yourself"):
        check_may_decide(request, CARLA, [MANDATE], on=TODAY)


def test_accounts_without_an_address_are_not_taken_for_one_person():
    assert not is_same_person(member(1, email=""), member(2, email=""))


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"limit": Money(149_99)}, False),
        ({"limit": Money(150_00, "EUR")}, False),
        ({"first_day": TODAY + A_DAY, "last_day": TODAY + A_DAY}, False),
        ({"first_day": TODAY - A_DAY, "last_day": TODAY - A_DAY}, False),
        ({"given_at": MONDAY_8_AM + timedelta(seconds=1)}, False),
        ({"given_by": None}, False),
        ({"given_by": replace(CARLA, roles=frozenset({Role.LEAD}))}, False),
        ({"given_by": replace(ANA, roles=PRINCIPALS)}, False),
        ({"given_by": replace(CARLA, email=ANA.email)}, False),
    ],
)
def test_a_delegate_decides_what_the_delegation_names(changed: dict[str, Any], allowed: bool):
    assert may_decide(WAIVER, DAN, [replace(MANDATE, **changed)], on=TODAY) is allowed


def test_a_delegation_covers_no_plan_and_nobody_without_the_role():
    assert not may_decide(PLAN, DAN, [MANDATE], on=TODAY)
    assert not may_decide(WAIVER, member(3, Role.AGENT), [MANDATE], on=TODAY)


def test_only_a_principal_names_a_delegate():
    days = {"first_day": TODAY, "last_day": TODAY}
    check_delegation(CARLA, DAN, **days)

    for giver, to in ((ANA, DAN), (member(8, Role.LEAD), DAN), (CARLA, CARLA), (CARLA, ANA)):
        with pytest.raises(NotDelegable):
            check_delegation(giver, to, **days)
    with pytest.raises(NotDelegable, match="before the first"):
        check_delegation(CARLA, DAN, first_day=TODAY, last_day=TODAY - A_DAY)


@pytest.mark.parametrize(
    ("kind", "verdict", "is_needed"),
    [
        (Kind.FEE_WAIVER, Verdict.APPROVED, True),
        (Kind.FEE_WAIVER, Verdict.DECLINED, True),
        (Kind.PAYMENT_PLAN, Verdict.APPROVED, False),
        (Kind.PAYMENT_PLAN, Verdict.DECLINED, True),
    ],
)
def test_a_no_needs_a_reason_and_a_waiver_always(kind: Kind, verdict: Verdict, is_needed: bool):
    check_reason(kind, verdict, "Because.")
    if is_needed:
        with pytest.raises(NoReason):
            check_reason(kind, verdict, " \n")
    else:
        check_reason(kind, verdict, "")


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        ("2026-06-08T08:00-04:00", "2026-06-10T17:00-04:00"),
        ("2026-06-11T23:59-04:00", "2026-06-15T17:00-04:00"),
        ("2026-06-13T12:00-04:00", "2026-06-17T17:00-04:00"),
        ("2026-07-01T12:00-04:00", "2026-07-06T17:00-04:00"),
        ("2026-10-30T12:00-04:00", "2026-11-03T17:00-05:00"),
        ("2026-12-31T12:00-05:00", "2027-01-05T17:00-05:00"),
        ("2026-03-06T12:00-05:00", "2026-03-10T17:00-04:00"),
    ],
    ids=["Monday", "late", "Saturday", "Independence Day", "DST ends", "year", "DST starts"],
)
def test_a_request_ends_at_the_close_of_the_second_business_day(asked: str, ends: str):
    end, last_call = end_of(datetime.fromisoformat(asked), None, POLICY)

    assert end == datetime.fromisoformat(ends)
    assert end - last_call == timedelta(hours=2)


def test_a_request_ends_earlier_where_a_yes_makes_no_sense_later():
    midnight = datetime.fromisoformat("2026-06-09T00:00-04:00")

    end, last_call = end_of(MONDAY_8_AM, midnight, POLICY)

    assert end == midnight
    assert last_call == datetime.fromisoformat("2026-06-08T22:00-04:00") or last_call < end


@given(
    ask=st.text(),
    words=st.text(),
    amount=st.integers(-(10**15), 10**15),
    pairs=st.lists(st.tuples(st.text(), st.text())).map(tuple),
)
@settings(max_examples=100)
def test_terms_come_back_as_they_were_frozen(
    ask: str, words: str, amount: int, pairs: tuple[tuple[str, str], ...]
):
    terms = Terms(
        ask=ask,
        figures=pairs,
        standing=pairs,
        words=words,
        reason=words,
        amount=Money(amount),
        details={"day": date(2026, 6, 8).isoformat()},
    )

    assert as_terms(terms.text()) == terms
    assert hash_of(1, 1, terms.text()) != hash_of(1, 2, terms.text())
    changed = replace(terms, amount=Money(amount + 1))
    assert hash_of(1, 1, terms.text()) != hash_of(1, 1, changed.text())
