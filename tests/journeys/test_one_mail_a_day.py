"""However adding, sending, dropping and the clock follow each other: one mail a day (R85)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence import queries, releases
from bot.workflows.correspondence.operations import NoDraft, Part
from bot.workflows.correspondence.records import Mail, MailKind, MailState, Process
from bot.workflows.people.rules import Member
from tests.support.desk import Desk
from tests.support.post import post

THURSDAY = datetime(2026, 7, 2, 16, tzinfo=UTC)
"""The day before a holiday and a weekend: noon in New York."""
PROCESSES = (Process.FINALS, Process.FOLLOW_UPS)
TOPICS = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), TOPICS),
        st.tuples(st.just("draft"), TOPICS),
        st.tuples(st.just("send"), TOPICS),
        st.tuples(st.just("drop"), TOPICS),
        st.tuples(st.just("release"), st.integers(0, 1)),
        st.tuples(st.just("wait"), st.sampled_from([5, 200, 400, 1440, 4000])),
        st.tuples(st.just("tick"), st.just(0)),
        st.tuples(st.just("post"), st.just(0)),
    ),
    max_size=25,
)


@dataclass
class Payer:
    """A payer, and what was done about it."""

    desk: Desk
    agent: Member
    id: int
    added: set[str] = field(default_factory=set)
    drafts: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)

    def topic(self, number: int) -> str:
        return f"topic-{self.id}-{number}."

    def do(self, step: str, number: int) -> None:
        getattr(self, f"_{step}")(number)

    def _add(self, number: int, *, needs_person: bool = False) -> None:
        topic = self.topic(number)
        part = Part(
            payer_id=self.id,
            topic=topic,
            process=PROCESSES[number % 2],
            subject="Your account",
            words=f"About {topic}",
            needs_person=needs_person,
        )
        with self.desk.database.transaction() as session:
            mail = correspondence.add_part(
                session, part, at=self.desk.now, policy=self.desk.policy
            )
        assert mail is not None
        if topic not in self.added:
            self.added.add(topic)
            self.drafts |= {topic} if needs_person else set()

    def _draft(self, number: int) -> None:
        self._add(number, needs_person=True)

    def _send(self, number: int) -> None:
        topic = self.topic(number)
        try:
            with self.desk.database.transaction() as session:
                correspondence.send_part(
                    session, topic, by=self.agent, at=self.desk.now, policy=self.desk.policy
                )
        except NoDraft:
            assert topic not in self.added - self.dropped
            return
        self.sent.add(topic)

    def _drop(self, number: int) -> None:
        topic = self.topic(number)
        is_said = topic in said(self)
        with self.desk.database.transaction() as session:
            correspondence.drop_part(session, topic, by=None, why="Paid.", at=self.desk.now)
        if topic in self.added and not is_said:
            self.dropped.add(topic)

    def _release(self, number: int) -> None:
        with self.desk.database.transaction() as session:
            correspondence.release_process(
                session, PROCESSES[number], by=self.agent, at=self.desk.now
            )

    def _wait(self, minutes: int) -> None:
        self.desk.wait(minutes=minutes)

    def _tick(self, _: int = 0) -> None:
        with self.desk.database.transaction() as session:
            while releases.leave_due(session, at=self.desk.now, policy=self.desk.policy):
                session.flush()

    def _post(self, _: int = 0) -> None:
        """Let a server that was away until now take what waits for it."""
        post(self.desk, self.desk.now)


def day_mails(payer: Payer) -> list[tuple[Mail, str]]:
    """The payer's mails of lists and processes whose text is fixed, each with its text."""
    found = []
    with payer.desk.reading() as session:
        for mail in queries.of_payer(session, payer.id, limit=1000):
            text = queries.text_of(session, mail.id)
            if mail.kind is MailKind.DAY and text:
                session.expunge(mail)
                found.append((mail, text.body))
    return found


def said(payer: Payer) -> Counter[str]:
    bodies = [body for _, body in day_mails(payer)]
    return (
        Counter({topic: sum(topic in body for body in bodies) for topic in payer.added})
        + Counter()
    )


PAYERS = count(1)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_whatever_happens_a_payer_gets_one_mail_a_day_that_says_everything_once(
    desk: Desk, steps: list[tuple[str, int]]
) -> None:
    desk.now = THURSDAY
    number = next(PAYERS)
    agent = desk.person(f"Agent{number} Reyes")
    payer = Payer(desk, agent, desk.customer(f"Hotel {number}", email=f"a@h{number}.example"))

    for step, about in steps:
        payer.do(step, about)
    finish(payer)

    mails = day_mails(payer)
    days = Counter(mail.day for mail, _ in mails)
    assert max(days.values(), default=0) <= 1
    assert all(mail.state is MailState.SENT for mail, _ in mails)
    left = Counter(desk.policy.company_date(mail.sent_at) for mail, _ in mails if mail.sent_at)
    assert max(left.values(), default=0) <= 1
    assert left.total() == len(mails)
    told = said(payer)
    assert max(told.values(), default=0) <= 1
    assert not set(told) & payer.dropped
    assert not set(told) & (payer.drafts - payer.sent)
    free = {topic for topic in payer.added if is_free(payer, topic)}
    assert free - payer.dropped - (payer.drafts - payer.sent) <= set(told)


def test_many_at_once_make_one_mail(desk: Desk) -> None:
    desk.now = THURSDAY + timedelta(hours=6)
    agent = desk.person("Ana Reyes")
    payer = Payer(desk, agent, desk.customer("Hotel Aurora", email="ap@aurora.example"))
    payer.do("release", 0)
    payer.do("release", 1)
    payer.do("draft", 1)
    steps = [("add", 2), ("send", 1), ("tick", 0), ("add", 0), ("draft", 3)] * 4

    with ThreadPoolExecutor(4) as workers:
        done = [workers.submit(payer.do, *step) for step in steps]
    errors = [one.exception() for one in done if one.exception()]

    assert errors == []
    finish(payer)
    assert max(Counter(mail.day for mail, _ in day_mails(payer)).values()) == 1
    assert set(said(payer).values()) == {1}


def finish(payer: Payer) -> None:
    """Release everything at once, decide on what is old, and let the days pass."""
    for number in range(len(PROCESSES)):
        payer.do("release", number)
    with payer.desk.database.transaction() as session:
        for process in PROCESSES:
            for mail in queries.held_before(session, process, at=payer.desk.now):
                releases.send_held(session, mail.id, by=payer.agent, at=payer.desk.now)
    for _ in range(12):
        payer.do("post", 0)
        payer.do("tick", 0)
        payer.do("post", 0)
        payer.do("wait", 720)


def is_free(payer: Payer, topic: str) -> bool:
    """Test if nothing holds a topic back any more."""
    with payer.desk.reading() as session:
        part = queries.part_of(session, topic)
        return part is not None and queries.is_released(session, part.process)
