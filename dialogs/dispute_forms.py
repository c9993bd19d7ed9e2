"""The short forms about a dispute: a question, an answer, a handover, a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Turn
from bot.chat.form import ChoiceField, Form, MoneyField, Option, TextField
from bot.kernel.shapes import dataclass
from bot.workflows.disputes import queries
from bot.workflows.disputes.rules import Resolution
from dialogs import dispute_cards as cards
from dialogs.dispute_form import DEPARTMENTS

RESULTS: Final = {
    Resolution.STANDS: "Against the customer: the invoice stands and is owed",
    Resolution.CREDITED: "For the customer: a credit or correction follows",
    Resolution.PARTLY: "In part: some is to be credited, the rest is owed",
    Resolution.WITHDRAWN: "The customer withdrew it",
}


class ResultForm(Form):
    """What came of a dispute."""

    resolution = ChoiceField("Result")
    granted = MoneyField("If in part: how much is to be credited?", is_optional=True)
    words = TextField(
        "In words", lines=3, longest=1000, hint="What was found, and what follows"
    )


class WordsForm(Form):
    """A question, an answer, or an objection."""

    words = TextField("In words", lines=3, longest=1000)


class HandoverForm(Form):
    """Another department has to answer."""

    department = ChoiceField("To")
    words = TextField("Why?", lines=2, longest=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form about a dispute: what it asks, and which button saves it."""

    form: type[Form]
    title: str
    lead: str
    save: str
    verb: str
    back: str = "dispute_department.show"
    options: Mapping[str, Sequence[Option]] | None = None


RESULT: Final = Sheet(
    form=ResultForm,
    title="What came of it",
    lead="What stands is owed again at once; what is granted stays out until it is credited.",
    save="Close dispute",
    verb="dispute_results.close",
    options={"resolution": [Option(words, result.value) for result, words in RESULTS.items()]},
)
QUESTION: Final = Sheet(
    form=WordsForm,
    title="Ask the agent",
    lead="The agent gets your question now; the answer comes back here.",
    save="Ask",
    verb="dispute_department.save_question",
)
ANSWER: Final = Sheet(
    form=WordsForm,
    title="Answer",
    lead="The agent hears it now. The dispute stays open until it is resolved.",
    save="Save answer",
    verb="dispute_department.save_answer",
)
HANDOVER: Final = Sheet(
    form=HandoverForm,
    title="Hand over",
    lead="The clock goes on from the first day.",
    save="Hand over",
    verb="dispute_department.save_handover",
)
OBJECTION: Final = Sheet(
    form=WordsForm,
    title="The customer objects again",
    lead="What is still open of it is disputed again, and the department gets it back.",
    save="Take it up again",
    verb="dispute_results.save_objection",
    back="disputes.show",
)


def sheet(
    turn: Turn, what: Sheet, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Card:
    """Return a form about the dispute that was pressed, holding what was typed."""
    dispute = queries.get(turn.session, turn.record)
    view = turn.view(dispute.id)
    return Card(
        title=f"{what.title}: {cards.payer_name(view, dispute)}, {cards.amount_of(dispute)}",
        body=(
            Text(text=f"“{dispute.description}”", size="small"),
            Text(text=what.lead, is_subtle=True, size="small"),
            *what.form.inputs(typed, problems, what.options),
        ),
        buttons=(
            Button(
                title=what.save,
                verb=what.verb,
                about=dispute.id,
                version=turn.version or dispute.version,
                nonce=turn.nonce or turn.fresh,
                style="positive",
            ),
            Button(title="Back", verb=what.back, about=dispute.id, checks_inputs=False),
        ),
    )


def handover(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    """Return the form for a handover: to each department that does not have it already."""
    has_it = queries.get(turn.session, turn.record).department
    others = [Option(words, to.value) for to, words in DEPARTMENTS.items() if to != has_it]
    return sheet(turn, replace(HANDOVER, options={"department": others}), typed, problems)
