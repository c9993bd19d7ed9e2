"""A later payment date, so that services stay on: asked for, and decided in line (R58-R60)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.workflows.approvals import counter_offers, deadlines, standing
from bot.workflows.approvals import operations as approvals
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.checks import Seen
from bot.workflows.approvals.operations import Wanted
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import Act, ApprovalState, Kind, NoReason
from bot.workflows.approvals.terms import Terms
from bot.workflows.customers import queries as customers
from bot.workflows.promises import queries as promises
from bot.workflows.suspension import looking, queries, reports, reviewing
from bot.workflows.suspension.case_records import Extension, ReportKind
from bot.workflows.suspension.drafting import amounts
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.reports import NewReport

PROOF_NEEDED: Final = "A yes needs the proof, or a written word that it is waived."


class BadDate(Refused):
    """The new date makes no sense."""


class AlreadyAsked(Refused):
    """A request for the case waits already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionWish:
    """What an agent asks for."""

    case_id: int
    until: date
    words: str
    """The customer's."""
    reason: str
    nonce: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionOffer:
    """Another date that a decider would grant."""

    until: date
    reason: str


def request(session: Session, wish: ExtensionWish, *, act: Act, policy: Policy) -> Approval:
    """
    Ask for a later payment date; management is told at once, with or without proof (R59).

    :raises NotYourPortfolio: if the payer is not the requester's to act on.
    :raises CaseClosed: if the case is closed.
    :raises AlreadyAsked: if a request for it waits.
    :raises BadDate: if the new date is not to come, or too far away.
    """
    if asked := requests.by_nonce(session, wish.nonce):
        return asked
    case = queries.get(session, wish.case_id)
    check_may_ask(session, case, act=act)
    check_date(wish.until, today=act.on, policy=policy)
    seen = looking.look(session, case, at=act.at, policy=policy)
    wanted = Wanted(
        kind=Kind.EXTENSION,
        payer_id=case.payer_id,
        terms=_terms(session, seen, wish),
        nonce=wish.nonce,
    )
    approval = approvals.ask(session, wanted, act=act, policy=policy)
    _keep(session, case, approval)
    new = NewReport(
        kind=ReportKind.NEW_DATE,
        key=f"extension:{approval.id}",
        words=wish.words,
        new_date=wish.until,
    )
    reports.report(session, case, new, by=act.by.id, at=act.at, policy=policy)
    return approval


def check_may_ask(session: Session, case: SuspensionCase, *, act: Act) -> None:
    """
    Check that an extension may be asked for now.

    :raises NotYourPortfolio: if the payer is not theirs to act on.
    :raises CaseClosed: if the case is closed.
    :raises AlreadyAsked: if a request for it waits.
    """
    payer = customers.get(session, case.payer_id)
    customers.check_may_act(session, act.by, payer, today=act.on)
    queries.check_open(case)
    if requests.open_of(session, case.payer_id, Kind.EXTENSION):
        raise AlreadyAsked(f"An extension for {payer.name} waits for a decision already.")


def check_date(until: date, *, today: date, policy: Policy) -> None:
    """
    Check a new payment date.

    :raises BadDate: if it is not to come, or too far away.
    """
    if until <= today:
        raise BadDate("The new payment date should be a day to come.")
    last = today + timedelta(days=policy.extension_days)
    if until > last:
        raise BadDate(
            f"A new payment date is at most {policy.extension_days} days away: by "
            f"{wording.dated(last)}, not {wording.dated(until)}."
        )


def counter(
    session: Session, seen: Seen, *, offer: ExtensionOffer, act: Act, policy: Policy
) -> Approval:
    """
    Offer another date, as a new frozen version.

    :raises BadDate: if it is not to come, or too far away.
    """
    check_date(offer.until, today=act.on, policy=policy)
    approval = requests.get(session, seen.approval_id)
    was = requests.standing_version(session, approval).terms
    payer = customers.get(session, approval.payer_id).name
    terms = replace(
        was,
        ask=_ask(payer, offer.until),
        reason=offer.reason,
        details={**was.details, "until": offer.until.isoformat()},
    )
    return counter_offers.offer(session, seen, terms=terms, act=act, policy=policy)


def settle(session: Session, approval: Approval, *, at: datetime, policy: Policy) -> None:
    """
    Carry out what a closed request means: the clock stops until the day granted.

    :raises NoReason: if there is neither a proof nor a word that it is waived (R60).
    :raises CaseClosed: if the case is closed meanwhile.
    """
    if approval.state is not ApprovalState.APPROVED:
        return
    extension = of_approval(session, approval.id)
    if extension.granted_on is not None:
        return
    queries.check_open(queries.get(session, extension.case_id))
    is_proven = reports.has_proof(session, extension.case_id)
    if not (is_proven or approval.reason.strip()):
        raise NoReason(f"There is no proof yet. {PROOF_NEEDED}")
    until = requests.standing_version(session, approval).terms.details["until"]
    extension.until = date.fromisoformat(until)
    extension.granted_on, extension.granted_at = policy.company_date(at), at
    extension.waived = "" if is_proven else approval.reason
    session.flush()
    _note(session, extension, at=at, by=approval.decided_by)
    reviewing.review_one(session, extension.case_id, at=at, policy=policy)


def lapse(session: Session, case: SuspensionCase, *, why: str, at: datetime) -> None:
    """End the request that waits for a case that is over: there is nothing left to extend."""
    waiting = requests.open_of(session, case.payer_id, Kind.EXTENSION)
    if waiting is not None:
        over = f"Case {case.number} is closed: {why}."
        deadlines.end_as_moot(session, waiting, why=over, at=at)


def of_approval(session: Session, approval_id: int) -> Extension:
    """Return the extension that a request is about."""
    return session.scalars(select(Extension).filter_by(approval_id=approval_id)).one()


def _keep(session: Session, case: SuspensionCase, approval: Approval) -> None:
    extension = Extension(
        case_id=case.id,
        payer_id=case.payer_id,
        approval_id=approval.id,
        asked_at=approval.asked_at,
    )
    session.add(extension)
    session.flush()


def _terms(session: Session, seen: Look, wish: ExtensionWish) -> Terms:
    case, payer, policy = seen.case, seen.payer, seen.policy
    owed = [one for one in seen.facts.owed if one.undisputed > 0]
    currency = owed[0].currency if owed else policy.base_currency
    sums = sum(one.undisputed for one in owed if one.currency == currency)
    proof = "on file" if reports.has_proof(session, case.id) else "none yet"
    broken = promises.broken_count(session, payer.id)
    return Terms(
        ask=_ask(payer.name, wish.until),
        figures=(
            ("Case", f"{case.number}, {seen.standing.words}"),
            ("Over 30 days", amounts(owed) or "nothing"),
            ("Proof", proof),
        ),
        standing=standing.of(session, payer.id, broken=broken, on=seen.on, policy=policy),
        words=wish.words,
        reason=wish.reason,
        amount=Money(sums, currency),
        details={"until": wish.until.isoformat(), "case": case.number},
    )


def _ask(payer: str, until: date) -> str:
    return (
        f"Extend the payment date of {payer} to {wording.dated(until)}: until then no notice "
        "goes and nothing is suspended."
    )


def _note(session: Session, extension: Extension, *, at: datetime, by: int | None) -> None:
    assert extension.until is not None
    audit.note(
        session,
        audit.Note(
            what="extension granted",
            about=f"extension:{extension.id}",
            at=at,
            by=by,
            after={"case": extension.case_id, "until": extension.until.isoformat()},
            why=extension.waived,
        ),
    )
