"""
What each press and look asks is found by an index, however many years there are of it.

On SQLite: which way PostgreSQL takes depends on what it has counted.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from bot.store.database import Database
from bot.store.prepared import Prepared, _Plan
from bot.store.rows import table_of
from bot.workflows.calls import activity
from bot.workflows.calls import queries as calls
from bot.workflows.calls.records import Call
from bot.workflows.daily_lines import queries as daily_lines
from bot.workflows.follow_ups import queries as follow_ups
from bot.workflows.handovers import queries as handovers
from bot.workflows.ledger import queries as ledger
from bot.workflows.mrr import aging
from bot.workflows.payment_plans import on_account
from bot.workflows.promises import again, money
from bot.workflows.promises import queries as promises
from bot.workflows.suspension import overdue
from bot.workflows.suspension import queries as cases
from bot.workflows.tasks import reminders
from bot.workflows.worklists import conversations, credits, facts, pages
from bot.workflows.worklists import queries as worklists
from bot.workflows.worklists.scope import Kind

GROWS = (
    *("calls", "payments", "promises", "worklists", "handovers", "handover_readers", "tasks"),
    *(
        "disputes",
        "disputed_invoices",
        "promised_invoices",
        "planned_invoices",
        "window_standings",
    ),
)
"""What is only ever added to."""
ASKED: dict[str, Callable[[], Prepared]] = {
    "the last conversation with a payer": calls._last_conversation,
    "the latest calls with a payer": calls._touches,
    "the calls of a shift": activity._made,
    "the payers that a shift missed": follow_ups._missed,
    "whether a payer was reached": follow_ups._reached,
    "what is handed over together": lambda: handovers._TOGETHER,
    "the lists of the shifts that are on": worklists._working,
    "the newest calls on a page of a list": pages._newest_calls,
    "a list's calls lately": lambda: conversations._all_calls(Kind(by_payer=False)),
    "a list's calls before": lambda: conversations._last_calls(Kind(by_payer=False)),
    "promises that something may have come of": promises._waiting,
    "promises that fall due": promises._falling_due,
    "promises judged too early by money": again._paid,
    "what a payer has on account": ledger._payers_credits,
    "what payers have on account": on_account._loose,
    "what payers' money covers": on_account._items,
    "what payers owe of MRR that is aged": lambda: aging._listed(of_some=True),
    "what everybody has on account": lambda: ledger._unapplied_cash(of_payer=False),
    "what is due for a person": reminders._due,
    "what payers owe that is late": overdue.late_items,
    "what of a payer's items is spoken for": follow_ups._spoken_for,
    "what a list's payers owe": lambda: facts._owed(
        Kind(by_payer=False), is_past=False, has_covered=False
    ),
    "whom a day's calls reached": daily_lines._called,
    "the window of a day's lists": daily_lines._windows,
}


@pytest.mark.parametrize("what", ASKED)
def test_nothing_that_grows_is_read_from_end_to_end(lite: Database, what: str):
    plan = plan_of(lite, ASKED[what]())

    assert [
        line for line in plan if line.startswith(tuple(f"SCAN {one}" for one in GROWS))
    ] == []


def test_closed_cases_are_not_read_to_find_those_under_way(lite: Database):
    plan = plan_of(lite, cases._under_way(of_some=False))

    assert plan[0] == "SCAN suspension_cases USING INDEX ix_suspension_cases_open_payer"


@pytest.mark.parametrize(
    "asked",
    [
        on_account._loose,
        lambda: credits._all(Kind(by_payer=False), is_past=False),
        lambda: ledger._unapplied_cash(of_payer=False),
        money._free_of,
    ],
    ids=["of payers", "of a list", "of everybody", "for promises"],
)
def test_money_that_was_applied_is_not_read_to_find_what_was_not(
    lite: Database, asked: Callable[[], Prepared]
):
    plan = plan_of(lite, asked())

    assert any("COVERING INDEX ix_payments_loose" in line for line in plan)


def test_promises_that_were_kept_are_found_by_invoice_to_spread_money(lite: Database):
    plan = plan_of(lite, on_account._items())

    assert [line for line in plan if "promises" in line] == [
        "SEARCH promises USING INTEGER PRIMARY KEY (rowid=?)"
    ]


def test_a_question_without_an_index_is_noticed(lite: Database):
    calls = table_of(Call)

    plan = plan_of(lite, Prepared(select(calls.c.id).where(calls.c.words == "x")))

    assert plan == ["SCAN calls"]


def plan_of(database: Database, asked: Prepared) -> list[str]:
    """Return how SQLite goes about a question, a line for each table or sort."""
    plan = _Plan(asked.statement, sqlite.dialect())
    known = plan._text_for({name: [1] for name in plan._lists})
    with database.reading() as session:
        found = session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {known._text}", tuple(None for _ in known._values)
        )
        return [row[-1] for row in found]
