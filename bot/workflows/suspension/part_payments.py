"""Part payments while services are suspended: somebody decides if they restore them (R57)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.rows import locked, record
from bot.workflows.approvals.rules import Act
from bot.workflows.ledger.records import Payment
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import PRINCIPALS, check_role
from bot.workflows.suspension import looking, orders, queries
from bot.workflows.suspension.case_facts import RestoredFor
from bot.workflows.suspension.case_records import PartPayment
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.rules import NoWords

PART_CARD: Final = CardName("support_orders.part_payment")
"""For the deciders: whether a part payment restores services; about is the part payment."""


class Paid(NamedTuple):
    """A payment as it stands, as far as a case goes; minor units."""

    id: int
    payer_id: int
    number: str
    received_on: date
    amount: int
    currency: str
    learned_at: datetime


def decide(  # noqa: PLR0913 - on what, what, why, and who
    session: Session,
    part_id: int,
    *,
    version: int | None,
    restores: bool,
    reason: str,
    act: Act,
    policy: Policy,
) -> PartPayment:
    """
    Decide if a part payment restores services; decided once, a later tap changes nothing.

    :raises NotForYou: if the person is neither the controller nor the VP Finance.
    :raises NoWords: if a no has no reason.
    """
    check_role(act.by, PRINCIPALS, what="Deciding on a part payment")
    case = queries.locked(session, record(session, PartPayment, part_id).case_id)
    part = _locked(session, part_id)
    if part.decided_at is not None or part.version != version:
        return part
    if not restores and not reason.strip():
        raise NoWords("Please write why not: a no needs a reason.")
    _decided(session, part, restores=restores, reason=reason, at=act.at, by=act.by.id)
    if restores:
        seen = looking.look(session, case, at=act.at, policy=policy)
        why = f"{part.received} was taken for enough by {act.by.name}"
        orders.restore(session, seen, for_=RestoredFor.PART, why=why, by=act.by.id)
    return part


def ask(session: Session, seen: Look, payment: Paid) -> PartPayment:
    """Ask the deciders if a part payment restores services."""
    settle(session, seen, "another payment came in")
    amount = Money(payment.amount, payment.currency)
    part = PartPayment(
        case_id=seen.case.id,
        key=f"{_key(seen.case.id, payment)}{payment.amount}",
        received=f"{amount} on {wording.day(payment.received_on)}",
        left=_left(seen),
        asked_at=seen.at,
    )
    session.add(part)
    session.flush()
    _note(session, part, "part payment", by=None, at=seen.at)
    for decider in people.in_roles(session, PRINCIPALS):
        postings.show(session, Showing(PART_CARD, part.id, place_of(decider.id)), at=seen.at)
    return part


def open_questions(session: Session, case_id: int) -> list[PartPayment]:
    """Return the part payments of a case that nobody decided on."""
    asked = select(PartPayment).filter_by(case_id=case_id, decided_at=None)
    return list(session.scalars(asked.order_by(PartPayment.id)))


def settle(session: Session, seen: Look, why: str) -> None:
    """Close what was asked about a case and is not to be decided any more."""
    for part in open_questions(session, seen.case.id):
        _decided(session, part, restores=None, reason=why, at=seen.at, by=None)


def take_back(session: Session, seen: Look, payment: Paid) -> None:
    """Close what was asked about a payment that was returned."""
    for part in open_questions(session, seen.case.id):
        if part.key.startswith(_key(seen.case.id, payment)):
            why = "the payment was returned"
            _decided(session, part, restores=None, reason=why, at=seen.at, by=None)


def is_gone(session: Session, case_id: int) -> bool:
    """Test if the part payment that was last taken for enough was returned since."""
    taken = select(PartPayment).filter_by(case_id=case_id, restores=True)
    part = session.scalars(taken.order_by(PartPayment.id.desc())).first()
    if part is None:
        return False
    payment_id, minor = map(int, part.key.split(":")[-2:])
    return record(session, Payment, payment_id).amount < minor


def _key(case_id: int, payment: Paid) -> str:
    return f"case:{case_id}:part:{payment.id}:"


def _left(seen: Look) -> str:
    """Return what the payer's money leaves of what the notices named, in words."""
    named = {one for notice in seen.facts.notices for one in notice.invoice_ids}
    left: dict[str, int] = {}
    for one in seen.facts.owed:
        if one.invoice_id in named:
            left[one.currency] = left.get(one.currency, 0) + one.undisputed
    loose = {currency: max(seen.facts.unapplied.get(currency, 0), 0) for currency in left}
    return " + ".join(
        str(Money(max(minor - loose[currency], 0), currency))
        for currency, minor in sorted(left.items())
    )


def _decided(  # noqa: PLR0913 - a decision, whoever made it
    session: Session,
    part: PartPayment,
    *,
    restores: bool | None,
    reason: str,
    at: datetime,
    by: int | None,
) -> None:
    part.restores, part.reason = restores, reason.strip()
    part.decided_at, part.decided_by, part.version = at, by, part.version + 1
    session.flush()
    _note(session, part, "part payment decided", by=by, at=at)
    postings.refresh(session, PART_CARD, about=part.id, at=at)


def _locked(session: Session, part_id: int) -> PartPayment:
    return locked(session, PartPayment, part_id)


def _note(
    session: Session, part: PartPayment, what: str, *, by: int | None, at: datetime
) -> None:
    facts = {"case": part.case_id, "received": part.received, "restores": part.restores}
    about = f"part_payment:{part.id}"
    why = part.reason
    audit.note(session, audit.Note(what=what, about=about, at=at, by=by, after=facts, why=why))
