"""What can be proposed in the meeting, and who decides it. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.workflows.people.rules import EVERYBODY, LEADS, PRINCIPALS, Role

PARTICIPANTS: Final = EVERYBODY - {Role.AUDITOR}
"""Who may propose; an agent for their own portfolio and cover."""
FURTHEST: Final = timedelta(days=365)
"""A case rests for a year at most."""


class ProposalKind(StrEnum):
    """What can be proposed for a case."""

    SUSPEND = "suspend"
    HOLD = "hold"
    PLAN = "plan"
    REFER = "refer"
    CLOSE = "close"
    RELEASE = "release"
    """Let the notice go that waits for a lead."""

    @property
    def words(self) -> str:
        """The proposal as people say it."""
        return _WORDS[self]


_WORDS: Final = {
    ProposalKind.SUSPEND: "suspend",
    ProposalKind.HOLD: "hold",
    ProposalKind.PLAN: "ask for a payment plan",
    ProposalKind.REFER: "refer to third-party collections",
    ProposalKind.CLOSE: "close",
    ProposalKind.RELEASE: "release the notice",
}

EXCLUSIVE: Final = frozenset({ProposalKind.SUSPEND, ProposalKind.HOLD, ProposalKind.CLOSE})
"""Of these one excludes the others: when one is decided, the rest is out."""

DEPARTMENTS: Final = {
    ProposalKind.SUSPEND: "support",
    ProposalKind.HOLD: "the desk",
    ProposalKind.PLAN: "collections",
    ProposalKind.REFER: "credit & collections",
    ProposalKind.CLOSE: "AR management",
    ProposalKind.RELEASE: "the desk",
}
"""Who has to carry a decision out."""


class ProposalState(StrEnum):
    """Where a proposal has got to."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    """Something else was decided for the case."""
    EXPIRED = "expired"
    """Nobody answered in time, which is a no."""


class NotProposed(Refused):
    """The proposal makes no sense for the case as it stands."""


class AlreadyProposed(Refused):
    """The same waits for a decision already."""


class NotOpen(Refused):
    """The proposal has changed or was decided since the card was drawn."""


class NotYours(Refused):
    """Somebody else has to decide this, or take it back."""


class NoReason(Refused):
    """A no needs a reason in writing."""


def deciders(
    kind: ProposalKind, until: date | None, *, on: date, policy: Policy
) -> frozenset[Role]:
    """
    Return the roles that decide a proposal.

    Suspending, and holding beyond two weeks, are for the controller or the VP Finance
    (Authority); referral for who has to have spoken (R105); the rest for a lead or above.
    """
    if kind is ProposalKind.SUSPEND or is_long(until, on=on, policy=policy):
        return PRINCIPALS
    if kind is ProposalKind.REFER:
        return frozenset({Role.COLLECTIONS_MANAGER, Role.ASSISTANT_MANAGER, *PRINCIPALS})
    return LEADS


def is_long(until: date | None, *, on: date, policy: Policy) -> bool:
    """Test if a hold is beyond what a lead may decide."""
    return until is not None and (until - on).days > policy.hold_lead_days


def check_until(kind: ProposalKind, until: date | None, *, on: date) -> None:
    """
    Check the day of a hold.

    :raises NotProposed: if it is missing, has passed, or is too far away.
    """
    if kind is not ProposalKind.HOLD:
        return
    if until is None:
        raise NotProposed("Until which day should the case be held?")
    if until <= on:
        raise NotProposed("A case is held until a day to come.")
    if until - on > FURTHEST:
        raise NotProposed("A case is held for a year at most.")


def ask(kind: ProposalKind, until: date | None) -> str:
    """Return what is proposed, such as `hold until Fri 12 Jun 2026`."""
    if kind is ProposalKind.HOLD and until:
        return f"hold until {wording.dated(until)}"
    return kind.words


def roles_words(roles: frozenset[Role]) -> str:
    """Return who decides, in words."""
    if roles == LEADS:
        return "a lead or above"
    named = {Role.CONTROLLER: "the Corporate Controller", Role.VP_FINANCE: "the VP Finance"}
    parts = [
        named.get(role, f"the {role.value.replace('_', ' ')}") for role in Role if role in roles
    ]
    return f"{', '.join(parts[:-1])} or {parts[-1]}"
