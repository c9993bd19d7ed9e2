"""Keeping what was handed over, and saying what it proves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.store.rows import insert_new, table_of
from bot.workflows.people.rules import Member
from bot.workflows.proofs import queries
from bot.workflows.proofs.records import ProofFile, ProofUse
from bot.workflows.proofs.rules import CannotUse, Received


class Kept(NamedTuple):
    """A file, and whether it is new to the desk."""

    file: ProofFile
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a file proves, and for which payer."""

    about: str
    payer_id: int


def keep(session: Session, received: Received, *, by: Member, at: datetime) -> Kept:
    """Keep a file that somebody handed over; the same contents are kept once, by whomever."""
    if known := queries.by_sha256(session, received.sha256):
        return Kept(known, is_new=False)
    row = {
        "sha256": received.sha256,
        "size": received.size,
        "name": received.name,
        "path": received.path,
        "received_by": by.id,
        "received_at": at,
    }
    is_new = insert_new(session, table_of(ProofFile), [row]) == 1
    file = queries.by_sha256(session, received.sha256)
    assert file is not None
    # Whoever hands over the same file in the same moment has written to the table, too.
    what = "file kept" if is_new else "file handed over again"
    facts = {"name": received.name, "size": file.size, "sha256": file.sha256}
    _note(session, what, f"proof_file:{file.id}", facts, (by, at))
    return Kept(file, is_new)


def prove(
    session: Session, file: ProofFile, proven: Proven, *, by: Member, at: datetime
) -> ProofUse:
    """Say what a file proves; once said, it is not said again."""
    queries.locked(session, file.id)
    for known in queries.uses_of(session, file.id):
        if known.about == proven.about:
            return known
    used = ProofUse(
        file_id=file.id, about=proven.about, payer_id=proven.payer_id, by=by.id, at=at
    )
    session.add(used)
    session.flush()
    facts = {"file": file.name, "sha256": file.sha256, "payer": proven.payer_id}
    _note(session, "proof filed", proven.about, facts, (by, at))
    return used


def take_off(
    session: Session, use: ProofUse, *, by: Member, at: datetime, policy: Policy
) -> None:
    """
    Take a proof off what it was put on by mistake: who put it there, for ten minutes.

    :raises CannotUse: if it is not theirs, or older.
    """
    if use.taken_off_at is not None:
        return
    if use.by != by.id:
        raise CannotUse("Only who put a proof there takes it off.")
    if at - use.at > timedelta(minutes=policy.undo_minutes):
        raise CannotUse(f"A proof can be taken off for {policy.undo_minutes} minutes.")
    use.taken_off_at, use.taken_off_by = at, by.id
    session.flush()
    _note(session, "proof taken off", use.about, {"file": use.file_id}, (by, at))


def _note(
    session: Session,
    what: str,
    about: str,
    facts: dict[str, object],
    who: tuple[Member, datetime],
) -> None:
    by, at = who
    audit.note(session, audit.Note(what=what, about=about, at=at, by=by.id, after=facts))
