"""A run is claimed once, whoever else claims it (I01)."""

from __future__ import annotations

import threading

import pytest

from bot.store import runs
from bot.store.database import Database
from tests.support.desk import MONDAY_8_AM


def claim(database: Database, subject: str = "") -> bool:
    with database.transaction() as session:
        return runs.claim(
            session, "lists", scheduled_for=MONDAY_8_AM, at=MONDAY_8_AM, subject=subject
        )


def test_the_first_claim_gets_it_and_no_later_one(database: Database):
    assert [claim(database) for _ in range(3)] == [True, False, False]


def test_each_subject_is_claimed_for_itself(database: Database):
    assert claim(database, "agent:1")
    assert claim(database, "agent:2")
    with database.reading() as session:
        done = runs.done_since(session, "lists", since=MONDAY_8_AM)

    assert done == {(MONDAY_8_AM, "agent:1"), (MONDAY_8_AM, "agent:2")}


def test_a_claim_that_is_rolled_back_leaves_it_free(database: Database):
    with pytest.raises(RuntimeError), database.transaction() as session:
        runs.claim(session, "lists", scheduled_for=MONDAY_8_AM, at=MONDAY_8_AM)
        raise RuntimeError

    assert claim(database)


def test_of_many_claimers_at_once_one_gets_it(database: Database):
    got: list[bool] = []
    threads = [threading.Thread(target=lambda: got.append(claim(database))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == [False] * 7 + [True]
