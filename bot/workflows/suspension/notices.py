"""Notices: prepared when they are due, released by a lead one by one (R70-R75)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, func, insert, select
from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.store import audit, postings
from bot.store.postings import CardName, Showing
from bot.store.prepared import Prepared, PreparedChange
from bot.store.rows import amend, change, first_record, record, records, rows, table_of
from bot.workflows.correspondence import troubles
from bot.workflows.people import queries as people
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Role
from bot.workflows.suspension import case_words, coverage, drafting, ladder
from bot.workflows.suspension.case_records import NoticeState, SuspensionNotice
from bot.workflows.suspension.drafting import NO_ADDRESS, Draft
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.templates import NotLocked
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks.operations import NewTask
from bot.workflows.tasks.rules import TaskKind

QUEUE_CARD: Final = CardName("suspension_notices.queue")
"""For the leads: the notices that wait for release; about is the day, as its ordinal."""
_NOTICES: Final = table_of(SuspensionNotice)
_IS_DRAFT: Final = _NOTICES.c.state == NoticeState.DRAFT
_CASES: Final[BindParameter[Any]] = bindparam("cases", expanding=True)
_DRAFTS_OF: Final = Prepared(
    select(_NOTICES).where(_IS_DRAFT, _NOTICES.c.case_id.in_(_CASES)).order_by(_NOTICES.c.id)
)
_DRAFTS: Final = Prepared(
    select(_NOTICES).where(_IS_DRAFT).order_by(_NOTICES.c.due_on, _NOTICES.c.id)
)
_DRAFT_OF: Final = Prepared(
    select(_NOTICES)
    .where(_IS_DRAFT, _NOTICES.c.case_id == bindparam("case"))
    .order_by(_NOTICES.c.id.desc())
    .limit(1)
)
_LAST_ATTEMPT: Final = Prepared(
    select(func.max(_NOTICES.c.attempt)).where(_NOTICES.c.case_id == bindparam("case"))
)
_ADD: Final = PreparedChange(insert(_NOTICES))
_FIRST_WAITING: Final = Prepared(
    select(func.count()).where(_IS_DRAFT, _NOTICES.c.step == NoticeStep.FIRST)
)


def prepare(
    session: Session,
    seen: Look,
    draft: SuspensionNotice | None,
    *,
    takes_first: bool = True,
) -> bool:
    """
    Draft the notice that is due, bring its draft up to date, or drop one that is not needed.

    :param draft: the case's notice that waits for release, if any.
    :param takes_first: a first notice may be drafted now, too; there is never a burst of them.
    :return: whether something new waits for a lead.
    """
    if why := why_not(seen):
        if draft:
            drop(session, draft, why=why, at=seen.at)
        return False
    if draft is None and not (seen.facts.notices or takes_first):
        return False
    try:
        now = drafting.compose(session, seen)
    except NotLocked as no:
        _ask_to_lock(session, no, seen)
        return False
    return _draft(session, seen, draft, now)


def why_not(seen: Look) -> str:
    """Return why no notice is to be drafted or released now, in words; empty if one is."""
    standing, step = seen.standing, seen.standing.next_step
    if seen.case.closed_on is not None or step is None:
        return "no notice is due any more"
    if not seen.policy.brand(seen.payer.brand).has("notices"):
        return "its brand has no suspension notices"
    if why := case_words.held(standing):
        return why
    if coverage.owed_is_covered(seen.facts.owed, seen.facts.unapplied, seen.policy):
        return "what was late is paid or disputed"
    if standing.next_due and standing.next_due > seen.on:
        return f"the {step.words} is due {wording.day(standing.next_due)}"
    return _pending(seen, step)


def _draft(session: Session, seen: Look, draft: SuspensionNotice | None, now: Draft) -> bool:
    if draft and draft.step is now.step:
        renew(session, draft, now, at=seen.at)
        return False
    if draft:
        drop(session, draft, why=f"the {now.step.words} is due instead", at=seen.at)
    _add(session, seen, now)
    return True


def drafts_of(session: Session, case_ids: Collection[int]) -> dict[int, SuspensionNotice]:
    """Return the notices of cases that wait for release, by case."""
    found = records(session, SuspensionNotice, _DRAFTS_OF, {"cases": list(case_ids)})
    return {notice.case_id: notice for notice in found}


def draft_of(session: Session, case_id: int) -> SuspensionNotice | None:
    """Return the notice of a case that waits for release, if any."""
    return first_record(session, SuspensionNotice, _DRAFT_OF, {"case": case_id})


def get(session: Session, notice_id: int) -> SuspensionNotice:
    """Return a notice by the desk's own id."""
    return record(session, SuspensionNotice, notice_id)


