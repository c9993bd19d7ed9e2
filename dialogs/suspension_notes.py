"""Notes for the suspension meeting: the stale cases one at a time (R81)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.form import Form, TextField
from bot.chat.inbound import SpotKind
from bot.kernel import wording
from bot.store.postings import Showing
from bot.store.rows import record
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY
from bot.workflows.suspension import meetings, operations, posting, queries
from bot.workflows.suspension.evidence import Evidence
from bot.workflows.suspension.operations import NOTES_CARD, Words
from bot.workflows.suspension.records import AnyCase, Case, NoteRound
from bot.workflows.suspension.rules import NoSuchCase
from dialogs.suspension_evidence import known, summary

dialog: Final = Dialog("suspension_notes")


class NoteForm(Form):
    """What the meeting should know about a case."""

    words = TextField(
        "Note for the meeting",
        lines=3,
        longest=operations.LONGEST,
        hint="What was said, what is agreed, what you propose",
    )


@dialog.draws(NOTES_CARD)
def draw(view: View) -> Card:
    """Draw the first case that still needs a note, or that none does."""
    return _next(view, record(view.session, NoteRound, view.about), skip=0)


@dialog.says("notes", help="your suspension cases that need a note before the meeting")
def say_notes(turn: Turn) -> Reply:
    """Ask for the notes that are stale now."""
    meeting = meetings.upcoming(turn.now, turn.policy)
    asked = posting.round_for(turn.session, turn.who, meeting, at=turn.now, policy=turn.policy)
    card = _next(turn.view(asked.id), asked, skip=0)
    return Reply(card=card, showing=Showing(NOTES_CARD, asked.id, place_of(turn.who.id)))


@dialog.says("note NAME: WORDS", help="write a note on a customer's suspension case")
def say_note(turn: Turn) -> Card:
    """Keep a note on the case of the customer named; without words, show the form."""
    name, _, said = turn.words.partition(":")
    payers = customers.search(turn.session, name, limit=5)
    cases = queries.find_cases(turn.session, [payer.id for payer in payers])
    nearest = next((p for p in payers if p.id in {case.payer_id for case in cases}), None)
    if nearest is None:
        raise NoSuchCase(f"No open suspension case is for a customer like “{name.strip()}”.")
    case = next(case for case in cases if case.payer_id == nearest.id)
    if not said.strip():
        return _single(turn, case, {}, {})
    note = Words(text=said, by=turn.who, at=turn.now, origin=turn.fresh)
    operations.write_note(turn.session, case, note, today=turn.today)
    return _kept(turn, case, said.strip())


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    case = queries.get(turn.session, turn.record)
    if asked := _round(turn):
        return _next(turn.view(asked.id), asked, skip=_skipped(turn), held=(turn, problems))
    return _single(turn, case, turn.typed, problems)


@dialog.on("save", redraw=_again)
def save(turn: Turn) -> Card:
    """Keep the note and go on with the next case."""
    form = NoteForm.read(turn.typed)
    case = queries.get(turn.session, turn.record)
    note = Words(text=form.words, by=turn.who, at=turn.now, origin=turn.nonce)
    operations.write_note(turn.session, case, note, today=turn.today)
    turn.session.flush()
    if asked := _round(turn):
        said = f"Kept on case {case.number}."
        return _next(turn.view(asked.id), asked, skip=case.number, note=said)
    return _kept(turn, case, form.words)


@dialog.on("skip", only_reads=True)
def skip(turn: Turn) -> Card:
    """Go on with the next case and leave this one for later."""
    asked = record(turn.session, NoteRound, turn.record)
    return _next(turn.view(asked.id), asked, skip=_skipped(turn))


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Reply | None:
    """Offer again what was asked for the coming meeting and is not written yet."""
    if turn.spot.kind is not SpotKind.PERSONAL:
        return None
    meeting = meetings.upcoming(turn.now, turn.policy)
    asked = posting.asked(turn.session, turn.who, meeting)
    if asked is None or not _stale(turn.view(asked.id), asked):
        return None
    card = _next(turn.view(asked.id), asked, skip=0)
    return Reply(card=card, showing=Showing(NOTES_CARD, asked.id, place_of(turn.who.id)))


def _next(
    view: View,
    asked: NoteRound,
    *,
    skip: int,
    note: str = "",
    held: tuple[Turn, Mapping[str, str]] | None = None,
) -> Card:
    stale = _stale(view, asked)
    if not stale:
        return _done(asked, note)
    case: AnyCase = next((case for case in stale if case.number > skip), stale[0])
    if held:
        case = queries.get(view.session, held[0].record)
    typed, problems = (held[0].typed, held[1]) if held else ({}, {})
    about = known(view, case)
    meeting = f"the suspension meeting, {wording.day(asked.meeting_on)}"
    left = wording.counted(len(stale), "case") + " left"
    return Card(
        title=_title(about),
        note=note,
        note_tone="good",
        body=(
            Text(text=f"Note for {meeting} · {left}", size="small"),
            *summary(view, about),
            *NoteForm.inputs(typed, problems),
        ),
        buttons=_buttons(view, asked, case, is_last=len(stale) == 1),
        summary=f"{left}: notes for {meeting}",
    )


def _done(asked: NoteRound, note: str) -> Card:
    title = f"Notes for {wording.day(asked.meeting_on)}"
    done = Text(text="Every case of yours has a fresh note. Thank you.")
    return Card(title=title, note=note, note_tone="good", body=(done,))


def _title(about: Evidence) -> str:
    return f"Case {about.case.number} · {about.payer_name}"


def _buttons(
    view: View, asked: NoteRound, case: AnyCase, *, is_last: bool
) -> tuple[Button, ...]:
    after = {"after": case.number}
    save = Button(
        title="Save" if is_last else "Save and next",
        verb="suspension_notes.save",
        about=case.id,
        nonce=f"{view.fresh}.{case.number}" if view.fresh else None,
        fixed={"round": asked.id, **after},
        style="positive",
    )
    verb = "suspension_notes.skip"
    later = Button(title="Skip", verb=verb, about=asked.id, fixed=after, checks_inputs=False)
    return (save,) if is_last else (save, later)


def _single(
    turn: Turn, case: AnyCase, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Card:
    view = turn.view(case.id)
    about = known(view, case)
    nonce, verb = turn.nonce or turn.fresh, "suspension_notes.save"
    save = Button(title="Save", verb=verb, about=case.id, nonce=nonce, style="positive")
    body = (*summary(view, about), *NoteForm.inputs(typed, problems))
    return Card(title=_title(about), body=body, buttons=(save,))


def _kept(turn: Turn, case: AnyCase, said: str) -> Card:
    name = customers.get(turn.session, case.payer_id).name
    return Card(title=f"Note kept on case {case.number} · {name}", body=(Text(text=said),))


def _stale(view: View, asked: NoteRound) -> Sequence[Case]:
    agent = people.get(view.session, asked.agent_id)
    since = asked.last_meeting_at
    return queries.stale_cases(view.session, agent, today=view.today, since=since)


def _round(turn: Turn) -> NoteRound | None:
    number = turn.fixed.get("round")
    return turn.session.get(NoteRound, number) if isinstance(number, int) else None


def _skipped(turn: Turn) -> int:
    after = turn.fixed.get("after", 0)
    return after if isinstance(after, int) else 0
