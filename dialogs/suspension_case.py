"""What one case on a page of the suspension digest looks like (R168)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.chat.card import Button, Buttons, Cell, Columns, Fold, Section, Text, Tone
from bot.chat.dialog import View
from bot.kernel import wording
from bot.kernel.shapes import dataclass
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension.digest_queries import Line
from bot.workflows.suspension.remarks import Said
from bot.workflows.suspension.rules import Change
from bot.workflows.suspension.since import Since
from dialogs import reader
from dialogs import suspension_words as words

_NAME: Final = 80
_FACTS: Final = 300
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


@dataclass(frozen=True, slots=True)
class News:
    """What has happened to a case since the digest was posted."""

    since: Since
    said: Sequence[Said]
    """The comments on it, the oldest first."""
    proposed: tuple[Text, ...]


def section(view: View, line: Line, news: News, detail: Detail) -> Section:
    """Return a case as posted, what has happened since, and what can be done."""
    facts = wording.shortened(words.facts(line), _FACTS)
    since = news.since.words(detail.longest)
    moved = (Text(text=f"Since posted: {since}", size="small", tone="accent"),)
    return Section(
        has_separator=True,
        items=(
            _heading(line),
            *_standing(line),
            Text(text=facts, size="small", spacing="small"),
            *note_of(view, line, detail.longest),
            *(moved if since else ()),
            *_comments(view, news.said, detail),
            *news.proposed,
            *(_pack(line) if detail.has_pack else ()),
            Buttons(actions=(*_evidence(line, detail), history(line))),
            Buttons(actions=_talk(line)),
        ),
    )


def _heading(line: Line) -> Columns:
    changed = Text(
        text=words.change(line),
        size="small",
        spacing="none",
        tone=_TONES.get(line.record.change, "default"),
    )
    payer = wording.shortened(line.record.payer_name, _NAME)
    name = Text(text=f"{line.number} · {payer}", is_bold=True)
    owed = Text(text=words.amounts(line.owed), is_bold=True, align="right")
    age = Text(text=age_of(line), size="small", spacing="none", align="right")
    return Columns(cells=(Cell(items=(name, changed)), Cell(items=(owed, age), width="auto")))


def age_of(line: Line) -> str:
    """Return how old the oldest item is, or that the case is closed."""
    if line.record.change is Change.GONE:
        return "closed"
    return wording.counted(line.record.oldest_days, "day")


def note_of(view: View, line: Line, longest: int = _SHORT) -> tuple[Text, ...]:
    """Return the last note on a case, and that it is old if it is."""
    record = line.record
    if record.change is Change.GONE:
        return ()
    if record.noted_at is None:
        return (Text(text="No note yet.", size="small", tone="attention", spacing="none"),)
    digest = digests.get(view.session, record.digest_id)
    is_stale = record.noted_at < digest.last_meeting_at
    age = words.ago(record.noted_at, view.today, view.policy)
    said = f"“{wording.shortened(record.note, longest)}” {record.noted_by}, {age}"
    note = Text(text=said, size="small", spacing="none")
    old = Text(text="No newer note.", size="small", tone="attention", spacing="none")
    return (note, old) if is_stale else (note,)


def comment(line: Line) -> Button:
    """Return the button that opens the form for a comment."""
    return Button(title="Comment", verb="suspension.comment", about=line.record.id)


def history(line: Line) -> Button:
    """Return the button that shows what was said and done."""
    return Button(title="History", verb="suspension.history", about=line.record.id)


def _standing(line: Line) -> tuple[Text, ...]:
    """Return where a case stood, whom it waited for, and its steps since the last digest."""
    pack = line.pack
    if pack is None or line.record.change is Change.GONE:
        return ()
    stood = Text(
        text=f"{words.stands(pack).capitalize()} · {words.waits(pack)}",
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
        Text(text=wording.shortened(one, _SHORT), size="small", spacing="none") for one in shown
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
        return (comment(line),)
    propose = Button(title="Propose", verb="meetings.form", about=line.record.id)
    return (comment(line), propose)


def _comments(view: View, said: Sequence[Said], detail: Detail) -> tuple[Text, ...]:
    earlier = len(said) - detail.comments
    more = (
        [f"{wording.counted(earlier, 'earlier comment')}: see History"] if earlier > 0 else []
    )
    latest = [
        f"{one.name}, {wording.moment(one.at, reader.zone_of(view), today=view.today)}: "
        f"{wording.shortened(one.words, detail.longest)}"
        for one in said[-detail.comments :]
    ]
    return tuple(
        Text(text=each, size="small", tone="accent", spacing="none") for each in more + latest
    )
