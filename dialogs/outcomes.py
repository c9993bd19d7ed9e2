"""Logging a conversation: a short form that keeps what was typed until it is right (R164)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.card import Button, Card, Element, Text
from bot.chat.dialog import Dialog, Turn
from bot.chat.form import NotFilledIn
from bot.kernel.errors import Refused
from bot.workflows.calls import queries as calls
from bot.workflows.calls.operations import Conversation
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.people import queries as people
from bot.workflows.worklists import accounts, outcomes
from bot.workflows.worklists.accounts import Account
from dialogs import guides, invoice_choice, phrasing
from dialogs.call_card import Seat
from dialogs.next_payer import is_stale, logged, seat_of, take_seat, twice
from dialogs.outcome_forms import SHEETS, Sheet
from dialogs.outcome_inputs import NoteForm, Read, WordsForm
from dialogs.outcome_reading import MOST_INVOICES

dialog = Dialog("outcomes")


class LoggedMeanwhile(Refused):
    """Somebody logged a call with the payer while the form was open."""


@dialog.on("open", only_reads=True)
def open_form(turn: Turn) -> Card:
    """Show the form of an outcome, prefilled."""
    account, sheet = _account(turn), _sheet(turn)
    came_in = {"came_in": "true"} if turn.fixed.get("came_in") else {}
    return _form(turn, account, {**sheet.prefill(turn, account), **came_in})


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, _account(turn), turn.typed, problems)


@dialog.on("save", redraw=_again)
def save(turn: Turn) -> Card:
    """Log what was said, and go on to the next payer."""
    seat = take_seat(turn)
    if turn.nonce and (earlier := calls.by_nonce(turn.session, turn.nonce)):
        return twice(turn, earlier, seat)
    if is_stale(turn, seat):
        raise LoggedMeanwhile(who_was_quicker(turn))
    said = _said(turn)
    recorded = outcomes.record(turn.session, said, by=turn.who, at=turn.now, policy=turn.policy)
    return logged(turn, recorded, seat)


def _said(turn: Turn) -> Conversation:
    account, sheet = _account(turn), _sheet(turn)
    problems: dict[str, str] = {}
    read, note = Read(), None
    try:
        note = sheet.note.read(turn.typed)
    except NotFilledIn as missing:
        problems |= missing.problems
    try:
        read = sheet.read(turn, account, sheet.form.read(turn.typed))
    except NotFilledIn as missing:
        problems |= missing.problems
    if note is None or problems:
        raise NotFilledIn(problems)
    assert isinstance(note, NoteForm | WordsForm)
    return Conversation(
        payer_id=account.payer.id,
        outcome=_outcome(turn),
        direction=Direction.IN if note.came_in else Direction.OUT,
        spoke_to=note.spoke_to,
        words=" ".join(filter(None, (read.facts, note.words))),
        back_at=read.back_at,
        is_difficult=note.is_difficult,
        changes=read.changes,
        nonce=turn.nonce,
    )


def _form(
    turn: Turn,
    account: Account,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> Card:
    sheet, seat, problems = _sheet(turn), seat_of(turn), dict(problems or {})
    general = problems.pop("", "")
    hint, count = sheet.hint(turn, account), sheet.choices(account)
    without = invoice_choice.not_needed(count, typed, most=MOST_INVOICES)
    notes: tuple[Element, ...] = (
        *((Text(text=general, tone="attention"),) if general else ()),
        *((Text(text=hint, is_subtle=True, size="small"),) if hint else ()),
    )
    contact = {"spoke_to": account.payer.contact_name, **typed}
    return Card(
        title=f"{sheet.title}: {account.payer.name}",
        body=(
            *notes,
            *invoice_choice.more(count, most=MOST_INVOICES),
            *sheet.form.inputs(typed, problems, sheet.options(account), without=without),
            *sheet.note.inputs(contact, problems),
            *guides.folded(turn.policy, _outcome(turn).value),
        ),
        buttons=_save_or_back(turn, account.payer.id, seat),
    )


def _save_or_back(turn: Turn, payer_id: int, seat: Seat) -> tuple[Button, ...]:
    return (
        Button(
            title="Save",
            verb="outcomes.save",
            about=payer_id,
            version=seat.version,
            nonce=turn.fresh,
            fixed={**seat.fixed, "outcome": _outcome(turn).value},
            style="positive",
        ),
        Button(
            title="Back",
            verb="calls.open",
            about=payer_id,
            fixed=seat.fixed,
            checks_inputs=False,
        ),
    )


def who_was_quicker(turn: Turn) -> str:
    """Return who logged a call with the payer while the form was open, in a sentence."""
    last = next(iter(calls.touches(turn.session, turn.record, 1)), None)
    if last is None or last.day != turn.today:
        return "This payer changed while you were typing. Save again if it still holds."
    is_own = last.agent_id == turn.who.id
    who = "You" if is_own else people.get(turn.session, last.agent_id).name
    when = phrasing.clock(last.at, turn.who.zone)
    return f"{who} logged {last.outcome.words} at {when}. Save again if yours still holds."


def _account(turn: Turn) -> Account:
    return accounts.account(turn.session, turn.record, on=turn.today, policy=turn.policy)


def _outcome(turn: Turn) -> Outcome:
    return Outcome(str(turn.fixed["outcome"]))


def _sheet(turn: Turn) -> Sheet:
    return SHEETS[_outcome(turn)]
