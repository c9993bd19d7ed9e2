"""The steps of a case and the calls on it, as they stand in its chronicle (R70-R75)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Direction, Outcome
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.suspension import happenings
from bot.workflows.suspension.case_records import (
    CaseEvent,
    CaseReport,
    OrderKind,
    OrderState,
    SupportOrder,
)
from bot.workflows.suspension.happenings import Happening, MadeCall
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import CaseState

_WORDS: Final = 120
"""Characters of a conversation in a line."""
_MEANS: Final = {
    OrderKind.SUSPEND: CaseState.SUSPENDED,
    OrderKind.RESTORE: CaseState.RESTORED,
}
_Step = tuple[int, CaseState, datetime]
"""Of an account: where it got to, and when."""


@dataclass(frozen=True, slots=True)
class Story:
    """A case of which is told what happened."""

    session: Session
    case: SuspensionCase
    policy: Policy

    def who(self, person_id: int | None) -> str:
        """Return a person's name; empty for the desk."""
        return people.get(self.session, person_id).name if person_id else ""

    def sites(self, ids: Collection[int]) -> dict[int, str]:
        """Return what the payer's accounts are called, by id; among them those given."""
        return customers.site_names(self.session, self.case.payer_id, ids)


def steps(story: Story) -> list[Happening]:
    """Return each step; what the case and its accounts did at once is one."""
    taken = select(CaseEvent).filter_by(case_id=story.case.id).order_by(CaseEvent.id)
    together = defaultdict[tuple[object, ...], list[CaseEvent]](list)
    moved: set[int] = set()
    for event in story.session.scalars(taken):
        together[event.at, event.before, event.after, event.why].append(event)
        if event.customer_id is not None:
            moved.add(event.customer_id)
    sites, took = story.sites(moved), _took(story)
    return [
        Happening(
            at=group[0].at,
            words=happenings.step(
                group[0].after,
                group[0].why,
                _names(group, moved, sites),
                next((took[one] for one in _done(group) if one in took), ""),
            ),
            by=story.who(group[0].by),
        )
        for group in together.values()
    ]


def calls(story: Story) -> Iterator[MadeCall]:
    """
    Return the calls since the case was opened, and those before that count for it.

    A call that became a report is told as that; one that was undone is not told.
    """
    case = story.case
    made = select(Call).where(
        Call.payer_id == case.payer_id,
        Call.undone_at.is_(None),
        or_(
            Call.day.between(case.opened_on, case.closed_on or date.max),
            Call.id.in_(_evidence(story)),
        ),
        Call.id.not_in(
            select(CaseReport.call_id).where(
                CaseReport.case_id == case.id, CaseReport.call_id.is_not(None)
            )
        ),
    )
    for call in story.session.scalars(made.order_by(Call.at, Call.id)):
        yield _made_call(story, call)


def _made_call(story: Story, call: Call) -> MadeCall:
    came_in = call.direction is Direction.IN
    return MadeCall(
        at=call.at,
        outcome=call.outcome.words,
        by=story.who(call.agent_id),
        is_attempt=not (call.is_reached or came_in or call.spoke_to),
        has_voicemail=call.outcome is Outcome.LEFT_VOICEMAIL,
        came_in=came_in,
        spoke_to=call.spoke_to,
        words=happenings.on_a_line(call.words, _WORDS),
    )


def _evidence(story: Story) -> list[int]:
    """Return the calls on which steps of the case rest."""
    rests = select(CaseEvent.evidence).filter_by(case_id=story.case.id)
    named = {one for text in story.session.scalars(rests) for one in text.split(",")}
    return [int(one.removeprefix("call:")) for one in named if one.startswith("call:")]


def _took(story: Story) -> dict[_Step, str]:
    """Return how long support took for each step that it has confirmed."""
    done = select(SupportOrder).filter_by(case_id=story.case.id, state=OrderState.DONE)
    return {
        (one.customer_id, _MEANS[one.kind], one.done_at): happenings.minutes(
            one.asked_at, one.done_at
        )
        for one in story.session.scalars(done)
        if one.done_at
    }


def _done(group: Sequence[CaseEvent]) -> Iterator[_Step]:
    for event in group:
        if event.customer_id is not None:
            yield event.customer_id, event.after, event.at


def _names(
    group: Sequence[CaseEvent], moved: Collection[int], sites: dict[int, str]
) -> list[str]:
    """Return which accounts took a step; nothing where the case and all of them did."""
    accounts = {one.customer_id for one in group if one.customer_id is not None}
    is_the_case = len(accounts) < len(group)
    if is_the_case and accounts in (set(), set(moved)):
        return []
    return sorted(sites[one] for one in accounts)
