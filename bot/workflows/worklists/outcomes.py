"""Logging a call from the list: the call, and where its payer stands afterwards (R83-R84)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.shapes import value
from bot.policy import Policy
from bot.workflows.calls import inbound
from bot.workflows.calls import operations as calls
from bot.workflows.calls import queries as call_queries
from bot.workflows.calls.operations import Conversation
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import FIND_NUMBER, Attempt, Direction, may_try_again_at
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Payer
from bot.workflows.disputes import closing as disputes
from bot.workflows.finals import answers as finals
from bot.workflows.finals.contacts import When
from bot.workflows.follow_ups import drafting
from bot.workflows.follow_ups import operations as follow_ups
from bot.workflows.follow_ups.records import FollowUp
from bot.workflows.people.rules import Member
from bot.workflows.suspension import reports as case_reports
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists import returning, shifts
from bot.workflows.worklists.records import EntryState


@value(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where today's calls leave a payer on the lists of the day."""

    state: EntryState
    attempts: int
    back_at: datetime | None


class Recorded(NamedTuple):
    """A logged call, and where it leaves its payer for the day."""

    call: Call
    standing: Standing
    payer: Payer
    draft: FollowUp | None = None
    """The e-mail that a third miss drafted (R85)."""


def record(
    session: Session, said: Conversation, *, by: Member, at: datetime, policy: Policy
) -> Recorded:
    """
    Log a call and bring every list of the day that holds the payer up to date.

    :raises Refused: whatever `calls.log` raises.
    """
    call, payer, made = calls.log(session, said, by=by, at=at, policy=policy)
    policy = policy.of_brand(payer.brand)
    now = _settle(session, call, made, at=at, policy=policy)
    draft = _follow_up(session, call, payer, now, by=by, policy=policy)
    return Recorded(call, now, payer, draft)


def settle(session: Session, call: Call, *, at: datetime, policy: Policy) -> Standing:
    """Bring the lists of the day up to date after a call, wherever it was logged."""
    made = call_queries.attempts(session, call.payer_id, policy.company_date(at))
    return _settle(session, call, made, at=at, policy=_of_brand(session, call, policy))


def _of_brand(session: Session, call: Call, policy: Policy) -> Policy:
    """Return the policy for a call's payer: its brand may have limits of its own (R31)."""
    if not policy.brands:
        return policy
    return policy.of_brand(customers.get(session, call.payer_id).brand)


def _settle(
    session: Session, call: Call, made: Sequence[Attempt], *, at: datetime, policy: Policy
) -> Standing:
    now = standing(made, policy=policy)
    if call.direction is Direction.IN:
        now = _after_their_call(call, now, policy=policy)
    worklists.after_call(
        session,
        call.payer_id,
        outcome_state=now.state,
        attempts=now.attempts,
        back_at=now.back_at,
        at=at,
    )
    if inbound.is_voicemail(call):
        returning.bring_up(session, call, policy=policy)
    case_reports.of_call(session, call, policy=policy)
    if call.is_reached:
        follow_ups.drop_of_payer(session, call.payer_id, why=_reached(call), at=at)
        finals.after_call(session, call, when=When(at=at, policy=policy, by=call.agent_id))
    return now


def _reached(call: Call) -> str:
    return f"Reached on {wording.day(call.day)}: {call.outcome.words}."


def take_back(
    session: Session, call_id: int, *, by: Member, at: datetime, policy: Policy
) -> Call:
    """
    Undo a call with everything it changed, disputes included, and put the payer back.

    What was drafted before the payer was reached is drafted again (R85).

    :raises Refused: whatever `calls.undo` raises.
    """
    call = calls.undo(session, call_id, by=by, at=at, policy=policy)
    case_reports.taken_back_with(session, call, at=at)
    disputes.withdraw_with_call(session, call.id, by=by, at=at, policy=policy)
    if inbound.is_voicemail(call):
        returning.let_go(session, call, at=at)
    if call.is_reached:
        finals.take_back(session, call, by=by, when=When(at=at, policy=policy, by=by.id))
        follow_ups.bring_back(session, call.payer_id, why=_reached(call), at=at, policy=policy)
    follow_ups.drop_of_call(session, call.id, at=at)
    made = call_queries.attempts(session, call.payer_id, policy.company_date(at))
    now = standing(made, policy=_of_brand(session, call, policy))
    if now.state is EntryState.OPEN:
        worklists.restore(
            session, call.payer_id, attempts=now.attempts, back_at=now.back_at, at=at
        )
        return call
    worklists.after_call(
        session,
        call.payer_id,
        outcome_state=now.state,
        attempts=now.attempts,
        back_at=now.back_at,
        at=at,
    )
    return call


def _follow_up(  # noqa: PLR0913 - the call, and where it leaves its payer
    session: Session,
    call: Call,
    payer: Payer,
    now: Standing,
    *,
    by: Member,
    policy: Policy,
) -> FollowUp | None:
    """Draft the e-mail after the third miss (R85)."""
    if call.direction is Direction.IN or now.state is not EntryState.TRIED_OUT:
        return None
    day = shifts.business_day(by, at=call.at, policy=policy) or call.day
    return drafting.draft(
        session, payer, agent=by, day=day, at=call.at, policy=policy, call_id=call.id
    )


def standing(made: Sequence[Attempt], *, policy: Policy) -> Standing:
    """
    Return where a day's attempts leave a payer: the last one decides (R84).

    :param made: the attempts that stand, the first one first.
    """
    if not made:
        return Standing(state=EntryState.OPEN, attempts=0, back_at=None)
    last, count = made[-1], len(made)
    if last.back_at:
        is_today = policy.company_date(last.back_at) == policy.company_date(last.at)
        state = EntryState.OPEN if is_today else EntryState.REACHED
        return Standing(state=state, attempts=count, back_at=last.back_at)
    if last.outcome.is_reached:
        return Standing(state=EntryState.REACHED, attempts=count, back_at=None)
    if count >= policy.attempts_a_day:
        return Standing(state=EntryState.TRIED_OUT, attempts=count, back_at=None)
    if last.next_step == FIND_NUMBER:
        return Standing(state=EntryState.LATER, attempts=count, back_at=None)
    again = may_try_again_at(last.at, policy)
    return Standing(state=EntryState.OPEN, attempts=count, back_at=again)


def _after_their_call(call: Call, now: Standing, *, policy: Policy) -> Standing:
    """Return where a call that came in leaves its payer: it counts as reached, not as tried."""
    if not call.is_reached:
        return now
    is_today = call.next_at is not None and policy.company_date(call.next_at) == call.day
    state = EntryState.OPEN if is_today else EntryState.REACHED
    return replace(now, state=state, back_at=call.next_at)
