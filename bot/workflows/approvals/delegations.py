"""Naming, in writing, who may decide fee waivers in one's place (R69)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.store import audit
from bot.store.rows import locked
from bot.workflows.approvals.records import Delegation
from bot.workflows.approvals.rules import Act, NotDelegable, NotYours, check_delegation
from bot.workflows.people.rules import PRINCIPALS, Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Whom a principal names, up to what fee, from when to when, and in what words."""

    to: Member
    limit: Money
    first_day: date
    last_day: date
    words: str
    nonce: str | None = None


def name(session: Session, naming: Naming, *, act: Act) -> Delegation:
    """
    Record a delegation; it covers waivers asked for from now on.

    :raises NotDelegable: if the person cannot be named, or the days make no sense.
    """
    check_delegation(act.by, naming.to, first_day=naming.first_day, last_day=naming.last_day)
    if naming.last_day < act.on:
        raise NotDelegable("The last day has passed already.")
    if naming.nonce and (known := _by_nonce(session, naming.nonce)):
        return known
    delegation = Delegation(
        given_by=act.by.id,
        to_id=naming.to.id,
        currency=naming.limit.currency,
        up_to=naming.limit.minor,
        first_day=naming.first_day,
        last_day=naming.last_day,
        words=naming.words,
        given_at=act.at,
        nonce=naming.nonce,
    )
    session.add(delegation)
    session.flush()
    _note(session, delegation, "approvals.delegated", act)
    return delegation


def end(session: Session, delegation_id: int, *, act: Act) -> Delegation:
    """
    End a delegation at once.

    :raises NotYours: if the person is not a principal.
    """
    if not act.by.roles & PRINCIPALS:
        raise NotYours("Only the Corporate Controller or the VP Finance ends a delegation.")
    delegation = locked(session, Delegation, delegation_id)
    if delegation.ended_at is None:
        delegation.ended_at, delegation.ended_by = act.at, act.by.id
        _note(session, delegation, "approvals.delegation_ended", act)
    return delegation


def _by_nonce(session: Session, nonce: str) -> Delegation | None:
    return session.scalar(select(Delegation).filter_by(nonce=nonce))


def _note(session: Session, delegation: Delegation, what: str, act: Act) -> None:
    limit = Money(delegation.up_to, delegation.currency)
    after = {
        "to": delegation.to_id,
        "limit": str(limit),
        "first_day": delegation.first_day.isoformat(),
        "last_day": delegation.last_day.isoformat(),
    }
    audit.note(
        session,
        audit.Note(
            what=what,
            about=f"delegation:{delegation.id}",
            at=act.at,
            by=act.by.id,
            after=after,
            why=delegation.words,
        ),
    )
