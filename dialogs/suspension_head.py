"""What the head of the suspension digest looks like: totals, changes, groups, the trail."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Facts, Link, Section, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension.digest_queries import Line, Owed
from bot.workflows.suspension.records import Digest, DigestPage
from bot.workflows.suspension.rules import Change
from dialogs import meeting_lines
from dialogs import suspension_words as words

HOW_TO_SPEAK: Final = (
    "Press Comment under a case, or reply here, mention me, and start with its number: "
    "“case 12: hold until Friday”. I do not read other messages."
)
_NAMED: Final = 8
_CHANGES: Final = (
    (Change.NEW, "New"),
    (Change.MOVED, "Moved"),
    (Change.GREW, "Grew"),
    (Change.PAID_DOWN, "Paid down"),
    (Change.GONE, "Gone"),
)


def head(view: View, digest: Digest, *, note: str = "") -> Card:
    """Return the digest's head (R80, R168)."""
    lines = digests.lines(view.session, digest.id)
    still = [line for line in lines if line.record.change is not Change.GONE]
    first = digests.pages_of(view.session, digest.id)[:1]
    browse = tuple(
        Button(title="Browse the cases", verb="suspension.page", about=page.id)
        for page in first
    )
    title = f"Suspension digest for {wording.day(digest.meeting_on)}"
    owed = " + ".join(str(each.total) for each in digests.totals(still)) or "nothing"
    return Card(
        title=title,
        note=note,
        body=(
            _fresh(view, digest),
            *meeting_lines.opening(view, digest),
            *(_total(digest, each) for each in digests.totals(lines)),
            _counts(digest, lines, still),
            *_groups(still),
            *_changes(digest, lines),
            *_foot(view, digest),
        ),
        buttons=(*browse, *_present(first, digest), *_files(view, digest)),
        summary=f"{title}: {wording.counted(len(still), 'case')}, {owed} over 30 days",
    )


def _files(view: View, digest: Digest) -> tuple[Link, ...]:
    """Return what opens the digest as it was posted: drawn within a minute after it."""
    pdf, workbook = digests.files_of(digest)
    return (*view.link(pdf, "PDF"), *view.link(workbook, "Workbook"))


def _present(first: Sequence[DigestPage], digest: Digest) -> tuple[Button, ...]:
    """Return the button that shows one case at a time, for a chair on a big screen."""
    present = Button(title="Present", verb="presenting.start", about=digest.id)
    return (present,) if first else ()


def _fresh(view: View, digest: Digest) -> Text:
    zone = view.policy.zone
    book = (
        f"book of {wording.moment(digest.book_at, zone, today=view.today)}"
        if digest.book_at
        else "no book yet"
    )
    meeting = wording.moment(digest.meeting_at, zone, today=view.today)
    said = f"Meeting {meeting}. As of {wording.day(digest.as_of)}; {book}."
    return Text(text=said, size="small", is_subtle=True, spacing="none")


def _total(digest: Digest, owed: Owed) -> Columns:
    then = f"{owed.before} on the last digest"
    if digest.previous_id is None:
        then = "the first digest"
    elif owed.step.minor:
        then += f" (up {owed.step})" if owed.step.minor > 0 else f" (down {-owed.step})"
    disputed = f"{owed.disputed} of it disputed" if owed.disputed.minor else "none disputed"
    left = (
        Text(text=f"Over 30 days, {owed.total.currency}", size="small", is_subtle=True),
        Text(text=str(owed.total), size="large", is_bold=True, spacing="none"),
    )
    right = (
        Text(text=then, size="small", align="right"),
        Text(text=disputed, size="small", align="right", spacing="none"),
    )
    return Columns(cells=(Cell(items=left), Cell(items=right)))


def _counts(digest: Digest, lines: Sequence[Line], still: Sequence[Line]) -> Text:
    if digest.previous_id is None:
        return Text(text=f"{wording.counted(len(still), 'case')}; this is the first digest.")
    before = sum(any(owed.before.minor for owed in line.owed) for line in lines)
    return Text(text=f"{wording.counted(len(still), 'case')}, {before} on the last digest.")


def _groups(still: Sequence[Line]) -> tuple[Element, ...]:
    pairs = []
    for heading, members in groupby(still, key=lambda line: line.heading):
        group = list(members)
        owed = " + ".join(str(each.total) for each in digests.totals(group))
        pairs.append((heading.short, f"{wording.counted(len(group), 'case')}, {owed}"))
    return (Facts(pairs=tuple(pairs)),) if pairs else ()


def _changes(digest: Digest, lines: Sequence[Line]) -> tuple[Element, ...]:
    """Return what changed since the last digest, each case once (I06)."""
    if digest.previous_id is None:
        return ()
    heading = Text(text="Since the last digest", is_bold=True)
    parts = [
        Text(text=f"{title}: {_named(members)}", size="small", spacing="small")
        for kind, title in _CHANGES
        if (members := [line for line in lines if line.record.change is kind])
    ]
    nothing = [Text(text="No case changed.", size="small", spacing="small")]
    return (Section(items=(heading, *(parts or nothing)), style="emphasis"),)


def _named(members: Sequence[Line]) -> str:
    return wording.listed([_one(line) for line in members], most=_NAMED)


def _one(line: Line) -> str:
    name = wording.shortened(line.record.payer_name, 40)
    change = line.record.change
    if change is Change.MOVED and line.pack:
        return f"{line.number} · {name} ({words.stands(line.pack)})"
    if change in (Change.NEW, Change.GONE):
        return (
            f"{line.number} · {name} {words.amounts(line.owed, before=change is Change.GONE)}"
        )
    by = words.change(line).lower().removeprefix("grew ").removeprefix("down ")
    return f"{line.number} · {name} ({by})"


def _foot(view: View, digest: Digest) -> tuple[Element, ...]:
    made = digests.comment_count(view.session, digest)
    comments = (Text(text=f"{wording.counted(made, 'comment')} so far.", tone="accent"),)
    return (
        *(comments if made else ()),
        Text(text=HOW_TO_SPEAK, size="small", is_subtle=True),
        Text(text=f"Trail {digest.trail_head}", size="small", is_subtle=True),
    )
