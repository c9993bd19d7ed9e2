"""Whatever is done to a request, in whatever order: one decision, by somebody who may."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.store import audit
from bot.store.database import Database
from bot.workflows.approvals import counter_offers, deadlines
from bot.workflows.approvals import operations as approvals
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.checks import Seen
from bot.workflows.approvals.records import Approval, ApprovalEvent, Happening
from bot.workflows.approvals.rules import OPEN, Act, ApprovalState, Verdict
from bot.workflows.fee_waivers import operations as fee_waivers
from bot.workflows.fee_waivers.rules import CardType, PlannedPayment, WaiverOffer, WaiverWish
from bot.workflows.people.records import Person
from bot.workflows.people.rules import PRINCIPALS
from tests.support.desk import KEY, Desk

WHO = st.sampled_from(["ana", "bea", "carla", "victor", "lena"])
ENDS = (
    Happening.APPROVED,
    Happening.DECLINED,
    Happening.WITHDRAWN,
    Happening.EXPIRED,
    Happening.CUSTOMER_DECLINED,
)


class AnyOrder(RuleBasedStateMachine):
    """One request, and everybody trying everything on what they once saw of it."""

    def __init__(self) -> None:
        super().__init__()
        folder = tempfile.mkdtemp(prefix="ardesk-order-")
        self.desk = Desk(Database(f"sqlite:///{folder}/desk.db", audit_key=KEY))
        self.people = {
            "ana": self.desk.person("Ana Cruz"),
            "bea": self.desk.person("Bea Santos"),
            "carla": self.desk.person("Carla Reed", "controller"),
            "victor": self.desk.person("Victor Hale", "vp_finance"),
            "lena": self.desk.person("Lena Ortiz", "lead"),
        }
        payer = self.desk.customer("Hotel Aurora", agent=self.people["ana"])
        wish = WaiverWish(
            payer_id=payer,
            payment=PlannedPayment(
                amount=Money(5_000_00), planned_on=date(2026, 7, 31), card=CardType.CREDIT
            ),
            invoice_ids=(),
            words="Please.",
            reason="Once.",
        )
        with self.desk.database.transaction() as session:
            fee_waivers.request(session, wish, act=self.act("ana"), policy=self.desk.policy)
        self.seen = [self.now()]
        self.closed: tuple[object, ...] | None = None

    def teardown(self) -> None:
        self.desk.database.close()

    def act(self, who: str) -> Act:
        at = self.desk.now
        return Act(by=self.people[who], at=at, on=self.desk.policy.company_date(at))

    def now(self) -> Seen:
        with self.desk.reading() as session:
            approval = session.scalars(select(Approval)).one()
            current = requests.standing_version(session, approval)
            return Seen(approval.id, approval.version, current.hash)

    def attempt(self, work: Callable[[Session], object]) -> None:
        try:
            with self.desk.database.transaction() as session:
                work(session)
        except Refused:
            return
        self.seen.append(self.now())

    @rule(who=WHO, verdict=st.sampled_from(Verdict), old=st.booleans())
    def decide(self, who: str, verdict: Verdict, old: bool) -> None:
        seen, act = self.seen[0 if old else -1], self.act(who)
        self.attempt(
            lambda session: approvals.decide(
                session, seen, verdict=verdict, reason="x", act=act
            )
        )

    @rule(who=WHO)
    def ask(self, who: str) -> None:
        act = self.act(who)
        self.attempt(lambda s: approvals.question(s, self.seen[-1], words="?", act=act))

    @rule(who=WHO)
    def answer(self, who: str) -> None:
        act = self.act(who)
        self.attempt(lambda s: approvals.answer(s, self.seen[-1], words="!", act=act))

    @rule(who=WHO, percent=st.integers(1, 99))
    def offer(self, who: str, percent: int) -> None:
        act, wanted = self.act(who), WaiverOffer(reason="less", percent=percent)
        self.attempt(
            lambda s: fee_waivers.counter(
                s, self.seen[-1], offer=wanted, act=act, policy=self.desk.policy
            )
        )

    @rule(who=WHO, accepts=st.booleans())
    def customer_says(self, who: str, accepts: bool) -> None:
        act, seen = self.act(who), self.seen[-1]
        if accepts:
            self.attempt(lambda s: counter_offers.accept(s, seen, act=act))
        else:
            self.attempt(lambda s: counter_offers.refuse(s, seen, words="", act=act))

    @rule(who=WHO, old=st.booleans())
    def withdraw(self, who: str, old: bool) -> None:
        act, seen = self.act(who), self.seen[0 if old else -1]
        self.attempt(lambda s: approvals.withdraw(s, seen, words="", act=act))

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.desk.now += timedelta(hours=hours)
        at = self.desk.now
        self.attempt(lambda s: deadlines.expire(s, self.seen[-1].approval_id, at=at))

    @precondition(lambda self: self.closed is None)
    @rule(who=st.sampled_from(["carla", "victor"]))
    def lose_the_role(self, who: str) -> None:
        with self.desk.database.transaction() as session:
            session.get_one(Person, self.people[who].id).roles = "agent"
        self.people[who] = self.desk.member(self.people[who])

    @invariant()
    def one_decision_by_somebody_who_may(self) -> None:
        with self.desk.reading() as session:
            approval = session.scalars(select(Approval)).one()
            events = session.scalars(select(ApprovalEvent.what)).all()
            version = requests.standing_version(session, approval)
            if approval.state in OPEN:
                assert not set(events) & set(ENDS)
                assert self.closed is None
                return
            end = (approval.state, approval.decided_by, approval.decided_at, version.hash)
            assert self.closed in (None, end)
            if self.closed is None and approval.state is ApprovalState.APPROVED:
                decider = session.get_one(Person, approval.decided_by)
                assert decider.id != approval.asked_by
                assert decider.as_member().roles & PRINCIPALS
                assert approval.decided_hash == version.hash
            self.closed = end
            assert list(audit.verify(session, KEY)) == []


AnyOrder.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyOrder = AnyOrder.TestCase
