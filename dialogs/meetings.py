"""Proposing per case, deciding in line, and what is decided (R82, R168-R169)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.chat.form import ChoiceField, DateField, Form, Option, TextField
from bot.kernel import wording
from bot.workflows.meetings import deciding, operations, rules
from bot.workflows.meetings.deciding import Seen
from bot.workflows.meetings.operations import Wish
from bot.workflows.meetings.records import Proposal
from bot.workflows.meetings.rules import PARTICIPANTS, NotProposed, ProposalKind, ProposalState
from bot.workflows.meetings.trail import LAST_CALL_CARD, PROPOSAL_CARD, REMINDER_CARD
from bot.workflows.people.rules import EVERYBODY
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension.operations import LONGEST
from dialogs import approvals, presenting
from dialogs import meeting_cards as cards
from dialogs import suspension_cards as pages

dialog: Final = Dialog("meetings")

NEWER: Final = (
    "Nothing was sent yet: the notice has today's date and figures now. Read it, then confirm."
)
_KINDS: Final = [Option(kind.words.capitalize(), kind.value) for kind in ProposalKind]


class ProposalForm(Form):
    """What somebody of the meeting proposes for a case."""

    kind = ChoiceField("What do you propose?")
    until = DateField("Until (for a hold)", is_optional=True)
    words = TextField("Why", lines=2, longest=LONGEST)


@dialog.draws(PROPOSAL_CARD)
def draw(view: View) -> Card:
    """Draw a proposal for those who may decide it, or what came of it."""
    return cards.card(view)


@dialog.draws(REMINDER_CARD)
def draw_reminder(view: View) -> Card:
    """Remind somebody of a proposal that is theirs to decide."""
    return cards.reminder(view, "It still waits for your decision; no answer means no.")


@dialog.draws(LAST_CALL_CARD)
def draw_last_call(view: View) -> Card:
    """Tell a principal that the other one is away, and the time is short."""
    said = "The other principal is away, and the time is short: no answer means no."
    return cards.reminder(view, said)


@dialog.on("form", only_reads=True, roles=PARTICIPANTS)
def open_form(turn: Turn) -> Card:
    """Open the form for a proposal on a case of the digest."""
    return _form(turn, {}, {})


def _form_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.typed, problems)


@dialog.on("propose", redraw=_form_again, roles=PARTICIPANTS)
def propose(turn: Turn) -> Card:
    """Put a proposal to those who may decide it, and show the case, or its page, with it."""
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
    note = (
        f"Proposed for case {line.number}: {proposal.ask}. It waits for {_who(turn, proposal)}."
    )
    if presenting.is_presented(turn):
        return presenting.again(turn, line, note=note)
    page = digests.page(turn.session, line.record.page_id)
    return pages.page(turn.view(page.id), page, note=note, is_browsed=True)


@dialog.on("open", only_reads=True, roles=EVERYBODY)
def open_proposal(turn: Turn) -> Card:
    """Show a proposal."""
    return cards.card(turn.view(turn.record))


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    note = " ".join(problems.values())
    return cards.card(turn.view(turn.record), typed=turn.typed, note=note)


@dialog.on("confirm", redraw=_again, roles=EVERYBODY)
def confirm(turn: Turn) -> Card:
    """Make a proposal a decision, and carry it out."""
    reason = cards.ReasonForm.read(turn.typed).reason
    act = approvals.act_of(turn)
    seen = _seen(turn)._replace(notice_version=cards.notice_version(turn))
    made = deciding.confirm(turn.session, seen, reason=reason, act=act, policy=turn.policy)
    note = NEWER if made.state is ProposalState.OPEN else ""
    return cards.card(turn.view(turn.record), typed=turn.typed, note=note)


@dialog.on("decline", redraw=_again, roles=EVERYBODY)
def decline(turn: Turn) -> Card:
    """Say no to a proposal, with the reason."""
    reason = cards.ReasonForm.read(turn.typed).reason
    act = approvals.act_of(turn)
    deciding.decline(turn.session, _seen(turn), reason=reason, act=act, policy=turn.policy)
    return cards.card(turn.view(turn.record))


@dialog.on("withdraw", redraw=_again, roles=EVERYBODY)
def withdraw(turn: Turn) -> Card:
    """Take one's own proposal back."""
    deciding.withdraw(turn.session, _seen(turn), act=approvals.act_of(turn))
    return cards.card(turn.view(turn.record))


@dialog.says(
    "decisions",
    help="what the suspension meeting decided and is not done, and what waits",
    roles=EVERYBODY,
    only_reads=True,
    is_public=True,
)
def say_decisions(turn: Turn) -> Card:
    """Show what waits for a decision, and what was decided and is not carried out."""
    return cards.decisions(turn.view(0))


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
        fixed=presenting.carried(turn),
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
        buttons=(send, presenting.back_to(turn, line)),
    )
