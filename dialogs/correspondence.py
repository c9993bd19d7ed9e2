"""E-mail to customers: what is held, what did not arrive, what was written (R8, go-live)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.kernel import wording
from bot.store.postings import Showing
from bot.workflows.correspondence import again, queries, releases
from bot.workflows.correspondence.again import NotInTrouble
from bot.workflows.correspondence.records import Mail, MailState, Process
from bot.workflows.correspondence.releases import NotHeld
from bot.workflows.correspondence.troubles import (
    HELD_CARD,
    PROCESSES,
    UNKNOWN_CARD,
    number_of,
)
from bot.workflows.customers import queries as customers
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import AT_THE_DESK, LEADS, Role
from dialogs import choosing, mail_cards, release_cards

dialog: Final = Dialog("correspondence")

READERS: Final = AT_THE_DESK | {Role.AUDITOR}
DROPPED: Final = "A lead decided that it is not sent any more."
CHANGED: Final = "This mail has changed meanwhile: here it is as it is now."


@dialog.says("mail NAME", help="e-mail to a customer", only_reads=True, roles=READERS)
def mail(turn: Turn) -> Card:
    """Show what was written to a customer."""
    choosing.check_private(turn)
    chosen = choosing.payer_named(turn, turn.words, verb="correspondence.history")
    return chosen if isinstance(chosen, Card) else _history(turn, chosen.payer_id)


@dialog.on("history", only_reads=True, roles=READERS)
def history(turn: Turn) -> Card:
    """Show what was written to a customer that was chosen."""
    return _history(turn, customers.get(turn.session, turn.record).payer_id)


@dialog.says("releases", help="which e-mail goes out by itself", only_reads=True, roles=LEADS)
def all_releases(turn: Turn) -> Card:
    """Show which processes may write to customers."""
    choosing.check_private(turn)
    return release_cards.releases(turn.view(0))


@dialog.draws(HELD_CARD)
def draw_held(view: View) -> Card:
    """Draw what is held of a process."""
    return release_cards.held(view)


@dialog.draws(UNKNOWN_CARD)
def draw_unknown(view: View) -> Card:
    """Draw a mail of which it is not known whether it arrived."""
    return mail_cards.one(view)


@dialog.on("held", only_reads=True, roles=LEADS)
def held(turn: Turn) -> Card:
    """Show what is held of a process."""
    return release_cards.held(turn.view(turn.record))


@dialog.on("confirm", only_reads=True, roles=LEADS)
def confirm(turn: Turn) -> Card:
    """Show what a release would let go."""
    return release_cards.confirm(turn.view(turn.record))


@dialog.on("release", roles=LEADS)
def release(turn: Turn) -> Reply:
    """Let a process write to customers from now on."""
    process = PROCESSES[turn.record - 1]
    if queries.is_released(turn.session, process):
        return _held(turn, process, "It was released before.")
    count = releases.release_process(turn.session, process, by=turn.who, at=turn.now)
    if not count:
        return _held(turn, process, "Released. Nothing was waiting from today.")
    mails = f"{wording.counted(count, 'e-mail')} {'goes' if count == 1 else 'go'} out"
    return _held(turn, process, f"Released. {mails}.")


@dialog.on("send_held", roles=LEADS)
def send_held(turn: Turn) -> Reply:
    """Let a mail of an earlier day go after all."""
    return _decide_held(turn, "Sent.", lambda: _let_go(turn))


@dialog.on("drop_held", roles=LEADS)
def drop_held(turn: Turn) -> Reply:
    """Drop a mail of an earlier day."""
    return _decide_held(turn, "Dropped.", lambda: _drop(turn))


@dialog.on("drop_older", roles=LEADS)
def drop_older(turn: Turn) -> Reply:
    """Drop everything that is held of earlier days."""
    process = PROCESSES[turn.record - 1]
    count = releases.drop_older(turn.session, process, by=turn.who, why=DROPPED, at=turn.now)
    return _held(turn, process, f"{count:,} dropped.")


@dialog.on("refused", only_reads=True, roles=LEADS)
def refused(turn: Turn) -> Card:
    """List what did not arrive."""
    found = queries.find(turn.session, state=MailState.REFUSED, limit=20)
    return mail_cards.history(turn.view(0), found, title="Did not arrive")


@dialog.on("lost", only_reads=True, roles=LEADS)
def lost(turn: Turn) -> Card:
    """List what may have arrived or not."""
    found = queries.unsettled(turn.session)[:20]
    return mail_cards.history(turn.view(0), found, title="Not known if they arrived")


@dialog.on("open", only_reads=True, roles=READERS)
def open_mail(turn: Turn) -> Card:
    """Show a mail with its text."""
    choosing.check_private(turn)
    return mail_cards.one(turn.view(turn.record))


@dialog.on("again", roles=LEADS)
def send_again(turn: Turn) -> Reply:
    """Send again what did not arrive, or may not have."""
    return _decide(turn, "It is sent again.", lambda: _again(turn))


@dialog.on("arrived", roles=LEADS)
def arrived(turn: Turn) -> Reply:
    """Count an unknown mail as arrived."""
    return _decide(turn, "It counts as sent.", lambda: _arrived(turn))


@dialog.on("leave", roles=LEADS)
def leave(turn: Turn) -> Reply:
    """Leave an unknown mail at that."""
    return _decide(turn, "Left at that: it does not count as sent.", lambda: _leave(turn))


def _history(turn: Turn, payer_id: int) -> Card:
    name = customers.get(turn.session, payer_id).name
    found = queries.of_payer(turn.session, payer_id, limit=20)
    return mail_cards.history(turn.view(0), found, title=f"E-mail to {name}")


def _decide(turn: Turn, note: str, decide: Callable[[], Mail]) -> Reply:
    """Decide on a mail, unless it has changed since the card was drawn."""
    if queries.get(turn.session, turn.record).version != turn.version:
        return _one(turn, CHANGED)
    try:
        decide()
    except NotInTrouble as refusal:
        return _one(turn, str(refusal))
    return _one(turn, note)


def _decide_held(turn: Turn, note: str, decide: Callable[[], Mail]) -> Reply:
    found = queries.get(turn.session, turn.record)
    if found.version != turn.version:
        return _held(turn, found.process, CHANGED)
    try:
        decide()
    except NotHeld as refusal:
        return _held(turn, found.process, str(refusal))
    return _held(turn, found.process, note)


def _let_go(turn: Turn) -> Mail:
    return releases.send_held(turn.session, turn.record, by=turn.who, at=turn.now)


def _drop(turn: Turn) -> Mail:
    return releases.drop_held(turn.session, turn.record, by=turn.who, why=DROPPED, at=turn.now)


def _again(turn: Turn) -> Mail:
    return again.send_again(
        turn.session, turn.record, by=turn.who, at=turn.now, policy=turn.policy
    )


def _arrived(turn: Turn) -> Mail:
    return again.count_as_arrived(turn.session, turn.record, by=turn.who, at=turn.now)


def _leave(turn: Turn) -> Mail:
    return again.leave_unknown(turn.session, turn.record, by=turn.who, at=turn.now)


def _one(turn: Turn, note: str) -> Reply:
    showing = Showing(UNKNOWN_CARD, turn.record, place_of(turn.who.id))
    return Reply(card=mail_cards.one(turn.view(turn.record), note), showing=showing)


def _held(turn: Turn, process: Process, note: str) -> Reply:
    number = number_of(process)
    showing = Showing(HELD_CARD, number, place_of(turn.who.id))
    return Reply(card=release_cards.held(turn.view(number), note), showing=showing)
