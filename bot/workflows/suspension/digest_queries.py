"""Reading digests as they were posted, and the story of a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.store.prepared import Prepared
from bot.store.rows import AnySelect, record, rows, table_of
from bot.workflows.calls import queries as calls
from bot.workflows.people import queries as people
from bot.workflows.suspension import queries
from bot.workflows.suspension.records import (
    CaseComment,
    Digest,
    DigestAmount,
    DigestLine,
    DigestPack,
    DigestPage,
    SuspensionCase,
)
from bot.workflows.suspension.rules import Group

_LINES: Final = (
    select(
        DigestLine,
        SuspensionCase.number,
        SuspensionCase.payer_id,
        DigestPage.heading,
        DigestPack,
    )
    .join(SuspensionCase, SuspensionCase.id == DigestLine.case_id)
    .outerjoin(DigestPack, DigestPack.line_id == DigestLine.id)
    .join(DigestPage, DigestPage.id == DigestLine.page_id)
    .order_by(DigestLine.position)
)
_ABOUT: Final = bindparam("about", type_=BigInteger())
_IN_DIGEST: Final = _LINES.where(DigestLine.digest_id == _ABOUT)
_ON_PAGE: Final = _LINES.where(DigestLine.page_id == _ABOUT)
_ONE: Final = _LINES.where(DigestLine.id == _ABOUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What stands more than 30 days past due in one currency, and on the digest before."""

    total: Money
    disputed: Money
    before: Money

    @property
    def step(self) -> Money:
        """How much it went up (or, negative, down) since the digest before."""
        return self.total - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A case on a digest, as it stood, with its number and its amounts."""

    record: DigestLine
    number: int
    payer_id: int
    heading: Group
    owed: tuple[Owed, ...]
    pack: DigestPack | None
    """None on a digest of before there were packs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was said or done about a case."""

    at: datetime
    who: str
    words: str


def get(session: Session, digest_id: int) -> Digest:
    """Return a digest."""
    return record(session, Digest, digest_id)


def page(session: Session, page_id: int) -> DigestPage:
    """Return a page of a digest."""
    return record(session, DigestPage, page_id)


def lines(session: Session, digest_id: int) -> list[Line]:
    """Return every case on a digest, in its order."""
    return _lines(session, _IN_DIGEST, digest_id)


def lines_of_page(session: Session, page_id: int) -> list[Line]:
    """Return the cases on one page of a digest."""
    return _lines(session, _ON_PAGE, page_id)


def line(session: Session, line_id: int) -> Line:
    """Return one case on a digest."""
    return _lines(session, _ONE, line_id)[0]


def totals(shown: Iterable[Line]) -> list[Owed]:
    """Return the sums of cases by currency; never added up across currencies."""
    sums: dict[str, Owed] = {}
    for each in (owed for one in shown for owed in one.owed):
        known = sums.get(each.total.currency)
        sums[each.total.currency] = plus(known, each) if known else each
    return [sums[currency] for currency in sorted(sums)]


def comment_count(session: Session, digest: Digest) -> int:
    """Return how many comments were made on a digest's cases since it was made."""
    on_it = select(DigestLine.case_id).where(DigestLine.digest_id == digest.id)
    made = select(func.count()).where(
        CaseComment.case_id.in_(on_it), CaseComment.at >= digest.made_at
    )
    return session.scalar(made) or 0


def events(session: Session, case: SuspensionCase, *, limit: int) -> list[Event]:
    """Return the notes, comments and calls about a case, the newest first."""
    noted = queries.notes(session, case.id, limit=limit)
    said = queries.comments(session, [case.id]).get(case.id, [])
    found = [Event(at=one.at, who=f"{one.name}, note", words=one.words) for one in noted]
    found += [Event(at=one.at, who=f"{one.name}, comment", words=one.words) for one in said]
    for call in calls.touches(session, case.payer_id, limit):
        who = people.get(session, call.agent_id).name
        words = f"{call.outcome.words}. {call.words}".strip()
        found.append(Event(at=call.at, who=f"{who}, call", words=words))
    return sorted(found, key=lambda event: event.at, reverse=True)[:limit]


def _lines(session: Session, wanted: AnySelect, about: int) -> list[Line]:
    found = session.execute(wanted, {"about": about}).all()
    owed = _owed(session, [row.DigestLine for row in found])
    return [
        Line(
            record=row.DigestLine,
            number=row.number,
            payer_id=row.payer_id,
            heading=row.heading,
            owed=tuple(owed.get(row.DigestLine.id, ())),
            pack=row.DigestPack,
        )
        for row in found
    ]


def _owed(session: Session, shown: Sequence[DigestLine]) -> dict[int, list[Owed]]:
    if not shown:
        return {}
    ids = [one.id for one in shown]
    found: dict[int, list[Owed]] = {}
    for row in rows(session, _amounts(), {"first": min(ids), "last": max(ids)}):
        owed = Owed(
            total=Money(row.total, row.currency),
            disputed=Money(row.disputed, row.currency),
            before=Money(row.before, row.currency),
        )
        found.setdefault(row.line_id, []).append(owed)
    return found


@cache
def _amounts() -> Prepared:
    amounts = table_of(DigestAmount).c
    return Prepared(
        select(
            amounts.line_id, amounts.currency, amounts.total, amounts.disputed, amounts.before
        )
        .where(amounts.line_id.between(bindparam("first"), bindparam("last")))
        .order_by(amounts.line_id, amounts.currency)
    )


def plus(one: Owed, other: Owed) -> Owed:
    """Return two amounts of one currency together."""
    return Owed(
        total=one.total + other.total,
        disputed=one.disputed + other.disputed,
        before=one.before + other.before,
    )
