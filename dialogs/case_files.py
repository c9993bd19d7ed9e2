"""Looking at a suspension case: its file, and its steps (R70-R75)."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Card
from bot.chat.dialog import Dialog, Turn
from bot.chat.inbound import SpotKind
from bot.workflows.people.rules import EVERYBODY, Member
from dialogs import case_file_cards as cards

dialog: Final = Dialog("case_files")


@dialog.on("open", only_reads=True, roles=EVERYBODY)
def open_case(turn: Turn) -> Card:
    """Show a case's file."""
    return shown(turn, turn.record)


@dialog.on("steps", only_reads=True, roles=EVERYBODY)
def show_steps(turn: Turn) -> Card:
    """Show each step of a case."""
    return cards.steps(turn.view(turn.record))


def shown(turn: Turn, case_id: int, *, note: str = "") -> Card:
    """Return a case's file as the person sees it; without buttons where others read along."""
    return cards.draw(turn.view(case_id), viewer_in(turn), note=note)


def viewer_in(turn: Turn) -> Member | None:
    """Return the person, if this is their own chat."""
    return turn.who if turn.spot.kind is SpotKind.PERSONAL else None
