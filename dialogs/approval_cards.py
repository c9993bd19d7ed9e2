"""How a request looks: to those who decide it, and to the one who asked (R166-R167)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from bot.chat.card import Button, Buttons, Card, Element, Facts, Section, Text, Tone
from bot.chat.form import Form, TextField
from bot.kernel import wording
from bot.workflows.approvals import deadlines, standing
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.records import Happening
from bot.workflows.approvals.rules import ApprovalState, Kind
from bot.workflows.fee_waivers.rules import DEFAULT_ANSWER
from bot.workflows.payment_plans import queries as plans
from bot.workflows.payment_plans.rules import PREFERENCE
from bot.workflows.suspension.extensions import PROOF_NEEDED
from dialogs import proof_of_request
from dialogs.approval_sheet import Sheet

DEFAULTS: Final[Mapping[Kind, str]] = {
    Kind.FEE_WAIVER: DEFAULT_ANSWER,
    Kind.PAYMENT_PLAN: PREFERENCE,
    Kind.EXTENSION: PROOF_NEEDED,
}
TONES: Final[Mapping[ApprovalState, Tone]] = {
    ApprovalState.WAITING: "accent",
    ApprovalState.COUNTERED: "accent",
    ApprovalState.APPROVED: "good",
}
Problems = Mapping[str, str]
NONE: Final[Mapping[str, str]] = {}


class WordsForm(Form):
    """A decider's words, beside whatever button is pressed."""

    words = TextField("Your reason or question", lines=2, longest=500, is_optional=True)


class AnswerForm(Form):
    """A requester's answer to a question."""

    words = TextField("Your answer", lines=2, longest=500, is_optional=True)


def draw(sheet: Sheet, typed: Mapping[str, str] = NONE, problems: Problems = NONE) -> Card:
    """Show the request to its requester or to a decider, whichever the person is."""
    problem = problems.get("", "")
    card = mine(sheet, typed) if sheet.is_mine else decision(sheet, typed)
    if not problem:
        return card
    return replace(card, note=problem, note_tone="attention")


def decision(sheet: Sheet, typed: Mapping[str, str] = NONE) -> Card:
    """Ask for a decision on one phone screen, or show the one that was made."""
    terms = sheet.current.terms
    body: list[Element] = [Text(text=terms.ask, is_bold=True), *_state(sheet)]
    if not sheet.approval.is_open:
        return Card(title=sheet.title, body=(*body, *_closed_facts(sheet)))
    body.append(Facts(pairs=(*terms.figures, *terms.standing, *_now(sheet))))
    body += [*_words(sheet), *proof_of_request.elements(sheet), *_talk(sheet)]
    if not sheet.may_decide:
        return Card(title=sheet.title, body=tuple(body))
    answers, others = _decider_buttons(sheet)
    body += [*_if_nobody(sheet), *WordsForm.inputs(typed), Buttons(actions=answers)]
    return Card(
        title=sheet.title,
        body=tuple(body),
        buttons=others,
        summary=f"{sheet.title}: your decision is needed",
    )


def mine(sheet: Sheet, typed: Mapping[str, str] = NONE) -> Card:
    """Show a requester how their request stands, and what they can do."""
    terms = sheet.current.terms
    body: list[Element] = [Text(text=terms.ask, is_bold=True), *_state(sheet)]
    if not sheet.approval.is_open:
        return Card(
            title=sheet.title, body=(*body, *_closed_facts(sheet)), buttons=_after(sheet)
        )
    body.append(Facts(pairs=terms.figures))
    body += [*proof_of_request.elements(sheet), *_talk(sheet), *_if_nobody(sheet)]
    if sheet.approval.question_by is not None:
        body += AnswerForm.inputs(typed)
    answers, others = _requester_buttons(sheet)
    body.append(Buttons(actions=answers))
    return Card(title=sheet.title, body=tuple(body), buttons=others)


def short(sheet: Sheet) -> Card:
    """Say how a request was closed, where a newer card of the same chat shows all of it."""
    return Card(
        title=sheet.title,
        body=(
            Text(text=sheet.current.terms.ask, is_bold=True),
            *_state(sheet),
            Text(text="The whole request stands below.", size="small", is_subtle=True),
        ),
    )


def offer_form(sheet: Sheet, title: str, verb: str, inputs: tuple[Element, ...]) -> Card:
    """Draw the form for a counter-offer; the verb sends it."""
    back = Button(
        title="Back", verb="approvals.look", about=sheet.approval.id, checks_inputs=False
    )
    return Card(
        title=title,
        body=(
            Text(text=sheet.current.terms.ask),
            Text(text="The customer has to accept it; then it is decided in your name."),
            *inputs,
        ),
        buttons=(sheet.button("Send the offer", verb, "positive"), back),
    )


