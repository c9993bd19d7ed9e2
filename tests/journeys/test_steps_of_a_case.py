"""Every step of a case is recorded, in order, however rarely the desk looks (R70-R75)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.workflows.suspension import history
from bot.workflows.suspension.case_records import CaseEvent
from bot.workflows.suspension.rules import CaseState
from scheduler.suspension_cases import take_steps
from tests.support.cases import Floor
from tests.support.desk import TODAY

ALL = [
    CaseState.FIRST_NOTICE,
    CaseState.SECOND_NOTICE,
    CaseState.FINAL_NOTICE,
    CaseState.READY,
]


def test_r70_a_final_notice_that_no_look_saw_is_a_step_of_its_own(desk):
    floor = Floor(desk)
    payer = floor.hotel("Hotel Aurora", "Beach")
    floor.steps()
    floor.release()
    floor.prove_contacts(payer)
    floor.on(TODAY + timedelta(days=7))
    floor.steps()
    floor.release()
    floor.on(TODAY + timedelta(days=12))
    floor.steps()
    floor.desk.press(floor.lea, floor.desk.say(floor.lea, "notices"), "Release")
    floor.post()

    floor.on(TODAY + timedelta(days=14))
    take_steps(floor.tick())
    take_steps(floor.tick())

    assert floor.state(payer) is CaseState.READY
    with floor.desk.reading() as session:
        moves = select(CaseEvent.customer_id, CaseEvent.before, CaseEvent.after)
        events = session.execute(moves.order_by(CaseEvent.id)).all()
        words = [step.words for step in history.steps(session, floor.case_id(payer))]
    for account in {event.customer_id for event in events}:
        mine = [event for event in events if event.customer_id == account]
        assert [one.after for one in mine if one.after in ALL] == ALL
        assert [one.before for one in mine[1:]] == [one.after for one in mine[:-1]]
    assert any(
        "Final notice (was second notice): the final notice left" in one for one in words
    )
    assert any("Ready (was final notice): all the evidence is there" in one for one in words)
