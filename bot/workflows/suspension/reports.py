"""What bears on a case is told to management as soon as it is known (R56-R60)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, first_record, record, records, rows, table_of
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals import trail
from bot.workflows.approvals.rules import Act, Kind
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Outcome
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS, PRINCIPALS, Role
from bot.workflows.promises import queries as promises
from bot.workflows.suspension import queries
from bot.workflows.suspension.case_records import CaseReport, ReportKind, Told
from bot.workflows.suspension.records import AnyCase
from bot.workflows.suspension.rules import CaseState, NoWords

REPORT_CARD: Final = CardName("case_reports.report")
"""For management: what was reported, and the case it bears on; about is the report."""
MANAGEMENT: Final = frozenset({*PRINCIPALS, Role.LEAD, Role.COLLECTIONS_MANAGER})
"""R56: who leads and who decides; an assistant manager where there is nobody else."""
OF_CALLS: Final[Mapping[Outcome, ReportKind]] = {
    Outcome.PAID_ALREADY: ReportKind.PAYMENT_REPORTED,
    Outcome.CHECK_MAILED: ReportKind.PAYMENT_REPORTED,
    Outcome.PLAN_INQUIRY: ReportKind.PLAN_INQUIRY,
    Outcome.HARDSHIP: ReportKind.HARDSHIP,
    Outcome.PROMISE_TO_PAY: ReportKind.NEW_DATE,
    Outcome.LEGAL: ReportKind.LEGAL,
    Outcome.SOLD_OR_CLOSED: ReportKind.SOLD,
}
"""The outcomes of calls that bear on a case."""
BY_HAND: Final = (
    ReportKind.PAYMENT_REPORTED,
    ReportKind.PROOF,
    ReportKind.NEW_DATE,
    ReportKind.PLAN_INQUIRY,
    ReportKind.HARDSHIP,
    ReportKind.SECOND_CONTACT,
)
_REPORTS: Final = table_of(CaseReport)
_KEEP: Final = PreparedChange(insert(_REPORTS))
_BY_KEY: Final = Prepared(select(_REPORTS).where(_REPORTS.c.key == bindparam("key")))
_OF_CALL: Final = Prepared(
    select(_REPORTS).where(
        _REPORTS.c.call_id == bindparam("call"), _REPORTS.c.taken_back_at.is_(None)
    )
)


class BadReport(Refused):
    """Something that the report needs is missing."""


class TooLate(Refused):
    """A report is taken back by its author, for ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """What bears on a case; the same `key` reports it once."""

    kind: ReportKind
    key: str
    words: str = ""
    new_date: date | None = None
    file: str = ""
    call_id: int | None = None


def of_call(session: Session, call: Call, *, policy: Policy) -> CaseReport | None:
    """
    Tell management what a call means for the payer's case, in the call's own transaction.

    A promise tells only where the payer is under notice already: before, it is daily work.
    """
    kind = OF_CALLS.get(call.outcome)
    case = queries.of_payer(session, call.payer_id) if kind else None
    if kind is None or case is None:
        return None
    if kind is ReportKind.NEW_DATE and case.state is CaseState.WATCH:
        return None
    promise = promises.of_call(session, call.id)
    new = NewReport(
        kind=kind,
        key=f"call:{call.id}",
        words=call.words,
        new_date=promise.due_on if promise else None,
        call_id=call.id,
    )
    return report(session, case, new, by=call.agent_id, at=call.at, policy=policy)


def taken_back_with(session: Session, call: Call, *, at: datetime) -> None:
    """Take back what a call reported, since the call was undone."""
    for told in records(session, CaseReport, _OF_CALL, {"call": call.id}):
        _take_back(session, told, by=call.agent_id, at=at)


def report(  # noqa: PLR0913 - what, on which case, by whom, and when
    session: Session,
    case: AnyCase,
    new: NewReport,
    *,
    by: int | None,
    at: datetime,
    policy: Policy,
) -> CaseReport:
    """Keep what bears on a case, and tell management at once; the same report once only."""
    if known := first_record(session, CaseReport, _BY_KEY, {"key": new.key}):
        return known
    values = {
        "case_id": case.id,
        "kind": new.kind,
        "key": new.key,
        "call_id": new.call_id,
        "words": new.words.strip(),
        "new_date": new.new_date,
        "file": new.file.strip(),
        "at": at,
        "on": policy.company_date(at),
        "by": by,
    }
    told = record(session, CaseReport, change(session, _KEEP, values).new_id)
    _note(session, told, "case report", by=by, at=at)
    if new.kind is not ReportKind.SECOND_CONTACT:
        for place in management(session):
            postings.show(session, Showing(REPORT_CARD, told.id, place), at=at)
    _refresh_request(session, told, at=at)
    return told


