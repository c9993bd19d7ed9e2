"""No case is ready without its evidence, whatever happens in whatever order (R70-R75)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy import Policy
from bot.workflows.suspension import coverage, ladder, readiness
from bot.workflows.suspension.case_facts import Account, Facts, Owing, Restored, RestoredFor
from bot.workflows.suspension.contacts import Contacts, Tried
from bot.workflows.suspension.ladder import Ladder, Notice, NoticeStep, Pause
from bot.workflows.suspension.rules import CaseState

POLICY = Policy()
START = date(2026, 6, 1)
FIRST, SECOND, FINAL = NoticeStep
SITES = (1, 2)


def day(n):
    return START + timedelta(days=n)


def owing(invoice_id, account_id=1, *, balance=100_000, disputed=0):
    return Owing(
        invoice_id=invoice_id,
        number=f"INV-{invoice_id}",
        account_id=account_id,
        due_on=START - timedelta(days=31),
        currency="USD",
        balance=balance,
        disputed=disputed,
    )


def sent(step, n, *invoices, **given):
    named = frozenset(invoices or (1,))
    return Notice(id=n + 1, step=step, sent_on=day(n), invoice_ids=named, **given)


def tried(n, hour, *, heard=True, number="+1", spoke_to=""):
    return Tried(
        id=n * 100 + hour,
        at=datetime.combine(day(n), time(hour), UTC),
        zone=ZoneInfo("UTC"),
        number=number,
        is_heard=heard,
        spoke_to=spoke_to,
    )


PROVEN = Contacts(calls=(tried(0, 9), tried(1, 14)), others=("the GM",))
NOTICES = (sent(FIRST, 0), sent(SECOND, 7), sent(FINAL, 12))
WHOLE = Facts(
    opened_on=START,
    accounts=(Account(id=1),),
    owed=(owing(1),),
    notices=NOTICES,
    contacts=PROVEN,
)


def state(facts, n=14):
    return readiness.stand(facts, on=day(n), policy=POLICY).accounts[1]


def test_with_all_its_evidence_a_case_is_ready_on_the_fourteenth_day():
    assert [state(WHOLE, n) for n in (0, 6, 7, 12, 13, 14)] == [
        CaseState.FIRST_NOTICE,
        CaseState.FIRST_NOTICE,
        CaseState.SECOND_NOTICE,
        CaseState.FINAL_NOTICE,
        CaseState.FINAL_NOTICE,
        CaseState.READY,
    ]


@pytest.mark.parametrize(
    ("lacking", "stands"),
    [
        ({"contacts": Contacts()}, CaseState.FINAL_NOTICE),
        ({"contacts": replace(PROVEN, others=())}, CaseState.FINAL_NOTICE),
        ({"stops": ("Legal hold: bankruptcy",)}, CaseState.FINAL_NOTICE),
        ({"pauses": (Pause(day(14), day(20)),)}, CaseState.FINAL_NOTICE),
        ({"notices": NOTICES[:2]}, CaseState.SECOND_NOTICE),
        ({"notices": (NOTICES[0], NOTICES[2])}, CaseState.FIRST_NOTICE),
        ({"notices": NOTICES[1:]}, CaseState.WATCH),
        (
            {"notices": (*NOTICES[:2], replace(NOTICES[2], is_bounced=True))},
            CaseState.SECOND_NOTICE,
        ),
        (
            {"notices": (replace(NOTICES[0], is_locked=False), *NOTICES[1:])},
            CaseState.WATCH,
        ),
        (
            {"notices": (replace(NOTICES[0], missing_copies=("a lead",)), *NOTICES[1:])},
            CaseState.WATCH,
        ),
        ({"notices": (replace(NOTICES[0], sent_on=None), *NOTICES[1:])}, CaseState.WATCH),
        ({"owed": (owing(1, disputed=100_000),)}, CaseState.CLOSED),
        ({"owed": ()}, CaseState.CLOSED),
        ({"owed": (owing(1, balance=2_500),)}, CaseState.FINAL_NOTICE),
        ({"owed": (owing(1, balance=2_501),)}, CaseState.READY),
        ({"unapplied": {"USD": 97_500}}, CaseState.FINAL_NOTICE),
        ({"owed": (owing(2),)}, CaseState.WATCH),
        ({"accounts": (Account(id=1, stop="never"),)}, CaseState.FINAL_NOTICE),
        ({"accounts": (Account(id=1, is_suspended=True),)}, CaseState.SUSPENDED),
    ],
)
def test_what_is_missing_keeps_it_from_ready(lacking, stands):
    assert state(replace(WHOLE, **lacking)) is stands


@pytest.mark.parametrize(
    ("calls", "is_enough"),
    [
        ((tried(0, 9), tried(1, 14)), True),
        ((tried(0, 9), tried(1, 9)), False),
        ((tried(0, 9), tried(0, 14)), False),
        ((tried(0, 9, heard=False), tried(1, 14, heard=False)), False),
        ((tried(0, 9, heard=False), tried(1, 14)), True),
        ((tried(0, 9, number=""), tried(1, 14)), False),
        ((tried(0, 9, number="+2", heard=False), tried(1, 14)), False),
        ((tried(0, 9, heard=False), tried(1, 9), tried(2, 14, heard=False)), True),
    ],
)
def test_two_calls_on_different_days_and_hours_to_a_verified_number(calls, is_enough):
    assert (Contacts(calls=calls, others=("GM",)).lacks() == ()) is is_enough


def test_a_wrong_number_is_not_verified_whoever_was_heard_there_before():
    wrong = replace(tried(2, 10), is_wrong=True, is_heard=False)

    assert Contacts(calls=(*PROVEN.calls, wrong), others=("GM",)).lacks()


def test_a_number_that_the_customer_named_is_verified():
    calls = (tried(0, 9), tried(1, 14, number="+2", heard=False))

    assert Contacts(calls=calls, others=("GM",)).lacks()
    assert not Contacts(calls=calls, others=("GM",), learned=frozenset({"+2"})).lacks()


@pytest.mark.parametrize(
    ("people", "numbers", "has_second"),
    [
        (("Jo", "jo "), ("+1", "+1"), False),
        (("Jo", "Al"), ("+1", "+1"), True),
        (("", ""), ("+1", "+2"), True),
        (("Jo", ""), ("+1", ""), False),
    ],
)
def test_a_second_contact_is_another_person_or_another_number(people, numbers, has_second):
    calls = tuple(
        tried(n, 9 + n, spoke_to=who, number=number)
        for n, (who, number) in enumerate(zip(people, numbers, strict=True))
    )

    assert Contacts(calls=calls).has_second is has_second


def test_an_invoice_that_a_later_notice_names_first_waits_for_its_own_two_weeks():
    both = (sent(FIRST, 0, 1), sent(SECOND, 7, 1, 2), sent(FINAL, 12, 1, 2))
    facts = replace(WHOLE, owed=(owing(1), owing(2)), notices=both)

    standing = [readiness.stand(facts, on=day(n), policy=POLICY) for n in (14, 20, 21)]

    assert [one.causing for one in standing] == [{1}, {1}, {1, 2}]


def test_when_what_the_notices_named_is_paid_a_new_debt_starts_with_a_first_notice():
    facts = replace(WHOLE, owed=(owing(2),))

    standing = readiness.stand(facts, on=day(20), policy=POLICY)

    assert standing.state is CaseState.WATCH
    assert standing.next_step is FIRST


@pytest.mark.parametrize(
    ("why", "left", "balance", "stands"),
    [
        (RestoredFor.PAID, 0, 100_000, CaseState.READY),
        (RestoredFor.PART, 40_000, 40_000, CaseState.RESTORED),
        (RestoredFor.PART, 40_000, 30_000, CaseState.RESTORED),
        (RestoredFor.PART, 40_000, 100_000, CaseState.READY),
        (RestoredFor.MISTAKE, 100_000, 100_000, CaseState.READY),
    ],
)
def test_a_returned_payment_puts_a_restored_account_back(why, left, balance, stands):
    restored = Restored(on=day(15), why=why, left=left)
    account = Account(id=1, restored=restored)
    facts = replace(WHOLE, accounts=(account,), owed=(owing(1, balance=balance),))

    assert state(facts, 20) is stands


@pytest.mark.parametrize(
    ("why", "gone", "unapplied", "stands"),
    [
        (RestoredFor.PAID, 0, 0, CaseState.RESTORED),
        (RestoredFor.PAID, 100_000, 0, CaseState.READY),
        (RestoredFor.PAID, 100_000, 97_499, CaseState.READY),
        (RestoredFor.PAID, 100_000, 97_500, CaseState.RESTORED),
        (RestoredFor.PART, 50_000, 0, CaseState.READY),
    ],
)
def test_r57_money_on_no_invoice_that_is_returned_puts_a_restored_account_back(
    why, gone, unapplied, stands
):
    restored = Restored(on=day(15), why=why, left=100_000, gone=gone)
    accounts = (Account(id=1, restored=restored),)
    facts = replace(WHOLE, accounts=accounts, unapplied={"USD": unapplied})

    assert state(facts, 20) is stands


@pytest.mark.parametrize(
    ("unapplied", "is_whole"), [(100_000, False), (197_499, False), (197_500, True)]
)
def test_r57_money_on_no_invoice_is_for_all_that_the_notices_named(unapplied, is_whole):
    named = tuple(replace(one, invoice_ids=frozenset({1, 2})) for one in NOTICES)
    facts = replace(
        WHOLE,
        accounts=(Account(id=1), Account(id=2)),
        owed=(owing(1, 1), owing(2, 2)),
        notices=named,
        unapplied={"USD": unapplied},
    )

    standing = readiness.stand(facts, on=day(14), policy=POLICY)

    assert coverage.is_whole(facts, POLICY) is is_whole
    assert standing.causing == (set() if is_whole else {1, 2})
    stands = CaseState.FINAL_NOTICE if is_whole else CaseState.READY
    assert standing.accounts == {1: stands, 2: stands}


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        ((), 7),
        ((Pause(day(3), day(5)),), 10),
        ((Pause(day(3), day(5)), Pause(day(5), day(6))), 11),
    ],
)
def test_days_of_an_extension_do_not_count(pauses, due):
    assert ladder.day_after(START, 7, pauses) == day(due)
    assert ladder.counted(START, day(due), pauses) == 7


def test_steps_that_come_late_keep_their_distance():
    late = Ladder(sent=((FIRST, day(0)), (SECOND, day(17))))

    assert ladder.due_on(late, pauses=(), policy=POLICY) == day(22)
    later = Ladder(sent=(*late.sent, (FINAL, day(30))))
    assert ladder.due_on(later, pauses=(), policy=POLICY) == day(32)


def test_notices_that_left_too_early_do_not_count():
    rushed = (sent(FIRST, 0), sent(SECOND, 3), sent(FINAL, 4))

    assert state(replace(WHOLE, notices=rushed), 40) is CaseState.FIRST_NOTICE


# whatever happens

DAYS = st.integers(0, 40)
invoices = st.frozensets(st.integers(1, 4), min_size=1)
notices = st.builds(
    Notice,
    id=st.integers(1, 99),
    step=st.sampled_from(NoticeStep),
    invoice_ids=invoices,
    sent_on=st.none() | DAYS.map(day),
    is_bounced=st.sampled_from((False, False, False, True)),
    is_locked=st.sampled_from((True, True, True, False)),
    missing_copies=st.sampled_from(((), (), (), ("a lead",))),
)
calls = st.builds(
    Tried,
    id=st.integers(1, 999),
    at=st.builds(
        datetime.combine, DAYS.map(day), st.times(time(8), time(17, 59)), st.just(UTC)
    ),
    zone=st.sampled_from((ZoneInfo("UTC"), ZoneInfo("America/Denver"), ZoneInfo("Asia/Tokyo"))),
    number=st.sampled_from(("+1", "+1", "+2", "")),
    is_heard=st.booleans(),
    is_wrong=st.sampled_from((False, False, False, True)),
    spoke_to=st.sampled_from(("", "Jo", "Al")),
)
owings = st.builds(
    owing,
    st.integers(1, 4),
    st.sampled_from(SITES),
    balance=st.integers(1, 200_000),
    disputed=st.just(0),
)
good = st.tuples(
    st.integers(0, 9), st.integers(6, 9), st.integers(4, 7), st.integers(0, 4)
).map(
    lambda n: [
        Notice(id=i, step=step, invoice_ids=frozenset({1, 2}), sent_on=day(sum(n[:i])))
        for i, step in enumerate(NoticeStep, start=1)
        if n[3] or step is not SECOND
    ]
)
good_calls = st.tuples(st.integers(8, 11), st.integers(10, 13), st.integers(0, 2)).map(
    lambda n: [tried(0, n[0]), tried(n[2], n[1], heard=False)]
)


def mostly(usual, else_):
    """The usual thing four times of five."""
    return st.integers(0, 4).flatmap(lambda n: usual if n else else_)


def with_more(some, more, most):
    return st.tuples(some, st.lists(more, max_size=most)).map(lambda p: tuple(p[0] + p[1]))


some_pauses = st.tuples(DAYS, st.integers(0, 9)).map(lambda p: Pause(day(p[0]), day(sum(p))))
many_facts = st.builds(
    Facts,
    opened_on=st.just(START),
    accounts=st.just(tuple(Account(id=one) for one in SITES)),
    owed=mostly(
        st.just((owing(1), owing(2, 2), owing(3))),
        st.lists(owings, min_size=1, unique_by=lambda o: o.invoice_id).map(tuple),
    ),
    notices=mostly(with_more(good, notices, 2), st.lists(notices, max_size=8).map(tuple)),
    contacts=st.builds(
        Contacts,
        calls=mostly(with_more(good_calls, calls, 1), st.lists(calls, max_size=6).map(tuple)),
        others=mostly(st.just(("GM",)), st.just(())),
    ),
    pauses=mostly(st.just(()), st.lists(some_pauses, max_size=2).map(tuple)),
    stops=mostly(st.just(()), st.just(("Legal hold",))),
)


@settings(max_examples=500, deadline=None)
@given(facts=many_facts, n=st.integers(0, 50))
def test_no_sequence_of_events_reaches_ready_without_its_evidence(facts, n):
    on = day(n)
    standing = readiness.stand(facts, on=on, policy=POLICY)
    if CaseState.READY not in standing.accounts.values():
        return
    assert not facts.stops
    assert not any(pause.holds(on) for pause in facts.pauses)
    wrong = {call.number for call in facts.contacts.calls if call.is_wrong}
    assert any(
        one.day != other.day
        and one.clock.hour != other.clock.hour
        and (one.is_heard or other.is_heard)
        and {one.number, other.number}.isdisjoint(wrong | {""})
        for one, other in combinations(facts.contacts.calls, 2)
    )
    assert facts.contacts.has_second
    taken = [date_sent for _, date_sent in standing.ladder.sent]
    assert [step for step, _ in standing.ladder.sent] == list(NoticeStep)
    assert taken[1] - taken[0] >= timedelta(days=7)
    assert taken[2] - taken[1] >= timedelta(days=5)
    assert on - taken[2] >= timedelta(days=2)
    for step, when in standing.ladder.sent:
        assert any(
            one.step is step and one.sent_on == when and one.counts for one in facts.notices
        )
    for invoice_id in standing.causing:
        named = [
            one.sent_on
            for one in facts.notices
            if invoice_id in one.invoice_ids and one.counts and one.sent_on
        ]
        paused = sum(
            any(p.holds(on - timedelta(days=d)) for p in facts.pauses) for d in range(90)
        )
        assert min(named) <= on - timedelta(days=14)
        assert paused or min(named) <= on - timedelta(days=14)


@settings(max_examples=100, deadline=None)
@given(facts=many_facts, n=st.integers(0, 60))
def test_taking_a_fact_back_puts_the_case_back_where_it_was(facts, n):
    before = readiness.stand(facts, on=day(n), policy=POLICY)
    paid = replace(facts, owed=())
    readiness.stand(paid, on=day(n), policy=POLICY)

    assert readiness.stand(replace(paid, owed=facts.owed), on=day(n), policy=POLICY) == before


@settings(max_examples=100, deadline=None)
@given(
    since=st.integers(0, 20),
    days=st.integers(0, 20),
    pauses=st.lists(
        st.tuples(DAYS, st.integers(0, 9)).map(lambda p: Pause(day(p[0]), day(sum(p)))),
        max_size=3,
    ),
)
def test_the_first_day_by_which_so_many_count(since, days, pauses):
    found = ladder.day_after(day(since), days, pauses)

    assert ladder.counted(day(since), found, pauses) == days
    assert (
        days == 0 or ladder.counted(day(since), found - timedelta(days=1), pauses) == days - 1
    )
