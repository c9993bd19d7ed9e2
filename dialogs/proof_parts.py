"""How a file that was handed over stands on a card: its name, and a link to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.chat.card import Buttons, Element, Link
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.proofs.records import ProofFile
from bot.workflows.proofs.rules import size_words

MOST: Final = 4
"""Files that a card leads to; the others are named."""
_TITLE: Final = 40


def links(view: View, found: Sequence[ProofFile]) -> tuple[Element, ...]:
    """Return a row of buttons that open files; nothing where people cannot reach them."""
    opening = tuple(link for file in found[:MOST] for link in _link(view, file))
    return (Buttons(actions=opening),) if opening else ()


def named(found: Sequence[ProofFile]) -> str:
    """Return what files are called, and how large each is: `wire.pdf (12 KB)`."""
    names = [f"{file.name} ({size_words(file.size)})" for file in found]
    return wording.listed(names, most=MOST)


def _link(view: View, file: ProofFile) -> tuple[Link, ...]:
    return view.link(file.path, f"Open {wording.shortened(file.name, _TITLE)}")
