"""The short form for what stands in the way of paying a final invoice (R41-R45)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.chat.card import Button, Card, Element, Text
from bot.chat.dialog import Turn
from bot.chat.form import (
    ChoiceField,
    DateField,
    Form,
    ManyField,
    NotFilledIn,
    Option,
    TextField,
    YesNoField,
)
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.workflows.customers import queries as customers
from bot.workflows.finals import answers, queries
from bot.workflows.finals.answers import Issue
from bot.workflows.finals.contacts import When
from bot.workflows.finals.rules import Question, Stage
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Role
from bot.workflows.tax_certificates import queries as certificates
from dialogs import final_parts
from dialogs.call_card import Seat
from dialogs.choosing import one_of

ME: Final = "me"
OWNERS: Final = (Role.BILLING, Role.TAX, Role.SALES, Role.SUPPORT, Role.LEAD)
LONGEST: Final = timedelta(days=60)


class AskedMeanwhile(Refused):
    """The payer's line changed while the form was open, or nothing is to be asked any more."""


class QuestionForm(Form):
    """What stands in the way, who settles it, and by when."""

    questions = ManyField("What stands in the way of paying on time?")
    words = TextField("In their words", lines=3, longest=1000)
    owner = ChoiceField("Who settles it")
    due_on = DateField("By")
    spoke_to = TextField("Spoke to", is_optional=True, longest=100)
    came_in = YesNoField("They called us")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was said, and the issues it becomes."""

    issues: tuple[Issue, ...]
    words: str
    spoke_to: str
    came_in: bool


def prefilled(turn: Turn) -> Mapping[str, str]:
    """Return what the form holds to begin with."""
    payer = customers.get(turn.session, turn.record)
    due_on = answers.due_day(When(at=turn.now, policy=turn.policy))
    return {"owner": ME, "due_on": due_on.isoformat(), "spoke_to": payer.contact_name}


def draw(
    turn: Turn,
    seat: Seat,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> Card:
    """Draw the form, with what was typed and what is wrong with it."""
    payer = customers.get(turn.session, turn.record)
    return Card(
        title=f"Question about the final invoice: {payer.name}",
        body=(*_invoices(turn), *QuestionForm.inputs(typed, problems, _options())),
        buttons=_buttons(turn, payer.id, seat),
    )


def read(turn: Turn) -> Asked:
    """
    Return what was filled in.

    :raises NotFilledIn: with a sentence for each field that is missing or makes no sense.
    :raises AskedMeanwhile: if nothing is to be asked any more.
    """
    form = QuestionForm.read(turn.typed)
    problems = _problems(turn, form)
    if problems:
        raise NotFilledIn(problems)
    due = queries.open_of_payer(turn.session, turn.record)
    if not any(contact.stage is Stage.CONFIRMATION for contact in due):
        raise AskedMeanwhile("There is nothing to confirm any more: somebody was quicker.")
    mine = form.owner == ME
    return Asked(
        issues=tuple(
            Issue(
                question=one_of(Question, chosen, field="questions"),
                words=form.words,
                due_on=form.due_on,
                owner_id=turn.who.id if mine else None,
                role=Role.LEAD if mine else Role(form.owner),
            )
            for chosen in form.questions
        ),
        words=form.words,
        spoke_to=form.spoke_to,
        came_in=form.came_in,
    )


def _buttons(turn: Turn, payer_id: int, seat: Seat) -> tuple[Button, ...]:
    save = Button(
        title="Save",
        verb="finals.save_question",
        about=payer_id,
        version=seat.version,
        nonce=turn.nonce or turn.fresh,
        fixed=seat.fixed,
        style="positive",
    )
    back = Button(
        title="Back",
        verb="calls.open",
        about=payer_id,
        fixed=seat.fixed,
        checks_inputs=False,
    )
    tax = Button(
        title="Certificates",
        verb="tax_certificates.open",
        about=payer_id,
        checks_inputs=False,
    )
    return (save, tax, back)


def _problems(turn: Turn, form: QuestionForm) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not set(form.questions) <= set(Question):
        problems["questions"] = "Please tick what is on the list."
    if form.owner != ME and form.owner not in OWNERS:
        problems["owner"] = "Please choose one of the list."
    elif form.owner != ME and not people.in_roles(turn.session, {Role(form.owner)}):
        problems["owner"] = f"Nobody at the desk is {form.owner} yet. Choose somebody else."
    if not turn.today <= form.due_on <= turn.today + LONGEST:
        days = LONGEST.days
        problems["due_on"] = f"Please give a day from today on, within the next {days} days."
    return problems


def _options() -> dict[str, Sequence[Option]]:
    return {
        "questions": [Option(question.words, question.value) for question in Question],
        "owner": [
            Option("Me", ME),
            *(Option(role.value.capitalize(), role.value) for role in OWNERS),
        ],
    }


def _invoices(turn: Turn) -> tuple[Element, ...]:
    lines = [
        Text(text=final_parts.line(item), size="small", spacing="none")
        for contact in queries.open_of_payer(turn.session, turn.record)
        if contact.stage is Stage.CONFIRMATION
        for item in queries.items_of(turn.session, contact.id, on=turn.today)
    ]
    return (*lines[: final_parts.MOST], _on_hand(turn))


def _on_hand(turn: Turn) -> Text:
    valid = certificates.valid(turn.session, turn.record, on=turn.today)
    named = [f"{one.jurisdiction} through {wording.dated(one.valid_until)}" for one in valid]
    said = f"Tax certificates on hand: {wording.listed(named) if named else 'none'}."
    return Text(text=said, size="small", is_subtle=True)
