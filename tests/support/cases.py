"""
A suspension case from the outside: its team, its book of the day, its mail.

    floor = Floor(desk)
    hotel = floor.hotel("Hotel Aurora", "Aurora Airport", "Aurora Beach")
    floor.on(date(2026, 6, 9)); floor.steps()
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.chat.drawing import Drawings
from bot.store.postings import Posting
from bot.workflows.calls import operations as calls
from bot.workflows.calls.operations import Conversation
from bot.workflows.calls.rules import Outcome
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.records import Mail, MailState, Process
from bot.workflows.ledger import operations as ledger
from bot.workflows.ledger.records import Invoice, Payment, PaymentVersion
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from bot.workflows.suspension import case_files, queries, reports
from bot.workflows.suspension.case_files import CaseFile
from bot.workflows.suspension.case_records import ReportKind
from bot.workflows.suspension.notices import QUEUE_CARD
from bot.workflows.suspension.reports import NewReport
from bot.workflows.suspension.rules import CaseState
from dialogs import DIALOGS
from scheduler.job import Tick
from scheduler.suspension_cases import open_and_close_cases, take_steps
from tests.support.book import news
from tests.support.desk import TODAY, Desk, Shown, drawn

NEW_YORK = ZoneInfo("America/New_York")


@dataclass
class Floor:
    """A desk with its whole team, on which cases run."""

    desk: Desk
    is_live: bool = True
    """Suspension notices were released as a whole (go-live)."""

    def __post_init__(self) -> None:
        self.ana = self.desk.person("Ana Reyes")
        self.lea = self.desk.person("Lea Lead", "lead")
        self.col = self.desk.person("Col Manager", "collections_manager")
        self.con = self.desk.person("Con Troller", "controller")
        self.vip = self.desk.person("Vip Finance", "vp_finance")
        self.sam = self.desk.person("Sam Support", "support")
        if self.is_live:
            with self.desk.database.transaction() as session:
                at = self.desk.now
                correspondence.release_process(session, Process.NOTICES, by=None, at=at)
        self.read_the_book()

    def hotel(self, name: str, *sites: str, amount: str = "1,000.00", days: int = 31) -> int:
        payer = self.desk.customer(name, agent=self.ana, email="ap@hotel.example")
        self.bill(payer, amount, days=days)
        for site in sites:
            self.bill(self.desk.customer(site, payer=payer, site=site), amount, days=days)
        return payer

    def bill(self, account: int, amount: str, *, days: int = 31, **given: Any) -> int:
        today = self.desk.policy.company_date(self.desk.now)
        return self.desk.invoice(account, amount, days_past_due=days, today=today, **given)

    # time

    def on(self, day: date, at: time = time(10)) -> None:
        """Go to a day, 10:00 in New York, with the book brought up to date."""
        self.desk.now = datetime.combine(day, at, NEW_YORK).astimezone(UTC)
        self.read_the_book()

    def read_the_book(self) -> None:
        news(self.desk.database, self.desk.now)

    def tick(self) -> Tick:
        desk = self.desk
        return Tick(at=desk.now, database=desk.database, policy=desk.policy)

    def steps(self) -> None:
        """What the clock does in a day: cases, steps, and the mail that is due."""
        open_and_close_cases(self.tick())
        take_steps(self.tick())
        self.post()
        take_steps(self.tick())

    # mail

    def post(self, becomes: MailState = MailState.SENT) -> None:
        """Let the mail that is due leave, as the postman would note it."""
        with self.desk.database.transaction() as session:
            for mail in session.scalars(select(Mail).where(Mail.state == MailState.DUE)):
                mail.state, mail.sent_at = becomes, self.desk.now

    def bounce(self, payer: int) -> None:
        with self.desk.database.transaction() as session:
            mails = select(Mail).where(Mail.payer_id == payer, Mail.state == MailState.SENT)
            mail = session.scalars(mails.order_by(Mail.id.desc())).first()
            assert mail is not None
            correspondence.bounced(session, mail, why="550 no such user", at=self.desk.now)

    # calls and notices

    def call(self, payer: int, outcome: Outcome, at: time, **said: Any) -> None:
        self.desk.now = datetime.combine(
            self.desk.policy.company_date(self.desk.now), at, NEW_YORK
        ).astimezone(UTC)
        with self.desk.database.transaction() as session:
            conversation = Conversation(payer_id=payer, outcome=outcome, **said)
            calls.log(
                session,
                conversation,
                by=self.ana,
                at=self.desk.now,
                policy=self.desk.policy,
            )

    def prove_contacts(self, payer: int) -> None:
        """Two calls on different days and hours, one of them heard, and a second contact."""
        self.call(payer, Outcome.LEFT_VOICEMAIL, time(10))
        self.on(self.desk.policy.calendar.plus(self.today, 1))
        self.call(payer, Outcome.REFUSED, time(14), spoke_to="Jo", words="Not now.")
        with self.desk.database.transaction() as session:
            case = queries.of_payer(session, payer)
            assert case is not None
            new = NewReport(
                kind=ReportKind.SECOND_CONTACT, key=f"second:{payer}", words="Wrote to the GM"
            )
            at, policy = self.desk.now, self.desk.policy
            reports.report(session, case, new, by=self.ana.id, at=at, policy=policy)

    def release(self, who: Member | None = None) -> Shown:
        """Release the first notice that waits, and let it leave."""
        shown = self.desk.say(who or self.lea, "notices")
        answer = self.desk.press(who or self.lea, shown, "Release")
        self.post()
        take_steps(self.tick())
        return answer

    def climb(self, payer: int, start: date = TODAY) -> date:
        """From `watch` to `ready`, with everything that it takes; return the day."""
        self.on(start)
        self.steps()
        self.release()
        self.prove_contacts(payer)
        for days in (7, 12):
            self.on(date.fromordinal(start.toordinal() + days))
            self.steps()
            self.release()
        ready = date.fromordinal(start.toordinal() + 14)
        self.on(ready)
        self.steps()
        return ready

    # money

    def pay(self, invoice_id: int, minor: int, *, number: str = "PAY-1") -> None:
        """A payment that names an invoice, as an import brings it."""
        with self.desk.database.transaction() as session:
            invoice = session.get_one(Invoice, invoice_id)
            named = Payment(
                number=number,
                customer_id=invoice.customer_id,
                payer_id=invoice.payer_id,
                currency=invoice.currency,
                invoice_number=invoice.number,
            )
            self._receive(session, named, minor)
            ledger.settle(session, [invoice_id], at=self.desk.now)

    def pay_on_account(self, payer: int, minor: int, *, number: str = "PAY-1") -> None:
        """A payment that names no invoice, as an import brings it; 0: it was returned."""
        with self.desk.database.transaction() as session:
            loose = Payment(number=number, customer_id=payer, payer_id=payer, currency="USD")
            loose.invoice_number = ""
            self._receive(session, loose, minor)

    def _receive(self, session: Session, given: Payment, minor: int) -> None:
        payment = session.scalar(select(Payment).filter_by(number=given.number))
        if payment is None:
            payment = given
            session.add(payment)
        else:
            session.add(
                PaymentVersion(
                    payment_id=payment.id,
                    customer_id=payment.customer_id,
                    received_on=payment.received_on,
                    amount=payment.amount,
                    currency=payment.currency,
                    invoice_number=payment.invoice_number,
                    learned_at=payment.learned_at,
                    superseded_at=self.desk.now,
                )
            )
        payment.amount, payment.received_on = minor, self.today
        payment.learned_at = self.desk.now
        session.flush()

    # what stands

    @property
    def today(self) -> date:
        return self.desk.policy.company_date(self.desk.now)

    def file(self, payer: int, on: date | None = None) -> CaseFile:
        with self.desk.reading() as session:
            case_id = self.case_id(payer)
            return case_files.of(session, case_id, on=on or self.today, policy=self.desk.policy)

    def state(self, payer: int) -> CaseState:
        """The state that is kept, which what is computed has to equal."""
        with self.desk.reading() as session:
            kept = queries.get(session, self.case_id(payer)).state
        computed = self.file(payer).state
        assert kept is computed, (kept, computed)
        return kept

    def case_id(self, payer: int) -> int:
        with self.desk.reading() as session:
            found = queries.last_of_payer(session, payer)
            assert found is not None
            return found.id

    def cards(self, place: str | Member, card: str) -> list[Shown]:
        where = place if isinstance(place, str) else place_of(place.id)
        return list(self._drawn(where, card))

    def queue(self, who: Member) -> list[Shown]:
        return self.cards(who, QUEUE_CARD)

    def _drawn(self, place: str, card: str) -> Iterator[Shown]:
        drawings = Drawings.of(DIALOGS, self.desk.policy)
        with self.desk.reading() as session:
            theirs = select(Posting.id).filter_by(place=place, card=card)
            for one in session.scalars(theirs.order_by(Posting.id)):
                yield drawn(drawings.draw(session, one, at=self.desk.now).card)
