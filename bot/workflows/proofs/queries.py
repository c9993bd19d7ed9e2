"""Finding files that were handed over, and what they prove."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import locked as locked_record
from bot.store.rows import record, rows, table_of
from bot.workflows.proofs.records import ProofFile, ProofUse


def get(session: Session, file_id: int) -> ProofFile:
    """Return a file by the desk's own id."""
    return record(session, ProofFile, file_id)


def some(session: Session, file_ids: Collection[int]) -> list[ProofFile]:
    """Return files by their ids, in order."""
    named = select(ProofFile).where(ProofFile.id.in_(file_ids))
    return list(session.scalars(named.order_by(ProofFile.id)))


def locked(session: Session, file_id: int) -> ProofFile:
    """Return a file of which nobody else says meanwhile what it proves."""
    return locked_record(session, ProofFile, file_id)


def by_sha256(session: Session, sha256: str) -> ProofFile | None:
    """Return the file with these contents."""
    return session.scalar(select(ProofFile).filter_by(sha256=sha256))


def by_path(session: Session, path: str) -> ProofFile | None:
    """Return the file at a path below the desk's home."""
    return session.scalars(select(ProofFile).filter_by(path=path).limit(1)).first()


def use(session: Session, use_id: int) -> ProofUse:
    """Return what a file was said to prove."""
    return locked_record(session, ProofUse, use_id)


def uses_of(session: Session, file_id: int) -> list[ProofUse]:
    """Return what a file proves, the oldest first; what was a mistake is left out."""
    standing = select(ProofUse).filter_by(file_id=file_id, taken_off_at=None)
    return list(session.scalars(standing.order_by(ProofUse.id)))


def times_used(session: Session, file_id: int) -> int:
    """Return how often a file was said to prove something, mistakes counted."""
    return session.scalar(select(func.count()).where(ProofUse.file_id == file_id)) or 0


def proving(session: Session, abouts: Sequence[str]) -> list[ProofFile]:
    """Return the files that prove any of some records, each once, the oldest proof first."""
    if not abouts:
        return []
    ids = [row.file_id for row in rows(session, _proving(), {"abouts": abouts})]
    found = {file.id: file for file in some(session, ids)} if ids else {}
    return [found[file_id] for file_id in ids]


@cache
def _proving() -> Prepared:
    uses = table_of(ProofUse).c
    return Prepared(
        select(uses.file_id)
        .where(uses.about.in_(bindparam("abouts", expanding=True)), uses.taken_off_at.is_(None))
        .group_by(uses.file_id)
        .order_by(func.min(uses.id))
    )


def last_without_use(session: Session, person_id: int) -> ProofFile | None:
    """Return the file that somebody handed over last and that proves nothing yet."""
    standing = select(ProofUse.id).where(
        ProofUse.file_id == ProofFile.id, ProofUse.taken_off_at.is_(None)
    )
    waiting = select(ProofFile).where(ProofFile.received_by == person_id, ~standing.exists())
    return session.scalars(waiting.order_by(ProofFile.id.desc()).limit(1)).first()