def _decider_buttons(sheet: Sheet) -> tuple[tuple[Button, ...], tuple[Button, ...]]:
    """Two rows, since four buttons do not fit side by side on a phone."""
    answers = (
        sheet.button("Approve", "approvals.approve", "positive"),
        sheet.button("Decline", "approvals.decline", "destructive"),
    )
    others = (
        sheet.button("Ask", "approvals.ask"),
        sheet.button("Counter-offer", f"{sheet.approval.kind.value}s.counter"),
    )
    return answers, others


def _requester_buttons(sheet: Sheet) -> tuple[tuple[Button, ...], tuple[Button, ...]]:
    """Two rows, for the same reason."""
    withdraw = sheet.button("Withdraw", "approvals.withdraw", "destructive")
    if sheet.approval.state is ApprovalState.COUNTERED:
        accepts = sheet.button("Customer accepts", "approvals.accept", "positive")
        declines = sheet.button("Customer declines", "approvals.refuse")
        return (accepts,), (declines, withdraw)
    if sheet.approval.question_by is not None:
        return (sheet.button("Send answer", "approvals.answer", "positive"), withdraw), ()
    return (withdraw,), ()


def _after(sheet: Sheet) -> tuple[Button, ...]:
    approval = sheet.approval
    if approval.kind is not Kind.PAYMENT_PLAN or approval.state is not ApprovalState.APPROVED:
        return ()
    plan = plans.of_approval(sheet.view.session, approval.id)
    verb = "payment_plans.plan"
    return (Button(title="Plan and written acceptance", verb=verb, about=plan.id),)


def _state(sheet: Sheet) -> Iterator[Element]:
    approval = sheet.approval
    tone = TONES.get(approval.state, "attention")
    yield Text(text=_state_words(sheet), tone=tone, spacing="small")
    if approval.state is ApprovalState.WAITING:
        return
    if reason := approval.reason or _offer_reason(sheet):
        yield Text(text=f"Reason: {reason}", spacing="small")


def _state_words(sheet: Sheet) -> str:
    approval = sheet.approval
    who, when = (
        sheet.name(approval.decided_by),
        sheet.when(approval.decided_at or sheet.view.now),
    )
    match approval.state:
        case ApprovalState.WAITING:
            waiting = "Waiting for a decision. " if sheet.is_mine else ""
            return waiting + DEFAULTS[approval.kind]
        case ApprovalState.COUNTERED:
            author = sheet.name(sheet.current.author_id)
            return f"Counter-offer by {author}: it is with the customer."
        case ApprovalState.EXPIRED:
            return f"Nobody answered by {when}, so the answer is no."
        case ApprovalState.WITHDRAWN if approval.decided_by is None:
            return f"Nothing is left to decide since {when}."
        case ApprovalState.WITHDRAWN:
            return f"Taken back by {who}, {when}."
        case _:
            return f"{approval.state.value.capitalize()} by {who}, {when}."


def _offer_reason(sheet: Sheet) -> str:
    return sheet.current.terms.reason if sheet.approval.number > 1 else ""


def _closed_facts(sheet: Sheet) -> Iterator[Element]:
    asked = f"{sheet.name(sheet.approval.asked_by)}, {sheet.when(sheet.approval.asked_at)}"
    yield Facts(pairs=(*sheet.current.terms.figures, ("Requested by", asked)))
    yield from _talk(sheet)


def _now(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """What the payer owes now, where that has changed since the request was frozen."""
    then = dict(sheet.current.terms.standing).get("Outstanding")
    now = standing.outstanding(sheet.view.session, sheet.approval.payer_id, on=sheet.view.today)
    if now != then:
        yield ("Outstanding now", now)


def _words(sheet: Sheet) -> Iterator[Element]:
    terms = requests.version(sheet.view.session, sheet.approval, 1).terms
    said = Text(text=f"Customer: “{terms.words}”")
    asker = sheet.name(sheet.approval.asked_by)
    today = sheet.view.today
    when = wording.local(sheet.approval.asked_at, sheet.viewer.zone, today=today)
    asked = f"{asker}, {when}: {terms.reason}"
    yield Section(items=(said, Text(text=asked, spacing="small")), style="emphasis")


def _talk(sheet: Sheet) -> Iterator[Element]:
    for event in sheet.events:
        verb = {Happening.QUESTION: "asked", Happening.ANSWER: "answered"}.get(event.what)
        if verb:
            line = f"{sheet.name(event.by)} {verb}: {event.words}"
            yield Text(text=line, spacing="small")


def _if_nobody(sheet: Sheet) -> Iterator[Element]:
    end = sheet.when(sheet.approval.expires_at)
    sentence = f"If nobody answers by {end}, the answer is no."
    if sheet.approval.state is ApprovalState.COUNTERED:
        sentence = f"Without the customer's answer by {end}, this is closed as a no."
    away = deadlines.away(sheet.view.session, sheet.approval, on=sheet.view.today)
    if away and not sheet.is_mine:
        sentence += f" {wording.listed([one.name for one in away])} is away."
    yield Text(text=sentence, is_bold=True, size="small")
