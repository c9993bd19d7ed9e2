"""Placing and lifting what keeps a payer from being worked (R105, R118, legal holds)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import PreparedChange
from bot.store.rows import enter, locked, table_of
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Role
from bot.workflows.special_handling.records import Hold, HoldKind

HOLD_CARD: Final = CardName("special_handling.hold")
"""Tells the controllers of a legal hold; about is the hold."""
_PLACE: Final = PreparedChange(insert(table_of(Hold)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """Whom to leave alone, why, and from which company date to which (None: until lifted)."""

    payer_id: int
    kind: HoldKind
    reason: str
    first_day: date
    last_day: date | None = None


def place(session: Session, hold: NewHold, *, by: int | None, at: datetime) -> Hold:
    """Leave a payer alone from now on; of a legal hold the controllers are told at once."""
    values = {
        "payer_id": hold.payer_id,
        "kind": hold.kind,
        "reason": hold.reason,
        "first_day": hold.first_day,
        "last_day": hold.last_day,
        "set_by": by,
        "set_at": at,
    }
    placed = enter(session, Hold, _PLACE, values)
    audit.note(session, _note(placed, "hold placed", by=by, at=at, why=hold.reason))
    if hold.kind is HoldKind.LEGAL:
        for controller in people.in_roles(session, {Role.CONTROLLER}):
            showing = Showing(HOLD_CARD, placed.id, place_of(controller.id))
            postings.show(session, showing, at=at)
    return placed


def lift(session: Session, hold_id: int, *, by: int | None, at: datetime, why: str) -> Hold:
    """Let a payer be worked again; a hold that is lifted already stays as it is."""
    hold = locked(session, Hold, hold_id)
    if hold.lifted_at is not None:
        return hold
    hold.lifted_at = at
    audit.note(session, _note(hold, "hold lifted", by=by, at=at, why=why))
    postings.refresh(session, HOLD_CARD, about=hold.id, at=at)
    return hold


def _note(hold: Hold, what: str, *, by: int | None, at: datetime, why: str) -> audit.Note:
    terms: dict[str, Any] = {
        "payer": hold.payer_id,
        "kind": hold.kind.value,
        "from": hold.first_day.isoformat(),
        "until": hold.last_day.isoformat() if hold.last_day else None,
    }
    is_new = hold.lifted_at is None
    return audit.Note(
        what=what,
        about=f"hold:{hold.id}",
        at=at,
        by=by,
        before=None if is_new else terms,
        after=terms if is_new else None,
        why=why,
    )