def report_by_hand(
    session: Session, case: AnyCase, new: NewReport, *, act: Act, policy: Policy
) -> CaseReport:
    """
    Keep what somebody at the desk writes down about a case (R56).

    :raises NoWords: if there are no words.
    :raises BadReport: if a proof has no file, a new date none that is to come, or anything
        else one that has passed.
    """
    if not new.words.strip():
        raise NoWords("Please write a few words: who said it, and what exactly.")
    if new.kind is ReportKind.PROOF and not new.file.strip():
        raise BadReport("Please say which file the proof is, or where it is kept.")
    is_dated = new.new_date is not None and new.new_date > act.on
    if new.kind is ReportKind.NEW_DATE and not is_dated:
        raise BadReport("Please give the new date: a day to come.")
    if new.new_date is not None and new.new_date < act.on:
        gone = wording.dated(new.new_date)
        raise BadReport(f"{gone} has passed: give a new date to come, or leave it empty.")
    return report(session, case, new, by=act.by.id, at=act.at, policy=policy)


def take_back(session: Session, report_id: int, *, act: Act, policy: Policy) -> CaseReport:
    """
    Take a report back: its author, for ten minutes.

    :raises TooLate: if it is not theirs, or older.
    """
    told = record(session, CaseReport, report_id)
    if told.taken_back_at is not None:
        return told
    if told.by != act.by.id or told.call_id is not None:
        raise TooLate("Only who wrote this takes it back; a call's report goes with its call.")
    if act.at - told.at > timedelta(minutes=policy.undo_minutes):
        raise TooLate(f"A report can be taken back for {policy.undo_minutes} minutes.")
    _take_back(session, told, by=act.by.id, at=act.at)
    return told


def of_case(session: Session, case_id: int, *, limit: int = 20) -> list[CaseReport]:
    """Return what was reported on a case and stands, the newest first."""
    standing = select(CaseReport).filter_by(case_id=case_id, taken_back_at=None)
    newest = standing.order_by(CaseReport.at.desc(), CaseReport.id.desc())
    return list(session.scalars(newest.limit(limit)))


def of_cases(
    session: Session, case_ids: Collection[int], *, limit: int
) -> dict[int, list[Told]]:
    """Return what was reported on each case and stands, the newest first, up to a limit."""
    found: dict[int, list[Told]] = {}
    for row in rows(session, _of_cases(), {"cases": case_ids, "limit": limit}):
        found.setdefault(row.case_id, []).append(Told._make(row))
    return found


@cache
def _of_cases() -> Prepared:
    reports = _REPORTS.c
    newest = (reports.at.desc(), reports.id.desc())
    place = func.row_number().over(partition_by=reports.case_id, order_by=newest)
    standing = (
        select(*(reports[name] for name in Told._fields), place.label("place"))
        .where(
            reports.case_id.in_(bindparam("cases", expanding=True)),
            reports.taken_back_at.is_(None),
        )
        .subquery()
    )
    return Prepared(
        select(*(standing.c[name] for name in Told._fields))
        .where(standing.c.place <= bindparam("limit"))
        .order_by(standing.c.case_id, standing.c.place)
    )


def has_proof(session: Session, case_id: int) -> bool:
    """Test if a proof stands on a case."""
    return bool(proofs_of(session, case_id))


def proofs_of(session: Session, case_id: int) -> list[CaseReport]:
    """Return the proofs that stand on a case, typed or handed over, the oldest first."""
    return records(session, CaseReport, _proofs(), {"case": case_id})


@cache
def _proofs() -> Prepared:
    standing = (
        _REPORTS.c.case_id == bindparam("case"),
        _REPORTS.c.kind == ReportKind.PROOF,
        _REPORTS.c.taken_back_at.is_(None),
    )
    return Prepared(select(_REPORTS).where(*standing).order_by(_REPORTS.c.id))


def management(session: Session) -> list[postings.Place]:
    """Return the chats of those who are told what bears on a case."""
    told = people.in_roles(session, MANAGEMENT) or people.in_roles(session, LEADS)
    return [place_of(member.id) for member in told]


def _take_back(session: Session, told: CaseReport, *, by: int, at: datetime) -> None:
    told.taken_back_at = at
    session.flush()
    _note(session, told, "case report taken back", by=by, at=at)
    postings.refresh(session, REPORT_CARD, about=told.id, at=at)
    _refresh_request(session, told, at=at)


def _refresh_request(session: Session, told: CaseReport, *, at: datetime) -> None:
    """Let those who decide on a later date see that a proof has come, or was taken back."""
    if told.kind is not ReportKind.PROOF:
        return
    payer_id = queries.get(session, told.case_id).payer_id
    if asked := requests.open_of(session, payer_id, Kind.EXTENSION):
        trail.refresh(session, asked, at=at)


def _note(
    session: Session, told: CaseReport, what: str, *, by: int | None, at: datetime
) -> None:
    facts = {"case": told.case_id, "kind": told.kind, "file": told.file}
    if told.new_date:
        facts["new_date"] = told.new_date.isoformat()
    about = f"case_report:{told.id}"
    why = told.words
    audit.note(session, audit.Note(what=what, about=about, at=at, by=by, after=facts, why=why))
