"""Finding requests, who may decide them, and what was granted before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from typing import Final

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.store.base import UtcColumn
from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, table_of
from bot.workflows.approvals.records import (
    Approval,
    ApprovalEvent,
    ApprovalVersion,
    Delegation,
    Happening,
)
from bot.workflows.approvals.rules import (
    AUTHORITY,
    OPEN,
    ApprovalState,
    Kind,
    Mandate,
    NotYours,
    Request,
    may_decide,
)
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, Role

RECENT: Final = 10
_APPROVALS: Final = table_of(Approval)
_VERSIONS: Final = table_of(ApprovalVersion)


def get(session: Session, approval_id: int) -> Approval:
    """Return a request by the desk's own id."""
    return record(session, Approval, approval_id)


def event(session: Session, event_id: int) -> ApprovalEvent:
    """Return one thing that happened to a request."""
    return record(session, ApprovalEvent, event_id)


def by_nonce(session: Session, nonce: str | None) -> Approval | None:
    """Return the request that a form has created before."""
    return first_record(session, Approval, _by_nonce(), {"nonce": nonce}) if nonce else None


@cache
def _by_nonce() -> Prepared:
    return Prepared(select(_APPROVALS).where(_APPROVALS.c.nonce == bindparam("nonce")))


def standing_version(session: Session, approval: Approval) -> ApprovalVersion:
    """Return the version that stands now."""
    return version(session, approval, approval.number)


def version(session: Session, approval: Approval, number: int) -> ApprovalVersion:
    """Return a version by its number."""
    given = {"approval": approval.id, "number": number}
    [found] = records(session, ApprovalVersion, _version(), given)
    return found


@cache
def _version() -> Prepared:
    return Prepared(
        select(_VERSIONS).where(
            _VERSIONS.c.approval_id == bindparam("approval"),
            _VERSIONS.c.number == bindparam("number"),
        )
    )


def events(session: Session, approval: Approval) -> list[ApprovalEvent]:
    """Return all that happened to a request, in order."""
    return records(session, ApprovalEvent, _events(), {"approval": approval.id})


@cache
def _events() -> Prepared:
    events = table_of(ApprovalEvent)
    mine = select(events).where(events.c.approval_id == bindparam("approval"))
    return Prepared(mine.order_by(events.c.id))


def request_of(session: Session, approval: Approval) -> Request:
    """Return the request as the rules know it."""
    return Request(
        kind=approval.kind,
        amount=standing_version(session, approval).terms.amount,
        asked_by=people.get(session, approval.asked_by),
        asked_at=approval.asked_at,
    )


def mandates(session: Session, member: Member) -> list[Mandate]:
    """Return the delegations that a person holds, with their givers as they are now (R69)."""
    if Role.DELEGATE not in member.roles:
        return []
    active = {person.id: person for person in people.everybody(session)}
    held = select(Delegation).filter_by(to_id=member.id, ended_at=None)
    return [
        Mandate(
            given_by=active.get(row.given_by),
            given_at=row.given_at,
            limit=Money(row.up_to, row.currency),
            first_day=row.first_day,
            last_day=row.last_day,
        )
        for row in session.scalars(held)
    ]


def deciders(session: Session, approval: Approval, *, on: date) -> list[Member]:
    """Return who may decide a request that day, by name."""
    request = request_of(session, approval)
    wanted = AUTHORITY[approval.kind] | {Role.DELEGATE}
    return [
        member
        for member in people.in_roles(session, wanted)
        if may_decide(request, member, mandates(session, member), on=on)
    ]


def is_for(session: Session, approval: Approval, member: Member, *, on: date) -> bool:
    """Test if a request is for that person to decide."""
    request = request_of(session, approval)
    return may_decide(request, member, mandates(session, member), on=on)


def check_may_see(session: Session, approval: Approval, member: Member, *, on: date) -> None:
    """
    Check that a person may look at a request: its requester, a decider, or a lead and above.

    :raises NotYours: if they are none of these.
    """
    if member.id == approval.asked_by or member.is_lead:
        return
    if not is_for(session, approval, member, on=on):
        raise NotYours("This request is between its requester and those who decide it.")


def waiting_for(session: Session, member: Member, *, on: date) -> list[Approval]:
    """Return the requests that wait for that person's decision, the most urgent first."""
    waiting = select(Approval).where(Approval.state == ApprovalState.WAITING)
    urgent_first = session.scalars(waiting.order_by(Approval.expires_at, Approval.id))
    return [item for item in urgent_first if is_for(session, item, member, on=on)]


def asked_by(session: Session, member: Member, *, limit: int = RECENT) -> list[Approval]:
    """Return what a person asked for last: what is open first, then the newest."""
    mine = select(Approval).where(Approval.asked_by == member.id)
    newest = session.scalars(mine.order_by(Approval.asked_at.desc()).limit(limit))
    return sorted(newest, key=lambda item: not item.is_open)


def open_of(session: Session, payer_id: int, kind: Kind) -> Approval | None:
    """Return the payer's request of that kind that is still open."""
    return first_record(session, Approval, _open_of(), {"payer": payer_id, "kind": kind})


@cache
def _open_of() -> Prepared:
    mine = select(_APPROVALS).where(
        _APPROVALS.c.payer_id == bindparam("payer"),
        _APPROVALS.c.kind == bindparam("kind"),
        _APPROVALS.c.state.in_(OPEN),
    )
    return Prepared(mine.order_by(_APPROVALS.c.id).limit(1))


def granted(
    session: Session, kind: Kind, *, since: datetime, payer_id: int | None = None
) -> int:
    """Return how many requests of a kind were approved since a moment (R61)."""
    yes = select(func.count()).where(
        Approval.kind == kind,
        Approval.state == ApprovalState.APPROVED,
        Approval.decided_at >= since,
    )
    mine = yes if payer_id is None else yes.where(Approval.payer_id == payer_id)
    return session.scalar(mine) or 0


def due(session: Session, *, at: datetime) -> list[Approval]:
    """Return the open requests whose reminder, last call or end has come."""
    return records(session, Approval, _due(), {"at": at})


@cache
def _due() -> Prepared:
    asked, at = _APPROVALS.c, bindparam("at", type_=UtcColumn())
    come = or_(*(one <= at for one in (asked.remind_at, asked.last_call_at, asked.expires_at)))
    waiting = select(_APPROVALS).where(asked.state.in_(OPEN), come)
    return Prepared(waiting.order_by(asked.id))


def delegations(session: Session, *, on: date) -> list[Delegation]:
    """Return the delegations that hold that day or later."""
    live = select(Delegation).where(Delegation.ended_at.is_(None), Delegation.last_day >= on)
    return list(session.scalars(live.order_by(Delegation.first_day, Delegation.id)))


def named(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    """Return people's names by id."""
    return {one: people.get(session, one).name for one in ids if one is not None}


def last(session: Session, approval: Approval, what: Happening) -> ApprovalEvent | None:
    """Return the latest event of a kind."""
    mine = select(ApprovalEvent).filter_by(approval_id=approval.id, what=what)
    return session.scalars(mine.order_by(ApprovalEvent.id.desc())).first()
