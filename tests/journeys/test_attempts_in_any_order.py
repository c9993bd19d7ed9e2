"""I34: whatever happens in whatever order, three tries a day, one draft, one e-mail a payer."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.store.database import Database
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.records import Mail, MailText, Process
from bot.workflows.follow_ups.records import FollowUp
from scheduler import follow_ups
from scheduler.job import Tick
from tests.support.desk import KEY, MONDAY_8_AM, Desk, Shown


class Play:
    """What an agent and a lead do with one payer."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ana, self.lee = desk.person("Ana Cruz"), desk.person("Lee Long", "lead")
        payer = desk.customer("Hotel Aurora", agent=self.ana, email="a@b.example")
        desk.invoice(payer, "400.00", days_past_due=45)
        with desk.database.transaction() as session:
            correspondence.release_process(
                session, Process.FOLLOW_UPS, by=self.lee, at=desk.now
            )
        self.last = self.open(self.ana)

    def open(self, who) -> Shown:
        return self.desk.say(who, "log Hotel Aurora")

    def miss(self) -> None:
        self.last = self.desk.press(self.ana, self.open(self.ana), "No answer")

    def colleague(self) -> None:
        self.desk.press(self.lee, self.open(self.lee), "No answer")

    def reach(self) -> None:
        form = self.desk.press(self.ana, self.open(self.ana), "Refused")
        self.last = self.desk.press(self.ana, form, "Save", {"words": "No"})

    def voicemail(self) -> None:
        card = self.desk.say(self.lee, "call in Hotel Aurora")
        form = self.desk.press(self.lee, card, "Voicemail or message")
        self.desk.press(self.lee, form, "Save", {"words": "Call me"})

    def undo(self) -> None:
        if "Undo" in self.last.titles:
            self.desk.press(self.ana, self.last, "Undo")

    def send(self) -> None:
        draft = self.desk.say(self.ana, "drafts")
        for _ in range(2 if "Send" in draft.titles else 0):
            self.desk.press(self.ana, draft, "Send")

    def wait(self) -> None:
        self.desk.wait(hours=1)

    def end(self) -> None:
        desk = self.desk
        desk.now = max(desk.now, MONDAY_8_AM.replace(hour=21))
        follow_ups.ask(Tick(at=desk.now, database=desk.database, policy=desk.policy))


STEPS: tuple[Callable[[Play], None], ...] = (
    Play.miss,
    Play.colleague,
    Play.reach,
    Play.voicemail,
    Play.undo,
    Play.wait,
    Play.end,
    Play.send,
)


@settings(max_examples=10, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=12))
def test_i34_the_limits_hold_in_any_order(steps):
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'desk.db'}", audit_key=KEY)
        try:
            play = Play(Desk(database))
            for step in steps:
                step(play)
                _check(play.desk)
        finally:
            database.close()


def _check(desk: Desk) -> None:
    with desk.reading() as session:
        standing = list(session.scalars(select(Call).where(Call.undone_at.is_(None))))
        tries = Counter((call.day, call.direction) for call in standing if not call.is_reached)
        for (day, direction), count in tries.items():
            if direction is Direction.OUT:
                assert count <= desk.policy.attempts_a_day + tries[day, Direction.IN]
        drafts = list(session.scalars(select(FollowUp)))
        assert max(Counter((one.payer_id, one.day) for one in drafts).values(), default=0) <= 1
        assert sum(one.state == "draft" for one in drafts) <= 1
        last = max(standing, key=lambda call: (call.at, call.id), default=None)
        if last is not None and last.is_reached:
            assert all(one.state != "draft" for one in drafts)
        left = session.execute(
            select(Mail.payer_id, Mail.day).join(MailText, MailText.mail_id == Mail.id)
        )
        assert max(Counter((row[0], row[1]) for row in left).values(), default=0) <= 1
