"""The cards and forms of what comes in: a conversation, a voicemail, an unknown caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Buttons, Card, Text
from bot.chat.dialog import Turn
from bot.chat.form import Form, TextField, YesNoField
from bot.workflows.calls import inbound
from bot.workflows.calls.rules import Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK
from dialogs import documents
from dialogs.call_card import ALL_OUTCOMES

_A_ROW: Final = 2


class VoicemailForm(Form):
    """A voicemail, or a message that somebody took."""

    spoke_to = TextField("Who called?", is_optional=True, longest=100)
    number = TextField("Their number", is_optional=True, longest=40)
    words = TextField("What did they say?", lines=3, longest=2000)
    is_difficult = YesNoField("Difficult: tell the lead now")


class UnknownForm(Form):
    """A caller whom the desk does not know."""

    name = TextField("Who called?", longest=100)
    number = TextField("Their number", is_optional=True, longest=40)
    words = TextField("What did they say?", lines=3, longest=2000)


def came_in(turn: Turn, payer_id: int) -> Card:
    """Draw what can be logged of a call that came in."""
    payer = customers.get(turn.session, payer_id)
    owner = inbound.caller_of(turn.session, payer, today=turn.today)
    told = f"{people.get(turn.session, owner).name} is" if owner else "the leads are"
    words = (
        f"Whatever you log, {told} told." if owner != turn.who.id else "It is yours to call."
    )
    left = Button(title="Voicemail or message", verb="inbound.voicemail", about=payer_id)
    account = Button(title="Account", verb="customers.open", about=payer_id)
    alone = Buttons(actions=(account,))
    is_at_the_desk = bool(turn.who.roles & AT_THE_DESK)
    return Card(
        title=f"They called: {payer.name}",
        body=(
            Text(text=words, is_subtle=True, size="small"),
            Buttons(actions=(left,)),
            *(_outcomes(payer_id) if is_at_the_desk else ()),
            *(documents.row(payer_id, account) if is_at_the_desk else (alone,)),
        ),
    )


def _outcomes(payer_id: int) -> tuple[Text | Buttons, ...]:
    presses = [
        Button(
            title=title,
            verb="outcomes.open",
            about=payer_id,
            fixed={"entry": 0, "lane": 0, "outcome": outcome.value, "came_in": 1},
        )
        for outcome, title in ALL_OUTCOMES
        if outcome is not Outcome.WRONG_NUMBER
    ]
    presses.append(Button(title="Dispute", verb="disputes.open", about=payer_id))
    starts = range(0, len(presses), _A_ROW)
    rows = (Buttons(actions=tuple(presses[n : n + _A_ROW])) for n in starts)
    return (Text(text="If you spoke to them, what came of it?"), *rows)


def voicemail(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    """Draw the form of a voicemail, or of a message that somebody took."""
    payer = customers.get(turn.session, turn.record)
    given = {"spoke_to": payer.contact_name, **typed}
    save = Button(
        title="Save",
        verb="inbound.keep",
        about=payer.id,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    back = Button(title="Back", verb="inbound.open", about=payer.id, checks_inputs=False)
    return Card(
        title=f"Voicemail or message: {payer.name}",
        body=VoicemailForm.inputs(given, problems),
        buttons=(save, back),
    )


def unknown(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    """Draw the form of a caller whom nobody knows."""
    save = Button(
        title="Save",
        verb="inbound.keep_unknown",
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    return Card(
        title="Unknown caller",
        body=UnknownForm.inputs(typed, problems),
        buttons=(save,),
    )
