"""When finals work starts, when a payer is called about one, and what an answer means. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.kernel.calendar import ONE_DAY
from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.workflows.calls.rules import NextStep, Outcome

_A_YEAR: Final = 12
_MONTHS: Final = tuple(f"{date(2000, n, 1):%B}".lower() for n in range(1, _A_YEAR + 1))
_SHORTEST: Final = 3


class Stage(StrEnum):
    """Why a payer is called about final invoices."""

    CONFIRMATION = "confirmation"
    """Was it received, and does anything stand in the way (R40-R45)?"""
    DAY_5 = "day_5"
    DAY_15 = "day_15"
    """When will payment be received (R46-R48)?"""


LADDER: Final = (Stage.CONFIRMATION, Stage.DAY_5, Stage.DAY_15)
"""The stages in their order: a later one takes over from an earlier one."""


class ContactState(StrEnum):
    """Where a contact has got to."""

    DUE = "due"
    """To be called until somebody answers."""
    CONFIRMED = "confirmed"
    """Received, and nothing stands in the way, or no longer does."""
    QUESTIONED = "questioned"
    """Something stands in the way: an issue or a dispute says what."""
    PROMISED = "promised"
    SPOKEN = "spoken"
    """Somebody was asked when payment will be received, and did not promise it."""
    PAID = "paid"
    """Paid before anybody was reached."""
    NOT_REACHED = "not_reached"
    """The next stage took over, or the suspension process did."""


class Question(StrEnum):
    """What may stop payment on time (R41-R45)."""

    RECEIPT = "receipt"
    PO = "po"
    TAX = "tax"
    AMOUNT = "amount"
    CONTACT = "contact"
    DOCUMENTS = "documents"
    OTHER = "other"

    @property
    def words(self) -> str:
        """What stands in the way, in words."""
        return _QUESTIONS[self]


_QUESTIONS: Final = {
    Question.RECEIPT: "The invoice was not received",
    Question.PO: "A purchase order number is missing or wrong",
    Question.TAX: "A tax-exempt certificate is needed for a corrected invoice",
    Question.AMOUNT: "The amount is not what they expect",
    Question.CONTACT: "It has to go to somebody else",
    Question.DOCUMENTS: "Supporting documents are missing",
    Question.OTHER: "Something else",
}


class NotYetComplete(Refused):
    """That month's final invoicing cannot be said to be complete now."""


def billed_month(today: date) -> date:
    """Return the first day of the prior month: the one whose final invoices are confirmed."""
    return (today.replace(day=1) - ONE_DAY).replace(day=1)


def month_after(month: date) -> date:
    """Return the first day of the month after the one that begins then."""
    return (month + timedelta(days=31)).replace(day=1)


def starts_on(billed: date, policy: Policy) -> date:
    """
    Return the day on which work on a month's final invoices starts at the latest (R38).

    :param billed: the first day of the month of the invoices; the work is the next month's.
    """
    month = month_after(billed)
    return policy.calendar.nth_of_month(month.year, month.month, policy.finals_business_day)


def due_months(today: date, policy: Policy, *, last: date | None) -> tuple[date, ...]:
    """
    Return the months whose finals work should have started by now, the oldest first.

    A desk that never started any begins with the latest month; one that was off catches up.

    :param last: the latest month whose work has started, if any.
    """
    latest = billed_month(today)
    if starts_on(latest, policy) > today:
        latest = billed_month(latest)
    if last is None:
        return (latest,) if month_after(latest) == today.replace(day=1) else ()
    months: list[date] = []
    month = month_after(last)
    while month <= latest:
        months.append(month)
        month = month_after(month)
    return tuple(months)


def month_named(text: str, *, today: date) -> date:
    """
    Return the month meant by words such as `for May` or nothing: the prior month.

    :raises NotYetComplete: if it is no month, not over yet, or long gone.
    """
    named = text.lower().removeprefix("for ").strip(" .!").split()
    prior = billed_month(today)
    if not named:
        return prior
    found = [n for n, name in enumerate(_MONTHS, start=1) if _is_short_for(named[0], name)]
    if len(found) != 1 or (len(named) > 1 and not _is_year(named[1])):
        raise NotYetComplete(f"I do not know the month “{text.strip()[:30]}”.")
    year = int(named[1]) if len(named) > 1 else prior.year
    if (year, found[0]) == (prior.year, prior.month):
        return prior
    if (found[0], len(named)) == (today.month, 1) or (year, found[0]) > (
        prior.year,
        prior.month,
    ):
        raise NotYetComplete("That month is not over yet: its final invoices may still come.")
    raise NotYetComplete(
        f"Finals work is now on the invoices of {prior:%B %Y}; older ones are not confirmed "
        "again."
    )


