"""When a payer may be called, what an outcome means, and what comes next (R83-R84, R164)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.kernel.shapes import value
from bot.policy import Policy
from bot.workflows.promises import rules as promises


class Direction(StrEnum):
    """Who called whom."""

    OUT = "out"
    IN = "in"


class Outcome(StrEnum):
    """What came of a call."""

    NO_ANSWER = "no_answer"
    LEFT_VOICEMAIL = "left_voicemail"
    WRONG_NUMBER = "wrong_number"
    SPOKE_TO_OTHER = "spoke_to_other"
    PROMISE_TO_PAY = "promise_to_pay"
    PAID_ALREADY = "paid_already"
    CHECK_MAILED = "check_mailed"
    DISPUTE = "dispute"
    REFUSED = "refused"
    CALL_BACK_AT = "call_back_at"
    INVOICE_NOT_RECEIVED = "invoice_not_received"
    NEEDS_DOCUMENT = "needs_document"
    PLAN_INQUIRY = "plan_inquiry"
    HARDSHIP = "hardship"
    SOLD_OR_CLOSED = "sold_or_closed"
    LEGAL = "legal"
    RECEIPT_CONFIRMED = "receipt_confirmed"
    """The invoice was received and will be paid on time (R40, R52)."""
    HAS_QUESTION = "has_question"
    """A question stands in the way of paying on time (R41)."""

    @property
    def words(self) -> str:
        """The outcome as people say it."""
        return _WORDS.get(self, self.value.replace("_", " "))

    @property
    def is_reached(self) -> bool:
        """Test if somebody who can act on the invoice was spoken to."""
        return self in REACHED


_WORDS: Final = {
    Outcome.SOLD_OR_CLOSED: "sold or closed",
    Outcome.CALL_BACK_AT: "call back",
    Outcome.LEGAL: "legal matter",
    Outcome.NEEDS_DOCUMENT: "needs a document",
    Outcome.DISPUTE: "dispute",
    Outcome.HAS_QUESTION: "question",
}
REACHED: Final = frozenset(Outcome) - {
    Outcome.NO_ANSWER,
    Outcome.LEFT_VOICEMAIL,
    Outcome.WRONG_NUMBER,
    Outcome.SPOKE_TO_OTHER,
}
"""The outcomes of a conversation with somebody who can act on the invoice."""

FIND_NUMBER: Final = "Find the right number"
"""The next step after a wrong number for which there is no other."""
CALL_NEW_NUMBER: Final = "Call the new number"
"""The next step after a wrong number where the right one was learned.

Nobody of the payer's was rung, so such a call is no attempt on it: no two hours' wait, none of
the three used (R84). It still counts among the calls of a consumer's limits.
"""

TOLD_TO_THE_LEAD: Final = frozenset({Outcome.HARDSHIP, Outcome.SOLD_OR_CLOSED, Outcome.LEGAL})
"""Outcomes that the lead is told of at once (R54, R56)."""

LEGAL_HOLD: Final = {
    Outcome.LEGAL: "Bankruptcy or attorney",
    Outcome.SOLD_OR_CLOSED: "Sold or closed: change of ownership",
}
"""Outcomes after which calls and mail stop at once, each with the hold's reason."""


class NotNow(Refused):
    """The payer may not be called at this moment."""


class NotYours(Refused):
    """Only its author takes an outcome back."""


class TooLate(Refused):
    """The time for taking an outcome back is over, or it is taken back already."""


