"""Carrying out what was decided: support's orders, a hold, a task, a notice (R80, R168)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.workflows.approvals.rules import Act
from bot.workflows.customers import queries as customers
from bot.workflows.meetings import rules
from bot.workflows.meetings.records import Decision, Proposal
from bot.workflows.meetings.rules import NotProposed, ProposalKind
from bot.workflows.payment_plans import operations as plans
from bot.workflows.people.rules import Role
from bot.workflows.suspension import holds, looking, notices, orders, queries, releasing
from bot.workflows.suspension.holds import NewHold
from bot.workflows.suspension.rules import CaseState
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.records import Task, TaskKind

_REFERRERS: Final = (Role.COLLECTIONS_MANAGER, Role.ASSISTANT_MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a decision set in motion."""

    task: Task | None = None
    orders: tuple[int, ...] = field(default=())


def carry_out(session: Session, proposal: Proposal, *, act: Act, policy: Policy) -> Decision:
    """
    Set in motion what was decided, and remember it.

    :raises Refused: if the case as it stands now does not allow it.
    """
    done = _STEPS[proposal.kind](session, proposal, act, policy)
    decision = Decision(
        proposal_id=proposal.id,
        case_id=proposal.case_id,
        kind=proposal.kind,
        words=rules.ask(proposal.kind, proposal.until),
        department=rules.DEPARTMENTS[proposal.kind],
        by=act.by.id,
        at=act.at,
        task_id=done.task.id if done.task else None,
        orders=",".join(map(str, done.orders)),
    )
    session.add(decision)
    session.flush()
    about = f"meeting_decision:{decision.id}"
    facts = {"case": decision.case_id, "words": decision.words}
    note = audit.Note(what="decided", about=about, at=act.at, by=act.by.id, after=facts)
    audit.note(session, note)
    return decision


def _suspend(session: Session, proposal: Proposal, act: Act, policy: Policy) -> Done:
    """Have support suspend those accounts that were ready when proposed, and still are."""
    named = {int(one) for one in proposal.accounts.split(",") if one}
    case = queries.locked(session, proposal.case_id)
    states = looking.look(session, case, at=act.at, policy=policy).standing.accounts
    still = [one for one, state in states.items() if state is CaseState.READY and one in named]
    if not still:
        raise NotProposed("None of these accounts is ready to be suspended any more.")
    given = orders.order_suspension(
        session,
        proposal.case_id,
        still,
        by=act.by,
        at=act.at,
        policy=policy,
        why=f"decided by the suspension meeting: {proposal.words}",
    )
    return Done(orders=tuple(order.id for order in given))


def _hold(session: Session, proposal: Proposal, act: Act, policy: Policy) -> Done:
    assert proposal.until is not None
    if proposal.until <= act.on:
        raise NotProposed("That day has passed: propose another one.")
    new = NewHold(case_id=proposal.case_id, until=proposal.until, why=proposal.words)
    holds.hold(session, new, act=act, policy=policy)
    return Done()


def _plan(session: Session, proposal: Proposal, act: Act, policy: Policy) -> Done:
    """Direct that a plan may be asked for (R63), and have the agent ask for it."""
    payer_id = queries.get(session, proposal.case_id).payer_id
    words = f"decided by the suspension meeting: {proposal.words}"
    plans.direct(session, payer_id, words=words, act=act)
    return _task(session, proposal, act, policy, "File the payment plan request", None)


def _refer(session: Session, proposal: Proposal, act: Act, policy: Policy) -> Done:
    """Have each manager act on the referral who has to have spoken and has not (R105)."""
    lacking = [role for role in _REFERRERS if role not in act.by.roles] or [_REFERRERS[0]]
    title = "Refer to third-party collections"
    done = [_task(session, proposal, act, policy, title, role) for role in lacking]
    return done[0]


def _close(session: Session, proposal: Proposal, act: Act, policy: Policy) -> Done:
    """Have a lead clear what keeps it open: a case closes itself when nothing is that late."""
    title = "Clear what keeps the case open, so that it closes"
    return _task(session, proposal, act, policy, title, Role.LEAD)


def _release(session: Session, proposal: Proposal, act: Act, policy: Policy) -> Done:
    assert proposal.notice_id is not None
    version = notices.get(session, proposal.notice_id).version
    released = releasing.release(
        session, proposal.notice_id, version=version, act=act, policy=policy
    )
    if not released.is_sent:
        raise NotProposed(released.words)
    return Done()


def _task(  # noqa: PLR0913 - what, of which decision, for whom
    session: Session,
    proposal: Proposal,
    act: Act,
    policy: Policy,
    title: str,
    role: Role | None,
) -> Done:
    """Give a task to somebody in a role; to the payer's agent, if there is no role."""
    case = queries.get(session, proposal.case_id)
    payer = customers.get(session, case.payer_id)
    new = NewTask(
        key=f"meeting_proposal:{proposal.id}" + (f":{role}" if role else ""),
        kind=TaskKind.OTHER,
        title=f"{title}: case {case.number} · {payer.name}",
        words=f"Decided by {act.by.name}: {proposal.words}",
        about=f"meeting_proposal:{proposal.id}",
        payer_id=payer.id,
        owner_id=None if role else payer.agent_id,
        role=role or Role.LEAD,
        due_on=policy.calendar.plus(act.on, policy.escalation_business_days),
    )
    return Done(task=tasks.open_once(session, new, at=act.at, by=act.by.id))


_Step = Callable[[Session, Proposal, Act, Policy], Done]
_STEPS: Final[Mapping[ProposalKind, _Step]] = {
    ProposalKind.SUSPEND: _suspend,
    ProposalKind.HOLD: _hold,
    ProposalKind.PLAN: _plan,
    ProposalKind.REFER: _refer,
    ProposalKind.CLOSE: _close,
    ProposalKind.RELEASE: _release,
}
