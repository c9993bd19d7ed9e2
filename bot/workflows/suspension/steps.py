"""Taking the steps of a case as its facts have them, each with what it rests on (R70-R75)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.shapes import dataclass
from bot.store import audit
from bot.store.prepared import Prepared
from bot.store.rows import records, table_of
from bot.workflows.suspension import coverage
from bot.workflows.suspension.case_facts import Account, Facts
from bot.workflows.suspension.case_records import CaseAccount, CaseEvent
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.readiness import Standing
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import UNDER_NOTICE, CaseState

QUIET: Final = (CaseState.WATCH, CaseState.CLOSED)
"""Where an account is of which nothing was decided yet."""
WAY: Final = (*(step.state for step in NoticeStep), CaseState.READY)
"""The states from the first notice on, in order."""
_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)
_ACCOUNTS: Final = Prepared(
    select(table_of(CaseAccount)).where(CaseAccount.case_id.in_(_CASES))
)
RETURNED: Final = "a payment was returned: back where it was before it came in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who made something happen, when, and why; None: the desk, by the facts."""

    at: datetime
    by: int | None = None
    why: str = ""
    evidence: tuple[str, ...] = ()
    """The records that it rests on, such as `call:3`."""


def take(
    session: Session,
    seen: Look,
    cause: Cause,
    *,
    known: Mapping[int, CaseAccount] | None = None,
) -> None:
    """
    Bring a case and its accounts to where their facts have them.

    :param known: what is kept of its accounts, by account, if it was read already.
    """
    case, standing = seen.case, seen.standing
    if known is None:
        known = accounts_of(session, [case.id])[case.id]
    moved = [_step(session, seen, one, known, cause) for one in seen.facts.accounts]
    after = state_after(standing)
    is_moving = case.closed_on is None and case.state is not after
    if is_moving:
        before = case.state
        for passed in _passed(before, after, [step for step, _ in standing.ladder.sent]):
            case.state, why = passed.state, _left(standing, passed)
            rests = rests_on(seen.facts, case.state)
            between = Cause(at=cause.at, why=why, evidence=rests)
            enter(session, case, before=before, cause=between, on=seen.on)
            before = case.state
        case.state = after
        why = cause.why or why_of(before, after, standing)
        named = replace(cause, why=why, evidence=rests_on(seen.facts, after))
        enter(session, case, before=before, cause=named, on=seen.on)
    if is_moving or any(moved):
        session.flush()


def state_after(standing: Standing) -> CaseState:
    """Return the state that a case has once its steps are taken, as long as it is open."""
    return CaseState.WATCH if standing.state is CaseState.CLOSED else standing.state


def enter(
    session: Session,
    case: SuspensionCase,
    *,
    before: CaseState | None,
    cause: Cause,
    on: date,
) -> None:
    """Enter a step of the case as a whole, which stands where it has got to by now."""
    session.add(
        CaseEvent(
            case_id=case.id,
            customer_id=None,
            at=cause.at,
            on=on,
            before=before,
            after=case.state,
            why=cause.why,
            evidence=",".join(cause.evidence),
            by=cause.by,
        )
    )
    _note(session, case, f"suspension_case:{case.id}", (before, case.state), cause)


def why_of(before: CaseState, after: CaseState, standing: Standing) -> str:
    """Return in words why something got from one state to another."""
    if after in UNDER_NOTICE and before in (CaseState.READY, CaseState.SUSPENDED):
        return _fallen(standing)
    if after in UNDER_NOTICE:
        return _left(standing, standing.ladder.sent[-1][0])
    if after is CaseState.READY:
        again = before in (CaseState.SUSPENDED, CaseState.RESTORED, *QUIET)
        return "back where it was" if again else "all the evidence is there"
    words = {
        CaseState.SUSPENDED: "support confirmed it",
        CaseState.RESTORED: "support restored the services",
        CaseState.WATCH: "no notice speaks for what is owed",
        CaseState.CLOSED: "what was late is paid or disputed",
    }
    return words[after]


