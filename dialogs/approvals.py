"""Deciding requests, asking about them, and following one's own (R62-R69, R166-R167)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.chat.inbound import SpotKind
from bot.store import postings
from bot.store.postings import Showing
from bot.workflows.approvals import checks, counter_offers
from bot.workflows.approvals import operations as approvals
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.checks import Seen
from bot.workflows.approvals.records import Approval, Happening
from bot.workflows.approvals.rules import Act, ApprovalState, Kind, Verdict
from bot.workflows.approvals.trail import DECISION_CARD, NEWS_CARD, REQUEST_CARD
from bot.workflows.fee_waivers import operations as fee_waivers
from bot.workflows.payment_plans import running as plans
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import AT_THE_DESK, EVERYBODY, Role
from bot.workflows.suspension import extensions
from dialogs import approval_cards as cards
from dialogs import approval_list, approval_sheet
from dialogs.approval_cards import AnswerForm, WordsForm
from dialogs.choosing import check_private

dialog = Dialog("approvals")

DECIDERS_AND_ASKERS: Final = AT_THE_DESK | {Role.DELEGATE}

Settle = Callable[..., None]
SETTLE: Final[Mapping[Kind, Settle]] = {
    Kind.FEE_WAIVER: fee_waivers.settle,
    Kind.PAYMENT_PLAN: plans.settle,
    Kind.EXTENSION: extensions.settle,
}
"""What a closed request sets in motion."""

NEWS: Final[Mapping[Happening, str]] = {
    Happening.QUESTION: "{who} asks: {words}",
    Happening.ANSWER: "{who} answers: {words}",
    Happening.COUNTER_OFFER: "{who} offers something else. Take it to the customer.",
    Happening.CUSTOMER_ACCEPTED: "The customer accepts your counter-offer.",
    Happening.CUSTOMER_DECLINED: "The customer does not take your counter-offer.",
    Happening.APPROVED: "{who} approved your request.",
    Happening.DECLINED: "{who} declined your request.",
    Happening.WITHDRAWN: "Nothing is left to decide. {words}",
    Happening.EXPIRED: "Nobody answered in time, so the answer is no.",
    Happening.REMINDER: "A reminder: this still waits for you.",
    Happening.LAST_CALL: "Last call: somebody else who could decide is away.",
}

PASSING: Final = (Happening.ANSWER, Happening.REMINDER, Happening.LAST_CALL)
"""What matters only while the request waits."""

CLOSING: Final = frozenset(
    {
        Happening.APPROVED,
        Happening.DECLINED,
        Happening.EXPIRED,
        Happening.WITHDRAWN,
        Happening.CUSTOMER_ACCEPTED,
        Happening.CUSTOMER_DECLINED,
    }
)
"""News that shows the whole of a closed request; what its reader got before points to it."""


def again(turn: Turn, problems: Mapping[str, str]) -> Card:
    """Show the request as it stands now, with what was typed and why it was not enough."""
    approval = requests.get(turn.session, turn.record)
    requests.check_may_see(turn.session, approval, turn.who, on=turn.today)
    sheet = approval_sheet.of(turn.view(approval.id), approval)
    return cards.draw(sheet, turn.typed, {"": " ".join(problems.values())})


@dialog.on("approve", roles=EVERYBODY, redraw=again)
def approve(turn: Turn) -> Card:
    """Approve exactly what the card shows."""
    return _decide(turn, Verdict.APPROVED)


@dialog.on("decline", roles=EVERYBODY, redraw=again)
def decline(turn: Turn) -> Card:
    """Decline, with the reason."""
    return _decide(turn, Verdict.DECLINED)


@dialog.on("ask", roles=EVERYBODY, redraw=again)
def ask(turn: Turn) -> Card:
    """Ask the requester something first."""
    words = WordsForm.read(turn.typed).words
    approval = approvals.question(turn.session, seen(turn), words=words, act=act_of(turn))
    return as_it_stands(turn, approval, note="Your question is on its way.")


@dialog.on("answer", redraw=again)
def answer(turn: Turn) -> Card:
    """Answer a decider's question."""
    words = AnswerForm.read(turn.typed).words
    approval = approvals.answer(turn.session, seen(turn), words=words, act=act_of(turn))
    return as_it_stands(turn, approval, note="Your answer is on its way.")


@dialog.on("withdraw", redraw=again)
def withdraw(turn: Turn) -> Card:
    """Take one's own request back."""
    approval = approvals.withdraw(turn.session, seen(turn), words="", act=act_of(turn))
    return _settled(turn, approval)


@dialog.on("accept", redraw=again)
def accept(turn: Turn) -> Card:
    """Record that the customer accepts the counter-offer."""
    approval = counter_offers.accept(turn.session, seen(turn), act=act_of(turn))
    return _settled(turn, approval)


@dialog.on("refuse", redraw=again)
def refuse(turn: Turn) -> Card:
    """Record that the customer does not take the counter-offer."""
    words = "The customer did not take the counter-offer."
    approval = counter_offers.refuse(turn.session, seen(turn), words=words, act=act_of(turn))
    return _settled(turn, approval)


