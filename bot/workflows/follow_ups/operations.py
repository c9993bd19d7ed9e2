"""Sending and dropping follow-ups, and asking about them; nothing is committed here (R85)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import change, locked, table_of
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence import queries as mail
from bot.workflows.customers import queries as customers
from bot.workflows.follow_ups import drafting, ending, queries
from bot.workflows.follow_ups.ending import BATCH_CARD as BATCH_CARD
from bot.workflows.follow_ups.queries import Batch
from bot.workflows.follow_ups.records import FollowUp, FollowUpBatch, FollowUpState
from bot.workflows.follow_ups.rules import Words
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member

HELD: Final = "The payer is left alone: a hold."
NOTHING_DUE: Final = "Nothing is past due any more."
_ASK: Final = PreparedChange(insert(table_of(FollowUpBatch)))


def send(
    session: Session, follow_up_id: int, *, by: Member, at: datetime, policy: Policy
) -> FollowUp:
    """
    Send a draft as things stand now: the payer's whole mail of the day leaves.

    Where nothing is past due any more, or a hold stops mail, it is dropped instead; what was
    sent or dropped before stays so.

    :raises NotYourPortfolio: if the payer is not the person's to write to.
    """
    found = locked(session, FollowUp, follow_up_id)
    if found.state is not FollowUpState.DRAFT:
        return found
    payer = customers.get(session, found.payer_id)
    today = policy.company_date(at)
    customers.check_may_act(session, by, payer, today=today)
    if drafting.is_held(session, payer, on=today, policy=policy):
        return drop(session, found, by=by, why=HELD, at=at)
    words = queries.text(session, payer, on=today, policy=policy)
    if words is None:
        return drop(session, found, by=by, why=NOTHING_DUE, at=at)
    if not _is_as_drafted(session, found, words):
        found = drafting.redraft(session, found, words, at=at, policy=policy)
    if found.state is FollowUpState.DRAFT:
        correspondence.send_part(session, found.topic, by=by, at=at, policy=policy)
        ending.end(session, found, FollowUpState.SENT, by=by, why="", at=at)
    return found


def drop(
    session: Session, found: FollowUp, *, by: Member | None, why: str, at: datetime
) -> FollowUp:
    """Let no e-mail go; what was sent or dropped before stays so."""
    if found.state is not FollowUpState.DRAFT:
        return found
    correspondence.drop_part(session, found.topic, by=by, why=why, at=at)
    ending.end(session, found, FollowUpState.DROPPED, by=by, why=why, at=at)
    return found


def drop_of_payer(session: Session, payer_id: int, *, why: str, at: datetime) -> None:
    """Let no draft to a payer go: it was reached after all."""
    for found in queries.drafts_of_payer(session, payer_id):
        drop(session, found, by=None, why=why, at=at)


def bring_back(
    session: Session, payer_id: int, *, why: str, at: datetime, policy: Policy
) -> FollowUp | None:
    """
    Draft anew what was dropped since a payer was reached, as that was undone.

    :param why: what it was dropped for.
    :return: None where nothing was, where somebody else has reached the payer since it was
        drafted, or where none is called for any more.
    """
    found = queries.latest_of_payer(session, payer_id)
    if found is None or (found.state, found.why) != (FollowUpState.DROPPED, why):
        return None
    if queries.was_reached(session, payer_id, since=found.drafted_at):
        return None
    again = drafting.draft(
        session,
        customers.get(session, payer_id),
        agent=people.get(session, found.agent_id),
        day=found.day,
        at=at,
        policy=policy,
        call_id=found.call_id,
    )
    if batch := queries.batch_of(session, found.agent_id, found.day):
        postings.refresh(session, BATCH_CARD, about=batch.id, at=at)
    return again


def drop_of_call(session: Session, call_id: int, *, at: datetime) -> None:
    """Take back what a miss drafted, since the miss was taken back."""
    for found in queries.of_call(session, call_id):
        drop(session, found, by=None, why="The miss was undone.", at=at)


def ask(session: Session, agent: Member, *, day: date, at: datetime) -> Batch | None:
    """
    Ask an agent what becomes of the drafts of a shift, once; None where there are none.

    For one who fell out meanwhile whoever covers is asked, else the leads.
    """
    if not queries.drafts_of(session, agent.id, day):
        return None
    if known := queries.batch_of(session, agent.id, day):
        return known
    batch_id = change(session, _ASK, {"agent_id": agent.id, "day": day, "made_at": at}).new_id
    asked = audit.Note(
        what="agent asked about follow-ups",
        about=f"follow_up_batch:{batch_id}",
        at=at,
        after={"agent": agent.id, "day": day.isoformat()},
    )
    audit.note(session, asked)
    for reader in _asked(session, agent, day):
        postings.show(session, Showing(BATCH_CARD, batch_id, place_of(reader)), at=at)
    return Batch(batch_id, agent.id, day)


def _asked(session: Session, agent: Member, day: date) -> list[int]:
    away = people.absent_on(session, day)
    if agent.id not in away:
        return [agent.id]
    if cover := away[agent.id]:
        return [cover]
    leads = people.leads(session)
    return [lead.id for lead in leads]


def _is_as_drafted(session: Session, found: FollowUp, words: Words) -> bool:
    part = mail.part_of(session, found.topic)
    return part is not None and part.words == words.body
