"""Looking at a suspension case: its file, and what happened on it (R70-R75, R168)."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Turn
from bot.chat.inbound import SpotKind
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import EVERYBODY, Member
from bot.workflows.suspension import open_decisions, queries
from dialogs import case_chronicle, choosing
from dialogs import case_file_cards as cards

dialog: Final = Dialog("case_files")


@dialog.on("open", only_reads=True, roles=EVERYBODY)
def open_case(turn: Turn) -> Card:
    """Show a case's file."""
    return shown(turn, turn.record)


@dialog.on("steps", only_reads=True, roles=EVERYBODY)
def show_steps(turn: Turn) -> Card:
    """Show what happened on a case, the newest first (R168)."""
    first = int(turn.fixed.get("first", 0))
    return case_chronicle.draw(turn.view(turn.record), first=first)


@dialog.says(
    "cases", help="the suspension cases under notice, ready or suspended", only_reads=True
)
def say_cases(turn: Turn) -> Card:
    """List the cases that are under way: a lead's all of them, an agent's own portfolio's."""
    choosing.check_private(turn)
    cases = queries.beyond_watch(turn.session)
    decisions = open_decisions.gather(turn.session)
    if not turn.who.is_lead:
        mine = set(customers.agents_payers(turn.session, turn.who, today=turn.today))
        cases, decisions = [case for case in cases if case.payer_id in mine], []
    return cards.listed(turn.view(0), cases, decisions)


def shown(turn: Turn, case_id: int, *, note: str = "") -> Card:
    """Return a case's file as the person sees it; without buttons where others read along."""
    return cards.draw(turn.view(case_id), viewer_in(turn), note=note)


def viewer_in(turn: Turn) -> Member | None:
    """Return the person, if this is their own chat."""
    return turn.who if turn.spot.kind is SpotKind.PERSONAL else None
