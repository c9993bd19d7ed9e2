"""However many press at once, there is one decision, and it is the first (I08, I11, I32)."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from bot.kernel.errors import Refused
from bot.store.audit import AuditEntry
from bot.workflows.approvals import operations as approvals
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.checks import Seen
from bot.workflows.approvals.records import Approval, ApprovalEvent, ApprovalVersion, Happening
from bot.workflows.approvals.rules import Act, ApprovalState, Verdict
from bot.workflows.people.rules import Member
from tests.support.approvals import WAIVER, to_decide
from tests.support.databases import ON_SQLITE
from tests.support.desk import TODAY, Desk, buttons, inputs

CLICKS = 100


def ask(desk: Desk) -> tuple[Member, Member, Member]:
    ana = desk.person("Ana Cruz")
    carla = desk.person("Carla Reed", "controller")
    victor = desk.person("Victor Hale", "vp_finance")
    desk.customer("Hotel Aurora", agent=ana)
    form = desk.say(ana, "waive hotel aurora")
    desk.press(ana, form, "Send for decision", WAIVER)
    return ana, carla, victor


def test_a_hundred_clicks_at_once_make_one_decision(desk: Desk):
    ana, carla, victor = ask(desk)
    with desk.reading() as session:
        approval = session.scalars(select(Approval)).one()
        current = requests.standing_version(session, approval)
        seen = Seen(approval.id, approval.version, current.hash)

    def click(n: int) -> bool:
        act = Act(by=(carla, victor, ana)[n % 3], at=desk.now, on=TODAY)
        verdict = Verdict.APPROVED if n % 2 else Verdict.DECLINED
        try:
            with desk.database.transaction() as session:
                approvals.decide(session, seen, verdict=verdict, reason="Now.", act=act)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(click, range(CLICKS)))

    assert won.count(True) == 1
    with desk.reading() as session:
        decided = session.scalars(select(Approval)).one()
        first = won.index(True)
        assert decided.decided_by == (carla, victor, ana)[first % 3].id != ana.id
        answers = select(func.count()).where(
            ApprovalEvent.what.in_((Happening.APPROVED, Happening.DECLINED))
        )
        assert session.scalar(answers) == 1
        entries = select(func.count()).where(
            AuditEntry.what.in_(("approvals.approved", "approvals.declined"))
        )
        assert session.scalar(entries) == 1


def test_a_withdrawal_and_a_decision_at_once_end_in_one_of_them(desk: Desk):
    ana, carla, _ = ask(desk)
    with desk.reading() as session:
        approval = session.scalars(select(Approval)).one()
        current = requests.standing_version(session, approval)
        seen = Seen(approval.id, approval.version, current.hash)

    def click(n: int) -> bool:
        try:
            with desk.database.transaction() as session:
                if n % 2:
                    act = Act(by=ana, at=desk.now, on=TODAY)
                    approvals.withdraw(session, seen, words="", act=act)
                else:
                    act = Act(by=carla, at=desk.now, on=TODAY)
                    approvals.decide(
                        session, seen, verdict=Verdict.APPROVED, reason="x", act=act
                    )
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(click, range(20))).count(True) == 1


def test_what_was_asked_cannot_be_changed_not_even_in_the_database(desk: Desk):
    ask(desk)

    for change in ({"text": "{}"}, {"hash": "0"}):
        with pytest.raises(DatabaseError), desk.database.transaction() as session:
            for name, value in change.items():
                setattr(session.scalars(select(ApprovalVersion)).one(), name, value)
    with pytest.raises(DatabaseError), desk.database.transaction() as session:
        session.delete(session.scalars(select(ApprovalEvent)).one())


@pytest.mark.parametrize(
    "change",
    [
        {"about": 999_999},
        {"about": None},
        {"about": "1"},
        {"v": 99},
        {"v": None},
        {"fixed": {"hash": "0" * 64}},
        {"fixed": {}},
        {"verb": "approvals.accept"},
        {"mac": "0" * 32},
        {"mac": None},
        {"n": "x"},
    ],
    ids=str,
)
@ON_SQLITE
def test_a_button_that_was_tampered_with_does_nothing(desk: Desk, change: dict[str, Any]):
    _, carla, _ = ask(desk)
    card = to_decide(desk, carla).card
    [approve] = [b for b in buttons(card) if b["title"] == "Approve"]
    data = copy.deepcopy(approve["data"]) | inputs(card) | {"words": "yes"}
    data["ar"] |= change

    answer = desk.send(carla, approve["verb"], data)

    assert answer.sentence
    assert answer.card is None
    with desk.reading() as session:
        assert session.scalars(select(Approval.state)).one() is ApprovalState.WAITING


@ON_SQLITE
def test_a_button_of_one_request_decides_no_other(desk: Desk):
    ana, carla, _ = ask(desk)
    first = to_decide(desk, carla)
    form = desk.say(ana, "waive hotel aurora")
    desk.press(ana, form, "Send for decision", WAIVER | {"amount": "90,000.00"})

    desk.press(carla, first, "Approve", {"words": "This one."})

    with desk.reading() as session:
        states = session.scalars(select(Approval.state).order_by(Approval.id)).all()
    assert list(states) == [ApprovalState.APPROVED, ApprovalState.WAITING]
