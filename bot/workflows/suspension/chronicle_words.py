"""What was said about a case, and what let it rest, in its chronicle (R56-R60, R80)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from sqlalchemy import Select, select

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import ApprovalState
from bot.workflows.special_handling.records import Hold
from bot.workflows.special_handling.rules import HoldKind
from bot.workflows.suspension import happenings
from bot.workflows.suspension.case_records import CaseReport, Extension
from bot.workflows.suspension.case_words import WORDED, file_name
from bot.workflows.suspension.chronicle_steps import Story
from bot.workflows.suspension.happenings import Happening
from bot.workflows.suspension.records import CaseHold

_ASKED: Final = "extension:"
_NOT_GRANTED: Final = {
    ApprovalState.DECLINED: "Later date declined",
    ApprovalState.EXPIRED: "Later date not granted: nobody answered in time",
    ApprovalState.WITHDRAWN: "Later date not asked for any more",
}


class _Rest(NamedTuple):
    """Days on which a case rested, both counted."""

    first_day: date
    last_day: date
    is_granted: bool
    """A later date was granted; else it was held."""


def reports(story: Story) -> Iterator[Happening]:
    """Return what was reported; also what was taken back, saying so."""
    told = select(CaseReport).filter_by(case_id=story.case.id).order_by(CaseReport.id)
    for one in story.session.scalars(told):
        yield Happening(at=one.at, words=_report(one), by=story.who(one.by))


def extensions(story: Story) -> Iterator[Happening]:
    """Return what became of the later dates that were asked for."""
    asked = (
        select(Extension, Approval)
        .join(Approval, Approval.id == Extension.approval_id)
        .where(Extension.case_id == story.case.id)
        .order_by(Extension.id)
    )
    for extension, approval in story.session.execute(asked).all():
        by = story.who(approval.decided_by)
        if extension.granted_at and extension.until:
            words = f"Later date granted: {wording.dated(extension.until)}"
            proof = f", without proof: {extension.waived}" if extension.waived else ""
            said = words + happenings.on_a_line(proof)
            yield Happening(at=extension.granted_at, words=said, by=by)
        elif approval.state in _NOT_GRANTED and approval.decided_at:
            words = _with(_NOT_GRANTED[approval.state], approval.reason)
            yield Happening(at=approval.decided_at, words=words, by=by)


def holds(story: Story) -> Iterator[Happening]:
    """Return the holds that the meeting decided."""
    for hold in story.session.scalars(_held(story)):
        words = _with(f"On hold until {wording.dated(hold.last_day)}", hold.why)
        yield Happening(at=hold.at, words=words, by=story.who(hold.by))


def legal_holds(story: Story) -> Iterator[Happening]:
    """Return the payer's legal holds that were put on or lifted while the case was open."""
    theirs = select(Hold).filter_by(payer_id=story.case.payer_id, kind=HoldKind.LEGAL)
    for hold in story.session.scalars(theirs.order_by(Hold.id)):
        placed = _with("Legal hold", hold.reason)
        if _is_in_time(story, hold.set_at):
            yield Happening(at=hold.set_at, words=placed, by=story.who(hold.set_by))
        if hold.lifted_at and _is_in_time(story, hold.lifted_at):
            yield Happening(at=hold.lifted_at, words=_with("Legal hold lifted", hold.reason))


def over(story: Story, *, on: date) -> Iterator[Happening]:
    """Return the days on which a hold or a later date was over, and nothing else held it."""
    rests = list(_rests(story))
    last = min(on, story.case.closed_on or on)
    for rest in rests:
        day = rest.last_day + ONE_DAY
        if day > last or any(one.first_day <= day <= one.last_day for one in rests):
            continue
        at = datetime.combine(day, time(), story.policy.zone).astimezone(UTC)
        words = "The later date has passed" if rest.is_granted else "The hold is over"
        yield Happening(at=at, words=words, has_clock=False)


def _rests(story: Story) -> Iterator[_Rest]:
    for hold in story.session.scalars(_held(story)):
        yield _Rest(hold.first_day, hold.last_day, is_granted=False)
    for one in story.session.scalars(select(Extension).filter_by(case_id=story.case.id)):
        if one.granted_on and one.until:
            yield _Rest(one.granted_on, one.until, is_granted=True)


def _held(story: Story) -> Select[CaseHold]:
    return select(CaseHold).filter_by(case_id=story.case.id).order_by(CaseHold.id)


def _report(told: CaseReport) -> str:
    said = happenings.on_a_line(told.words)
    if told.kind in WORDED:
        words = wording.capital(said)
    else:
        is_asked = told.key.startswith(_ASKED)
        what = "Later date asked for" if is_asked else told.kind.words
        parts = [wording.dated(told.new_date)] if told.new_date else []
        parts += [file_name(told.file)] if told.file else []
        parts += [f"“{said}”"] if said else []
        words = f"{what}: {', '.join(parts)}" if parts else what
    return f"{words} (taken back)" if told.taken_back_at else words


def _with(words: str, why: str) -> str:
    return f"{words}: {happenings.on_a_line(why)}" if why.strip() else words


def _is_in_time(story: Story, at: datetime) -> bool:
    day = story.policy.company_date(at)
    return story.case.opened_on <= day <= (story.case.closed_on or day)