def stage_days(stage: Stage, policy: Policy) -> int:
    """Return how many days past due an invoice is when a stage's contact is due (R46)."""
    return policy.finals_contact_days[0 if stage is Stage.DAY_5 else 1]


def stage_on(stage: Stage, due_date: date, policy: Policy) -> date:
    """Return the day on which a stage's contact about an invoice is due (R46)."""
    return due_date + timedelta(days=stage_days(stage, policy))


def after_confirmation(
    due_dates: Iterable[date], *, today: date, policy: Policy
) -> NextStep | None:
    """
    Return what follows a confirmation: the next contact that is to come (R46).

    That is 5 days past due, on a business day. What is that old already was not asked about
    yet: it is on the next business day, and does not wait for its 15th. None where the
    suspension process has taken over all invoices, or there are none.
    """
    coming = [_next_contact(due_date, today, policy) for due_date in due_dates]
    ahead = [(on, days) for on, days in coming if days <= policy.suspension_days]
    if not ahead:
        return None
    on, days = min(ahead)
    return NextStep(words=f"Ask when it will be paid, {days} days past due", on=on)


def _next_contact(due_date: date, today: date, policy: Policy) -> tuple[date, int]:
    """Return when an invoice is asked about next, and how many days past due it counts as."""
    day_5 = stage_on(Stage.DAY_5, due_date, policy)
    if day_5 > today:
        return policy.calendar.on_or_after(day_5), stage_days(Stage.DAY_5, policy)
    on = policy.calendar.plus(today, 1)
    return on, (on - due_date).days


def answer(
    stage: Stage, outcome: Outcome, *, is_promised: bool, is_disputed: bool
) -> ContactState:
    """
    Return what a call's outcome makes of a contact that was due; `DUE` when nothing.

    :param is_promised: the call ended in a promise that names an invoice of the contact ...
    :param is_disputed: ... or in a dispute that does.
    """
    if not outcome.is_reached or outcome is Outcome.CALL_BACK_AT:
        return ContactState.DUE
    if is_promised:
        return ContactState.PROMISED
    if outcome in IN_THE_WAY and (is_disputed or outcome is not Outcome.DISPUTE):
        return ContactState.QUESTIONED
    if stage is Stage.CONFIRMATION:
        return _CONFIRMING.get(outcome, ContactState.DUE)
    return ContactState.DUE if outcome is Outcome.RECEIPT_CONFIRMED else ContactState.SPOKEN


def needs_no_mail(state: ContactState, outcome: Outcome | None) -> str:
    """
    Return why a contact's e-mail is not sent any more if it has not left; empty if it still is.

    Whoever was asked when payment will be received and named no day is asked in writing, too
    (R46); so is whoever was never reached.

    :param outcome: of the call in which the contact was answered, if it was in one.
    """
    if state is ContactState.SPOKEN and outcome in _SAID_PAID:
        return f"They answered in a call: {outcome.words}."
    return _ANSWERED.get(state, "")


_SAID_PAID: Final = (Outcome.PAID_ALREADY, Outcome.CHECK_MAILED)
_ANSWERED: Final = {
    ContactState.CONFIRMED: "They confirmed it in a call.",
    ContactState.QUESTIONED: "They said in a call what stands in the way.",
    ContactState.PROMISED: "They promised to pay it.",
    ContactState.PAID: "Paid meanwhile.",
}

IN_THE_WAY: Final = {
    Outcome.HAS_QUESTION: Question.OTHER,
    Outcome.INVOICE_NOT_RECEIVED: Question.RECEIPT,
    Outcome.NEEDS_DOCUMENT: Question.DOCUMENTS,
    Outcome.DISPUTE: Question.AMOUNT,
    Outcome.REFUSED: Question.OTHER,
    Outcome.PLAN_INQUIRY: Question.OTHER,
    Outcome.HARDSHIP: Question.OTHER,
    Outcome.SOLD_OR_CLOSED: Question.OTHER,
    Outcome.LEGAL: Question.OTHER,
}
"""Outcomes after which something stands in the way of payment, and what."""

BECOMES_ISSUE: Final = frozenset(
    {
        Outcome.INVOICE_NOT_RECEIVED,
        Outcome.NEEDS_DOCUMENT,
        Outcome.REFUSED,
        Outcome.PLAN_INQUIRY,
        Outcome.HARDSHIP,
    }
)
"""Of these, those that open an issue at once; the others' own form, the dispute, or the hold
sees to it."""

_CONFIRMING: Final = {
    Outcome.RECEIPT_CONFIRMED: ContactState.CONFIRMED,
    Outcome.PAID_ALREADY: ContactState.CONFIRMED,
    Outcome.CHECK_MAILED: ContactState.CONFIRMED,
}


def _is_short_for(typed: str, name: str) -> bool:
    return len(typed) >= _SHORTEST and name.startswith(typed)


def _is_year(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) == len("2026")