@dialog.on("open", roles=EVERYBODY)
def open_request(turn: Turn) -> Card | Reply:
    """Show a request; this copy is kept up to date, too, from then on."""
    approval = requests.get(turn.session, turn.record)
    requests.check_may_see(turn.session, approval, turn.who, on=turn.today)
    return kept(turn, approval)


@dialog.on("look", roles=EVERYBODY, only_reads=True)
def look(turn: Turn) -> Card:
    """Show a request again, in the place of its counter-offer's form."""
    approval = requests.get(turn.session, turn.record)
    requests.check_may_see(turn.session, approval, turn.who, on=turn.today)
    return as_it_stands(turn, approval)


@dialog.says(
    "approvals",
    help="what waits for your decision, and what you asked for",
    roles=DECIDERS_AND_ASKERS,
    only_reads=True,
)
def say_approvals(turn: Turn) -> Card:
    """List what waits for the person, and what they asked for."""
    check_private(turn)
    return approval_list.draw(turn)


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Card | None:
    """Offer again what waits for the person's decision, in their own chat."""
    if turn.spot.kind is not SpotKind.PERSONAL:
        return None
    waiting = requests.waiting_for(turn.session, turn.who, on=turn.today)
    return approval_list.draw(turn) if waiting else None


@dialog.draws(DECISION_CARD)
def draw_decision(view: View) -> Card:
    """Ask for a decision, or show the one that was made."""
    return cards.decision(approval_sheet.of(view, requests.get(view.session, view.about)))


@dialog.draws(REQUEST_CARD)
def draw_request(view: View) -> Card:
    """Show a requester how their request stands."""
    sheet = approval_sheet.of(view, requests.get(view.session, view.about))
    return cards.short(sheet) if _closing_news(sheet) else cards.mine(sheet)


@dialog.draws(NEWS_CARD)
def draw_news(view: View) -> Card:
    """Tell somebody what is new about a request, on top of how it stands now."""
    event = requests.event(view.session, view.about)
    sheet = approval_sheet.of(view, requests.get(view.session, event.approval_id))
    closed_by = _closing_news(sheet)
    if closed_by and event.id != closed_by:
        return cards.short(sheet)
    card = cards.draw(sheet)
    if not _is_news(sheet.approval, event.what):
        return card
    news = NEWS[event.what].format(who=sheet.name(event.by), words=event.words)
    tone = cards.TONES.get(sheet.approval.state, "attention")
    return replace(card, note=news, note_tone=tone, summary=f"{card.title}: {news}")


def act_of(turn: Turn) -> Act:
    """Return who does something in a turn, and when."""
    return Act(by=turn.who, at=turn.now, on=turn.today)


def seen(turn: Turn) -> Seen:
    """Return the request exactly as the card showed it whose button was pressed."""
    return Seen(turn.record, turn.version, str(turn.fixed.get("hash", "")))


def check_standing(turn: Turn) -> None:
    """
    Check that the person may decide exactly what the pressed card showed.

    :raises Stale: if something changed since.
    """
    checks.standing(turn.session, seen(turn), act_of(turn), by_decider=True)


def as_it_stands(turn: Turn, approval: Approval, note: str = "") -> Card:
    """Show a request as it stands now, perhaps with a sentence above it."""
    card = cards.draw(approval_sheet.of(turn.view(approval.id), approval))
    return replace(card, note=note) if note else card


def kept(turn: Turn, approval: Approval, note: str = "") -> Reply:
    """Show a request as a copy that is kept up to date from now on, beside earlier ones."""
    card = as_it_stands(turn, approval, note=note)
    is_mine = approval.asked_by == turn.who.id
    name = REQUEST_CARD if is_mine else DECISION_CARD
    showing = Showing(name, approval.id, place_of(turn.who.id))
    return Reply(card=card, showing=showing, keeps_earlier=True)


def _decide(turn: Turn, verdict: Verdict) -> Card:
    reason = WordsForm.read(turn.typed).words
    approval = approvals.decide(
        turn.session, seen(turn), verdict=verdict, reason=reason, act=act_of(turn)
    )
    return _settled(turn, approval)


def _settled(turn: Turn, approval: Approval) -> Card:
    SETTLE[approval.kind](turn.session, approval, at=turn.now, policy=turn.policy)
    return as_it_stands(turn, approval)


def _closing_news(sheet: approval_sheet.Sheet) -> int | None:
    """Return the news, by its event, that told the reader how the request was closed."""
    if sheet.approval.is_open or sheet.view.place is None:
        return None
    session, place = sheet.view.session, sheet.view.place
    told = [
        event.id
        for event in sheet.events
        if event.what in CLOSING
        and postings.state_of(session, Showing(NEWS_CARD, event.id, place))
    ]
    return max(told, default=None)


def _is_news(approval: Approval, what: Happening) -> bool:
    """Test if what happened still matters: an answered question is none any more."""
    if what is Happening.QUESTION:
        return approval.question_by is not None
    if what is Happening.COUNTER_OFFER:
        return approval.state is ApprovalState.COUNTERED
    return approval.state is ApprovalState.WAITING or what not in PASSING
