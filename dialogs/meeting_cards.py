"""What a proposal of the suspension meeting looks like, and what was decided (R168-R169)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Element, Facts, Text
from bot.chat.dialog import Turn, View
from bot.chat.form import Form, TextField
from bot.kernel import wording
from bot.workflows.customers import queries as customers
from bot.workflows.meetings import queries
from bot.workflows.meetings.records import Proposal
from bot.workflows.meetings.rules import ProposalKind, ProposalState
from bot.workflows.people import queries as people
from bot.workflows.suspension import notices
from bot.workflows.suspension import queries as cases
from bot.workflows.suspension.case_records import SuspensionNotice
from dialogs import meeting_lines, suspension_notices

_MOST: Final = 30
_NOTICE: Final = "notice"
_NOTHING: Final[Mapping[str, int]] = {}


class ReasonForm(Form):
    """A decider's words."""

    reason = TextField("Your words (a no needs them)", lines=2, longest=500, is_optional=True)


def card(view: View, *, typed: Mapping[str, str] | None = None, note: str = "") -> Card:
    """Draw a proposal for those who may decide it, or what came of it."""
    proposal = queries.get(view.session, view.about)
    case = cases.get(view.session, proposal.case_id)
    payer = customers.get(view.session, case.payer_id).name
    is_open = proposal.state is ProposalState.OPEN and view.now < proposal.expires_at
    decides = is_open and not _is_own(view, proposal)
    notice = _notice(view, proposal) if is_open else None
    title = f"{wording.capital(proposal.ask)}? Case {case.number} · {payer}"
    stood = wording.moment(proposal.at, view.policy.zone, today=view.today)
    who = people.get(view.session, proposal.by).name
    tone = meeting_lines.TONES.get(proposal.state, "default")
    lines: list[Element] = [
        Text(text=line, size="small", spacing="none") for line in proposal.figures.splitlines()
    ]
    return Card(
        title=title,
        note=note,
        note_tone="attention",
        body=(
            Text(text=meeting_lines.standing(view, proposal), tone=tone, is_bold=True),
            Facts(pairs=(("Proposed by", f"{who}, {stood}"), ("Why", proposal.words))),
            Text(text="The case as it stood then", is_bold=True, size="small"),
            *lines,
            *(suspension_notices.shown(notice) if notice else ()),
            *(ReasonForm.inputs(typed or {}) if decides else ()),
        ),
        buttons=_buttons(view, proposal, notice, is_open=is_open),
        summary=title,
    )


def reminder(view: View, said: str) -> Card:
    """Draw a proposal again for somebody who has not decided it, or what came of it."""
    proposal = queries.get(view.session, view.about)
    is_open = proposal.state is ProposalState.OPEN and view.now < proposal.expires_at
    return card(view, note=said if is_open else "")


def decisions(view: View) -> Card:
    """Draw what waits for a decision, and what was decided and is not carried out."""
    waiting = [
        Text(text=_waiting(view, one), size="small") for one in queries.waiting(view.session)
    ]
    pending = [
        Text(
            text=f"{wording.capital(one.decision.department)}: {one.words}, decided "
            f"{wording.day(view.policy.company_date(one.decision.at))}",
            size="small",
        )
        for one in queries.not_carried_out(view.session)
    ]
    nothing = Text(text="Nothing.", size="small", is_subtle=True)
    return Card(
        title="The suspension meeting's decisions",
        body=(
            Text(text="Decided, not carried out", is_bold=True),
            *(pending[:_MOST] or (nothing,)),
            Text(text="Proposed, waits for a decision", is_bold=True),
            *(waiting[:_MOST] or (nothing,)),
        ),
    )


def notice_version(turn: Turn) -> int | None:
    """Return which version of a notice the card showed that was answered."""
    shown = turn.fixed.get(_NOTICE)
    return shown if isinstance(shown, int) else None


def _notice(view: View, proposal: Proposal) -> SuspensionNotice | None:
    """Return the notice that a proposal would release."""
    if proposal.kind is not ProposalKind.RELEASE or proposal.notice_id is None:
        return None
    return notices.get(view.session, proposal.notice_id)


def _buttons(
    view: View, proposal: Proposal, notice: SuspensionNotice | None, *, is_open: bool
) -> tuple[Button, ...]:
    case = Button(
        title="Case", verb="case_files.open", about=proposal.case_id, checks_inputs=False
    )
    if not is_open:
        return (case,)
    if _is_own(view, proposal):
        return (_act(proposal, "Withdraw", "withdraw"), case)
    return (
        _act(proposal, "Confirm", "confirm", {_NOTICE: notice.version} if notice else {}),
        _act(proposal, "Decline", "decline"),
        case,
    )


def _is_own(view: View, proposal: Proposal) -> bool:
    return str(view.place or "") == f"person:{proposal.by}"


def _act(
    proposal: Proposal, title: str, verb: str, fixed: Mapping[str, int] = _NOTHING
) -> Button:
    return Button(
        title=title,
        verb=f"meetings.{verb}",
        about=proposal.id,
        version=proposal.version,
        fixed=fixed,
        style="positive" if verb == "confirm" else "destructive",
    )


def _waiting(view: View, proposal: Proposal) -> str:
    case = cases.get(view.session, proposal.case_id)
    payer = customers.get(view.session, case.payer_id).name
    return f"{case.number} · {payer}: {meeting_lines.said(view, proposal)}"
