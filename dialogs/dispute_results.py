"""How a dispute ends: its recorded result, and the customer who objects again (R23, R133)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Turn
from bot.chat.form import NotFilledIn
from bot.kernel.money import Money
from bot.workflows.disputes import closing, department, queries, reopening
from bot.workflows.disputes.closing import Ruling
from bot.workflows.disputes.department import Said
from bot.workflows.disputes.records import Dispute
from bot.workflows.disputes.rules import BadGrant, DisputeState, Resolution
from bot.workflows.people.rules import EVERYBODY, check_role
from dialogs import dispute_cards as cards
from dialogs import dispute_forms as forms

dialog: Final = Dialog("dispute_results")


def _result_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return forms.sheet(turn, forms.RESULT, turn.typed, problems)


@dialog.on("resolve", only_reads=True, roles=EVERYBODY)
def resolve(turn: Turn) -> Card:
    """Ask what came of the dispute."""
    dispute = _workable(turn)
    if dispute.state is not DisputeState.OPEN:
        return _current(turn)
    return forms.sheet(turn, forms.RESULT, {}, {})


@dialog.on("close", redraw=_result_again, roles=EVERYBODY)
def close(turn: Turn) -> Card:
    """Close the dispute with its result."""
    dispute = _workable(turn)
    if dispute.state is not DisputeState.OPEN:
        return _current(turn)
    form = forms.ResultForm.read(turn.typed)
    if form.resolution not in set(Resolution):
        raise NotFilledIn({"resolution": "Please choose one of the results."})
    ruling = Ruling(
        resolution=Resolution(form.resolution),
        words=form.words,
        by=turn.who,
        granted=_granted(form, dispute),
    )
    try:
        closing.resolve(turn.session, dispute, ruling=ruling, at=turn.now, policy=turn.policy)
    except BadGrant as wrong:
        raise NotFilledIn({"granted": str(wrong)}) from wrong
    note = "Closed. The agent is told."
    return cards.raised(turn.view(dispute.id), may_close=True, note=note)


@dialog.on("object_again", only_reads=True)
def object_again(turn: Turn) -> Card:
    """Open the form for a customer who objects once more."""
    return forms.sheet(turn, forms.OBJECTION, {}, {})


def _object_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return forms.sheet(turn, forms.OBJECTION, turn.typed, problems)


@dialog.on("save_objection", redraw=_object_again)
def save_objection(turn: Turn) -> Card:
    """Take the dispute up again."""
    dispute = queries.get(turn.session, turn.record)
    said = Said(words=forms.WordsForm.read(turn.typed).words, by=turn.who, nonce=turn.nonce)
    again = reopening.reopen(turn.session, dispute, said, at=turn.now, policy=turn.policy)
    note = "Taken up again. The department and the lead are told."
    return cards.raised(turn.view(again.id), may_close=turn.who.is_lead, note=note)


def _granted(form: forms.ResultForm, dispute: Dispute) -> Money | None:
    if not form.granted.minor:
        return None
    if form.resolution != Resolution.PARTLY:
        raise NotFilledIn({"granted": "Leave this empty, or choose “In part” as the result."})
    return Money(form.granted.minor, dispute.currency)


def _workable(turn: Turn) -> Dispute:
    dispute = queries.get(turn.session, turn.record)
    check_role(turn.who, department.workers(dispute), what="Closing this dispute")
    return dispute


def _current(turn: Turn) -> Card:
    note = "Nothing was changed: this dispute was closed meanwhile."
    return cards.raised(turn.view(turn.record), may_close=True, note=note)
