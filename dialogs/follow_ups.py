"""Follow-up e-mails to those not reached: send all, look first, or leave (R85)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.inbound import SpotKind
from bot.kernel import wording
from bot.store import postings
from bot.store.postings import Showing
from bot.workflows.correspondence import queries as mails
from bot.workflows.correspondence.records import MailState, Process
from bot.workflows.customers import queries as customers
from bot.workflows.customers.rules import NotYourPortfolio
from bot.workflows.follow_ups import operations, queries
from bot.workflows.follow_ups.ending import BATCH_CARD
from bot.workflows.follow_ups.queries import Batch, Written
from bot.workflows.follow_ups.records import FollowUp, FollowUpState
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY
from dialogs import follow_up_cards as cards
from dialogs.choosing import check_private

dialog: Final = Dialog("follow_ups")

LEFT: Final = "Left: no e-mail goes."


@dialog.says("drafts", help="follow-up e-mails that wait for you")
def drafts(turn: Turn) -> Card:
    """Show the drafts that wait for the person, one at a time."""
    check_private(turn)
    waiting = queries.waiting_of(turn.session, turn.who.id)
    if not waiting:
        return Card(title="No follow-up e-mail waits for you")
    return cards.look_card(turn, [one.id for one in waiting], waiting[0])


@dialog.draws(BATCH_CARD)
def draw(view: View) -> Card:
    """Draw what is asked at a shift's end, or what became of it."""
    return cards.batch_card(view, queries.batch(view.session, view.about))


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Reply | None:
    """Offer again what was asked at the last shift's end and is not answered yet."""
    batch = queries.open_batch(turn.session, turn.who.id)
    if batch is None or turn.spot.kind is not SpotKind.PERSONAL:
        return None
    card = cards.batch_card(turn.view(batch.id), batch)
    return Reply(card=card, showing=Showing(BATCH_CARD, batch.id, place_of(turn.who.id)))


@dialog.on("open", only_reads=True)
def open_batch(turn: Turn) -> Card:
    """Show the shift's card again."""
    return cards.batch_card(turn.view(turn.record), queries.batch(turn.session, turn.record))


@dialog.on("send_all")
def send_all(turn: Turn) -> Reply:
    """Send every draft of the shift that the card showed; what was sent is not sent again."""
    batch = queries.batch(turn.session, turn.record)
    shown = int(turn.fixed.get("upto", 0))
    waiting = [one for one in _waiting(turn.view(batch.id), batch) if one.id <= shown]
    if not waiting:
        return _answer(turn, batch, "There was nothing left to send.")
    return _answer(turn, batch, _sent_words(turn, [_send(turn, one) for one in waiting]))


@dialog.on("leave")
def leave(turn: Turn) -> Reply:
    """Send none of them."""
    batch = queries.batch(turn.session, turn.record)
    waiting = _waiting(turn.view(batch.id), batch)
    for one in waiting:
        left = queries.get(turn.session, one.id)
        operations.drop(turn.session, left, by=turn.who, why=LEFT, at=turn.now)
    return _answer(turn, batch, LEFT if waiting else "There was nothing left to send.")


@dialog.on("look")
def look(turn: Turn) -> Card:
    """Show the drafts one at a time, from the first or from one."""
    _leave_batch(turn)
    found = queries.get(turn.session, turn.record)
    return cards.look_card(turn, _beside(turn, found), found)


@dialog.on("send")
def send(turn: Turn) -> Card | Reply:
    """Send one draft and show the next."""
    _leave_batch(turn)
    found = queries.get(turn.session, turn.record)
    if found.state is not FollowUpState.DRAFT:
        return _after(
            turn, found, f"Nothing was sent again: it was {found.state.value} already."
        )
    sent = _send(turn, found)
    return _after(turn, found, _sent_words(turn, [sent]))


@dialog.on("drop")
def drop(turn: Turn) -> Card | Reply:
    """Drop one draft and show the next."""
    _leave_batch(turn)
    found = queries.get(turn.session, turn.record)
    if found.state is not FollowUpState.DRAFT:
        return _after(turn, found, f"It was {found.state.value} already.")
    name = customers.get(turn.session, found.payer_id).name
    operations.drop(turn.session, found, by=turn.who, why="Dropped by the agent.", at=turn.now)
    return _after(turn, found, f"Dropped: no e-mail goes to {name}.")


def _send(turn: Turn, found: FollowUp | Written) -> FollowUp | None:
    try:
        return operations.send(
            turn.session, found.id, by=turn.who, at=turn.now, policy=turn.policy
        )
    except NotYourPortfolio:
        return None


def _sent_words(turn: Turn, ended: Sequence[FollowUp | None]) -> str:
    sent = [one for one in ended if one and one.state is FollowUpState.SENT]
    dropped = [one for one in ended if one and one.state is FollowUpState.DROPPED]
    held = [one for one in sent if _is_held(turn.view(one.id), one)]
    parts = [wording.counted(len(sent), "e-mail") + " sent" if sent else ""]
    if held:
        parts = [
            f"{wording.counted(len(held), 'e-mail')} will leave when a lead releases "
            f"{Process.FOLLOW_UPS.words}"
        ]
    parts += [f"{len(dropped)} not needed any more" if dropped else ""]
    refused = sum(one is None for one in ended)
    parts += [f"{refused} not yours to send: ask the agent or a lead" if refused else ""]
    return " · ".join(part for part in parts if part) + "."


def _leave_batch(turn: Turn) -> None:
    """Let no refresh of the shift's card take the place of the draft that is the answer."""
    here = turn.spot.message_id
    postings.let_go(turn.session, BATCH_CARD, place=place_of(turn.who.id), message_id=here)


def _answer(turn: Turn, batch: Batch, note: str) -> Reply:
    turn.session.flush()
    postings.refresh(turn.session, BATCH_CARD, about=batch.id, at=turn.now)
    card = cards.batch_card(turn.view(batch.id), batch, note)
    return Reply(card=card, showing=Showing(BATCH_CARD, batch.id, place_of(turn.who.id)))


def _waiting(view: View, batch: Batch) -> list[Written]:
    return queries.drafts_of(view.session, batch.agent_id, batch.day)


def _beside(turn: Turn, found: FollowUp) -> list[int]:
    drafts = queries.drafts_of(turn.session, found.agent_id, found.day)
    return [one.id for one in drafts]


def _after(turn: Turn, found: FollowUp, note: str) -> Card | Reply:
    turn.session.flush()
    waiting = _beside(turn, found)
    following = next((one for one in waiting if one > found.id), None)
    if shown := following or next(iter(waiting), None):
        return cards.look_card(turn, waiting, queries.get(turn.session, shown), note)
    if batch := queries.batch_of(turn.session, found.agent_id, found.day):
        return _answer(turn, batch, note)
    return Card(title="No other e-mail waits", note=note, buttons=(cards.to_list(),))


def _is_held(view: View, found: FollowUp) -> bool:
    mail = mails.by_topic(view.session, found.topic)
    return mail is not None and mail.state is MailState.HELD
