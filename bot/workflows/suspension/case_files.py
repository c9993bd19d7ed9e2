"""The case file: where a case stands on a day, its clocks, its evidence, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.kernel.batches import in_batches
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.customers.records import Payer
from bot.workflows.people import queries as people
from bot.workflows.suspension import (
    account_files,
    facts,
    looking,
    queries,
    readiness,
    reports,
    rules,
    waiting,
)
from bot.workflows.suspension import case_words as words
from bot.workflows.suspension.account_files import AccountFile
from bot.workflows.suspension.case_facts import Facts
from bot.workflows.suspension.case_records import Told
from bot.workflows.suspension.case_words import EvidenceItem as EvidenceItem
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.readiness import Standing
from bot.workflows.suspension.records import AnyCase
from bot.workflows.suspension.reviewing import AT_ONCE
from bot.workflows.suspension.rules import UNDER_NOTICE, CaseState
from bot.workflows.suspension.waiting import Waiting
from bot.workflows.suspension.waiting import WaitsFor as WaitsFor


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Everything that a meeting, a lead or support has to know about a case on a day."""

    case_id: int
    number: int
    payer_id: int
    payer_name: str
    owner_name: str
    on: date
    state: CaseState
    part_off: str
    """How many of its sites are suspended, `1 of 3 sites`; empty: all, or none."""
    opened_on: date
    closed_on: date | None
    closed_why: str
    accounts: tuple[AccountFile, ...]
    evidence: tuple[EvidenceItem, ...]
    missing: tuple[str, ...]
    """What keeps it from `ready`, in words: evidence, holds, an extension."""
    notices: tuple[tuple[NoticeStep, date], ...]
    """The notices that count, in order, each with its day."""
    next_step: NoticeStep | None
    """The notice that comes next; None when all three were sent."""
    next_due: date | None
    """The first day of that notice, or of `ready`."""
    ready_on: date | None
    """The first day on which it could be ready; None before the first notice."""
    would_be_ready: str
    """The same in words, with what has to be there by then."""
    clocks: str
    """`First notice Mon 4 May, day 9; second notice due today.`"""
    held_until: date | None
    """The last day of an approved extension or hold, if one is in force."""
    waits_for: WaitsFor
    waits_words: str
    reports: tuple[str, ...]
    """What was reported and bears on it, the newest first, in words (R56)."""

    @property
    def stands(self) -> str:
        """Where it has got to, in words: `ready`, `suspended: 1 of 3 sites`."""
        return rules.stands(self.state, self.part_off)

    @property
    def is_ready(self) -> bool:
        """Test if whether to suspend can be decided."""
        return self.state is CaseState.READY


def of(session: Session, case_id: int, *, on: date, policy: Policy) -> CaseFile:
    """Return a case's file as it stands, or by what is known now stood, on a day."""
    return several(session, [case_id], on=on, policy=policy)[0]


def several(
    session: Session, case_ids: Sequence[int], *, on: date, policy: Policy
) -> list[CaseFile]:
    """Return the files of cases in the order given, gathered 200 at a time."""
    found: dict[int, CaseFile] = {}
    for part in in_batches(case_ids, AT_ONCE):
        cases = queries.looked_at(session, part)
        payers = looking.payers_of(session, cases)
        told = reports.of_cases(session, part, limit=10)
        for seen in _standing(session, cases, on=on, policy=policy):
            payer = payers[seen.case.payer_id]
            owner = _owner(session, payer)
            reported = _reported(told.get(seen.case.id, ()), seen)
            found[seen.case.id] = _file(seen, payer, owner, reported)
    return [found[case_id] for case_id in case_ids]


def calls_needed(
    session: Session, *, on: date, policy: Policy, agents: Collection[int] | None = None
) -> dict[int, str]:
    """
    Return the payers under notice whose case still needs a call, each with why (R29).

    A case on hold needs none until its day.

    :param agents: only payers of these agents.
    """

    def is_under_notice(known: Facts) -> bool:
        return readiness.stand(known, on=on, policy=policy).state in UNDER_NOTICE

    needed: dict[int, str] = {}
    moving = queries.under_way(session, agents)
    for part in in_batches(moving, AT_ONCE):
        cases = queries.looked_at(session, part)
        known = facts.gather(session, cases, on=on, policy=policy, calls_of=is_under_notice)
        for case in cases:
            standing = readiness.stand(known[case.id], on=on, policy=policy)
            is_moving = standing.state in UNDER_NOTICE and standing.paused_until is None
            if is_moving and standing.lacks_contacts:
                lacks = ", and ".join(standing.lacks_contacts)
                needed[case.payer_id] = f"Case {case.number} is under notice and needs {lacks}"
    return needed


def _standing(
    session: Session, cases: Collection[AnyCase], *, on: date, policy: Policy
) -> list[Waiting]:
    known = facts.gather(session, cases, on=on, policy=policy)
    asked = waiting.asked(session, cases)
    return [
        Waiting(
            case=case,
            facts=known[case.id],
            standing=readiness.stand(known[case.id], on=on, policy=policy),
            asked=asked[case.id],
            on=on,
            policy=policy,
        )
        for case in cases
    ]


def _file(seen: Waiting, payer: Payer, owner: str, reported: tuple[str, ...]) -> CaseFile:
    case, known, standing, on = seen.case, seen.facts, seen.standing, seen.on
    evidence = words.evidence(known, standing, on=on, policy=seen.policy)
    lacks = (item.words for item in evidence if not item.is_there)
    waits_for, waits_words = waiting.of(seen)
    return CaseFile(
        case_id=case.id,
        number=case.number,
        payer_id=payer.id,
        payer_name=payer.name,
        owner_name=owner,
        on=on,
        opened_on=case.opened_on,
        accounts=account_files.of(known, standing, on=on),
        evidence=evidence,
        missing=(*lacks, *standing.stops),
        waits_for=waits_for,
        waits_words=waits_words,
        reports=reported,
        **_ended(case, standing, on),
        **_clocks(known, standing, on=on, policy=seen.policy),
    )


def _owner(session: Session, payer: Payer) -> str:
    return people.get(session, payer.agent_id).name if payer.agent_id else "no agent yet"


def _reported(told: Collection[Told], seen: Waiting) -> tuple[str, ...]:
    return tuple(words.report(one, seen.policy) for one in told if one.on <= seen.on)


def _ended(case: AnyCase, standing: Standing, on: date) -> dict[str, Any]:
    is_closed = case.closed_on is not None and case.closed_on <= on
    part_off = "" if is_closed else rules.part_off(standing.accounts.values())
    return {
        "part_off": part_off,
        "state": _state(standing, is_closed=is_closed),
        "closed_on": case.closed_on if is_closed else None,
        "closed_why": case.closed_why if is_closed else "",
    }


def _clocks(known: Facts, standing: Standing, *, on: date, policy: Policy) -> dict[str, Any]:
    ready_on = words.ready_on(known, standing, on=on, policy=policy)
    return {
        "notices": standing.ladder.sent,
        "next_step": standing.next_step,
        "next_due": standing.next_due,
        "ready_on": ready_on,
        "would_be_ready": words.would_be_ready(standing, ready_on),
        "clocks": words.clocks(known, standing, on=on),
        "held_until": standing.paused_until,
    }


def _state(standing: Standing, *, is_closed: bool) -> CaseState:
    if is_closed:
        return CaseState.CLOSED
    return CaseState.WATCH if standing.state is CaseState.CLOSED else standing.state
