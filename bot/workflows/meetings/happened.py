"""What the meeting proposed and decided on a case, for the chronicle of it (R80-R82, R168)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.workflows.meetings import rules
from bot.workflows.meetings.records import Proposal
from bot.workflows.meetings.rules import ProposalKind, ProposalState
from bot.workflows.people import queries as people
from bot.workflows.suspension import happenings
from bot.workflows.suspension.happenings import Happening

_ENDS: Final = {
    ProposalState.CONFIRMED: "decided",
    ProposalState.DECLINED: "declined",
    ProposalState.WITHDRAWN: "withdrawn",
    ProposalState.EXPIRED: "not answered in time, which is a no",
}
_SEEN: Final = (ProposalKind.SUSPEND, ProposalKind.HOLD, ProposalKind.RELEASE)
"""What is seen by what it sets in motion: support's orders, a hold, a notice."""


def on_case(session: Session, case_id: int) -> Iterator[Happening]:
    """Return what was proposed for a case, and what came of it where nothing else shows it."""
    made = select(Proposal).filter_by(case_id=case_id).order_by(Proposal.id)
    for one in session.scalars(made):
        ask = rules.ask(one.kind, one.until)
        words = f"Proposed: {ask}: {happenings.on_a_line(one.words)}"
        yield Happening(at=one.at, words=words, by=people.get(session, one.by).name)
        if one.decided_at and one.state in _ENDS and not _is_seen(one):
            reason = f": {happenings.on_a_line(one.reason)}" if one.reason else ""
            said = f"To {ask} was {_ENDS[one.state]}{reason}"
            by = people.get(session, one.decided_by).name if one.decided_by else ""
            yield Happening(at=one.decided_at, words=said, by=by)


def _is_seen(one: Proposal) -> bool:
    return one.state is ProposalState.CONFIRMED and one.kind in _SEEN
