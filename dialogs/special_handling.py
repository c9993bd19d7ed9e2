"""Legal holds: the controllers are told, and may let the payer be worked again."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Button, Card, Facts, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.rules import PRINCIPALS
from bot.workflows.special_handling import operations, queries
from bot.workflows.special_handling.operations import HOLD_CARD
from bot.workflows.special_handling.records import Hold
from dialogs import reader

dialog = Dialog("special_handling")

LIFTED: Final = "The hold is lifted: the payer stands on the lists again from the next morning."


@dialog.draws(HOLD_CARD)
def draw(view: View) -> Card:
    """Draw a hold as it is now."""
    hold = queries.get(view.session, view.about)
    payer = customers.get(view.session, hold.payer_id)
    who = people.get(view.session, hold.set_by).name if hold.set_by else "the desk"
    pairs = (
        ("Why", hold.reason),
        (
            "Placed",
            f"{wording.moment(hold.set_at, reader.zone_of(view), today=view.today)} by {who}",
        ),
    )
    return Card(
        title=f"Legal hold: {payer.name}",
        body=(Facts(pairs=pairs), _state(view, hold)),
        buttons=() if hold.lifted_at else (_lift(hold),),
        summary=f"Legal hold on {payer.name}: calls and mail stop",
    )


@dialog.on("lift", roles=PRINCIPALS)
def lift(turn: Turn) -> Card:
    """Lift a hold."""
    operations.lift(
        turn.session, turn.record, by=turn.who.id, at=turn.now, why="lifted from the card"
    )
    return draw(turn.view(turn.record))


def _state(view: View, hold: Hold) -> Text:
    if hold.lifted_at:
        when = wording.moment(hold.lifted_at, reader.zone_of(view), today=view.today)
        return Text(text=f"{LIFTED} ({when})", tone="good")
    return Text(text="Calls and mail to this customer have stopped.", tone="attention")


def _lift(hold: Hold) -> Button:
    return Button(title="Lift the hold", verb="special_handling.lift", about=hold.id)
