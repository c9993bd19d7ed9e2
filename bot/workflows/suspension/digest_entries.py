"""What a digest has to say about each case, before it is frozen (R80, R168; I06)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.suspension import case_files, evidence, history, queries, rules
from bot.workflows.suspension.account_files import AccountFile
from bot.workflows.suspension.case_files import CaseFile, WaitsFor
from bot.workflows.suspension.case_records import CaseEvent
from bot.workflows.suspension.evidence import Evidence
from bot.workflows.suspension.records import Digest, DigestAmount, DigestLine, SuspensionCase
from bot.workflows.suspension.rules import CaseState, Change, Group

_WAITING: Final = (WaitsFor.SUPPORT, WaitsFor.APPROVAL, WaitsFor.DEPARTMENT)
_QUIET: Final = (CaseState.SUSPENDED, CaseState.RESTORED)
_SHORT: Final = (WaitsFor.AGENT, WaitsFor.LEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a digest is about: its day, the digest and meeting before, and the next meeting."""

    on: date
    previous: Digest | None
    last_meeting_at: datetime
    next_meeting_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A case on a digest."""

    known: Evidence
    file: CaseFile
    group: Group
    change: Change
    before: Mapping[str, int]
    """What it had more than 30 days past due on the digest before, by currency."""
    events: tuple[CaseEvent, ...]
    """The steps since that digest."""
    moves: tuple[str, ...]
    """The same in words."""


def gather(session: Session, frame: Frame, *, policy: Policy) -> list[Entry]:
    """
    Return what a digest made now says: each open case, and each whose state has changed.

    Steps that an earlier digest reported are not reported again (I06).
    """
    events = history.unreported(session)
    still = queries.open_cases(session)
    known = {case.id for case in still}
    gone = [case for case in queries.unreported(session) if case.id not in known]
    known |= {case.id for case in gone}
    moved = _named(session, events.keys() - known)
    return _entries(session, [*still, *gone, *moved], events, frame, policy)


def look_back(session: Session, frame: Frame, *, policy: Policy) -> list[Entry]:
    """Return what a digest of a past day says by what is known now."""
    start = frame.previous.as_of if frame.previous else date.min
    events = history.between(session, after=start, until=frame.on)
    there = select(SuspensionCase).where(
        SuspensionCase.opened_on <= frame.on,
        or_(SuspensionCase.closed_on.is_(None), SuspensionCase.closed_on > start),
    )
    cases = session.scalars(there.order_by(SuspensionCase.number)).all()
    return _entries(session, cases, events, frame, policy)


def _entries(
    session: Session,
    cases: Sequence[SuspensionCase],
    events: Mapping[int, Sequence[CaseEvent]],
    frame: Frame,
    policy: Policy,
) -> list[Entry]:
    before = _before(session, frame.previous)
    known = evidence.gather(session, cases, on=frame.on, policy=policy)
    files = case_files.several(session, [c.id for c in cases], on=frame.on, policy=policy)
    entries = [
        _entry(session, seen, file, before, events.get(file.case_id, ()), frame)
        for seen, file in zip(known, files, strict=True)
    ]
    return sorted(entries, key=lambda entry: _order(entry, policy))


def _entry(  # noqa: PLR0913 - a case as it was, as it is, and what happened between
    session: Session,
    known: Evidence,
    file: CaseFile,
    before: Mapping[int, Mapping[str, int]],
    events: Sequence[CaseEvent],
    frame: Frame,
) -> Entry:
    then = before.get(file.case_id)
    if file.state is CaseState.CLOSED:
        change, group = Change.GONE, Group.GONE
    else:
        change = rules.change_of(known.totals, then, has_moved=bool(events))
        noted_at = known.note.at if known.note else None
        is_stale = rules.is_stale(noted_at, last_meeting_at=frame.last_meeting_at)
        group = group_of(file, note_is_stale=is_stale, before=frame.next_meeting_on)
    return Entry(
        known=known,
        file=file,
        group=group,
        change=change,
        before=then or {},
        events=tuple(events),
        moves=tuple(history.words_of(session, events, payer_id=file.payer_id)),
    )


def group_of(file: CaseFile, *, note_is_stale: bool, before: date) -> Group:
    """
    Return the decision that an open case waits for (R80).

    :param before: the day of the next meeting: a hold that ends earlier is decided now.
    """
    if file.waits_for is WaitsFor.DECISION:
        return Group.READY
    if file.held_until is not None and file.held_until < before:
        return Group.HOLD_EXPIRING
    if file.waits_for in _WAITING:
        return Group.WAITING
    if file.waits_for is WaitsFor.HOLD or file.state in _QUIET:
        return Group.WATCHING
    if file.waits_for in _SHORT or note_is_stale:
        return Group.EVIDENCE_SHORT
    return Group.WATCHING


def evidence_lines(file: CaseFile) -> list[str]:
    """Return a case's evidence, a line each: there, or missing."""
    return [f"{'✓' if item.is_there else '✗'} {item.words}" for item in file.evidence]


def account_lines(file: CaseFile) -> list[str]:
    """Return a case's accounts, a line each: state, what is owed, what may cause suspension."""
    return [_account(account) for account in file.accounts]


def _account(account: AccountFile) -> str:
    parts = [account.state.words, _sums(account.owed)]
    if account.causing:
        parts.append(account.may_cause)
    if account.disputed:
        parts.append(f"{_sums(account.disputed)} disputed")
    return f"{account.name}: {', '.join(parts)}"


def _sums(amounts: Sequence[Money]) -> str:
    return " + ".join(map(str, amounts)) or "nothing owed"


def _order(entry: Entry, policy: Policy) -> tuple[int, int, int, int]:
    totals = entry.known.totals
    in_base = totals.get(policy.base_currency, 0)
    rest = sum(totals.values()) - in_base
    return (list(Group).index(entry.group), -in_base, -rest, entry.file.number)


def _named(session: Session, case_ids: Collection[int]) -> list[SuspensionCase]:
    if not case_ids:
        return []
    wanted = select(SuspensionCase).where(SuspensionCase.id.in_(case_ids))
    return list(session.scalars(wanted.order_by(SuspensionCase.number)))


def _before(session: Session, previous: Digest | None) -> dict[int, dict[str, int]]:
    """Return the amounts on the digest before of the cases that stood on it."""
    if previous is None:
        return {}
    stood = select(DigestLine.id, DigestLine.case_id).where(
        DigestLine.digest_id == previous.id, DigestLine.change != Change.GONE
    )
    cases = {row.id: row.case_id for row in session.execute(stood)}
    before: dict[int, dict[str, int]] = {case_id: {} for case_id in cases.values()}
    amounts = (
        select(DigestAmount)
        .join(DigestLine, DigestLine.id == DigestAmount.line_id)
        .where(DigestLine.digest_id == previous.id)
    )
    for amount in session.scalars(amounts):
        if amount.line_id in cases and amount.total:
            before[cases[amount.line_id]][amount.currency] = amount.total
    return before
