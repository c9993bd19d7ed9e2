"""What a page of the suspension digest and a case's history look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.chat.card import (
    Button,
    Card,
    Element,
    Section,
    Text,
)
from bot.chat.dialog import View
from bot.chat.size import fits
from bot.kernel import wording
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import queries, remarks
from bot.workflows.suspension.digest_queries import Line
from bot.workflows.suspension.records import DigestPage
from bot.workflows.suspension.remarks import Event
from dialogs import meeting_lines, reader
from dialogs import suspension_case as one
from dialogs import suspension_words as words
from dialogs.suspension_case import Detail, News
from dialogs.suspension_since import since_posted

_EVENTS: Final = 10
_SHORT: Final = 200


DETAILS: Final = (
    Detail(200, 2, has_pack=True),
    Detail(200, 2, has_pack=False),
    Detail(80, 1, has_pack=False),
    Detail(40, 1, has_pack=False),
)
"""From all that is wanted to the least that is useful: the first that fits is shown."""


def page(view: View, shown: DigestPage, *, note: str = "", is_browsed: bool = False) -> Card:
    """Return a page of a digest: each case as posted, and what has happened since (R168)."""
    digest = digests.get(view.session, shown.digest_id)
    lines = digests.lines_of_page(view.session, shown.id)
    pages = digests.pages_of(view.session, digest.id)
    news = _news(view, lines)
    place = f"Digest for {wording.day(digest.meeting_on)} · page {shown.number} of {len(pages)}"
    least = Card(
        title=shown.heading.words,
        note=note,
        note_tone="good",
        body=(Text(text=place, size="small", is_subtle=True, spacing="none"),),
        buttons=_browsing(shown, pages) if is_browsed else (),
        summary=f"Suspension digest, page {shown.number}: {shown.heading.words}",
    )
    for detail in DETAILS:
        cases = (one.section(view, line, news[line.number], detail) for line in lines)
        card = replace(least, body=(*least.body, *cases))
        if fits(card):
            break
    return card


def _news(view: View, lines: Sequence[Line]) -> dict[int, News]:
    cases = [line.record.case_id for line in lines]
    said = remarks.comments(view.session, cases)
    since = since_posted(view, lines)
    proposed = meeting_lines.lines(view, cases)
    return {
        line.number: News(
            since=since[line.number],
            said=said.get(line.record.case_id, ()),
            proposed=proposed.get(line.record.case_id, ()),
        )
        for line in lines
    }


def history(view: View, line: Line) -> Card:
    """Return what was said and done about a case, the newest first."""
    case = queries.get(view.session, line.record.case_id)
    opened = f"Open since {wording.day(case.opened_on)}"
    if case.closed_on:
        opened += f", closed {wording.day(case.closed_on)}: {case.closed_why}"
    events = remarks.events(view.session, case, limit=_EVENTS)
    told: list[Element] = [_event(view, each) for each in events]
    nothing = Text(text="Nothing is written about this case yet.", is_subtle=True)
    return Card(
        title=f"Case {case.number} · {line.record.payer_name}",
        body=(
            Text(text=opened, size="small", is_subtle=True, spacing="none"),
            *summary(view, line),
            *(told or [nothing]),
        ),
        buttons=(one.comment(line), back_to(line)),
    )


def summary(view: View, line: Line) -> tuple[Element, ...]:
    """Return a case as it stood on the digest, for the head of a form."""
    owed = f"{words.amounts(line.owed)} · {one.age_of(line)}"
    note = one.note_of(view, line)
    return (Text(text=owed, is_bold=True), Text(text=words.facts(line), size="small"), *note)


def back_to(line: Line) -> Button:
    """Return the button that goes back to the page with a case."""
    verb, about = "suspension.page", line.record.page_id
    return Button(title="Back", verb=verb, about=about, checks_inputs=False)


def _event(view: View, event: Event) -> Section:
    when = f"{wording.moment(event.at, reader.zone_of(view), today=view.today)} · {event.who}"
    said = wording.shortened(event.words, 2 * _SHORT)
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
