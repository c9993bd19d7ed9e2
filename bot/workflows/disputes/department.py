"""The department that owns a dispute: it asks, answers, hands over (R22)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import change, table_of
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.customers import queries as customers
from bot.workflows.disputes import queries
from bot.workflows.disputes.records import Dispute, DisputeSaying
from bot.workflows.disputes.rules import (
    ClosedAlready,
    Department,
    DisputeState,
    Handover,
    SayingKind,
)
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import LEADS, Member, Role, check_role

DEPARTMENT_CARD: Final = CardName("disputes.department")
"""In the department's channel: what it has to answer, and by when; about is the dispute."""
RAISED_CARD: Final = CardName("disputes.raised")
"""For leads: what was disputed, until it is closed."""
QUESTION_CARD: Final = CardName("disputes.question")
"""For whoever raised it: what the department asks; about is the question."""
HEARD_CARD: Final = CardName("disputes.heard")
"""For whoever raised it: what the department answered; about is the answer."""
_SAY: Final = PreparedChange(insert(table_of(DisputeSaying)))


class SameDepartment(Refused):
    """It is there already."""


class AnsweredAlready(Refused):
    """Somebody has answered the question meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words about a dispute, and who says them; the same nonce says them once."""

    words: str
    by: Member
    nonce: str | None = None
    answers: int | None = None
    """The question that they answer."""


def tell(session: Session, dispute: Dispute, *, at: datetime) -> None:
    """Show a dispute to the department that has to answer it; leads have a card of theirs."""
    theirs = {place_of(lead.id) for lead in people.leads(session)}
    for place in channels.places(session, Purpose(dispute.department.value)):
        if place in theirs:
            continue
        postings.show(session, Showing(DEPARTMENT_CARD, dispute.id, place), at=at)


def tell_leads(session: Session, dispute: Dispute, *, at: datetime) -> None:
    """Show a dispute to the leads at once (R55)."""
    for lead in people.leads(session):
        postings.show(session, Showing(RAISED_CARD, dispute.id, place_of(lead.id)), at=at)


def may_work(member: Member, dispute: Dispute) -> bool:
    """Test if somebody may answer and resolve a dispute: the department, and leads."""
    return bool(member.roles & workers(dispute))


def workers(dispute: Dispute) -> frozenset[Role]:
    """Return who may answer and resolve a dispute."""
    return LEADS | {Role(dispute.department.value)}


def ask(session: Session, dispute: Dispute, said: Said, *, at: datetime) -> DisputeSaying:
    """
    Ask whoever raised the dispute; the same form sent twice asks once.

    :raises NotForYou: if the person is neither of the department nor a lead.
    :raises ClosedAlready: if it is not open any more.
    """
    if earlier := queries.saying_by_nonce(session, said.nonce):
        return earlier
    _check_open(dispute, said.by)
    question = say(session, dispute, SayingKind.QUESTION, said, at=at)
    for person_id in _askers(session, dispute):
        postings.show(session, Showing(QUESTION_CARD, question.id, place_of(person_id)), at=at)
    return question


def reply(
    session: Session, question: DisputeSaying, said: Said, *, at: datetime, policy: Policy
) -> DisputeSaying:
    """
    Answer the department's question; the same form sent twice answers once.

    :raises NotYourPortfolio: if the payer is not the person's.
    :raises AnsweredAlready: if somebody was quicker.
    """
    if earlier := queries.saying_by_nonce(session, said.nonce):
        return earlier
    dispute = queries.get(session, question.dispute_id)
    payer = customers.get(session, dispute.payer_id)
    if said.by.id != dispute.raised_by:
        customers.check_may_act(session, said.by, payer, today=policy.company_date(at))
    if queries.reply_to(session, question.id):
        raise AnsweredAlready("Somebody has answered this meanwhile.")
    words = replace(said, answers=question.id)
    given = say(session, dispute, SayingKind.REPLY, words, at=at)
    postings.refresh(session, QUESTION_CARD, about=question.id, at=at)
    return given


def answer(
    session: Session, dispute: Dispute, said: Said, *, at: datetime, policy: Policy
) -> DisputeSaying:
    """
    Record the department's answer, which stops its clock but does not resolve (R22).

    :raises NotForYou: if the person is neither of the department nor a lead.
    :raises ClosedAlready: if it is not open any more.
    """
    if earlier := queries.saying_by_nonce(session, said.nonce):
        return earlier
    _check_open(dispute, said.by)
    dispute.answered_on = dispute.answered_on or policy.company_date(at)
    given = say(session, dispute, SayingKind.ANSWER, said, at=at)
    for person_id in _askers(session, dispute) - {said.by.id}:
        postings.show(session, Showing(HEARD_CARD, given.id, place_of(person_id)), at=at)
    return given


def hand_over(
    session: Session, dispute: Dispute, to: Department, said: Said, *, at: datetime
) -> None:
    """
    Give a dispute to another department; its clock goes on from the first day.

    :raises NotForYou: if the person is neither of the department nor a lead.
    :raises SameDepartment: if it is there already.
    """
    if queries.saying_by_nonce(session, said.nonce):
        return
    _check_open(dispute, said.by)
    if to is dispute.department:
        raise SameDepartment("It is with that department already.")
    handover = Handover(dispute.department, to, said.words)
    dispute.department = to
    words = replace(said, words=handover.kept)
    say(session, dispute, SayingKind.HANDOVER, words, at=at)
    tell(session, dispute, at=at)


def say(
    session: Session, dispute: Dispute, kind: SayingKind, said: Said, *, at: datetime
) -> DisputeSaying:
    """Keep what was said or done about a dispute, and draw its cards again."""
    values = {
        "dispute_id": dispute.id,
        "kind": kind,
        "words": said.words,
        "by": said.by.id,
        "at": at,
        "answers_id": said.answers,
        "nonce": said.nonce,
    }
    dispute.version += 1
    kept = DisputeSaying(id=change(session, _SAY, values).new_id, **values)
    about, after = f"dispute:{dispute.id}", {"department": dispute.department.value}
    what = f"dispute {kind}"
    audit.note(
        session,
        audit.Note(what=what, about=about, at=at, by=said.by.id, after=after, why=said.words),
    )
    refresh(session, dispute, at=at)
    return kept


def refresh(session: Session, dispute: Dispute, *, at: datetime) -> None:
    """Draw every copy of a dispute's cards again."""
    postings.refresh(session, DEPARTMENT_CARD, about=dispute.id, at=at)
    postings.refresh(session, RAISED_CARD, about=dispute.id, at=at)


def _check_open(dispute: Dispute, by: Member) -> None:
    check_role(by, workers(dispute), what="Working this dispute")
    if dispute.state is not DisputeState.OPEN:
        raise ClosedAlready("Somebody has closed this dispute meanwhile.")


def _askers(session: Session, dispute: Dispute) -> set[int]:
    """Return who can say more: whoever raised it, and whose payer it is."""
    owner = customers.get(session, dispute.payer_id).agent_id
    return {dispute.raised_by} | ({owner} if owner else set())
