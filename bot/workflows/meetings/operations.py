"""Proposing something for a case; nothing is committed here."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.approvals.deadlines import end_of
from bot.workflows.approvals.rules import Act
from bot.workflows.customers import queries as customers
from bot.workflows.meetings import queries, rules, trail
from bot.workflows.meetings.records import Proposal
from bot.workflows.meetings.rules import (
    PARTICIPANTS,
    AlreadyProposed,
    NotProposed,
    ProposalKind,
)
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Role, check_role
from bot.workflows.suspension import case_files, digest_entries, notices
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension.case_files import CaseFile
from bot.workflows.suspension.operations import LONGEST
from bot.workflows.suspension.rules import CaseClosed, CaseState, NoWords

_ONLY_AGENT: Final = frozenset({Role.AGENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody proposes for a case."""

    case_id: int
    kind: ProposalKind
    words: str
    until: date | None = None
    nonce: str | None = None


def propose(session: Session, wish: Wish, *, act: Act, policy: Policy) -> Proposal:
    """
    Propose something for a case, frozen, to those who may decide it (R82, R168-R169).

    :raises NotForYou: if the person is an auditor.
    :raises NotYourPortfolio: if an agent proposes for somebody else's payer.
    :raises CaseClosed: if the case is closed.
    :raises NotProposed: if it makes no sense for the case as it stands.
    :raises AlreadyProposed: if the same waits for a decision.
    :raises NoWords: if there are no words.
    """
    if known := queries.by_nonce(session, wish.nonce):
        return known
    file = check_may_propose(session, wish.case_id, act=act, policy=policy)
    _check(session, wish, act)
    ready = [one for one in file.accounts if one.state is CaseState.READY]
    if wish.kind is ProposalKind.SUSPEND and not ready:
        raise NotProposed(_not_ready(file))
    proposal = _frozen(session, wish, file, act=act, policy=policy)
    session.add(proposal)
    session.flush()
    trail.note(session, proposal, "proposed", act)
    trail.show(session, proposal, act=act, policy=policy)
    return proposal


def _not_ready(file: CaseFile) -> str:
    """Return that a case is not ready, and below it what is missing, a line each (R82)."""
    said = f"Case {file.number} is not ready to be suspended."
    if not file.missing:
        return f"{said} {file.would_be_ready}"
    return "\n".join((f"{said} What is missing:", *(f"✗ {one}" for one in file.missing)))


def check_may_propose(session: Session, case_id: int, *, act: Act, policy: Policy) -> CaseFile:
    """
    Check that somebody may propose something for a case; return its file.

    :raises NotForYou: if the person is an auditor.
    :raises NotYourPortfolio: if an agent proposes for somebody else's payer.
    :raises CaseClosed: if the case is closed.
    """
    check_role(act.by, PARTICIPANTS, what="Proposing")
    file = case_files.of(session, case_id, on=act.on, policy=policy)
    if file.state is CaseState.CLOSED:
        raise CaseClosed(f"Case {file.number} is closed: {file.closed_why}.")
    if act.by.roles <= _ONLY_AGENT:
        payer = customers.get(session, file.payer_id)
        customers.check_may_act(session, act.by, payer, today=act.on)
    return file


def _check(session: Session, wish: Wish, act: Act) -> None:
    rules.check_until(wish.kind, wish.until, on=act.on)
    if not wish.words.strip():
        raise NoWords("Please write a few words on why.")
    if len(wish.words) > LONGEST:
        raise NoWords(f"Please keep it under {LONGEST} characters.")
    for other in queries.open_of(session, wish.case_id):
        if (other.kind, other.until) == (wish.kind, wish.until):
            who = people.get(session, other.by).name
            raise AlreadyProposed(f"{who} has proposed that already: it waits for a decision.")
    if wish.kind is ProposalKind.RELEASE and not notices.draft_of(session, wish.case_id):
        raise NotProposed("No notice of this case waits to be released.")


def _frozen(
    session: Session, wish: Wish, file: CaseFile, *, act: Act, policy: Policy
) -> Proposal:
    digest = digests.latest(session)
    is_release = wish.kind is ProposalKind.RELEASE
    draft = notices.draft_of(session, wish.case_id) if is_release else None
    until = wish.until if wish.kind is ProposalKind.HOLD else None
    ready = [one for one in file.accounts if one.state is CaseState.READY]
    is_suspend = wish.kind is ProposalKind.SUSPEND
    stands = f"{file.stands.capitalize()}. {file.clocks}"
    return Proposal(
        case_id=wish.case_id,
        digest_id=digest.id if digest else None,
        kind=wish.kind,
        until=until,
        ask=rules.ask(wish.kind, until),
        figures="\n".join((stands, *digest_entries.account_lines(file))),
        words=wish.words.strip(),
        accounts=",".join(str(one.account_id) for one in ready) if is_suspend else "",
        notice_id=draft.id if draft else None,
        notice_version=draft.version if draft else None,
        by=act.by.id,
        at=act.at,
        expires_at=end_of(act.at, None, policy)[0],
        nonce=wish.nonce,
    )
