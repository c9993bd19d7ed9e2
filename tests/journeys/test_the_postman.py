"""Mail leaves once; what may have left is never sent again by itself (R8, I23)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.policy import Policy
from bot.postman import Postman, PutOff, Returned, Unclear, pause_after
from bot.store.database import Database
from bot.workflows.correspondence import again, departures, outcomes, queries
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.again import NotInTrouble
from bot.workflows.correspondence.claims import Claim, Outgoing
from bot.workflows.correspondence.departures import LEASE
from bot.workflows.correspondence.operations import Letter
from bot.workflows.correspondence.outcomes import MOST_ATTEMPTS
from bot.workflows.correspondence.records import Mail, MailKind, MailState, Process
from bot.workflows.customers.records import Customer
from bot.workflows.people.rules import Member
from bot.workflows.special_handling import operations as holds
from bot.workflows.special_handling.operations import NewHold
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.tasks import queries as tasks
from tests.support.desk import KEY, TODAY, Desk
from tests.support.post_office import PostOffice, post_office

ROOT = Path(__file__).resolve().parents[2]
UNKNOWN_CARD = "correspondence.unknown"


@dataclass
class PretendMailer:
    """Takes mail nowhere, and fails on order."""

    is_repeatable: bool = False
    sent: list[str] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    faults: deque[Exception] = field(default_factory=deque)
    refused: str = ""
    latency: float = 0.0
    on_send: Callable[[], None] = lambda: None

    async def send(self, outgoing: Outgoing) -> str:
        await asyncio.sleep(self.latency)
        self.on_send()
        if self.faults:
            raise self.faults.popleft()
        self.sent.append(",".join(outgoing.to))
        self.message_ids.append(outgoing.message_id)
        return self.refused

    async def check(self) -> str:
        return "nowhere"


@dataclass
class Round:
    """A postman of a desk, and what it takes mail to."""

    desk: Desk
    mailer: PretendMailer = field(default_factory=PretendMailer)
    policy: Policy = field(default_factory=lambda: Policy(mails_a_minute=60_000))

    def postman(self) -> Postman:
        return Postman(
            database=self.desk.database,
            mailer=self.mailer,
            policy=self.policy,
            clock=lambda: self.desk.now,
        )

    def go(self, **later: float) -> None:
        self.desk.wait(**later)
        asyncio.run(self.postman().deliver_due())

    def owe(self, number: int = 1) -> int:
        payer = self.desk.customer(f"Hotel {number}", email=f"ap@hotel{number}.example")
        return write(self.desk, payer, f"document:{number}")

    def mail(self, mail_id: int) -> Mail:
        with self.desk.reading() as session:
            mail = queries.get(session, mail_id)
            session.expunge(mail)
            return mail

    def address(self, mail_id: int, email: str) -> None:
        with self.desk.database.transaction() as session:
            payer = session.get_one(Customer, queries.get(session, mail_id).payer_id)
            payer.email = email


def write(desk: Desk, payer: int, key: str) -> int:
    letter = Letter(
        key=key,
        kind=MailKind.DOCUMENT,
        process=Process.BY_HAND,
        payer_id=payer,
        subject="How to pay",
        body="In the portal.",
    )
    with desk.database.transaction() as session:
        mail = correspondence.send_alone(session, letter, at=desk.now, policy=desk.policy)
        assert mail is not None
        return mail.id


def send_again(desk: Desk, mail_id: int, by: Member | None = None) -> None:
    with desk.database.transaction() as session:
        again.send_again(session, mail_id, by=by, at=desk.now, policy=desk.policy)


def states(database: Database) -> Counter[MailState]:
    with database.reading() as session:
        return Counter(session.scalars(select(Mail.state)))


@pytest.fixture
def lead(desk: Desk) -> Member:
    return desk.person("Lena", "lead")


@pytest.fixture
def round(desk: Desk, lead: Member) -> Round:
    return Round(desk)


def test_a_mail_that_is_due_leaves_once(round: Round) -> None:
    mail = round.owe()
    round.go()
    round.go(days=2)

    assert round.mailer.sent == ["ap@hotel1.example"]
    assert round.mail(mail).state is MailState.SENT


def test_what_certainly_did_not_leave_is_tried_again_ever_more_slowly(round: Round) -> None:
    mail = round.owe()
    round.mailer.faults.extend(PutOff("450 Greylisted") for _ in range(3))
    round.go()
    assert (round.mail(mail).state, round.mail(mail).last_error) == (
        MailState.DUE,
        "450 Greylisted",
    )
    round.go(seconds=30)
    assert len(round.mailer.faults) == 2

    for _ in range(3):
        round.go(minutes=6)

    assert round.mail(mail).state is MailState.SENT
    assert round.mail(mail).last_error == ""


def test_the_pauses_double_up_to_an_hour() -> None:
    pauses = [pause_after(attempt, 7) for attempt in range(1, 20)]

    assert timedelta(seconds=40) < pauses[0] < timedelta(seconds=80)
    assert pauses[-1] == timedelta(hours=1)


@pytest.mark.parametrize("is_refusal", [True, False])
def test_what_a_server_would_not_take_for_days_becomes_a_task(
    round: Round, is_refusal: bool
) -> None:
    mail = round.owe()
    with round.desk.database.transaction() as session:
        queries.get(session, mail).attempts = MOST_ATTEMPTS - 1
    round.mailer.faults.append(PutOff("452 Full", is_refusal=is_refusal))

    round.go()

    expected = MailState.REFUSED if is_refusal else MailState.DUE
    assert round.mail(mail).state is expected


def test_what_is_refused_for_good_becomes_a_task_and_is_sent_to_the_right_address(
    round: Round, lead: Member
) -> None:
    mail = round.owe()
    round.mailer.faults.append(Returned("550 No such mailbox"))
    round.go()
    round.go(days=3)
    assert round.mail(mail).state is MailState.REFUSED
    with round.desk.reading() as session:
        [task] = tasks.open_of_payer(session, round.mail(mail).payer_id)
        assert "550 No such mailbox" in task.words

    round.address(mail, "new@hotel1.example")
    send_again(round.desk, mail, lead)
    round.go()

    assert round.mailer.sent == ["new@hotel1.example"]
    assert round.mail(mail).state is MailState.SENT


def test_a_recipient_in_copy_that_is_refused_becomes_a_task(round: Round) -> None:
    mail = round.owe()
    round.mailer.refused = "lena@desk.example: 550 Left the company"

    round.go()

    assert round.mail(mail).state is MailState.SENT
    with round.desk.reading() as session:
        assert len(tasks.open_of_payer(session, round.mail(mail).payer_id)) == 1


def test_what_may_have_left_is_unknown_until_a_lead_decides(round: Round, lead: Member) -> None:
    mail = round.owe()
    round.mailer.faults.append(Unclear("Lost after the text"))
    round.go()
    round.go(days=3)
    assert round.mail(mail).state is MailState.UNKNOWN
    assert UNKNOWN_CARD in round.desk.owed(f"person:{lead.id}")

    send_again(round.desk, mail, lead)
    round.go()

    assert len(round.mailer.sent) == 1
    assert round.mail(mail).state is MailState.SENT
    with pytest.raises(NotInTrouble):
        send_again(round.desk, mail, lead)


def test_an_unknown_mail_is_counted_as_arrived_or_left_at_that(
    round: Round, lead: Member
) -> None:
    first, second = round.owe(1), round.owe(2)
    round.mailer.faults.extend([Unclear("Lost"), Unclear("Lost")])
    round.go()

    with round.desk.database.transaction() as session:
        again.count_as_arrived(session, first, by=lead, at=round.desk.now)
        again.leave_unknown(session, second, by=lead, at=round.desk.now)

    assert round.mail(first).state is MailState.SENT
    assert round.mail(second).state is MailState.UNKNOWN
    with round.desk.reading() as session:
        assert queries.unsettled(session) == []


@pytest.mark.parametrize("is_repeatable", [True, False])
def test_a_lease_that_ran_out_is_unknown_or_done_again_where_that_does_no_harm(
    round: Round, is_repeatable: bool
) -> None:
    mail = round.owe()
    round.mailer.is_repeatable = is_repeatable
    claimed = claim(round)
    round.go(seconds=1)
    assert round.mail(mail).state is MailState.SENDING

    round.go(minutes=4)

    assert round.mail(mail).state is (MailState.SENT if is_repeatable else MailState.UNKNOWN)
    assert len(round.mailer.sent) == (1 if is_repeatable else 0)
    with round.desk.database.transaction() as session:
        late = outcomes.sent(session, claimed, at=round.desk.now)
    assert late is not is_repeatable
    assert round.mail(mail).state is MailState.SENT


def claim(round: Round) -> Claim:
    with round.desk.database.transaction() as session:
        [claimed] = departures.claim(
            session,
            owner="another postman",
            at=round.desk.now,
            policy=round.policy,
            most=10,
            is_repeatable=round.mailer.is_repeatable,
        )
        return claimed


def test_two_postmen_share_the_mail(round: Round) -> None:
    for number in range(30):
        round.owe(number)
    round.mailer.latency = 0.005

    async def both() -> None:
        await asyncio.gather(round.postman().deliver_due(), round.postman().deliver_due())

    asyncio.run(both())
    round.go()

    assert sorted(round.mailer.sent) == sorted(f"ap@hotel{n}.example" for n in range(30))
    assert states(round.desk.database) == {MailState.SENT: 30}


def test_no_more_leave_in_a_minute_than_is_allowed(round: Round) -> None:
    round.policy = Policy(mails_a_minute=60)
    for number in range(20):
        round.owe(number)

    round.go()
    assert len(round.mailer.sent) == 5
    round.go(seconds=4)
    assert len(round.mailer.sent) == 9
    round.go(seconds=60)
    assert len(round.mailer.sent) == 14


def test_a_legal_hold_stops_what_was_fixed_but_has_not_left(round: Round) -> None:
    mail = round.owe()
    hold = NewHold(
        payer_id=round.mail(mail).payer_id,
        kind=HoldKind.LEGAL,
        reason="Bankruptcy",
        first_day=TODAY,
    )
    with round.desk.database.transaction() as session:
        holds.place(session, hold, by=None, at=round.desk.now)

    round.go()

    assert round.mailer.sent == []
    assert round.mail(mail).state is MailState.CANCELLED
    assert round.mail(mail).last_error == "Legal hold: Bankruptcy."


def test_one_mail_that_breaks_the_mailer_stops_no_other(round: Round) -> None:
    round.owe(1)
    round.owe(2)
    round.mailer.faults.append(RuntimeError("a bug"))

    round.go()

    assert len(round.mailer.sent) == 1


@pytest.fixture
def office() -> Iterator[tuple[PostOffice, str]]:
    office = PostOffice()
    with post_office(office) as where:
        yield office, where


@pytest.mark.parametrize(("moment", "arrived"), [("before", 2), ("after", 3)])
def test_a_postman_killed_anywhere_sends_nothing_twice(
    desk: Desk,
    database_url: str,
    office: tuple[PostOffice, str],
    moment: str,
    arrived: int,
) -> None:
    desk.now = datetime.now(UTC)
    round = Round(desk)
    for number in range(6):
        round.owe(number)
    server, where = office

    postman = [sys.executable, "-m", "tests.support.doomed_postman"]

    killed = subprocess.run(
        [*postman, database_url, where, KEY.decode(), "--die", moment],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    left = len(server.taken)
    desk.now += LEASE + timedelta(seconds=5)
    round.go()

    taken = Counter(mail["To"] for mail in server.taken)
    assert left >= arrived - 2
    assert max(taken.values(), default=0) <= 1
    counts = states(desk.database)
    assert counts[MailState.UNKNOWN] >= 1
    assert counts[MailState.UNKNOWN] + counts[MailState.SENT] == 6
    assert not set(round.mailer.sent) & unknown_addresses(desk)
    assert not set(round.mailer.sent) & set(taken)


def unknown_addresses(desk: Desk) -> set[str]:
    with desk.reading() as session:
        unknown = queries.find(session, state=MailState.UNKNOWN)
        texts = [queries.text_of(session, mail.id) for mail in unknown]
        return {text.to for text in texts if text}
