"""
The rulebook's numbers, once. Every one can be overridden in the company's policy file (TOML).

Amounts are minor units (cents) of `base_currency`; days are calendar days unless named
business days; times of day are in the zone named beside them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache, cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.kernel.brands import EVERYBODY, Brand
from bot.kernel.business_time import BusinessHours
from bot.kernel.calendar import BusinessCalendar, us_federal
from bot.kernel.errors import Refused


def brand_key(name: str) -> str:
    """Return a brand's name as it is looked up: capitals and spaces make no difference."""
    return " ".join(name.split()).casefold()


class BadPolicy(Refused):
    """The policy file cannot be used."""


class Policy(BaseModel):
    """What the company has decided; the defaults are the rulebook's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    company_name: str = "the company"
    company_website: str = ""
    """The page about the app that its Teams package names (https)."""
    company_zone: str = "America/New_York"
    """Business days and business dates are the company's, whatever an agent's zone."""

    base_currency: str = "USD"

    extra_holidays: frozenset[date] = frozenset()
    """Days off beside the US federal ones."""

    ignored_holidays: frozenset[date] = frozenset()
    """US federal holidays on which the company works."""

    finals_business_day: int = Field(default=6, ge=1, le=15)
    """R38: finals work starts on this business day of the month."""

    file_link_days: int = Field(default=3, ge=1, le=31)
    """How long a card's link to a file that the desk drew can be used."""

    handed_file_mib: int = Field(default=10, ge=1, le=100)
    """The largest file, in MiB, that the desk takes in its own chat."""

    handed_file_seconds: int = Field(default=10, ge=1, le=12)
    """A file that takes longer to come in is not kept: Teams sends again after 15 seconds."""

    handed_files_at_once: int = Field(default=5, ge=1, le=10)
    """So many files of one message are taken."""

    daily_call_goal: int = 75
    """R83: payers a day for each agent."""

    attempts_a_day: int = 3
    """R84: call attempts a day for each payer until reached, across agents."""

    hours_between_attempts: int = 2
    """R84: at least this long between two attempts on one payer."""

    not_now_minutes: int = 30
    """R84: "not now" puts a payer back for this long, without using an attempt."""

    undo_minutes: int = 10
    """A call outcome can be undone by its author for this long."""

    cool_down_business_days: int = 3
    """After a conversation without a recorded next step, the next touch waits this long."""

    consumer_calls: tuple[int, int] = (7, 7)
    """A consumer or sole proprietor: at most so many calls in so many days ..."""

    consumer_silence_days: int = 7
    """... and silence for this long after a conversation."""

    paid_already_days: int = 3
    """`paid_already` opens a trace and holds the payer for this many days."""

    resent_invoice_business_days: int = 2
    """`invoice_not_received`: called again after this many business days."""

    calling_opens: time = time(8)
    """A payer is called from this time in its own zone ..."""

    calling_closes: time = time(18)
    """... until this time, on its weekdays (I33)."""

    final_days: tuple[int, int] = (1, 30)
    """R77: a final invoice this many days past due stands in tier 1."""

    mrr_months: int = 2
    """R78: months of aged MRR that put a payer into tier 2."""

    priority_days: int = 31
    """R79: more than this many days past due is tier 3."""

    crossing_days: tuple[int, int] = (24, 31)
    """R91: the oldest item this many days past due is tier 4, about to cross."""

    window_days: tuple[int, int] = (5, 15)
    """R93: this many days past due is tier 5, and the lane beside the list."""

    window_share: int = 15
    """R92: of the daily calls, this many are for the window."""

    suspension_days: int = 30
    """R49: more than this many days past due enters the suspension process."""

    suspension_minimum: int = 0
    """R49: the smallest past-due amount that enters it."""

    plus_31_days: int = 31
    """R91: the +31 total counts items at least this many days past due."""

    plus_31_limit: int = 2_000_000_00
    """R91: the +31 total should stay below this."""

    dso_target: int = 35
    """R90: days sales outstanding should stay below this."""

    promise_days: int = 14
    """R47: a promise is for a day at most this far out."""

    promise_grace_business_days: int = 1
    """R47: a promise is kept when the money is in by this many business days after its day."""

    check_grace_business_days: int = 5
    """R47: the same for a mailed check with its number."""

    dispute_answer_business_days: int = 5
    """R22: the owner department answers a dispute within this."""

    dispute_credit_business_days: int = 5
    """R23: a granted credit is to be in the book by this many business days later."""

    dispute_cash_business_days: int = 10
    """R23: decided, but neither paid nor credited after this: the lead is told."""

    judged_again_days: int = 90
    """R23, R47: what was settled or judged longer ago stays so, whatever money moves since."""

    dispute_late_days: tuple[int, int] = (25, 31)
    """R116: a dispute first raised on these days past due is marked."""

    fee_percent: int = 3
    """R64: the card fee, in percent of the payment ..."""

    fee_above: int = 2_500_00
    """... for credit card payments above this."""

    approval_business_days: int = 2
    """A request that nobody answers within this is declined."""

    approval_reminder_hours: int = 4
    """Deciders are reminded after this many business hours."""

    approval_last_call_hours: int = 2
    """This long before the end, those who are there are told when another is away."""

    business_opens: time = time(9)
    """Business hours start, company zone ..."""

    business_closes: time = time(17)
    """... and end; business hours count between the two on business days."""

    plan_missed_days: int = 3
    """R62: an installment missed by this many days breaks the plan."""

    plan_installments: tuple[int, int] = (2, 12)
    """R61: a plan has this many installments, at least and at most."""

    plan_inquiry_days: int = 30
    """R63: the customer's own inquiry counts for a plan request for this long."""

    meeting_weekday: int = Field(default=2, ge=0, le=4)
    """R80: the suspension meeting's weekday, Monday is 0 ..."""

    meeting_time: time = time(10)
    """... and its time, company zone."""

    digest_hours_before: int = 2
    """R80: the digest is posted this long before the meeting."""

    digest_late_hours: int = 4
    """A late digest is still posted until this long after the meeting started."""

    collections_address: str = "collections@company.example"
    """Whom e-mail to customers comes from; the setting ARDESK_MAIL_FROM goes before it."""

    mails_a_minute: int = Field(default=300, ge=1, le=60_000)
    """How many e-mails a minute the whole desk sends (all replicas together)."""

    daily_mail_at: time = time(17, 30)
    """R85: what lists and processes have to say to a payer that day leaves by then ..."""

    daily_line_at: time = time(17, 15)
    """R4: the team's channel gets the day's line at this time, company zone."""

    weekly_report_at: time = time(17, 30)
    """R5: and the week's report then, on the week's last business day."""

    payment_ahead_days: int = Field(default=1, ge=0, le=365)
    """A payment that was received more days from today is pointed out at its import."""

    hold_lead_days: int = 14
    """A case held longer than this is for the controller or the VP Finance to decide."""

    extension_days: int = Field(default=180, ge=1, le=730)
    """R59: a later payment date is at most so many days away."""

    document_repeat_minutes: int = 5
    """R12: the same document ordered again within this is a second tap, and is not sent."""

    statement_time: time = time(8)
    """R35: on their day, statements go out from this time on, company zone."""

    company_address: str = ""
    """What stands under the company's name on its papers; lines end with a line break."""

    finals_contact_days: tuple[int, int] = (5, 15)
    """R46, R48: so many days past due, a final invoice's payer is called and written to."""

    finals_issue_business_days: int = 2
    """R43: a question that stands in the way of a final invoice is due after this."""

    lead_at_days: int = 15
    """R53: the ladder's first rung: the lead, at so many days past due or a broken promise."""

    collections_manager_at_days: int = 31
    """R53: the second rung."""

    controller_at_days: int = 45
    """R53: the third rung."""

    escalation_business_days: int = 2
    """R53: whoever a step of the ladder names has acted within this."""

    certificate_warning_days: int = 30
    """R134: so long before a tax-exempt certificate runs out, the next one is asked for."""

    notice_days: tuple[int, int, int, int] = (0, 7, 12, 14)
    """R70: first, second and final notice, and `ready`: days after the first notice."""

    notice_drafts_at_once: int = 25
    """R70: no more first notices than this wait for a lead at a time: never a burst."""

    notice_book_days: int = 0
    """R70: a notice leaves only if the book was brought up to date at most so many days ago."""

    notice_copies: tuple[str, ...] = ("agent", "lead", "collections_manager")
    """R70: who has a copy of each notice: the payer's own agent, and people in these roles."""

    partner_addresses: tuple[tuple[str, str], ...] = ()
    """R70: sales partners with their e-mail addresses, for their copies of notices."""

    notice_templates: Path | None = None
    """Where the company's own wording of notices is; `templates` in the home unless given."""

    restore_tolerance: int = 25_00
    """R57: paid is what was named in the notice, less at most this."""

    dispute_lead_business_days: int = 15
    """R22: an unresolved dispute goes to the lead after this ..."""

    dispute_controller_business_days: int = 30
    """... and to the controller after this."""

    how_to_pay: str = (
        "You can pay in the online portal, by ACH or by check. Please name the invoices, "
        "and reply with the day on which you pay."
    )
    """R3: how to pay, as e-mail to customers says it."""

    brands: Mapping[str, Brand] = {}
    """R31: what a brand decides differently, by its name; files of `brands/` in the home."""

    guides: Mapping[str, str] = {}
    """R2, R113: the guide for each outcome, by its name; read from files of their own."""

    sends_a_second: int = 30
    """How many messages a second the whole desk sends to Teams (all replicas together)."""

    def brand(self, name: str) -> Brand:
        """Return what a brand decides differently; nothing, for one without a file (R31)."""
        return self.brands.get(brand_key(name), EVERYBODY) if self.brands else EVERYBODY

    def of_brand(self, name: str) -> Policy:
        """Return the policy for a brand's customers: its limits, name and how to pay (R31)."""
        return self._branded.get(brand_key(name), self) if self.brands else self

    @cached_property
    def _branded(self) -> dict[str, Policy]:
        return {
            name: self.model_copy(update=dict(brand.decided()))
            for name, brand in self.brands.items()
        }

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company_zone)

    @cached_property
    def calendar(self) -> BusinessCalendar:
        """The company's business days."""
        return BusinessCalendar(cache(self._holidays))

    @cached_property
    def business_hours(self) -> BusinessHours:
        """When the company is open."""
        return BusinessHours(
            calendar=self.calendar,
            zone=self.zone,
            opens=self.business_opens,
            closes=self.business_closes,
        )

    def company_date(self, moment: datetime) -> date:
        """Return the company's date at a moment (I03)."""
        return moment.astimezone(self.zone).date()

    def _holidays(self, year: int) -> frozenset[date]:
        return (us_federal(year) | self.extra_holidays) - self.ignored_holidays


def load(path: Path | None) -> Policy:
    """
    Return the company's policy: the defaults, and what its file overrides.

    :raises BadPolicy: if the file cannot be read, or names something unknown.
    """
    if path is None:
        return Policy()
    try:
        return Policy.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPolicy(f"The policy file {path} cannot be read: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadPolicy(
            f"The policy file {path} is wrong at {where}: {first['msg']}."
        ) from error
