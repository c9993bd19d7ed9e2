"""What a page of the suspension digest and a case's history look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Section, Text, Tone
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import queries
from bot.workflows.suspension.digest_queries import Event, Line
from bot.workflows.suspension.queries import Said
from bot.workflows.suspension.records import DigestPage
from bot.workflows.suspension.rules import Change
from dialogs import reader
from dialogs import suspension_words as words
from dialogs.suspension_since import since_posted

_COMMENTS: Final = 2
_EVENTS: Final = 10
_SHORT: Final = 200
_TONES: Final[dict[Change, Tone]] = {
    Change.NEW: "accent",
    Change.GREW: "attention",
    Change.PAID_DOWN: "good",
    Change.GONE: "good",
}


def page(view: View, shown: DigestPage, *, note: str = "", is_browsed: bool = False) -> Card:
    """Return a page of a digest: each case as posted, and what has happened since (R168)."""
    digest = digests.get(view.session, shown.digest_id)
    lines = digests.lines_of_page(view.session, shown.id)
    pages = queries.pages_of(view.session, digest.id)
    said = queries.comments(view.session, [line.record.case_id for line in lines])
    since = since_posted(view, lines, longest=_SHORT)
    place = f"Digest for {wording.day(digest.meeting_on)} · page {shown.number} of {len(pages)}"
    cases = (
        _case(view, line, since[line.number], said.get(line.record.case_id, []))
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


def _case(view: View, line: Line, since: str, said: Sequence[Said]) -> Section:
    changed = Text(
        text=words.change(line),
        size="small",
        spacing="none",
        tone=_TONES.get(line.record.change, "default"),
    )
    name = Text(text=f"{line.number} · {line.record.payer_name}", is_bold=True)
    owed = Text(text=words.amounts(line.owed), is_bold=True, align="right")
    age = Text(text=_age(line), size="small", spacing="none", align="right")
    return Section(
        has_separator=True,
        items=(
            Columns(cells=(Cell(items=(name, changed)), Cell(items=(owed, age), width="auto"))),
            Text(text=words.facts(line), size="small", spacing="small"),
            *_note(view, line),
            *(
                (Text(text=f"Since posted: {since}", size="small", tone="accent"),)
                * bool(since)
            ),
            *_comments(view, said),
            Buttons(actions=(_comment(line), _history(line))),
        ),
    )


def _age(line: Line) -> str:
    if line.record.change is Change.GONE:
        return "closed"
    return wording.counted(line.record.oldest_days, "day")


def _note(view: View, line: Line) -> tuple[Text, ...]:
    record = line.record
    if record.change is Change.GONE:
        return ()
    if record.noted_at is None:
        return (Text(text="No note yet.", size="small", tone="attention", spacing="none"),)
    digest = digests.get(view.session, record.digest_id)
    is_stale = record.noted_at < digest.last_meeting_at
    age = words.ago(record.noted_at, view.today, view.policy)
    said = f"“{words.shortened(record.note, _SHORT)}” {record.noted_by}, {age}"
    note = Text(text=said, size="small", spacing="none")
    old = Text(text="No newer note.", size="small", tone="attention", spacing="none")
    return (note, old) if is_stale else (note,)


def _comments(view: View, said: Sequence[Said]) -> tuple[Text, ...]:
    earlier = len(said) - _COMMENTS
    more = (
        [f"{wording.counted(earlier, 'earlier comment')}: see History"] if earlier > 0 else []
    )
    latest = [
        f"{one.name}, {wording.moment(one.at, reader.zone_of(view))}: "
        f"{words.shortened(one.words, _SHORT)}"
        for one in said[-_COMMENTS:]
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
