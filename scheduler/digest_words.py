"""What stands on a digest's PDF and workbook: as it was posted, or by what is known now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.policy import Policy
from bot.rendering.digest_sheet import DigestSheet, Part
from bot.workflows.meetings import queries as meetings
from bot.workflows.people import queries as people
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import remarks, since
from bot.workflows.suspension.digest_entries import Entry, Frame
from bot.workflows.suspension.digest_queries import Owed
from bot.workflows.suspension.records import Digest
from scheduler import digest_rows as rows
from scheduler.digest_rows import Beside, Case

_LONGEST: Final = 300


def as_posted(session: Session, digest: Digest, *, on: date, policy: Policy) -> DigestSheet:
    """Return a digest as it was posted, with what was said, and has changed, by a day."""
    lines = digests.lines(session, digest.id)
    accounts = digests.accounts(session, digest.id)
    said = _said(session, digest, [line.record.case_id for line in lines], policy)
    changed = {
        number: moved.words(_LONGEST)
        for number, moved in since.posted(session, lines, on=on, policy=policy).items()
    }
    cases = [
        rows.posted(
            line,
            Beside(
                accounts=accounts.get(line.record.id, ()),
                said=said.get(line.record.case_id, ()),
                since=changed[line.number],
            ),
            on=digest.as_of,
            policy=policy,
        )
        for line in lines
    ]
    posted = wording.moment(digest.made_at, policy.zone, today=digest.as_of)
    opening = [(o.department, o.words, o.days) for o in meetings.openings(session, digest.id)]
    facts = (*_facts(digest, policy), f"As posted {posted}. Trail {digest.trail_head}.")
    return _sheet(
        cases, f"Suspension digest for {_long(digest.meeting_on)}", facts, opening, policy
    )


def as_known(
    session: Session, frame: Frame, entries: Sequence[Entry], *, policy: Policy
) -> DigestSheet:
    """Return a digest of a day by what is known now."""
    cases = [rows.known(entry, policy) for entry in entries]
    pending = [
        (one.decision.department, one.words, (frame.on - day).days)
        for one in meetings.not_carried_out(session)
        if (day := policy.company_date(one.decision.at)) <= frame.on
    ]
    facts = (f"As of {_long(frame.on)}, by what is known now.",)
    return _sheet(cases, f"Suspension cases on {_long(frame.on)}", facts, pending, policy)


def _sheet(
    cases: Sequence[Case],
    title: str,
    facts: tuple[str, ...],
    opening: Sequence[tuple[str, str, int]],
    policy: Policy,
) -> DigestSheet:
    parts = []
    for group, members in groupby(cases, key=lambda one: one.group):
        those = list(members)
        parts.append(
            Part(
                group=group.value,
                heading=group.words,
                owed=rows.amounts(_total(those)),
                cases=tuple(one.row for one in those),
            )
        )
    totals = tuple((rows.sum_of(owed), _total_words(owed)) for owed in _total(cases))
    return DigestSheet(
        company=policy.company_name,
        title=title,
        facts=facts,
        totals=totals,
        opening=tuple(opening),
        parts=tuple(parts),
    )


def _said(
    session: Session, digest: Digest, case_ids: Sequence[int], policy: Policy
) -> Mapping[int, list[str]]:
    """Return the comments and proposals of each case since the digest, the oldest first."""
    found: dict[int, list[tuple[datetime, str]]] = {}
    for case_id, comments in remarks.comments(session, case_ids).items():
        for one in comments:
            if one.at >= digest.made_at:
                found.setdefault(case_id, []).append((one.at, f"{one.name}: {one.words}"))
    proposed = meetings.of_cases(session, case_ids, since=digest.made_at)
    for case_id, proposals in proposed.items():
        for proposal in proposals:
            who = people.get(session, proposal.by).name
            words = f"{who} proposed: {proposal.ask} ({proposal.state.value}). {proposal.words}"
            found.setdefault(case_id, []).append((proposal.at, words))
    return {
        case_id: [
            f"{wording.local(at, policy.zone, today=digest.as_of)} {words}"
            for at, words in sorted(said)
        ]
        for case_id, said in found.items()
    }


def _facts(digest: Digest, policy: Policy) -> tuple[str, ...]:
    meeting = wording.moment(digest.meeting_at, policy.zone, today=digest.as_of)
    book = (
        wording.moment(digest.book_at, policy.zone, today=digest.as_of)
        if digest.book_at
        else "no book yet"
    )
    return (f"Meeting {meeting}. As of {_long(digest.as_of)}; book of {book}.",)


def _total(cases: Iterable[Case]) -> list[Owed]:
    sums: dict[str, Owed] = {}
    for each in (owed for one in cases for owed in one.owed):
        known = sums.get(each.total.currency)
        sums[each.total.currency] = digests.plus(known, each) if known else each
    return [sums[currency] for currency in sorted(sums)]


def _total_words(owed: Owed) -> str:
    disputed = f", {owed.disputed} of it disputed" if owed.disputed.minor else ""
    return f"{owed.total} over 30 days{disputed}; {owed.before} on the digest before"


def _long(day: date) -> str:
    return f"{wording.day(day)} {day.year}"
