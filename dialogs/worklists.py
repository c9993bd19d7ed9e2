"""The morning list: whom to call, in what order, and why (R77-R79, R83, R92-R93, R163)."""

from __future__ import annotations

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.inbound import SpotKind
from bot.kernel import wording
from bot.store.postings import Showing
from bot.workflows.customers import queries as customers
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import EVERYBODY, Role
from bot.workflows.worklists import queries as lists
from bot.workflows.worklists import shifts
from bot.workflows.worklists.operations import WORKLIST_CARD
from dialogs import choosing, list_card
from dialogs.call_card import Seat
from dialogs.list_card import A_PAGE
from dialogs.next_payer import leave_list, next_card, open_list

dialog = Dialog("worklists")


@dialog.draws(WORKLIST_CARD)
def draw(view: View) -> Card:
    """Draw an agent's list as it is now, its first page."""
    return list_card.draw(view, lists.look_at(view.session, view.about), first=1)


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Reply | Card | None:
    """Welcome somebody who installs the app, with their current list."""
    if turn.spot.kind is not SpotKind.PERSONAL:
        return None
    welcome = wording.sentence(f"Welcome to the AR desk, {turn.who.name}")
    if Role.AGENT in turn.who.roles:
        return _current(turn, note=f"{welcome} Type help at any time.")
    words = "What is addressed to you comes to this chat. Type help for what you can do here."
    return Card(title=welcome, body=(Text(text=words),))


@dialog.says("list", help="your list of today, as it is now")
def say_list(turn: Turn) -> Reply | Card:
    """Show the person's current list; it becomes the copy that is kept up to date."""
    return _current(turn)


@dialog.on("back")
def back(turn: Turn) -> Reply | Card:
    """Return from a payer to the list."""
    return _current(turn)


@dialog.on("page", only_reads=True)
def page(turn: Turn) -> Card:
    """Show another page of a list."""
    worklist = lists.look_at(turn.session, turn.record)
    return list_card.draw(
        turn.view(worklist.id), worklist, first=int(turn.fixed.get("first", 1))
    )


@dialog.on("left_off", only_reads=True)
def left_off(turn: Turn) -> Card:
    """Show who owes and is not on the list, and why."""
    worklist = lists.look_at(turn.session, turn.record)
    first = int(turn.fixed.get("first", 1))
    off = lists.left_off(turn.session, worklist.id)
    shown = off[first - 1 : first - 1 + 2 * A_PAGE]
    names = customers.names_of(turn.session, [line.payer_id for line in shown])
    body = tuple(list_card.off_line(names[line.payer_id], line.reason) for line in shown)
    more = list_card.more_button(worklist, "left_off", first + 2 * A_PAGE, len(off))
    return Card(
        title=f"Left off on {wording.day(worklist.day)}: {wording.counted(len(off), 'payer')}",
        body=body or (Text(text="Everybody who owes is on the list."),),
        buttons=(*more, Button(title="My list", verb="worklists.back")),
    )


@dialog.on("work")
def work(turn: Turn) -> Card:
    """Show whom to call first, of the list or of the window's lane."""
    leave_list(turn)
    lane = bool(turn.fixed.get("lane"))
    entry = lists.next_entry(
        turn.session, turn.record, now=turn.now, policy=turn.policy, lane=lane
    )
    return next_card(turn, Seat(entry, lane))


def _current(turn: Turn, note: str = "") -> Reply | Card:
    choosing.check_private(turn)
    worklist = open_list(turn)
    if worklist is None:
        return _no_list(turn, note)
    card = list_card.draw(turn.view(worklist.id), worklist, first=1, note=note)
    return Reply(card=card, showing=Showing(WORKLIST_CARD, worklist.id, place_of(turn.who.id)))


def _no_list(turn: Turn, note: str) -> Card:
    if Role.AGENT not in turn.who.roles:
        words = "Lists are for agents. Type help for what you can do here."
        return Card(title="You have no list of your own", body=(Text(text=words),), note=note)
    start = shifts.next_start(turn.who, at=turn.now, policy=turn.policy)
    when = wording.moment(start, turn.who.zone, today=turn.today)
    words = f"Your next list comes when your shift starts: {when}."
    return Card(title="No list just now", body=(Text(text=words),), note=note)
