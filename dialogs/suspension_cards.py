"""What a page of the suspension digest and a case's history look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.card import (
    Button,
    Buttons,
    Card,
    Cell,
    Columns,
    Element,
    Fold,
    Section,
    Text,
    Tone,
)
from bot.chat.dialog import View
from bot.chat.size import fits
from bot.kernel import wording
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import queries
from bot.workflows.suspension.digest_queries import Event, Line
from bot.workflows.suspension.queries import Said
from bot.workflows.suspension.records import DigestPage
from bot.workflows.suspension.rules import Change
from dialogs import meeting_lines as proposals
from dialogs import reader
from dialogs import suspension_words as words
from dialogs.suspension_since import since_posted

_NAME: Final = 80
_FACTS: Final = 300
_EVENTS: Final = 10
_SHORT: Final = 200
_MOVES: Final = 3
_ACCOUNTS: Final = 4
_TONES: Final[dict[Change, Tone]] = {
    Change.NEW: "accent",
    Change.MOVED: "accent",
    Change.GREW: "attention",
    Change.PAID_DOWN: "good",
    Change.GONE: "good",
}


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of each case a page shows, so that Teams takes it."""

    longest: int
    """Characters of a note or a comment."""
    comments: int
    has_pack: bool
    """The evidence is folded away on the card; else a button opens the case's file."""


DETAILS: Final = (
    Detail(200, 2, has_pack=True),
    Detail(200, 2, has_pack=False),
    Detail(80, 1, has_pack=False),
    Detail(40, 1, has_pack=False),
)
"""From all that is wanted to the least that is useful: the first that fits is shown."""


def page(view: View, shown: DigestPage, *, note: str = "", is_browsed: bool = False) -> Card:
    """Return a page of a digest: each case as posted, and what has happened since (R168)."""
    drawn = (_page(view, shown, detail, note=note, is_browsed=is_browsed) for detail in DETAILS)
    return next((card for card in drawn if fits(card)), None) or _page(
        view, shown, DETAILS[-1], note=note, is_browsed=is_browsed
    )


def _page(
    view: View, shown: DigestPage, detail: Detail, *, note: str, is_browsed: bool
) -> Card:
    digest = digests.get(view.session, shown.digest_id)
    lines = digests.lines_of_page(view.session, shown.id)
    pages = queries.pages_of(view.session, digest.id)
    said = queries.comments(view.session, [line.record.case_id for line in lines])
    since = since_posted(view, lines, longest=detail.longest)
    place = f"Digest for {wording.day(digest.meeting_on)} · page {shown.number} of {len(pages)}"
    cases = (
        _case(view, line, since[line.number], said.get(line.record.case_id, []), detail)
        for line in lines
    )
    return Card(
        title=shown.heading.words,
        note=note,
        note_tone="good",
        body=(Text(text=place, size="small", is_subtle=True, spacing="none"), *cases),
        buttons=_browsing(shown, pages) if is_browsed else (),
        summary=f"Suspension digest, page {shown.number}: {shown.heading.words}",
    )


def history(view: View, line: Line) -> Card:
    """Return what was said and done about a case, the newest first."""
    case = queries.get(view.session, line.record.case_id)
    opened = f"Open since {wording.day(case.opened_on)}"
    if case.closed_on:
        opened += f", closed {wording.day(case.closed_on)}: {case.closed_why}"
    events = digests.events(view.session, case, limit=_EVENTS)
    told: list[Element] = [_event(view, each) for each in events]
    nothing = Text(text="Nothing is written about this case yet.", is_subtle=True)
    return Card(
        title=f"Case {case.number} · {line.record.payer_name}",
        body=(
            Text(text=opened, size="small", is_subtle=True, spacing="none"),
            *summary(view, line),
            *(told or [nothing]),
        ),
        buttons=(_comment(line), back_to(line)),
    )


def summary(view: View, line: Line) -> tuple[Element, ...]:
    """Return a case as it stood on the digest, for the head of a form."""
    owed = f"{words.amounts(line.owed)} · {_age(line)}"
    note = _note(view, line)
    return (Text(text=owed, is_bold=True), Text(text=words.facts(line), size="small"), *note)


def back_to(line: Line) -> Button:
    """Return the button that goes back to the page with a case."""
    verb, about = "suspension.page", line.record.page_id
    return Button(title="Back", verb=verb, about=about, checks_inputs=False)


def _case(view: View, line: Line, since: str, said: Sequence[Said], detail: Detail) -> Section:
    changed = Text(
        text=words.change(line),
        size="small",
        spacing="none",
        tone=_TONES.get(line.record.change, "default"),
    )
    payer = words.shortened(line.record.payer_name, _NAME)
    name = Text(text=f"{line.number} · {payer}", is_bold=True)
    owed = Text(text=words.amounts(line.owed), is_bold=True, align="right")
    age = Text(text=_age(line), size="small", spacing="none", align="right")
    return Section(
        has_separator=True,
        items=(
            Columns(cells=(Cell(items=(name, changed)), Cell(items=(owed, age), width="auto"))),
            *_standing(line),
            Text(
                text=words.shortened(words.facts(line), _FACTS), size="small", spacing="small"
            ),
            *_note(view, line, detail.longest),
            *(
                (Text(text=f"Since posted: {since}", size="small", tone="accent"),)
                * bool(since)
            ),
            *_comments(view, said, detail),
            *proposals.lines(view, line.record.case_id),
            *(_pack(line) if detail.has_pack else ()),
            Buttons(actions=(*_evidence(line, detail), *_talk(line), _history(line))),
        ),
    )


