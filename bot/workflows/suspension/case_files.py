"""The case file: where a case stands on a day, its clocks, its evidence, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.kernel.money import Money
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.rules import CaseState


class WaitsFor(StrEnum):
    """Who has to do something next."""

    NOBODY = "nobody"
    """The days run."""
    AGENT = "agent"
    """Evidence is missing that a call brings."""
    LEAD = "lead"
    """A notice waits to be released, or came back."""
    DECISION = "decision"
    """Ready, or a part payment: for the VP Finance or the controller."""
    APPROVAL = "approval"
    """A request is open: an extension, a plan, a waiver."""
    SUPPORT = "support"
    """Services are to be suspended or restored."""
    DEPARTMENT = "department"
    """A dispute is open."""
    HOLD = "hold"
    """A legal hold, or an approved extension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """A piece of the evidence: there or missing, in words."""

    words: str
    is_there: bool
    about: tuple[str, ...] = ()
    """The records that show it, such as `call:12` or `suspension_notice:3`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFile:
    """One account (site) of the payer in the case."""

    account_id: int
    name: str
    state: CaseState
    owed: tuple[Money, ...]
    """Undisputed and more than 30 days past due, a figure a currency."""
    disputed: tuple[Money, ...]
    causing: tuple[Money, ...]
    """What of it may cause suspension: named in a notice long enough ago."""
    invoices: tuple[str, ...]
    """The numbers of the invoices in `owed`."""
    oldest_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Everything that a meeting, a lead or support has to know about a case on a day."""

    case_id: int
    number: int
    payer_id: int
    payer_name: str
    owner_name: str
    on: date
    state: CaseState
    opened_on: date
    closed_on: date | None
    closed_why: str
    accounts: tuple[AccountFile, ...]
    evidence: tuple[EvidenceItem, ...]
    missing: tuple[str, ...]
    """What keeps it from `ready`, in words: evidence, holds, an extension."""
    notices: tuple[tuple[NoticeStep, date], ...]
    """The notices that count, in order, each with its day."""
    next_step: NoticeStep | None
    """The notice that comes next; None when all three were sent."""
    next_due: date | None
    """The first day of that notice, or of `ready`."""
    ready_on: date | None
    """The first day on which it could be ready; None before the first notice."""
    would_be_ready: str
    """The same in words, with what has to be there by then."""
    clocks: str
    """`First notice Mon 4 May, day 9; second notice due today.`"""
    held_until: date | None
    """The last day of an approved extension or hold, if one is in force."""
    waits_for: WaitsFor
    waits_words: str
    reports: tuple[str, ...]
    """What was reported and bears on it, the newest first, in words (R56)."""

    @property
    def is_ready(self) -> bool:
        """Test if whether to suspend can be decided."""
        return self.state is CaseState.READY
