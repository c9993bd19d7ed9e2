"""Whether somebody may call a payer at a moment (R84, I33-I34, legal holds, R29)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.shapes import value
from bot.policy import Policy
from bot.workflows.calls import inbound, queries, rules
from bot.workflows.calls.rules import Attempt
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.people.rules import Member
from bot.workflows.special_handling import queries as holds
from bot.workflows.special_handling import rules as special_handling
from bot.workflows.special_handling.records import HoldKind


class Stopped(Refused):
    """Calls to the payer have stopped: a legal hold."""


@value(frozen=True, slots=True, kw_only=True)
class CallOut:
    """A call that somebody made, and what spares it a question."""

    payer: AnyCustomer
    by: Member
    at: datetime
    policy: Policy
    """With the limits of the payer's brand."""
    was_held: bool
    """The payer was held at some time, perhaps still is."""
    is_owed: bool
    """The payer waits for a call back (R29)."""


def check(
    session: Session, call: CallOut, made: Sequence[Attempt], *, is_reached: bool
) -> None:
    """
    Check that a call out may be logged; the limits are for those that reached nobody.

    :param made: the attempts of that day, by anyone.
    :raises NotYourPortfolio: if the payer is not the person's to call.
    :raises Stopped: if a legal hold has stopped calls to the payer.
    :raises NotNow: if nobody was reached and the payer was not to be tried yet (R84).
    """
    today = call.policy.company_date(call.at)
    customers.check_may_act(session, call.by, call.payer, today=today)
    _check_not_stopped(session, call)
    if not is_reached:
        _check_attempt(session, call, made)
        _check_consumer(session, call)


def _check_attempt(session: Session, call: CallOut, made: Sequence[Attempt]) -> None:
    try:
        rules.check_attempt(made, at=call.at, policy=call.policy, zone=call.by.zone)
    except rules.NotNow:
        if not call.is_owed or not inbound.asked_since(session, call.payer.id, made[-1].at):
            raise


def _check_not_stopped(session: Session, call: CallOut) -> None:
    payer, today = call.payer, call.policy.company_date(call.at)
    flagged = special_handling.legal_hold(special_handling.flags_of(payer.flags))
    held = (
        holds.of_payer(session, payer.id, on=today, policy=call.policy) if call.was_held else []
    )
    legal = [hold.reason for hold in held if hold.kind is HoldKind.LEGAL]
    if why := flagged or next(iter(legal), ""):
        raise Stopped(
            f"Calls to {payer.name} have stopped. {why.rstrip('.')}. The controller decides; "
            f"if they called you, log it with `call in {payer.name}`."
        )


def _check_consumer(session: Session, call: CallOut) -> None:
    flags = special_handling.flags_of(call.payer.flags)
    if not special_handling.is_consumer(flags):
        return
    today = call.policy.company_date(call.at)
    if why := queries.consumer_pause(session, call.payer.id, on=today, policy=call.policy):
        raise rules.NotNow(f"{why} What comes in can be logged at any time.")