def waiting(session: Session, *, on: date) -> list[SuspensionNotice]:
    """Return the drafts that wait for a lead on a day, the final notices first."""
    found = records(session, SuspensionNotice, _DRAFTS, {})
    there = [one for one in found if one.put_off_until is None or one.put_off_until <= on]
    return sorted(there, key=lambda one: -ladder.STEPS.index(one.step))


def first_waiting(session: Session) -> int:
    """Return how many first notices wait for a lead."""
    return int(rows(session, _FIRST_WAITING, {}).scalar())


def tell_leads(session: Session, *, on: date, at: datetime) -> None:
    """Show the leads what waits for release: one card each a day."""
    for lead in people.leads(session):
        showing = Showing(QUEUE_CARD, on.toordinal(), place_of(lead.id))
        postings.show(session, showing, at=at)


def refresh_queue(session: Session, *, on: date, at: datetime) -> None:
    """Have the leads' cards of the day drawn again, where they do not read on in them."""
    postings.refresh_where_shown(session, QUEUE_CARD, about=on.toordinal(), at=at)


def drop(session: Session, draft: SuspensionNotice, *, why: str, at: datetime) -> None:
    """Take back a draft that is not needed."""
    draft.state, draft.why, draft.version = NoticeState.DROPPED, why, draft.version + 1
    note(session, draft, "notice dropped", at=at, why=why)


def renew(session: Session, draft: SuspensionNotice, now: Draft, *, at: datetime) -> bool:
    """Bring a draft up to date; return whether anything in it changed."""
    fields = {**_fields(now), "missing": now.missing}
    changed = {name: value for name, value in fields.items() if getattr(draft, name) != value}
    if not changed:
        return False
    amend(session, draft, **changed, version=draft.version + 1)
    note(session, draft, "notice redrafted", at=at, why=", ".join(sorted(changed)))
    return True


def note(
    session: Session, notice: SuspensionNotice, what: str, *, at: datetime, why: str = ""
) -> None:
    """Enter what happened to a notice in the trail; who released it, once it was."""
    facts = {
        "case": notice.case_id,
        "step": notice.step,
        "state": notice.state,
        "template": notice.template_sha256,
    }
    about, by = f"suspension_notice:{notice.id}", notice.released_by
    audit.note(session, audit.Note(what=what, about=about, at=at, by=by, after=facts, why=why))


def _pending(seen: Look, step: NoticeStep) -> str:
    released = [notice for notice in seen.facts.notices if notice.step is step]
    if not released:
        return ""
    last = released[-1]
    if last.is_on_its_way:
        return f"the {step.words} is on its way"
    if last.is_bounced and drafting.address_of(seen.payer) == last.to:
        return f"the {step.words} came back: the address has to be corrected first"
    return ""


def _add(session: Session, seen: Look, now: Draft) -> SuspensionNotice:
    attempts = rows(session, _LAST_ATTEMPT, {"case": seen.case.id}).scalar()
    values = {
        "case_id": seen.case.id,
        "attempt": (attempts or 0) + 1,
        "step": now.step,
        "state": NoticeState.DRAFT,
        "due_on": seen.standing.next_due or seen.on,
        "drafted_at": seen.at,
        "missing": now.missing,
        **_fields(now),
        "why": "",
        "version": 1,
    }
    fresh = record(session, SuspensionNotice, change(session, _ADD, values).new_id)
    note(session, fresh, "notice drafted", at=seen.at)
    if now.missing:
        _ask_for_missing(session, fresh, seen)
    return fresh


def _fields(now: Draft) -> dict[str, str]:
    return {
        "template": now.template,
        "template_sha256": now.sha256,
        "to": now.to,
        "copies": now.copies,
        "subject": now.subject,
        "body": now.body,
    }


def _ask_for_missing(session: Session, notice: SuspensionNotice, seen: Look) -> None:
    payer, step, at, policy = seen.payer, notice.step, seen.at, seen.policy
    key = f"suspension_notice:{seen.case.id}:{step.value}"
    if not notice.to:
        troubles.no_address(session, payer, key, notice.subject, at=at, policy=policy)
    rest = [one for one in notice.missing.split(", ") if one and one != NO_ADDRESS]
    if rest:
        new = NewTask(
            key=f"notice_lacks:{seen.case.id}:{step.value}",
            kind=TaskKind.OTHER,
            title=f"Complete the {step.words} to {payer.name}",
            words=f"It cannot go out without {' and '.join(rest)}.",
            about=f"suspension_notice:{notice.id}",
            payer_id=payer.id,
            due_on=policy.calendar.plus(seen.on, 1),
        )
        tasks.open_once(session, new, at=at)


def _ask_to_lock(session: Session, no: NotLocked, seen: Look) -> None:
    new = NewTask(
        key=no.key,
        kind=TaskKind.OTHER,
        title="Approve the wording of notices",
        words=str(no),
        role=Role.CONTROLLER,
        due_on=seen.policy.calendar.plus(seen.on, 1),
    )
    tasks.open_once(session, new, at=seen.at)
