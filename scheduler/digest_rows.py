"""A case of a digest as its PDF and workbook show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.rendering.digest_sheet import AccountRow, CaseRow, Sum
from bot.workflows.suspension import account_files, digest_entries, rules
from bot.workflows.suspension.account_files import AccountLine, AccountSum
from bot.workflows.suspension.digest_entries import Entry
from bot.workflows.suspension.digest_queries import Line, Owed
from bot.workflows.suspension.evidence import Evidence
from bot.workflows.suspension.records import DigestPack
from bot.workflows.suspension.rules import Change, Group

_YEAR: Final = 365
"""In so many days no two have the same weekday, day and month."""
_NO_NOTE: Final = ("", "", None)
_CHANGES: Final = {
    Change.NEW: "new",
    Change.MOVED: "moved",
    Change.GREW: "grew",
    Change.PAID_DOWN: "paid down",
    Change.SAME: "as on the last digest",
    Change.GONE: "gone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case, its group, and its amounts."""

    row: CaseRow
    group: Group
    owed: tuple[Owed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What belongs to a case as it was posted, beside its line."""

    accounts: Sequence[AccountLine]
    said: Sequence[str]
    since: str
    """What has changed since."""


def posted(line: Line, beside: Beside, *, on: date, policy: Policy) -> Case:
    """Return a case as it was posted on a day, with what was said since."""
    record, pack = line.record, line.pack
    row = CaseRow(
        number=line.number,
        customer=record.payer_name,
        owner=record.owner_name,
        group=line.heading.value,
        **_standing(pack),
        change=record.change.value,
        change_words=_change(record.change, line.owed),
        amounts=tuple(map(sum_of, line.owed)),
        owed=amounts(line.owed),
        oldest_days=record.oldest_days,
        calls=record.calls,
        reached=record.reached,
        emails=record.emails,
        marks=record.marks,
        waits=pack.waits if pack else "",
        clocks=pack.clocks if pack else "",
        ready=pack.ready if pack else "",
        held_until=_iso(pack.held_until) if pack else "",
        evidence=tuple(pack.evidence.splitlines()) if pack else (),
        accounts=tuple(pack.accounts.splitlines()) if pack else (),
        account_rows=_accounts(beside.accounts, on),
        **_moves(pack.moves.splitlines() if pack else (), on),
        **_note(record.note, record.noted_by, record.noted_at, on=on, policy=policy),
        since=beside.since,
        said=tuple(beside.said),
    )
    return Case(row=row, group=line.heading, owed=line.owed)


def _standing(pack: DigestPack | None) -> dict[str, Any]:
    if pack is None:
        return {"state": "", "stands": ""}
    stood = wording.capital(rules.stands(pack.state, pack.part_off))
    return {"state": pack.state.value, "stands": stood}


def known(entry: Entry, policy: Policy) -> Case:
    """Return a case by what is known now."""
    seen, file = entry.known, entry.file
    owed = tuple(_owed(entry))
    row = CaseRow(
        number=file.number,
        customer=seen.payer_name,
        owner=seen.owner_name,
        group=entry.group.value,
        state=file.state.value,
        stands=wording.capital(file.stands),
        change=entry.change.value,
        change_words=_change(entry.change, owed),
        amounts=tuple(map(sum_of, owed)),
        owed=amounts(owed),
        oldest_days=seen.oldest_days(file.on),
        calls=seen.contacts.calls,
        reached=seen.contacts.reached,
        emails=seen.contacts.emails,
        marks="; ".join(seen.marks),
        waits=file.waits_words,
        clocks=file.clocks,
        ready=file.would_be_ready,
        held_until=_iso(file.held_until),
        evidence=tuple(digest_entries.evidence_lines(file)),
        accounts=tuple(digest_entries.account_lines(file)),
        account_rows=_accounts(account_files.lines(file.accounts), file.on),
        **_moves(entry.moves, file.on),
        **_said(seen, file.on, policy),
    )
    return Case(row=row, group=entry.group, owed=owed)


def _accounts(lines: Iterable[AccountLine], on: date) -> tuple[AccountRow, ...]:
    return tuple(_account(line, line.sum, on) for line in lines)


def _account(line: AccountLine, owed: AccountSum | None, on: date) -> AccountRow:
    due = owed.oldest_due if owed else None
    return AccountRow(
        number=line.number,
        name=line.name,
        state=wording.capital(line.state.words),
        currency=owed.total.currency if owed else "",
        total=owed.total.plain if owed else "",
        disputed=owed.disputed.plain if owed else "",
        planned=owed.planned.plain if owed else "",
        causing=owed.causing.plain if owed else "",
        oldest_due=_iso(due),
        oldest_days=(on - due).days if due else None,
    )


def _moves(moves: Sequence[str], on: date) -> dict[str, Any]:
    """Return steps as they are kept, each beginning with its day, and with that day apart."""
    known = _days_until(on)
    parted = [move.partition(": ") for move in moves]
    steps = [
        (known[day].isoformat(), words) if day in known else ("", move)
        for move, (day, _, words) in zip(moves, parted, strict=True)
    ]
    return {"moves": tuple(moves), "steps": tuple(steps)}


@lru_cache(maxsize=2)
def _days_until(on: date) -> dict[str, date]:
    """Return the days of the last year by how they are written."""
    return {wording.day(day): day for day in (on - n * ONE_DAY for n in range(_YEAR))}


def _said(seen: Evidence, on: date, policy: Policy) -> dict[str, Any]:
    """Return a case's last note; what was said in a meeting belongs to what was posted."""
    words, name, at = (seen.note.words, seen.note.name, seen.note.at) if seen.note else _NO_NOTE
    return {"since": "", "said": (), **_note(words, name, at, on=on, policy=policy)}


def _note(
    words: str, name: str, at: datetime | None, *, on: date, policy: Policy
) -> dict[str, Any]:
    if at is None:
        return {"note": words, "noted": "", "noted_by": name, "noted_at": ""}
    local = at.astimezone(policy.zone).replace(tzinfo=None)
    return {
        "note": words,
        "noted": f"{name}, {wording.local(at, policy.zone, today=on)}",
        "noted_by": name,
        "noted_at": local.isoformat(timespec="minutes"),
    }


def _owed(entry: Entry) -> Iterable[Owed]:
    now = {one.currency: one for one in entry.known.owed}
    for currency in sorted(now.keys() | entry.before.keys()):
        one = now.get(currency)
        yield Owed(
            total=Money(one.total if one else 0, currency),
            disputed=Money(one.disputed if one else 0, currency),
            before=Money(entry.before.get(currency, 0), currency),
        )


def _change(change: Change, owed: Iterable[Owed]) -> str:
    if change in (Change.NEW, Change.SAME):
        return _CHANGES[change].capitalize()
    steps = [_step(one.step) for one in owed if one.step.minor]
    if steps and change in (Change.GREW, Change.PAID_DOWN):
        return wording.capital(", ".join(steps))
    return wording.capital(", ".join([_CHANGES[change], *steps]))


def _step(step: Money) -> str:
    return f"up by {step}" if step.minor > 0 else f"down by {-step}"


def sum_of(owed: Owed) -> Sum:
    """Return an amount as the files have it."""
    return Sum(
        currency=owed.total.currency,
        total=owed.total.plain,
        disputed=owed.disputed.plain,
        before=owed.before.plain,
    )


def amounts(owed: Iterable[Owed]) -> str:
    """Return amounts side by side, one a currency."""
    return " + ".join(str(one.total) for one in owed if one.total.minor) or "nothing"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
