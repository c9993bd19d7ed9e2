"""A file that was handed over becomes the proof on a suspension case (R56, R60)."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.approvals.rules import Act
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import Member
from bot.workflows.proofs import operations as proofs
from bot.workflows.proofs import queries as files
from bot.workflows.proofs.operations import Proven
from bot.workflows.proofs.records import ProofFile
from bot.workflows.suspension import queries, reports
from bot.workflows.suspension.case_records import CaseReport, ReportKind
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.reports import NewReport

HANDED_OVER: Final = "Handed over in chat."
_LOOKED_AT: Final = 20


def prove(  # noqa: PLR0913 - what, on which case, and by whom
    session: Session,
    case: SuspensionCase,
    file: ProofFile,
    words: str,
    *,
    act: Act,
    policy: Policy,
) -> CaseReport:
    """
    Put a file on a case as its proof, and tell management at once (R56); a file once a case.

    :raises NotYourPortfolio: if the payer is not the person's to act on.
    :raises CaseClosed: if the case is closed.
    """
    payer = customers.get(session, case.payer_id)
    customers.check_may_act(session, act.by, payer, today=act.on)
    queries.check_open(case)
    files.locked(session, file.id)
    if known := _known(session, case, file):
        return known
    new = NewReport(
        kind=ReportKind.PROOF,
        key=f"proof_file:{file.id}:{files.times_used(session, file.id)}",
        words=words or HANDED_OVER,
        file=file.name,
    )
    told = reports.report(session, case, new, by=act.by.id, at=act.at, policy=policy)
    proven = Proven(about=_about(told.id), payer_id=case.payer_id)
    proofs.prove(session, file, proven, by=act.by, at=act.at)
    return told


def of_case(session: Session, case_id: int) -> list[ProofFile]:
    """Return the files that stand as proofs on a case."""
    standing = reports.proofs_of(session, case_id)
    return files.proving(session, [_about(told.id) for told in standing])


def of_report(session: Session, report_id: int) -> list[ProofFile]:
    """Return the files that came with a report."""
    return files.proving(session, [_about(report_id)])


def recent(
    session: Session, member: Member, *, today: date, limit: int
) -> list[SuspensionCase]:
    """Return the open cases that somebody reported on last, then what moves of their payers."""
    last = select(CaseReport.case_id).filter_by(by=member.id)
    told = session.scalars(last.order_by(CaseReport.id.desc()).limit(_LOOKED_AT))
    reported = [queries.get(session, case_id) for case_id in dict.fromkeys(told)]
    mine = set(customers.agents_payers(session, member, today=today))
    moving = [case for case in queries.beyond_watch(session) if case.payer_id in mine]
    found = {case.id: case for case in (*reported, *moving) if case.closed_on is None}
    return list(found.values())[:limit]


def _known(session: Session, case: SuspensionCase, file: ProofFile) -> CaseReport | None:
    used = {use.about for use in files.uses_of(session, file.id)}
    standing = reports.proofs_of(session, case.id)
    return next((told for told in standing if _about(told.id) in used), None)


def _about(report_id: int) -> str:
    return f"case_report:{report_id}"
