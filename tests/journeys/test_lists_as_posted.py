"""A list as it was handed out: whatever a day does to it, it can be read so (R77-R79, R86)."""

from __future__ import annotations

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from bot.workflows.people.rules import Member, Role
from bot.workflows.worklists import making, overruling, portfolio, posted, queries
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists.overruling import Wish
from bot.workflows.worklists.posted import NotKept, Posted
from bot.workflows.worklists.records import OverrideKind, PostedLine, Worklist
from tests.support.desk import TODAY, Desk


def posted_list(desk: Desk, agent: Member) -> Posted:
    with desk.database.reading() as session:
        worklist = queries.list_of(session, agent.id, TODAY)
        assert worklist
        return posted.read(session, worklist)


def open_list(desk: Desk, agent: Member) -> None:
    with desk.database.transaction() as session:
        worklists.open_day(session, agent, day=TODAY, at=desk.now, policy=desk.policy)


def postpone(desk: Desk, payer_id: int, lead: Member) -> None:
    wish = Wish(
        kind=OverrideKind.POSTPONE,
        first_day=TODAY,
        last_day=TODAY,
        reason="The owner is on a plane",
        payer_id=payer_id,
    )
    with desk.database.transaction() as session:
        overruling.overrule(session, wish, by=lead, at=desk.now, policy=desk.policy)


def test_a_list_reads_as_it_was_posted_whatever_the_day_does_to_it(desk: Desk):
    ana, lead = desk.person("Ana"), desk.person("Lena", Role.LEAD)
    large, small = desk.customer("Large", agent=ana), desk.customer("Small", agent=ana)
    desk.invoice(large, "900.00", days_past_due=40)
    desk.invoice(small, "1.00", days_past_due=40)
    desk.invoice(desk.customer("Held", agent=ana, flags="legal_hold"), "5.00", days_past_due=40)
    open_list(desk, ana)
    before = posted_list(desk, ana)

    postpone(desk, large, lead)
    desk.invoice(small, "2000.00", days_past_due=50)

    after = posted_list(desk, ana)
    assert after == before
    assert [(line.position, line.name, line.past_due) for line in after.lines] == [
        (1, "Large", 900_00),
        (2, "Small", 1_00),
    ]
    assert not any("plane" in line.reason for line in after.lines)
    assert [off.name for off in after.left_off] == ["Held"]


def test_the_lane_of_the_window_is_kept_in_its_own_order(desk: Desk):
    ana = desk.person("Ana")
    for name, amount in (("Less", "10.00"), ("More", "20.00")):
        desk.invoice(desk.customer(name, agent=ana), amount, days_past_due=8)

    open_list(desk, ana)

    assert [line.name for line in posted_list(desk, ana).lane] == ["More", "Less"]


def test_a_posted_line_never_changes(desk: Desk):
    ana = desk.person("Ana")
    desk.invoice(desk.customer("Large", agent=ana), "900.00", days_past_due=40)
    open_list(desk, ana)

    with (
        pytest.raises(DBAPIError, match="do not change"),
        desk.database.transaction() as session,
    ):
        session.execute(delete(PostedLine))


def test_a_list_from_before_such_were_kept_says_so(desk: Desk):
    ana = desk.person("Ana")
    desk.invoice(desk.customer("Large", agent=ana), "900.00", days_past_due=40)
    with desk.database.transaction() as session:
        ranking = portfolio.ranking(session, ana, on=TODAY, policy=desk.policy)
        old = Worklist(
            agent_id=ana.id, day=TODAY, made_at=desk.now, starts_at=desk.now, ends_at=desk.now
        )
        session.add(old)
        session.flush()
        making.write(session, old, ranking, policy=desk.policy)

    with pytest.raises(NotKept, match="Mon 8 Jun"):
        posted_list(desk, ana)


def test_an_empty_list_was_posted_empty(desk: Desk):
    ana = desk.person("Ana")
    open_list(desk, ana)

    assert posted_list(desk, ana).lines == ()
