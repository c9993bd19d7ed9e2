"""Logging calls, and taking them back (R1, R9-R11, R83-R84, R164)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, exists, insert, or_, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import value
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import change, locked, rows, table_of
from bot.workflows.calls import effects, inbound, permission, queries, rules
from bot.workflows.calls.effects import Changes
from bot.workflows.calls.permission import CallOut
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Attempt, Direction, NextStep, Outcome
from bot.workflows.customers.queries import PAYER
from bot.workflows.customers.records import Customer, Payer
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from bot.workflows.special_handling.records import Hold
from bot.workflows.tasks.records import Task, TaskKind, TaskState

ALERT_CARD: Final = CardName("calls.alert")
"""Tells the leads at once of a difficult conversation, hardship, a sale or a legal matter
(R54); about is the call."""


_CUSTOMERS: Final = table_of(Customer)
_ONE_CALL_AT_A_TIME: Final = Prepared(
    select(
        *PAYER,
        exists().where(Hold.payer_id == _CUSTOMERS.c.id).label("was_ever_held"),
        exists()
        .where(
            Task.payer_id == _CUSTOMERS.c.id,
            or_(Task.kind == TaskKind.CALL_BACK, Task.kind == TaskKind.PAYMENT_DATE),
            Task.state == TaskState.OPEN,
        )
        .label("is_owed_a_call"),
    )
    .where(_CUSTOMERS.c.id == bindparam("payer_id"))
    .with_for_update(key_share=True, of=_CUSTOMERS)
)
"""So that two agents who log the same payer at once see each other's attempt (R84)."""

_ENTER: Final = PreparedChange(insert(table_of(Call)))


