"""What each outcome asks for, and what an answered form comes to (R1, R9-R11)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.chat.form import (
    ChoiceField,
    DateField,
    Form,
    ManyField,
    TextField,
    TimeField,
    YesNoField,
)
from bot.kernel.shapes import dataclass
from bot.workflows.calls.effects import Changes
from dialogs import invoice_choice

NO_CHANGES: Final = Changes()


class NoteForm(Form):
    """What every outcome can have."""

    spoke_to = TextField("Spoke to", is_optional=True, longest=100)
    words = TextField("In words", lines=3, is_optional=True, longest=2000)
    came_in = YesNoField("They called us")
    is_difficult = YesNoField("Difficult: tell my lead now")


class WordsForm(Form):
    """The same where the words matter most."""

    spoke_to = TextField("Spoke to", is_optional=True, longest=100)
    words = TextField("In their words", lines=3, longest=2000)
    came_in = YesNoField("They called us")
    is_difficult = YesNoField("Difficult: tell my lead now")


class PromiseForm(Form):
    """Invoices, amount and day."""

    invoices = ManyField("For which invoices?", is_optional=True)
    others = invoice_choice.others_field()
    amount = TextField("Amount", longest=30)
    due_on = DateField("Paid by")
    method = ChoiceField("How?", is_optional=True)


class CheckForm(Form):
    """A check that is in the mail."""

    check_number = TextField("Check number", longest=40)
    invoices = ManyField("For which invoices?", is_optional=True)
    others = invoice_choice.others_field()
    amount = TextField("Amount", longest=30)


class CallBackForm(Form):
    """When they want to be called, on their clock."""

    on = DateField("Day")
    at = TimeField("Time there")


class NumberForm(Form):
    """The right number, if they gave one."""

    phone = TextField("New number", is_optional=True, longest=40)
    extension = TextField("Extension", is_optional=True, longest=10)
    contact_name = TextField("Ask for", is_optional=True, longest=100)


class PaidForm(Form):
    """What they say was paid."""

    amount = TextField("Amount paid", is_optional=True, longest=30)
    paid_on = DateField("Paid on", is_optional=True)
    reference = TextField("Reference or check number", is_optional=True, longest=60)


class ResendForm(Form):
    """Which invoices are sent again, and where to."""

    invoices = ManyField("Which invoices?", is_optional=True)
    others = invoice_choice.others_field()
    send_to = TextField("Send to", longest=120, hint="E-mail address")


class DocumentForm(Form):
    """What they need before they can pay."""

    document = ChoiceField("Which document?")
    send_to = TextField("Send to", longest=120, hint="E-mail address")


class NothingMore(Form):
    """The words are enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a form says: the changes it makes, when to call back, and facts for the record."""

    changes: Changes = NO_CHANGES
    back_at: datetime | None = None
    facts: str = ""
    """What was filled in, as a sentence before the agent's own words."""