def _left(standing: Standing, step: NoticeStep) -> str:
    return f"the {step.words} left {wording.day(dict(standing.ladder.sent)[step])}"


def _passed(
    before: CaseState, after: CaseState, taken: Iterable[NoticeStep]
) -> list[NoticeStep]:
    """Return the notices on the way that no look saw, so that none is skipped (R70)."""
    if before not in UNDER_NOTICE or not (after in UNDER_NOTICE or after is CaseState.READY):
        return []
    return [one for one in taken if WAY.index(before) < WAY.index(one.state) < WAY.index(after)]


def _fallen(standing: Standing) -> str:
    if standing.stops:
        return "; ".join(standing.stops)
    if standing.paused_until:
        return f"on hold until {wording.dated(standing.paused_until)}"
    if standing.lacks_contacts:
        return f"evidence is missing: {'; '.join(standing.lacks_contacts)}"
    return "what the notices named is paid or disputed, or a notice came back"


def _step(
    session: Session,
    seen: Look,
    account: Account,
    known: Mapping[int, CaseAccount],
    cause: Cause,
) -> bool:
    """Bring an account to where its facts have it; return whether it has moved."""
    after, row = seen.standing.accounts[account.id], known.get(account.id)
    before = row.state if row else CaseState.WATCH
    if before is after or (row is None and after in QUIET):
        return False
    if row is None:
        row = CaseAccount(case_id=seen.case.id, customer_id=account.id)
        session.add(row)
    row.state, row.since = after, seen.on
    for passed in _passed(before, after, seen.standing.named[account.id]):
        between = Cause(at=cause.at, why=_left(seen.standing, passed))
        _enter_account(session, seen, account.id, (before, passed.state), between)
        before = passed.state
    is_returned = coverage.is_returned(seen.facts, account, seen.policy)
    why = cause.why or (RETURNED if is_returned else why_of(before, after, seen.standing))
    named = Cause(at=cause.at, by=cause.by, why=why)
    _enter_account(session, seen, account.id, (before, after), named)
    return True


def _enter_account(
    session: Session,
    seen: Look,
    account_id: int,
    states: tuple[CaseState, CaseState],
    cause: Cause,
) -> None:
    before, after = states
    session.add(
        CaseEvent(
            case_id=seen.case.id,
            customer_id=account_id,
            at=cause.at,
            on=seen.on,
            before=before,
            after=after,
            why=cause.why,
            evidence=",".join(rests_on(seen.facts, after)),
            by=cause.by,
        )
    )
    about = f"suspension_case:{seen.case.id}:account:{account_id}"
    _note(session, seen.case, about, states, cause)


def rests_on(facts: Facts, state: CaseState) -> tuple[str, ...]:
    """Return the records that a state rests on: its notices, and for `ready` its calls."""
    if state in QUIET:
        return ()
    notices = tuple(f"suspension_notice:{one.id}" for one in facts.notices if one.counts)
    pair = facts.contacts.pair if state in (CaseState.READY, CaseState.SUSPENDED) else None
    return (*notices, *(f"call:{call.id}" for call in pair or ()))


def accounts_of(
    session: Session, case_ids: Collection[int]
) -> defaultdict[int, dict[int, CaseAccount]]:
    """Return what is kept of the accounts of cases, by case and account."""
    found = defaultdict[int, dict[int, CaseAccount]](dict)
    for row in records(session, CaseAccount, _ACCOUNTS, {"cases": list(case_ids)}):
        found[row.case_id][row.customer_id] = row
    return found


def _note(
    session: Session,
    case: SuspensionCase,
    about: str,
    states: tuple[CaseState | None, CaseState],
    cause: Cause,
) -> None:
    before, after = states
    audit.note(
        session,
        audit.Note(
            what="suspension case",
            about=about,
            at=cause.at,
            by=cause.by,
            before={"state": before} if before else None,
            after={"number": case.number, "payer": case.payer_id, "state": after},
            why=cause.why,
        ),
    )