@value(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An outbound call of today that was not taken back."""

    at: datetime
    by: str
    outcome: Outcome
    back_at: datetime | None = None
    """When they agreed to be called back."""
    next_step: str = ""


@value(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What follows a call: in words, on which company date, and perhaps at which moment."""

    words: str
    on: date | None = None
    at: datetime | None = None


def check_attempt(
    earlier: Sequence[Attempt], *, at: datetime, policy: Policy, zone: ZoneInfo
) -> None:
    """
    Check that a payer may be tried (again): R84.

    Up to three attempts a day until reached, whoever made them, at least two hours apart; an
    agreed call-back is kept whatever came before.

    :param earlier: today's attempts, the first one first.
    :param zone: the zone in which times are shown.
    :raises NotNow: saying when it may be tried.
    """
    if not earlier:
        return
    last = earlier[-1]
    seen = f"{last.by} at {last.at.astimezone(zone):%H:%M} ({last.outcome.words})"
    if last.back_at:
        _check_call_back(last.back_at, at, zone)
    elif last.outcome.is_reached:
        raise NotNow(f"Already reached today by {seen}.")
    elif len(earlier) >= policy.attempts_a_day:
        raise NotNow(f"All {policy.attempts_a_day} attempts of today are used, last by {seen}.")
    elif at < (again := may_try_again_at(last.at, policy)):
        when = f"{again.astimezone(zone):%H:%M}"
        raise NotNow(f"Already tried by {seen}; it may be tried again from {when} on.")


def consumer_pause(calls: int, *, last_reached: date | None, on: date, policy: Policy) -> str:
    """
    Return why a consumer or sole proprietor is not called that day, in words (R84, I34).

    :param calls: out, in the days that count (`Policy.consumer_calls`).
    """
    most, days = policy.consumer_calls
    if calls >= most:
        return f"Consumer: {calls} calls in {days} days, {most} at most."
    silence = timedelta(days=policy.consumer_silence_days)
    if last_reached and on < last_reached + silence:
        spoken, until = wording.day(last_reached), wording.day(last_reached + silence)
        return f"Consumer: spoken to on {spoken}, silence until {until}."
    return ""


def may_try_again_at(last: datetime, policy: Policy) -> datetime:
    """Return the first moment for the next attempt after one (R84)."""
    return last + timedelta(hours=policy.hours_between_attempts)


def next_step(
    outcome: Outcome,
    *,
    today: date,
    policy: Policy,
    agreed: datetime | None = None,
    has_number: bool = False,
) -> NextStep:
    """
    Return what follows an outcome, unless the conversation agreed on a day of its own.

    :param agreed: the moment of an agreed call-back.
    :param has_number: the right number was learned.
    """
    if agreed:
        return NextStep(words="Call back", on=policy.company_date(agreed), at=agreed)
    if outcome is Outcome.WRONG_NUMBER:
        return NextStep(words=CALL_NEW_NUMBER if has_number else FIND_NUMBER)
    if not outcome.is_reached:
        return NextStep(words="Try again")
    words, days = _AFTER.get(outcome, ("Follow up", None))
    calendar = policy.calendar
    if outcome is Outcome.PAID_ALREADY:
        held = today + timedelta(days=policy.paid_already_days)
        return NextStep(words=words, on=calendar.on_or_after(held))
    if outcome is Outcome.CHECK_MAILED:
        return after_promise(today, is_check=True, policy=policy)
    if outcome is Outcome.INVOICE_NOT_RECEIVED:
        days = policy.resent_invoice_business_days
    return NextStep(
        words=words, on=calendar.plus(today, days or policy.cool_down_business_days)
    )


def after_promise(due_on: date, *, is_check: bool, policy: Policy) -> NextStep:
    """Return the next step after a promise: to look, once its grace is over."""
    last = promises.grace_ends(due_on, is_check=is_check, policy=policy)
    words = "Check that the check has arrived" if is_check else "Check that the money is in"
    return NextStep(words=words, on=policy.calendar.plus(last, 1))


def check_undo(*, is_author: bool, is_undone: bool, age: timedelta, policy: Policy) -> None:
    """
    Check that an outcome may still be taken back, by its author, for ten minutes.

    :raises NotYours: if somebody else logged it.
    :raises TooLate: if it is older, or taken back already.
    """
    if not is_author:
        raise NotYours("Only the person who logged it can undo it.")
    if is_undone:
        raise TooLate("That was undone already.")
    if age > timedelta(minutes=policy.undo_minutes):
        raise TooLate(
            f"An outcome can be undone for {policy.undo_minutes} minutes; this one stands. "
            "Log what is right with `log NAME`."
        )


def _check_call_back(back_at: datetime, at: datetime, zone: ZoneInfo) -> None:
    if at < back_at:
        raise NotNow(f"They asked to be called back at {back_at.astimezone(zone):%H:%M}.")


_AFTER: Final[dict[Outcome, tuple[str, int | None]]] = {
    Outcome.PAID_ALREADY: ("Trace the payment", None),
    Outcome.INVOICE_NOT_RECEIVED: ("Call again about the invoice that was resent", None),
    Outcome.NEEDS_DOCUMENT: ("Ask whether the document has arrived", None),
    Outcome.PLAN_INQUIRY: ("Answer the plan inquiry", None),
    Outcome.REFUSED: ("Call again after the refusal", None),
    Outcome.HARDSHIP: ("Agree with the lead what comes next", None),
    Outcome.SOLD_OR_CLOSED: ("Wait for the controller", None),
    Outcome.LEGAL: ("Wait for the controller", None),
    Outcome.DISPUTE: ("Follow up on what is not disputed", None),
    Outcome.HAS_QUESTION: ("Ask whether the question is settled", None),
}
