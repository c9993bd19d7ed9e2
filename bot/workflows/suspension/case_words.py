"""A case's clocks, evidence and reports in the words of the desk. Pure."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.kernel import wording
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.suspension import ladder as ladders
from bot.workflows.suspension.case_facts import Facts
from bot.workflows.suspension.case_records import CaseReport, ReportKind, Told
from bot.workflows.suspension.contacts import Contacts
from bot.workflows.suspension.ladder import Ladder, Notice, NoticeStep
from bot.workflows.suspension.readiness import Standing
from bot.workflows.suspension.rules import CaseState

WORDED: Final = (ReportKind.PAYMENT_RECEIVED, ReportKind.PAYMENT_RETURNED)
"""Reports of the desk itself, whose words say what they are: `$200.00 received Wed 24 Jun`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """A piece of the evidence: there or missing, in words."""

    words: str
    is_there: bool
    about: tuple[str, ...] = ()
    """The records that show it, such as `call:12` or `suspension_notice:3`."""
    helps: str = ""
    """What brings it about, as a sentence, where that does not go without saying."""


def clocks(facts: Facts, standing: Standing, *, on: date) -> str:
    """Return its clocks, such as `First notice Mon 4 May, day 9; second notice due today.`."""
    if not standing.ladder.sent:
        return _silence(facts)
    first = standing.ladder.sent[0][1]
    days = ladders.counted(first, on, facts.pauses)
    started = f"First notice {wording.day(first)}, day {days}"
    due = standing.next_due
    assert due is not None
    when = "today" if due == on else wording.day(due)
    if step := standing.next_step:
        return f"{started}; {step.words} due {when}."
    if due > on:
        return f"{started}; the two weeks are over {when}."
    return f"{started}; the two weeks are over."


def _silence(facts: Facts) -> str:
    """Return why no notice counts: none was sent, or those sent ask for nothing any more."""
    if not any(one.sent_on for one in facts.notices):
        return "No notice yet."
    if not any(one.undisputed > 0 for one in facts.owed):
        return "What the notices named is paid or disputed."
    return "No notice speaks for what is owed now."


def evidence(
    facts: Facts, standing: Standing, *, on: date, policy: Policy
) -> tuple[EvidenceItem, ...]:
    """Return each piece of the evidence, there or missing (R70-R75)."""
    sent = tuple(_notice(step, facts, standing) for step in NoticeStep)
    return (*_contacts(facts.contacts), *sent, _days(facts, standing, on=on, policy=policy))


def ready_on(facts: Facts, standing: Standing, *, on: date, policy: Policy) -> date | None:
    """Return the first day on which it could be ready, if each notice goes when it is due."""
    if not standing.ladder.sent:
        return None
    climbed = standing.ladder
    while step := climbed.next_step:
        due = ladders.due_on(climbed, pauses=facts.pauses, policy=policy)
        assert due is not None
        climbed = Ladder(sent=(*climbed.sent, (step, max(due, on))))
    return ladders.due_on(climbed, pauses=facts.pauses, policy=policy)


def would_be_ready(standing: Standing, earliest: date | None) -> str:
    """Return in words when it would be ready, and what has to be there by then."""
    if standing.state in (CaseState.READY, CaseState.SUSPENDED, CaseState.RESTORED):
        return f"{standing.words.capitalize()}."
    needs = list(standing.lacks_contacts)
    if standing.stops:
        needs.append("the hold lifted")
    once = f", once there is: {'; '.join(needs)}" if needs else ""
    if earliest is None:
        return f"Ready two weeks after the first notice at the earliest{once}."
    return f"Ready {wording.day(earliest)} at the earliest{once}."


def held(standing: Standing) -> str:
    """Return what stops everything, in words; empty when nothing does."""
    if standing.stops:
        return standing.stops[0]
    if standing.paused_until:
        return f"on hold until {wording.dated(standing.paused_until)}"
    return ""


def report(told: CaseReport | Told, policy: Policy) -> str:
    """Return what was reported on a case, with its day; the desk's own words are whole."""
    if told.kind in WORDED:
        return f"{wording.day(policy.company_date(told.at))}: {told.words}"
    parts = [f"{wording.day(policy.company_date(told.at))}: {told.kind.words}"]
    if told.new_date:
        parts[0] += f": {wording.dated(told.new_date)}"
    if told.file:
        parts.append(f"({file_name(told.file)})")
    said = f". {told.words}" if told.words else ""
    return " ".join(parts) + said


def file_name(file: str) -> str:
    """Return what a file is called, without the address at which it is kept."""
    address = urlsplit(file.strip())
    if address.scheme not in ("http", "https"):
        return file
    return unquote(PurePosixPath(address.path).name) or address.netloc


def _contacts(contacts: Contacts) -> tuple[EvidenceItem, EvidenceItem]:
    pair, lacks = contacts.pair, contacts.lacks()
    if pair:
        when = " and ".join(f"{wording.day(call.day)} {call.clock:%H:%M}" for call in pair)
        about = tuple(f"call:{call.id}" for call in pair)
        called = EvidenceItem(words=f"Calls {when}", is_there=True, about=about)
    else:
        called = EvidenceItem(words=f"Calls: missing {lacks[0]}", is_there=False)
    if contacts.has_second:
        others = "; ".join(contacts.others)
        said = f"Second contact tried{f': {others}' if others else ''}"
        return called, EvidenceItem(words=said, is_there=True)
    second = EvidenceItem(
        words="Second contact: not tried yet",
        is_there=False,
        helps="Call another number, speak with another person, or say so under Report.",
    )
    return called, second


def _notice(step: NoticeStep, facts: Facts, standing: Standing) -> EvidenceItem:
    name = step.words.capitalize()
    day = standing.ladder.day_of(step)
    if day:
        about = tuple(
            f"suspension_notice:{one.id}"
            for one in facts.notices
            if one.step is step and one.sent_on == day
        )
        said = f"{name} sent {wording.day(day)}, approved wording, everyone in copy"
        return EvidenceItem(words=said, is_there=True, about=about)
    released = [one for one in facts.notices if one.step is step]
    said = _why_not(released[-1]) if released else "not sent yet"
    return EvidenceItem(words=f"{name}: {said}", is_there=False)


def _why_not(notice: Notice) -> str:
    if notice.is_bounced:
        return "it came back"
    if notice.is_stopped:
        return "its mail was stopped before it left"
    if notice.missing_copies:
        return f"without {', '.join(notice.missing_copies)}"
    if not notice.is_locked:
        return "not in the approved wording"
    if notice.sent_on is None:
        return "released, not known to have left yet"
    return "it does not speak for what is owed now"


def _days(facts: Facts, standing: Standing, *, on: date, policy: Policy) -> EvidenceItem:
    least = policy.notice_days[-1] - policy.notice_days[0]
    if not standing.ladder.sent:
        return EvidenceItem(words=f"{least} days since the first notice", is_there=False)
    first = standing.ladder.sent[0][1]
    days = ladders.counted(first, on, facts.pauses)
    end = ladders.day_after(first, least, facts.pauses)
    if days >= least:
        said = f"{least} days since the first notice, on {wording.day(end)}"
        return EvidenceItem(words=said, is_there=True)
    said = f"{least} days since the first notice: day {days}, until {wording.day(end)}"
    return EvidenceItem(words=said, is_there=False)
