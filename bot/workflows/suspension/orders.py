"""What support is asked to do with services, and that it was done (R57, R70-R75)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.workflows.approvals.records import Approval
from bot.workflows.approvals.rules import OPEN, Act
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.customers import queries as customers
from bot.workflows.ledger.records import Payment
from bot.workflows.people import queries as people
from bot.workflows.people.rules import LEADS, PRINCIPALS, Member, NotForYou, Role, check_role
from bot.workflows.suspension import looking, queries, readiness, reports, steps
from bot.workflows.suspension.case_records import OrderKind, OrderState, SupportOrder
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.readiness import RestoredFor
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import CaseState, NoWords
from bot.workflows.suspension.steps import Cause

ORDER_CARD: Final = CardName("support_orders.order")
"""For support and management: what is to be done, until it is; about is the order."""


class NotReady(Refused):
    """The evidence is not there: nothing can be suspended."""


class NotSuspended(Refused):
    """There is nothing to restore."""


class TooLate(Refused):
    """What support confirmed is taken back by its author, for ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What support is asked to do with one account, and why."""

    account_id: int
    kind: OrderKind
    why: str
    restored_for: RestoredFor | None = None


class Confirmed(NamedTuple):
    """An order, and whether this tap ended it or it had been before."""

    order: SupportOrder
    is_new: bool


def order_suspension(  # noqa: PLR0913 - what was decided, by whom, and when
    session: Session,
    case_id: int,
    account_ids: Collection[int],
    *,
    by: Member,
    at: datetime,
    policy: Policy,
    why: str = "decided by the suspension meeting",
) -> list[SupportOrder]:
    """
    Have support suspend the services of accounts: a decision that was confirmed.

    An account with an order open keeps that one.

    :raises NotForYou: if the person is neither the controller nor the VP Finance.
    :raises NotReady: if the evidence of one of the accounts is not complete.
    """
    check_role(by, PRINCIPALS, what="Deciding on a suspension")
    case = queries.locked(session, case_id)
    seen = looking.look(session, case, at=at, policy=policy)
    for account_id in account_ids:
        if seen.standing.accounts.get(account_id) is not CaseState.READY:
            name = customers.get(session, account_id).name
            raise NotReady(f"{name} is not ready to be suspended: see `case {case.number}`.")
    return [
        give(
            session,
            case,
            NewOrder(account_id=account_id, kind=OrderKind.SUSPEND, why=why),
            by=by.id,
            at=at,
        )
        for account_id in account_ids
    ]


def order_restoring(
    session: Session, case_id: int, *, why: str, act: Act, policy: Policy
) -> list[SupportOrder]:
    """
    Have support restore what was suspended by mistake (a lead or above), with the reason.

    :raises NotForYou: if the person is not a lead or above.
    :raises NotSuspended: if nothing of the case is suspended.
    :raises NoWords: if there is no reason.
    """
    check_role(act.by, LEADS, what="Restoring services")
    if not why.strip():
        raise NoWords("Please write why the services have to be restored.")
    case = queries.locked(session, case_id)
    seen = looking.look(session, case, at=act.at, policy=policy)
    return restore(session, seen, for_=RestoredFor.MISTAKE, why=why.strip(), by=act.by.id)


def restore(
    session: Session,
    seen: Look,
    *,
    for_: RestoredFor,
    why: str,
    by: int | None,
) -> list[SupportOrder]:
    """
    Have support restore every account of a case that is suspended.

    :raises NotSuspended: if none is.
    """
    suspended = [one.id for one in seen.facts.accounts if one.is_suspended]
    if not suspended:
        raise NotSuspended(f"Nothing of case {seen.case.number} is suspended.")
    return restore_accounts(session, seen, suspended, for_=for_, why=why, by=by)


def restore_accounts(  # noqa: PLR0913 - which, why, and who says so
    session: Session,
    seen: Look,
    account_ids: Sequence[int],
    *,
    for_: RestoredFor,
    why: str,
    by: int | None,
) -> list[SupportOrder]:
    """Have support restore some accounts of a case."""
    return [
        give(
            session,
            seen.case,
            NewOrder(account_id=account_id, kind=OrderKind.RESTORE, why=why, restored_for=for_),
            by=by,
            at=seen.at,
        )
        for account_id in account_ids
    ]


def give(
    session: Session, case: SuspensionCase, new: NewOrder, *, by: int | None, at: datetime
) -> SupportOrder:
    """Give support an order, and tell management; an open one of the same kind stays."""
    for known in open_of(session, case.id, new.account_id):
        if known.kind is new.kind:
            return known
        end(session, known, OrderState.WITHDRAWN, why=new.why, at=at, by=by)
    order = SupportOrder(
        case_id=case.id,
        customer_id=new.account_id,
        kind=new.kind,
        why=new.why,
        restored_for=new.restored_for,
        asked_at=at,
        asked_by=by,
    )
    session.add(order)
    session.flush()
    _note(session, order, f"{order.kind} ordered", by=by, at=at)
    places = [*channels.places(session, Purpose.SUPPORT), *reports.management(session)]
    for place in dict.fromkeys(places):
        postings.show(session, Showing(ORDER_CARD, order.id, place), at=at)
    return order


def confirm(
    session: Session, order_id: int, *, version: int | None, act: Act, policy: Policy
) -> Confirmed:
    """
    Record that support has done what was asked; for a suspension after the last check.

    Where the last check finds a reason not to suspend, the order ends as refused, with it. An
    order that has ended, or changed since the card was drawn, stays as it is.

    :raises NotForYou: if the person is not of support.
    """
    check_may_confirm(session, act.by)
    case = queries.locked(session, session.get_one(SupportOrder, order_id).case_id)
    order = locked(session, order_id)
    if order.state is not OrderState.OPEN or order.version != version:
        return Confirmed(order, is_new=False)
    seen = looking.look(session, case, at=act.at, policy=policy)
    if order.kind is OrderKind.SUSPEND and (why := last_check(session, order, seen)):
        end(session, order, OrderState.REFUSED, why=why, at=act.at, by=act.by.id)
        return Confirmed(order, is_new=True)
    order.state, order.done_at, order.done_by = OrderState.DONE, act.at, act.by.id
    order.done_on, order.version = act.on, order.version + 1
    order.left = readiness.left_of(seen.facts, order.customer_id)
    session.flush()
    _note(session, order, f"{order.kind} confirmed", by=act.by.id, at=act.at)
    _follow(session, order, act=act, policy=policy)
    return Confirmed(order, is_new=True)


def undo(session: Session, order_id: int, *, act: Act, policy: Policy) -> SupportOrder:
    """
    Take back a confirmation that was a slip: its author, for ten minutes.

    :raises TooLate: if it is not theirs, or older.
    """
    queries.locked(session, session.get_one(SupportOrder, order_id).case_id)
    order = locked(session, order_id)
    if order.state is not OrderState.DONE or order.done_at is None:
        return order
    if order.done_by != act.by.id:
        raise TooLate("Only who confirmed this takes it back.")
    if act.at - order.done_at > timedelta(minutes=policy.undo_minutes):
        raise TooLate(f"This can be taken back for {policy.undo_minutes} minutes.")
    order.state, order.version = OrderState.OPEN, order.version + 1
    order.done_at = order.done_on = order.done_by = None
    session.flush()
    _note(session, order, f"{order.kind} confirmation undone", by=act.by.id, at=act.at)
    _follow(session, order, act=act, policy=policy, why=f"{act.by.name} took that back")
    return order


def last_check(session: Session, order: SupportOrder, seen: Look) -> str:
    """Return why services stay on after all, in words; empty when they are to be suspended."""
    received = select(Payment.id).where(
        Payment.payer_id == seen.payer.id, Payment.learned_at >= order.asked_at
    )
    if session.scalar(received.limit(1)) is not None:
        return "a payment came in after the decision"
    asked = select(Approval.id).where(
        Approval.payer_id == seen.payer.id, Approval.state.in_(OPEN)
    )
    if session.scalar(asked.limit(1)) is not None:
        return "a request for this customer waits for a decision"
    if seen.standing.stops:
        return seen.standing.stops[0]
    if seen.standing.accounts.get(order.customer_id) is CaseState.READY:
        return ""
    if seen.standing.paused_until:
        return "it is on hold: an extension was approved, or the meeting decided it"
    return "what would remain is paid or disputed, or the evidence is not complete any more"


def check_may_confirm(session: Session, member: Member) -> None:
    """
    Check that a person may say that services were suspended or restored.

    Where nobody is of support, the leads get its cards, and confirm in its place.

    :raises NotForYou: if they may not.
    """
    if Role.SUPPORT in member.roles:
        return
    if member.is_lead and not people.in_roles(session, {Role.SUPPORT}):
        return
    raise NotForYou("Confirming this is for: support.")


def open_of(
    session: Session, case_id: int, account_id: int | None = None
) -> list[SupportOrder]:
    """Return what support still has to do on a case, or on one account of it."""
    waiting = select(SupportOrder).filter_by(case_id=case_id, state=OrderState.OPEN)
    if account_id is not None:
        waiting = waiting.filter_by(customer_id=account_id)
    return list(session.scalars(waiting.order_by(SupportOrder.id)))


def locked(session: Session, order_id: int) -> SupportOrder:
    """Return an order as it is now, held against everybody else until the commit."""
    mine = select(SupportOrder).where(SupportOrder.id == order_id).with_for_update()
    return session.scalars(mine.execution_options(populate_existing=True)).one()


def end(  # noqa: PLR0913 - one ending, whatever its name
    session: Session,
    order: SupportOrder,
    state: OrderState,
    *,
    why: str,
    at: datetime,
    by: int | None,
) -> None:
    """End an order that is not carried out, and say why on every copy of its card."""
    order.state, order.ended_why, order.version = state, why, order.version + 1
    session.flush()
    _note(session, order, f"{order.kind} {state}", by=by, at=at)
    postings.refresh(session, ORDER_CARD, about=order.id, at=at)


def _follow(
    session: Session, order: SupportOrder, *, act: Act, policy: Policy, why: str = ""
) -> None:
    case = queries.get(session, order.case_id)
    seen = looking.look(session, case, at=act.at, policy=policy)
    steps.take(session, seen, Cause(at=act.at, by=act.by.id, why=why))
    postings.refresh(session, ORDER_CARD, about=order.id, at=act.at)


def _note(
    session: Session, order: SupportOrder, what: str, *, by: int | None, at: datetime
) -> None:
    facts = {
        "case": order.case_id,
        "account": order.customer_id,
        "state": order.state,
        "left": order.left,
    }
    about, why = f"support_order:{order.id}", order.ended_why or order.why
    audit.note(session, audit.Note(what=what, about=about, at=at, by=by, after=facts, why=why))
