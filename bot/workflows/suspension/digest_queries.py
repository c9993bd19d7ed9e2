"""Finding digests, and reading them as they were posted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.store.prepared import Prepared
from bot.store.rows import first_record, record, records, rows, table_of
from bot.workflows.ledger.balances import AnyRow
from bot.workflows.suspension.account_files import AccountLine, AccountSum
from bot.workflows.suspension.records import (
    CaseComment,
    Digest,
    DigestAccount,
    DigestAmount,
    DigestLine,
    DigestPack,
    DigestPage,
    SuspensionCase,
)
from bot.workflows.suspension.rules import Group

_DIGESTS: Final = table_of(Digest)
_LINES: Final = table_of(DigestLine)
_CASES: Final = table_of(SuspensionCase)
_PAGES: Final = table_of(DigestPage)
_PACKS: Final = table_of(DigestPack)
_WHICH: Final[BindParameter[Any]] = bindparam("lines", expanding=True)
_NAMED: Final = (
    select(_LINES.c.id, _CASES.c.number, _CASES.c.payer_id, _PAGES.c.heading)
    .join(_CASES, _CASES.c.id == _LINES.c.case_id)
    .join(_PAGES, _PAGES.c.id == _LINES.c.page_id)
    .order_by(_LINES.c.position)
)
_IN_DIGEST: Final = Prepared(_NAMED.where(_LINES.c.digest_id == bindparam("about")))
_ON_PAGE: Final = Prepared(_NAMED.where(_LINES.c.page_id == bindparam("about")))
_ONE: Final = Prepared(_NAMED.where(_LINES.c.id == bindparam("about")))
_SHOWN: Final = Prepared(select(_LINES).where(_LINES.c.id.in_(_WHICH)))
_PACKED: Final = Prepared(select(_PACKS).where(_PACKS.c.line_id.in_(_WHICH)))
_LATEST: Final = Prepared(select(_DIGESTS).order_by(_DIGESTS.c.meeting_on.desc()).limit(1))
_PAGES_OF: Final = Prepared(
    select(_PAGES).where(_PAGES.c.digest_id == bindparam("digest")).order_by(_PAGES.c.number)
)
_LINE_ON: Final = Prepared(
    select(_LINES).where(
        _LINES.c.case_id == bindparam("case"), _LINES.c.digest_id == bindparam("digest")
    )
)


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


def get(session: Session, digest_id: int) -> Digest:
    """Return a digest."""
    return record(session, Digest, digest_id)


def latest(session: Session) -> Digest | None:
    """Return the last digest that was made."""
    return first_record(session, Digest, _LATEST, {})


def files_of(digest: Digest) -> tuple[PurePosixPath, PurePosixPath]:
    """Return where a digest's PDF and workbook are kept, below the desk's home."""
    folder, name = PurePosixPath("digests"), digest.meeting_on.isoformat()
    return folder / f"{name}.pdf", folder / f"{name}.xlsx"


def latest_by(session: Session, day: date, *, before: bool = False) -> Digest | None:
    """Return the last digest made by a day, or before it."""
    made = Digest.as_of < day if before else Digest.as_of <= day
    last = select(Digest).where(made).order_by(Digest.as_of.desc(), Digest.id.desc())
    return session.scalars(last.limit(1)).first()


def pages_of(session: Session, digest_id: int) -> list[DigestPage]:
    """Return the pages of a digest in order."""
    return records(session, DigestPage, _PAGES_OF, {"digest": digest_id})


def line_on(session: Session, case_id: int, digest_id: int) -> DigestLine | None:
    """Return the case's line on a digest."""
    return first_record(session, DigestLine, _LINE_ON, {"case": case_id, "digest": digest_id})


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


def accounts(session: Session, digest_id: int) -> dict[int, list[AccountLine]]:
    """
    Return the accounts of the cases on a digest as they stood, by line.

    There are none on a digest of before they were kept.
    """
    found: dict[int, list[AccountLine]] = {}
    for row in rows(session, _accounts(), {"digest": digest_id}):
        line = AccountLine(number=row.number, name=row.name, state=row.state, sum=_sum(row))
        found.setdefault(row.line_id, []).append(line)
    return found


def _sum(row: AnyRow) -> AccountSum | None:
    if row.currency is None:
        return None
    return AccountSum(
        total=Money(row.total, row.currency),
        disputed=Money(row.disputed, row.currency),
        planned=Money(row.planned, row.currency),
        causing=Money(row.causing, row.currency),
        oldest_due=row.oldest_due,
    )


@cache
def _accounts() -> Prepared:
    stood = table_of(DigestAccount)
    return Prepared(
        select(stood)
        .join(_LINES, _LINES.c.id == stood.c.line_id)
        .where(_LINES.c.digest_id == bindparam("digest"))
        .order_by(stood.c.id)
    )


def comment_count(session: Session, digest: Digest) -> int:
    """Return how many comments were made on a digest's cases since it was made."""
    given = {"digest": digest.id, "since": digest.made_at}
    return int(rows(session, _comments(), given).scalar())


@cache
def _comments() -> Prepared:
    on_it = select(_LINES.c.case_id).where(_LINES.c.digest_id == bindparam("digest"))
    return Prepared(
        select(func.count()).where(
            CaseComment.case_id.in_(on_it), CaseComment.at >= bindparam("since")
        )
    )


def _lines(session: Session, wanted: Prepared, about: int) -> list[Line]:
    found = rows(session, wanted, {"about": about}).all()
    if not found:
        return []
    ids = [row.id for row in found]
    shown = {one.id: one for one in records(session, DigestLine, _SHOWN, {"lines": ids})}
    packs = {one.line_id: one for one in records(session, DigestPack, _PACKED, {"lines": ids})}
    owed = _owed(session, ids)
    return [
        Line(
            record=shown[row.id],
            number=row.number,
            payer_id=row.payer_id,
            heading=row.heading,
            owed=tuple(owed.get(row.id, ())),
            pack=packs.get(row.id),
        )
        for row in found
    ]


def _owed(session: Session, ids: Sequence[int]) -> dict[int, list[Owed]]:
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
