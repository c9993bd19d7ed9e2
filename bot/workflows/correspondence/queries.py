"""Finding mail, what it says, and what may be sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache
from typing import Final

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, rows, table_of
from bot.workflows.correspondence.records import (
    Mail,
    MailFile,
    MailPart,
    MailState,
    MailText,
    Process,
    ProcessRelease,
)

_MAILS: Final = table_of(Mail).c
_RELEASES: Final = table_of(ProcessRelease).c
_BY_KEY: Final = Prepared(select(table_of(Mail)).where(Mail.key == bindparam("key")))
_PART: Final = Prepared(select(table_of(MailPart)).where(MailPart.topic == bindparam("topic")))
_FILES: Final = Prepared(
    select(table_of(MailFile))
    .where(MailFile.mail_id == bindparam("mail"))
    .order_by(MailFile.id)
)
_RELEASE: Final = Prepared(
    select(_RELEASES.id).where(_RELEASES.process == bindparam("process"))
)


def get(session: Session, mail_id: int) -> Mail:
    """Return a mail by the desk's own id."""
    return record(session, Mail, mail_id)


def by_key(session: Session, key: str) -> Mail | None:
    """Return the mail that was made under that key, if any."""
    return first_record(session, Mail, _BY_KEY, {"key": key})


def by_about(session: Session, about: str) -> list[Mail]:
    """Return the mails that belong to a record, the oldest first."""
    return records(session, Mail, _by_about(), {"about": about})


@cache
def _by_about() -> Prepared:
    theirs = select(table_of(Mail)).where(_MAILS.about == bindparam("about"))
    return Prepared(theirs.order_by(_MAILS.id))


def by_topic(session: Session, topic: str) -> Mail | None:
    """Return the mail in which that topic stands or was sent, if it was ever added."""
    return first_record(session, Mail, _by_topic(), {"topic": topic})


@cache
def _by_topic() -> Prepared:
    told = select(table_of(Mail)).join(MailPart, MailPart.mail_id == Mail.id)
    return Prepared(told.where(MailPart.topic == bindparam("topic")))


def part_of(session: Session, topic: str) -> MailPart | None:
    """Return what was to be said about a topic, if it was ever added."""
    return first_record(session, MailPart, _PART, {"topic": topic})


def known_topics(session: Session, topics: Collection[str]) -> set[str]:
    """Return those of the topics that were ever added."""
    return {row.topic for row in rows(session, _known_topics(), {"topics": list(topics)})}


@cache
def _known_topics() -> Prepared:
    told = table_of(MailPart).c.topic
    return Prepared(select(told).where(told.in_(bindparam("topics", expanding=True))))


def parts_of(session: Session, mail_id: int) -> list[MailPart]:
    """Return what stands in a day's mail and was not dropped, in order."""
    return records(session, MailPart, _living_parts(), {"mail": mail_id})


@cache
def _living_parts() -> Prepared:
    living = select(table_of(MailPart)).where(
        MailPart.mail_id == bindparam("mail"), MailPart.dropped_at.is_(None)
    )
    return Prepared(living.order_by(MailPart.id))


def text_of(session: Session, mail_id: int) -> MailText | None:
    """Return a mail as it leaves or left; None while its text is not fixed."""
    return first_record(session, MailText, _last_text(), {"mail": mail_id})


@cache
def _last_text() -> Prepared:
    texts = select(table_of(MailText)).where(MailText.mail_id == bindparam("mail"))
    return Prepared(texts.order_by(MailText.number.desc()).limit(1))


def files_of(session: Session, mail_id: int) -> list[MailFile]:
    """Return the files that go with a mail."""
    return records(session, MailFile, _FILES, {"mail": mail_id})


def of_payer(session: Session, payer_id: int, *, limit: int = 20) -> list[Mail]:
    """Return a payer's mails, whatever became of them, the latest first (R8)."""
    return find(session, payer_id=payer_id, limit=limit)


def sent_counts(session: Session, payer_ids: Collection[int], *, since: date) -> dict[int, int]:
    """Return how many mails left for each payer on or after a company date; 0 is left out."""
    counts = (
        select(Mail.payer_id, func.count())
        .where(Mail.payer_id.in_(payer_ids), Mail.day >= since, Mail.state == MailState.SENT)
        .group_by(Mail.payer_id)
    )
    return {row[0]: row[1] for row in session.execute(counts)}


def is_released(session: Session, process: Process) -> bool:
    """Test if a process may write to customers; what a person sends always may (go-live)."""
    if process is Process.BY_HAND:
        return True
    return rows(session, _RELEASE, {"process": process}).first() is not None


def release_of(session: Session, process: Process) -> ProcessRelease | None:
    """Return when and by whom a process was released, if it was."""
    return session.scalar(select(ProcessRelease).where(ProcessRelease.process == process))


def held(session: Session, process: Process) -> Sequence[Mail]:
    """Return what is held of a process and nobody has let go, the oldest first."""
    return session.scalars(_held().where(Mail.process == process).order_by(Mail.id)).all()


def held_before(
    session: Session, process: Process, *, at: datetime, limit: int | None = None
) -> list[Mail]:
    """Return what is held of earlier days, which a release does not let go, oldest first."""
    older = _held().where(Mail.process == process, Mail.due_at <= at)
    return list(session.scalars(older.order_by(Mail.id).limit(limit)))


def count_held(session: Session, process: Process, *, at: datetime) -> tuple[int, int]:
    """Return how many mails a release lets go, and how many are held of earlier days."""
    is_todays = case((Mail.due_at > at, 1), else_=0)
    counts = _held().where(Mail.process == process)
    row = session.execute(
        counts.with_only_columns(func.coalesce(func.sum(is_todays), 0), func.count())
    ).one()
    return int(row[0]), int(row[1]) - int(row[0])


def held_counts(session: Session) -> dict[Process, int]:
    """Return how many mails are held, by process; processes with none are left out."""
    counts = (
        select(Mail.process, func.count())
        .where(Mail.state == MailState.HELD, Mail.released_at.is_(None))
        .group_by(Mail.process)
    )
    return {row[0]: row[1] for row in session.execute(counts)}


def unsettled(session: Session) -> list[Mail]:
    """Return the mails that may have left or not, and nobody has decided on, oldest first."""
    lost = select(Mail).where(Mail.state == MailState.UNKNOWN, Mail.left_at.is_(None))
    return list(session.scalars(lost.order_by(Mail.id)))


def find(
    session: Session,
    *,
    state: MailState | None = None,
    payer_id: int | None = None,
    limit: int = 100,
) -> list[Mail]:
    """Return mails, the latest first: all, or those in a state, or those of a payer."""
    given = {"state": state, "payer": payer_id, "limit": limit}
    wanted = _find(in_state=state is not None, of_one=payer_id is not None)
    return records(session, Mail, wanted, given)


@cache
def _find(*, in_state: bool, of_one: bool) -> Prepared:
    found = select(table_of(Mail)).order_by(_MAILS.id.desc()).limit(bindparam("limit"))
    if in_state:
        found = found.where(_MAILS.state == bindparam("state"))
    if of_one:
        found = found.where(_MAILS.payer_id == bindparam("payer"))
    return Prepared(found)


def _held() -> Select[Mail]:
    return select(Mail).where(Mail.state == MailState.HELD, Mail.released_at.is_(None))