def _standing(line: Line) -> tuple[Text, ...]:
    """Return where a case stood, whom it waited for, and its steps since the last digest."""
    pack = line.pack
    if pack is None or line.record.change is Change.GONE:
        return ()
    stood = Text(
        text=f"{pack.state.words.capitalize()} · {words.waits(pack)}",
        size="small",
        is_bold=True,
        spacing="small",
    )
    moves = pack.moves.splitlines()[-_MOVES:] if line.record.change is Change.MOVED else []
    return (stood, *(Text(text=one, size="small", spacing="none") for one in moves))


def _pack(line: Line) -> tuple[Section, ...]:
    """Return the evidence pack of a case, folded away (R168)."""
    pack = line.pack
    if pack is None or line.record.change is Change.GONE:
        return ()
    shown = [*pack.evidence.splitlines(), pack.ready, *_few(pack.accounts.splitlines())]
    lines = tuple(
        Text(text=words.shortened(one, _SHORT), size="small", spacing="none") for one in shown
    )
    return (Section(items=lines, id=_fold_id(line), is_hidden=True, style="emphasis"),)


def _few(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _ACCOUNTS
    rest = [f"and {wording.counted(more, 'more account')}: see History"] if more > 0 else []
    return [*lines[:_ACCOUNTS], *rest]


def _evidence(line: Line, detail: Detail) -> tuple[Fold | Button, ...]:
    if line.pack is None or line.record.change is Change.GONE:
        return ()
    if detail.has_pack:
        return (Fold(title="Evidence", parts=(_fold_id(line),)),)
    return (Button(title="Evidence", verb="case_files.open", about=line.record.case_id),)


def _fold_id(line: Line) -> str:
    return f"pack-{line.record.id}"


def _talk(line: Line) -> tuple[Button, ...]:
    if line.record.change is Change.GONE:
        return (_comment(line),)
    propose = Button(title="Propose", verb="meetings.form", about=line.record.id)
    return (_comment(line), propose)


def _age(line: Line) -> str:
    if line.record.change is Change.GONE:
        return "closed"
    return wording.counted(line.record.oldest_days, "day")


def _note(view: View, line: Line, longest: int = _SHORT) -> tuple[Text, ...]:
    record = line.record
    if record.change is Change.GONE:
        return ()
    if record.noted_at is None:
        return (Text(text="No note yet.", size="small", tone="attention", spacing="none"),)
    digest = digests.get(view.session, record.digest_id)
    is_stale = record.noted_at < digest.last_meeting_at
    age = words.ago(record.noted_at, view.today, view.policy)
    said = f"“{words.shortened(record.note, longest)}” {record.noted_by}, {age}"
    note = Text(text=said, size="small", spacing="none")
    old = Text(text="No newer note.", size="small", tone="attention", spacing="none")
    return (note, old) if is_stale else (note,)


def _comments(view: View, said: Sequence[Said], detail: Detail) -> tuple[Text, ...]:
    earlier = len(said) - detail.comments
    more = (
        [f"{wording.counted(earlier, 'earlier comment')}: see History"] if earlier > 0 else []
    )
    latest = [
        f"{one.name}, {wording.moment(one.at, reader.zone_of(view))}: "
        f"{words.shortened(one.words, detail.longest)}"
        for one in said[-detail.comments :]
    ]
    return tuple(
        Text(text=each, size="small", tone="accent", spacing="none") for each in more + latest
    )


def _comment(line: Line) -> Button:
    return Button(title="Comment", verb="suspension.comment", about=line.record.id)


def _history(line: Line) -> Button:
    return Button(title="History", verb="suspension.history", about=line.record.id)


def _event(view: View, event: Event) -> Section:
    when = f"{wording.moment(event.at, reader.zone_of(view))} · {event.who}"
    said = words.shortened(event.words, 2 * _SHORT)
    head = Text(text=when, size="small", is_subtle=True)
    return Section(has_separator=True, items=(head, Text(text=said, spacing="none")))


def _browsing(shown: DigestPage, pages: Sequence[DigestPage]) -> tuple[Button, ...]:
    ids = {page.number: page.id for page in pages}
    steps = (("Previous", shown.number - 1), ("Next", shown.number + 1))
    turning = [
        Button(title=title, verb="suspension.page", about=ids[number])
        for title, number in steps
        if number in ids
    ]
    digest = Button(title="Digest", verb="suspension.head", about=shown.digest_id)
    return (*turning, digest)