@value(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What was said, or that nobody answered."""

    payer_id: int
    outcome: Outcome
    direction: Direction = Direction.OUT
    spoke_to: str = ""
    number: str = ""
    """The number that they gave; empty: the one in the book."""
    words: str = ""
    back_at: datetime | None = None
    """When they want to be called back."""
    then: NextStep | None = None
    """What follows, where the process that the call was for says so (R46)."""
    is_difficult: bool = False
    changes: Changes = field(default_factory=Changes)
    nonce: str | None = None
    """Of the form: the same one never logs twice."""


class Logged(NamedTuple):
    """A call that was logged, or had been by the same form."""

    call: Call
    payer: Payer
    attempts: tuple[Attempt, ...]
    """All that were made on the payer that day, this one included (R84)."""


def log(
    session: Session, said: Conversation, *, by: Member, at: datetime, policy: Policy
) -> Logged:
    """
    Log one call with a payer, for all its sites, and everything that was agreed in it.

    Anyone at the desk may log a call that came in; calling out is for the payer's own agent,
    their cover, and leads. The same form sent twice logs it once.

    :raises NotYourPortfolio: if the payer is not the person's to call.
    :raises Stopped: if a legal hold has stopped calls to the payer.
    :raises NotNow: if nobody was reached and the payer was not to be tried yet (R84).
    :raises BadPromise: if what was promised cannot be taken.
    """
    *found, was_held, is_owed = rows(
        session, _ONE_CALL_AT_A_TIME, {"payer_id": said.payer_id}
    ).one()
    payer = Payer._make(found)
    policy = policy.of_brand(payer.brand)
    made = queries.attempts(session, payer.id, policy.company_date(at))
    if said.nonce and (earlier := queries.by_nonce(session, said.nonce)):
        return Logged(earlier, payer, tuple(made))
    if said.direction is Direction.OUT:
        out = CallOut(
            payer=payer, by=by, at=at, policy=policy, was_held=was_held, is_owed=is_owed
        )
        permission.check(session, out, made, is_reached=said.outcome.is_reached)
    call = _enter(session, _call(payer, said, by=by, at=at, policy=policy))
    effects.apply(session, said.changes, call=call, by=by, policy=policy)
    audit.note(session, _logged(call, said))
    if call.direction is Direction.IN:
        inbound.route(session, call, payer, policy=policy)
    elif is_owed:
        inbound.returned(session, call, by=by)
    if said.is_difficult or said.outcome in rules.TOLD_TO_THE_LEAD:
        _tell_the_leads(session, call)
    return Logged(call, payer, _with(made, call, by))


def undo(session: Session, call_id: int, *, by: Member, at: datetime, policy: Policy) -> Call:
    """
    Take back a call and all that it changed: for ten minutes, by its author.

    :raises NotYours: if somebody else logged it.
    :raises TooLate: if it is older, or taken back already.
    """
    call = locked(session, Call, call_id)
    rules.check_undo(
        is_author=call.agent_id == by.id,
        is_undone=call.undone_at is not None,
        age=at - call.at,
        policy=policy,
    )
    effects.take_back(session, call, by=by, at=at, policy=policy)
    call.undone_at = at
    session.flush()
    about, was = f"call:{call.id}", {"outcome": call.outcome.value, "payer": call.payer_id}
    audit.note(
        session, audit.Note(what="call undone", about=about, at=at, by=by.id, before=was)
    )
    postings.refresh(session, ALERT_CARD, about=call.id, at=at)
    if call.direction is Direction.IN:
        postings.refresh(session, inbound.INBOUND_CARD, about=call.id, at=at)
    return call


def _enter(session: Session, values: dict[str, Any]) -> Call:
    """Insert a call in one statement; it is never changed through the record returned."""
    return Call(id=change(session, _ENTER, values).new_id, **values)


def _with(made: Sequence[Attempt], call: Call, by: Member) -> tuple[Attempt, ...]:
    if call.direction is Direction.IN or call.next_step == rules.CALL_NEW_NUMBER:
        return tuple(made)
    attempt = Attempt(
        at=call.at,
        by=by.name,
        outcome=call.outcome,
        back_at=call.next_at,
        next_step=call.next_step,
    )
    return tuple(sorted((*made, attempt), key=lambda one: one.at))


def _call(
    payer: Payer, said: Conversation, *, by: Member, at: datetime, policy: Policy
) -> dict[str, Any]:
    step = _next_step(said, at=at, policy=policy)
    return {
        "payer_id": payer.id,
        "agent_id": by.id,
        "at": at,
        "day": policy.company_date(at),
        "direction": said.direction,
        "outcome": said.outcome,
        "is_reached": said.outcome.is_reached,
        "number": said.number or payer.phone,
        "spoke_to": said.spoke_to,
        "words": said.words,
        "next_step": step.words,
        "next_on": step.on,
        "next_at": step.at,
        "is_difficult": said.is_difficult,
        "nonce": said.nonce,
    }


def _next_step(said: Conversation, *, at: datetime, policy: Policy) -> NextStep:
    today = policy.company_date(at)
    if said.direction is Direction.IN and said.outcome is Outcome.LEFT_VOICEMAIL:
        return NextStep(words="Return the voicemail", on=policy.calendar.on_or_after(today))
    if said.then:
        return said.then
    if promise := said.changes.promise:
        is_check = bool(promise.check_number)
        return rules.after_promise(promise.due_on, is_check=is_check, policy=policy)
    return rules.next_step(
        said.outcome,
        today=today,
        policy=policy,
        agreed=said.back_at,
        has_number="phone" in said.changes.contact,
    )


def _tell_the_leads(session: Session, call: Call) -> None:
    for lead in people.leads(session):
        if lead.id != call.agent_id:
            postings.show(session, Showing(ALERT_CARD, call.id, place_of(lead.id)), at=call.at)


def _logged(call: Call, said: Conversation) -> audit.Note:
    after = {
        "payer": call.payer_id,
        "outcome": call.outcome.value,
        "direction": call.direction.value,
        "next_on": call.next_on,
    }
    return audit.Note(
        what="call logged",
        about=f"call:{call.id}",
        at=call.at,
        by=call.agent_id,
        after=after,
        why=said.words,
    )
