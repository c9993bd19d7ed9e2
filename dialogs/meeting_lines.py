"""What the digest says of proposals and decisions (R168-R169)."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from typing import Final

from bot.chat.card import Element, Section, Text, Tone
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.meetings import queries
from bot.workflows.meetings.records import DigestDecision, Proposal
from bot.workflows.meetings.rules import ProposalState
from bot.workflows.people import queries as people
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension.records import Digest

_MOST: Final = 3
_MOST_OPEN: Final = 12


def lines(view: View, case_ids: Collection[int]) -> dict[int, tuple[Text, ...]]:
    """Return what was proposed for cases since the digest, and what came of it, by case."""
    digest = digests.latest(view.session)
    if digest is None:
        return {}
    known = queries.of_cases(view.session, case_ids, since=digest.made_at)
    return {
        case_id: tuple(_line(view, one) for one in proposed[-_MOST:])
        for case_id, proposed in known.items()
    }


def _line(view: View, proposal: Proposal) -> Text:
    return Text(
        text=said(view, proposal),
        size="small",
        is_bold=True,
        spacing="none",
        tone=TONES.get(proposal.state, "default"),
    )


def said(view: View, proposal: Proposal) -> str:
    """Return a proposal and where it has got to: `Proposed by Mia: suspend. Waits ...`."""
    who = people.get(view.session, proposal.by).name
    return f"Proposed by {who}: {proposal.ask}. {standing(view, proposal)}"


def standing(view: View, proposal: Proposal) -> str:
    """Return where a proposal has got to."""
    if proposal.state is ProposalState.OPEN:
        until = wording.local(proposal.expires_at, view.policy.zone, today=view.today)
        return f"Waits for a decision until {until}."
    if proposal.decided_by is None:
        return f"Nobody decided in time, so the answer is no ({proposal.reason})."
    who = people.get(view.session, proposal.decided_by).name
    at = proposal.decided_at or proposal.at
    when = wording.moment(at, view.policy.zone, today=view.today)
    why = f": {wording.sentence(proposal.reason)}" if proposal.reason else "."
    return f"{proposal.state.value.capitalize()} by {who}, {when}{why}"


def opening(view: View, digest: Digest) -> tuple[Element, ...]:
    """Return what a digest opens with: decided and not carried out, by department."""
    pending = queries.openings(view.session, digest.id)
    if not pending:
        return ()
    title = f"Decided, not carried out: {len(pending)}"
    parts: list[Element] = [Text(text=title, is_bold=True)]
    for department, group in groupby(pending[:_MOST_OPEN], key=lambda one: one.department):
        parts.append(Text(text=wording.capital(department), size="small", is_bold=True))
        parts += [_pending(one) for one in group]
    more = len(pending) - _MOST_OPEN
    if more > 0:
        parts.append(Text(text=f"and {more} more: say `decisions`", size="small"))
    return (Section(items=tuple(parts), style="warning"),)


def _pending(one: DigestDecision) -> Text:
    days = f"{wording.counted(one.days, 'day')} ago" if one.days else "today"
    return Text(text=f"{one.words}, {days}", size="small", spacing="none")


TONES: Final[dict[ProposalState, Tone]] = {
    ProposalState.OPEN: "attention",
    ProposalState.CONFIRMED: "good",
}
