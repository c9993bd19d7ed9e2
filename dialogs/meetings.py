"""Proposing per case, deciding in line, and what is decided (R82, R168-R169)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Element, Facts, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.chat.form import ChoiceField, DateField, Form, Option, TextField
from bot.kernel import wording
from bot.workflows.customers import queries as customers
from bot.workflows.meetings import deciding, operations, queries, rules
from bot.workflows.meetings.deciding import Seen
from bot.workflows.meetings.operations import Wish
from bot.workflows.meetings.records import Proposal
from bot.workflows.meetings.rules import PARTICIPANTS, NotProposed, ProposalKind, ProposalState
from bot.workflows.meetings.trail import PROPOSAL_CARD
from bot.workflows.people import queries as people
from bot.workflows.people.rules import EVERYBODY
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import queries as cases
from bot.workflows.suspension.operations import LONGEST
from dialogs import approvals, meeting_lines
from dialogs import suspension_cards as pages

dialog: Final = Dialog("meetings")

_KINDS: Final = [Option(kind.words.capitalize(), kind.value) for kind in ProposalKind]


class ProposalForm(Form):
    """What somebody of the meeting proposes for a case."""

    kind = ChoiceField("What do you propose?")
    until = DateField("Hold until", is_optional=True)
    words = TextField("Why", lines=2, longest=LONGEST)


class ReasonForm(Form):
    """A decider's words."""

    reason = TextField("Your words (a no needs them)", lines=2, longest=500, is_optional=True)


@dialog.draws(PROPOSAL_CARD)
def draw(view: View) -> Card:
    """Draw a proposal for those who may decide it, or what came of it."""
    return _card(view)


@dialog.on("form", only_reads=True, roles=PARTICIPANTS)
def open_form(turn: Turn) -> Card:
    """Open the form for a proposal on a case of the digest."""
    return _form(turn, {}, {})


def _form_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.typed, problems)


@dialog.on("propose", redraw=_form_again, roles=PARTICIPANTS)
def propose(turn: Turn) -> Card:
    """Put a proposal to those who may decide it, and show the page with it."""
    form = ProposalForm.read(turn.typed)
    line = digests.line(turn.session, turn.record)
    wish = Wish(
        case_id=line.record.case_id,
        kind=_kind(form.kind),
        until=form.until if form.until != ProposalForm.until.empty else None,
        words=form.words,
        nonce=turn.nonce,
    )
    act = approvals.act_of(turn)
    proposal = operations.propose(turn.session, wish, act=act, policy=turn.policy)
    page = digests.page(turn.session, line.record.page_id)
    note = (
        f"Proposed for case {line.number}: {proposal.ask}. It waits for {_who(turn, proposal)}."
    )
    return pages.page(turn.view(page.id), page, note=note, is_browsed=True)


@dialog.on("open", only_reads=True, roles=EVERYBODY)
def open_proposal(turn: Turn) -> Card:
    """Show a proposal."""
    return _card(turn.view(turn.record))


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _card(turn.view(turn.record), typed=turn.typed, note=" ".join(problems.values()))


@dialog.on("confirm", redraw=_again, roles=EVERYBODY)
def confirm(turn: Turn) -> Card:
    """Make a proposal a decision, and carry it out."""
    reason = ReasonForm.read(turn.typed).reason
    act = approvals.act_of(turn)
    deciding.confirm(turn.session, _seen(turn), reason=reason, act=act, policy=turn.policy)
    return _card(turn.view(turn.record))


@dialog.on("decline", redraw=_again, roles=EVERYBODY)
def decline(turn: Turn) -> Card:
    """Say no to a proposal, with the reason."""
    reason = ReasonForm.read(turn.typed).reason
    act = approvals.act_of(turn)
    deciding.decline(turn.session, _seen(turn), reason=reason, act=act, policy=turn.policy)
    return _card(turn.view(turn.record))


