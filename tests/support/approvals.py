"""Asking and deciding, as people do it: what stands in whose chat."""

from __future__ import annotations

from sqlalchemy import select

from bot.chat.drawing import Drawings
from bot.store.postings import Posting
from bot.workflows.approvals.trail import DECISION_CARD, NEWS_CARD
from bot.workflows.people.records import place_of
from bot.workflows.people.rules import Member
from dialogs import DIALOGS
from tests.support.desk import Desk, Shown, drawn

WAIVER = {
    "invoices": "",
    "amount": "5,000.00",
    "card": "credit",
    "planned_on": "2026-06-12",
    "is_made": "false",
    "words": "We can only pay by card this month.",
    "reason": "Good payer, first time they ask.",
}


def in_chat(desk: Desk, who: Member, card: str = DECISION_CARD) -> list[Shown]:
    """The cards of that name that stand, or will in a moment, in somebody's chat."""
    drawings = Drawings.of(DIALOGS, desk.policy)
    with desk.reading() as session:
        theirs = select(Posting.id).filter_by(place=place_of(who.id), card=card)
        return [
            drawn(drawings.draw(session, one, at=desk.now).card)
            for one in session.scalars(theirs.order_by(Posting.id))
        ]


def to_decide(desk: Desk, who: Member) -> Shown:
    """The one request that somebody is asked to decide."""
    [card] = in_chat(desk, who)
    return card


def news(desk: Desk, who: Member) -> Shown:
    """The last thing that somebody was told about a request."""
    return in_chat(desk, who, NEWS_CARD)[-1]
