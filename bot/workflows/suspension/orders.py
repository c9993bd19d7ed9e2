"""What support is asked to do with services, and that it was done (R57, R70-R75)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import Prepared
from bot.store.rows import records, table_of
from bot.workflows.approvals.rules import Act
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import LEADS, PRINCIPALS, Member, check_role
from bot.workflows.suspension import looking, queries, reports
from bot.workflows.suspension.case_facts import RestoredFor
from bot.workflows.suspension.case_records import OrderKind, OrderState, SupportOrder
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import CaseState, NoWords

ORDER_CARD: Final = CardName("support_orders.order")
"""For support and management: what is to be done, until it is; about is the order."""

_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)
_OPEN_OF_CASES: Final = Prepared(
    select(table_of(SupportOrder))
    .where(SupportOrder.case_id.in_(_CASES), SupportOrder.state == OrderState.OPEN)
    .order_by(SupportOrder.id)
)


class NotReady(Refused):
    """The evidence is not there: nothing can be suspended."""


class NotSuspended(Refused):
    """There is nothing to restore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What support is asked to do with one account, and why."""

    account_id: int
    kind: OrderKind
    why: str
    restored_for: RestoredFor | None = None


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
    note(session, order, f"{order.kind} ordered", by=by, at=at)
    places = [*channels.places(session, Purpose.SUPPORT), *reports.management(session)]
    for place in dict.fromkeys(places):
        postings.show(session, Showing(ORDER_CARD, order.id, place), at=at)
    return order


def open_of(
    session: Session, case_id: int, account_id: int | None = None
) -> list[SupportOrder]:
    """Return what support still has to do on a case, or on one account of it."""
    waiting = select(SupportOrder).filter_by(case_id=case_id, state=OrderState.OPEN)
    if account_id is not None:
        waiting = waiting.filter_by(customer_id=account_id)
    return list(session.scalars(waiting.order_by(SupportOrder.id)))


def open_of_cases(session: Session, case_ids: Collection[int]) -> list[SupportOrder]:
    """Return what support still has to do on some cases, the oldest first."""
    return records(session, SupportOrder, _OPEN_OF_CASES, {"cases": list(case_ids)})


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
    note(session, order, f"{order.kind} {state}", by=by, at=at)
    postings.refresh(session, ORDER_CARD, about=order.id, at=at)


def note(
    session: Session, order: SupportOrder, what: str, *, by: int | None, at: datetime
) -> None:
    """Enter what happened to an order in the trail."""
    facts = {
        "case": order.case_id,
        "account": order.customer_id,
        "state": order.state,
        "left": order.left,
    }
    about, why = f"support_order:{order.id}", order.ended_why or order.why
    audit.note(session, audit.Note(what=what, about=about, at=at, by=by, after=facts, why=why))