@dialog.on("withdraw", redraw=_again, roles=EVERYBODY)
def withdraw(turn: Turn) -> Card:
    """Take one's own proposal back."""
    deciding.withdraw(turn.session, _seen(turn), act=approvals.act_of(turn))
    return _card(turn.view(turn.record))


@dialog.says(
    "decisions",
    help="what the suspension meeting decided and is not done, and what waits",
    roles=EVERYBODY,
    only_reads=True,
    is_public=True,
)
def say_decisions(turn: Turn) -> Card:
    """Show what waits for a decision, and what was decided and is not carried out."""
    return _decisions(turn.view(0))


def _kind(chosen: str) -> ProposalKind:
    try:
        return ProposalKind(chosen)
    except ValueError:
        raise NotProposed("Please choose what you propose.") from None


def _seen(turn: Turn) -> Seen:
    return Seen(turn.record, turn.version)


def _who(turn: Turn, proposal: Proposal) -> str:
    on = turn.policy.company_date(proposal.at)
    roles = rules.deciders(proposal.kind, proposal.until, on=on, policy=turn.policy)
    return rules.roles_words(roles)


def _form(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    line = digests.line(turn.session, turn.record)
    act = approvals.act_of(turn)
    operations.check_may_propose(turn.session, line.record.case_id, act=act, policy=turn.policy)
    send = Button(
        title="Propose",
        verb="meetings.propose",
        about=line.record.id,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    said = (
        "Suspending, and holding for more than "
        f"{wording.counted(turn.policy.hold_lead_days, 'day')}, are for the Corporate "
        "Controller or the VP Finance to decide; the rest for a lead or above."
    )
    return Card(
        title=f"Propose for case {line.number} · {line.record.payer_name}",
        body=(
            *pages.summary(turn.view(line.record.id), line),
            *ProposalForm.inputs(typed, problems, {"kind": _KINDS}),
            Text(text=said, size="small", is_subtle=True),
        ),
        buttons=(send, pages.back_to(line)),
    )


def _card(view: View, *, typed: Mapping[str, str] | None = None, note: str = "") -> Card:
    proposal = queries.get(view.session, view.about)
    case = cases.get(view.session, proposal.case_id)
    payer = customers.get(view.session, case.payer_id).name
    is_open = proposal.state is ProposalState.OPEN and view.now < proposal.expires_at
    title = f"{proposal.ask.capitalize()}? Case {case.number} · {payer}"
    stood = wording.moment(proposal.at, view.policy.zone)
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
            *(ReasonForm.inputs(typed or {}) if is_open else ()),
        ),
        buttons=_buttons(view, proposal, is_open=is_open),
        summary=title,
    )


def _buttons(view: View, proposal: Proposal, *, is_open: bool) -> tuple[Button, ...]:
    case = Button(
        title="Case", verb="case_files.open", about=proposal.case_id, checks_inputs=False
    )
    if not is_open:
        return (case,)
    own = str(view.place or "") == f"person:{proposal.by}"
    if own:
        return (_act(proposal, "Withdraw", "withdraw"), case)
    return (
        _act(proposal, "Confirm", "confirm"),
        _act(proposal, "Decline", "decline"),
        case,
    )


def _act(proposal: Proposal, title: str, verb: str) -> Button:
    return Button(
        title=title,
        verb=f"meetings.{verb}",
        about=proposal.id,
        version=proposal.version,
        style="positive" if verb == "confirm" else "destructive",
    )


def _decisions(view: View) -> Card:
    waiting = [
        Text(text=_waiting(view, one), size="small") for one in queries.waiting(view.session)
    ]
    pending = [
        Text(
            text=f"{one.decision.department.capitalize()}: {one.words}, decided "
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


_MOST: Final = 30


def _waiting(view: View, proposal: Proposal) -> str:
    case = cases.get(view.session, proposal.case_id)
    payer = customers.get(view.session, case.payer_id).name
    return f"{case.number} · {payer}: {meeting_lines.said(view, proposal)}"
