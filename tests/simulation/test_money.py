"""Whatever is billed, paid, returned, credited, changed or promised: not a cent goes astray."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.store.database import Database
from tests.simulation.money import KINDS, Till, run
from tests.support.desk import KEY


def test_some_thousand_operations_on_each_database_leave_no_cent_over(database, tmp_path):
    till = Till(database, tmp_path, Random(2026))

    assert run(till, 3_000, 500) == []
    assert till.counts["promise"] + till.counts["dispute"] > 5


class Money(RuleBasedStateMachine):
    """Operations one by one, in any order, each brought to the desk and looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        folder = Path(self.place.name)
        self.database = Database(f"sqlite:///{folder / 'desk.db'}", audit_key=KEY)
        self.till = Till(self.database, folder, Random(1))

    @rule(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**16))
    def something_happens(self, kind, seed):
        self.till.chance.seed(seed)
        self.till.do(kind)
        self.till.bring()

    @rule(is_promise=st.booleans(), seed=st.integers(0, 2**16))
    def somebody_promises_or_objects(self, is_promise, seed):
        self.till.chance.seed(seed)
        self.till.say(is_promise=is_promise)

    @invariant()
    def every_cent_is_where_it_should_be(self):
        assert list(self.till.wrong()) == []
        assert list(self.till.wrong_rows()) == []

    def teardown(self) -> None:
        self.database.close()
        self.place.cleanup()


TestMoney = Money.TestCase
TestMoney.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
