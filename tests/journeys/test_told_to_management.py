"""What bears on a case is told to all who lead or decide (R56)."""

from __future__ import annotations

import pytest

from bot.workflows.suspension import queries, reports
from bot.workflows.suspension.case_records import ReportKind
from bot.workflows.suspension.reports import REPORT_CARD, NewReport
from tests.support.cases import Floor


@pytest.fixture
def floor(desk):
    return Floor(desk)


def test_hardship_is_told_to_who_leads_and_who_decides_r56(floor):
    payer = floor.hotel("Hotel Aurora")
    floor.steps()
    new = NewReport(kind=ReportKind.HARDSHIP, key="hardship:1", words="They may close.")

    with floor.desk.database.transaction() as session:
        case = queries.of_payer(session, payer)
        assert case is not None
        at, policy = floor.desk.now, floor.desk.policy
        reports.report(session, case, new, by=floor.ana.id, at=at, policy=policy)

    for who in (floor.lea, floor.col, floor.con, floor.vip):
        [card] = floor.cards(who, REPORT_CARD)
        assert "“They may close.”" in card
    assert not floor.cards(floor.sam, REPORT_CARD)
