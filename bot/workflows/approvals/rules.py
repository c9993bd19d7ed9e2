"""Who may decide what: everything that is not allowed here is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from bot.kernel.errors import Refused
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.workflows.people.rules import PRINCIPALS, Member, Role


class Kind(StrEnum):
    """What may be asked for."""

    FEE_WAIVER = "fee_waiver"
    PAYMENT_PLAN = "payment_plan"
    EXTENSION = "extension"
    """A later payment date, so that services are not suspended (R59-R60)."""


class ApprovalState(StrEnum):
    """Where a request has got to."""

    WAITING = "waiting"
    COUNTERED = "countered"
    """A counter-offer is with the customer."""
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """By the requester, or because the customer did not take the counter-offer."""
    EXPIRED = "expired"
    """Nobody answered in time, which is a no."""


class Verdict(StrEnum):
    """A decider's answer."""

    APPROVED = "approved"
    DECLINED = "declined"


OPEN: Final = frozenset({ApprovalState.WAITING, ApprovalState.COUNTERED})
"""States in which something can still happen."""

AUTHORITY: Final[Mapping[Kind, frozenset[Role]]] = {
    Kind.FEE_WAIVER: PRINCIPALS,
    Kind.PAYMENT_PLAN: PRINCIPALS,
    Kind.EXTENSION: PRINCIPALS,
}
"""R59, R62, R64-R67, R155: whose yes is needed."""

DELEGABLE: Final = frozenset({Kind.FEE_WAIVER})
"""R69: plans are never delegable, nor are extensions."""

ALWAYS_REASONED: Final = frozenset({Kind.FEE_WAIVER})
"""R68: here a yes needs a written reason, too."""

NAMES: Final[Mapping[Kind, str]] = {
    Kind.FEE_WAIVER: "fee waiver",
    Kind.PAYMENT_PLAN: "payment plan",
    Kind.EXTENSION: "date extension",
}


class NotYours(Refused):
    """The person may not decide this, or not see it."""


class AlreadyDecided(Refused):
    """The request is closed."""


class NoReason(Refused):
    """The decision needs a reason in writing."""


class NotDelegable(Refused):
    """That cannot be put in somebody else's hands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does something, when, and on which company date."""

    by: Member
    at: datetime
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, as far as deciding on it goes."""

    kind: Kind
    amount: Money
    """What authority is measured by: the fee to waive, the sum of a plan."""
    asked_by: Member
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A delegation in writing (R69)."""

    given_by: Member | None
    """As they are now; None when they no longer work here."""
    given_at: datetime
    limit: Money
    first_day: date
    last_day: date


def is_same_person(one: Member, other: Member) -> bool:
    """Test if two accounts are one person's: the same record or e-mail address (I10)."""
    mail = one.email.strip().casefold()
    return one.id == other.id or (bool(mail) and mail == other.email.strip().casefold())


def may_decide(
    request: Request, decider: Member, mandates: Iterable[Mandate], *, on: date
) -> bool:
    """Test if the person may decide the request that day, with the delegations they hold."""
    try:
        check_may_decide(request, decider, mandates, on=on)
    except NotYours:
        return False
    return True


def check_may_decide(
    request: Request, decider: Member, mandates: Iterable[Mandate], *, on: date
) -> None:
    """
    Check that the person may decide the request that day (I09, I10).

    :raises NotYours: if they asked for it, or neither their role nor a delegation covers it.
    """
    if is_same_person(decider, request.asked_by):
        raise NotYours("You asked for this yourself, so somebody else has to decide.")
    if decider.roles & AUTHORITY.get(request.kind, frozenset()):
        return
    if any(_covers(mandate, request, decider, on) for mandate in mandates):
        return
    also = ", or whom they named in writing" if request.kind in DELEGABLE else ""
    raise NotYours(
        f"A {NAMES[request.kind]} is for the Corporate Controller or the VP Finance to "
        f"decide{also}."
    )


def check_reason(kind: Kind, verdict: Verdict, reason: str) -> None:
    """
    Check that a decision has the reason it needs: always for "no", and for any waiver (R68).

    :raises NoReason: if it has none.
    """
    if reason.strip():
        return
    if verdict is Verdict.DECLINED:
        raise NoReason("Please write why not: a no needs a reason.")
    if kind in ALWAYS_REASONED:
        raise NoReason("Please write why: a waived fee needs a reason in writing.")


def check_delegation(given_by: Member, to: Member, *, first_day: date, last_day: date) -> None:
    """
    Check that a principal may name somebody to decide fee waivers (R69).

    :raises NotDelegable: if not by a principal, to oneself, to someone without the role, or
        if the days make no sense.
    """
    if not given_by.roles & PRINCIPALS:
        raise NotDelegable("Only the Corporate Controller or the VP Finance names a delegate.")
    if is_same_person(given_by, to):
        raise NotDelegable("You decide yourself already: name somebody else.")
    if Role.DELEGATE not in to.roles:
        raise NotDelegable(
            f"{to.name} does not have the role “delegate” yet: it is given in the people file."
        )
    if last_day < first_day:
        raise NotDelegable("The last day is before the first.")


def _covers(mandate: Mandate, request: Request, decider: Member, on: date) -> bool:
    giver = mandate.given_by
    return (
        request.kind in DELEGABLE
        and Role.DELEGATE in decider.roles
        and giver is not None
        and bool(giver.roles & PRINCIPALS)
        and not is_same_person(giver, request.asked_by)
        and mandate.given_at <= request.asked_at
        and mandate.first_day <= on <= mandate.last_day
        and mandate.limit.currency == request.amount.currency
        and request.amount <= mandate.limit
    )
