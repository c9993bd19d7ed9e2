"""What somebody may decide on a case, from its file: the way back to it (R57, R82)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.chat.card import Button, Buttons, Element
from bot.chat.dialog import View
from bot.workflows.meetings import queries as meetings
from bot.workflows.meetings import rules
from bot.workflows.people.rules import PRINCIPALS, Member
from bot.workflows.suspension import part_payments


def row(view: View, case_id: int, viewer: Member) -> tuple[Element, ...]:
    """Return the buttons that open what waits for the person's decision; none: nothing."""
    open_them = (*_part_payments(view, case_id, viewer), *_proposals(view, case_id, viewer))
    return (Buttons(actions=open_them),) if open_them else ()


def _part_payments(view: View, case_id: int, viewer: Member) -> Iterator[Button]:
    if not viewer.roles & PRINCIPALS:
        return
    for part in part_payments.open_questions(view.session, case_id):
        title, verb = "Decide: part payment", "support_orders.part"
        yield Button(title=title, verb=verb, about=part.id, style="positive")


def _proposals(view: View, case_id: int, viewer: Member) -> Iterator[Button]:
    for one in meetings.open_of(view.session, case_id):
        roles = rules.deciders(one.kind, one.until, on=view.today, policy=view.policy)
        if viewer.roles & roles and one.by != viewer.id and view.now < one.expires_at:
            title, verb = f"Decide: {rules.ask(one.kind, one.until)}", "meetings.open"
            yield Button(title=title, verb=verb, about=one.id, style="positive")
