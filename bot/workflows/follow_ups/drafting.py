"""Drafting follow-ups: after a third miss, and for who was not reached in a shift (R85)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store.prepared import PreparedChange
from bot.store.rows import enter, table_of
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence.operations import Part
from bot.workflows.correspondence.records import Process
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.follow_ups import ending, queries
from bot.workflows.follow_ups.records import FollowUp, FollowUpState, Origin
from bot.workflows.follow_ups.rules import Words
from bot.workflows.people.rules import Member
from bot.workflows.special_handling import queries as holds
from bot.workflows.special_handling import rules as special_handling

NEWER: Final = "A newer one is drafted."
NO_ADDRESS: Final = "There is no e-mail address: a task is open."
_DRAFT: Final = PreparedChange(insert(table_of(FollowUp)))


def draft(  # noqa: PLR0913 - to whom, by whom, for which day, after what
    session: Session,
    payer: AnyCustomer,
    *,
    agent: Member,
    day: date,
    at: datetime,
    policy: Policy,
    call_id: int | None = None,
) -> FollowUp | None:
    """
    Draft the e-mail to a payer that was not reached, once a business day.

    A draft that was taken back with its miss is drafted anew; one of an earlier day makes way.
    A payer without an address gets none, and its task is open.

    :return: the follow-up, dropped where there is no address; None where none is called for:
        a hold, a brand without follow-ups, nothing past due, or one that a person has ended.
    """
    known = queries.of_payer(session, payer.id, day)
    if known and known.state is FollowUpState.DRAFT:
        return known
    if known and known.ended_by is not None:
        return None
    today = policy.company_date(at)
    has_follow_ups = policy.brand(payer.brand).has("follow_ups")
    if not has_follow_ups or is_held(session, payer, on=today, policy=policy):
        return None
    words = queries.text(session, payer, on=today, policy=policy)
    if words is None:
        return None
    _supersede(session, payer, day, at=at)
    if known is None:
        made = _made(session, payer, agent=agent, day=day, at=at, call_id=call_id)
    else:
        made = _made_anew(known, agent=agent, at=at, call_id=call_id)
    return _with_text(session, made, words, at=at, policy=policy)


def redraft(
    session: Session, found: FollowUp, words: Words, *, at: datetime, policy: Policy
) -> FollowUp:
    """Word a draft anew, since what is past due has changed."""
    why = "What is past due has changed."
    correspondence.drop_part(session, found.topic, by=None, why=why, at=at)
    found.revision += 1
    return _with_text(session, found, words, at=at, policy=policy)


def is_held(session: Session, payer: AnyCustomer, *, on: date, policy: Policy) -> bool:
    """Test if a payer is not written to that day: a legal hold, an exception, a referral."""
    if special_handling.legal_hold(special_handling.flags_of(payer.flags)):
        return True
    return bool(holds.of_payer(session, payer.id, on=on, policy=policy))


def _supersede(session: Session, payer: AnyCustomer, day: date, *, at: datetime) -> None:
    for earlier in queries.drafts_of_payer(session, payer.id):
        if earlier.day != day:
            correspondence.drop_part(session, earlier.topic, by=None, why=NEWER, at=at)
            ending.end(session, earlier, FollowUpState.DROPPED, by=None, why=NEWER, at=at)


def _made(  # noqa: PLR0913 - to whom, by whom, for which day, after what
    session: Session,
    payer: AnyCustomer,
    *,
    agent: Member,
    day: date,
    at: datetime,
    call_id: int | None,
) -> FollowUp:
    values = {
        "payer_id": payer.id,
        "agent_id": agent.id,
        "day": day,
        "origin": _origin(call_id),
        "call_id": call_id,
        "revision": 1,
        "state": FollowUpState.DRAFT,
        "why": "",
        "drafted_at": at,
    }
    return enter(session, FollowUp, _DRAFT, values)


def _made_anew(
    known: FollowUp, *, agent: Member, at: datetime, call_id: int | None
) -> FollowUp:
    known.agent_id, known.state, known.why = agent.id, FollowUpState.DRAFT, ""
    known.origin, known.call_id = _origin(call_id), call_id
    known.revision, known.drafted_at = known.revision + 1, at
    known.ended_at, known.ended_by = None, None
    return known


def _origin(call_id: int | None) -> Origin:
    return Origin.THIRD_MISS if call_id else Origin.SHIFT_END


def _with_text(
    session: Session, found: FollowUp, words: Words, *, at: datetime, policy: Policy
) -> FollowUp:
    part = Part(
        payer_id=found.payer_id,
        topic=found.topic,
        process=Process.FOLLOW_UPS,
        subject=words.subject,
        words=words.body,
        needs_person=True,
    )
    mail = correspondence.add_part(session, part, at=at, policy=policy)
    ending.note(session, found, "follow-up drafted", by=None, at=at)
    if mail is None:
        ending.end(session, found, FollowUpState.DROPPED, by=None, why=NO_ADDRESS, at=at)
    return found
