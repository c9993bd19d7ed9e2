"""Reading the guides: those that come with the program, and the company's own (R2, R113)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bot
from bot.workflows.guides import rules
from bot.workflows.guides.rules import BadGuide

OURS: Final = Path(bot.__path__[0]) / "guides"


def read(folder: Path | None) -> dict[str, str]:
    """
    Return the text of every guide by its name; the company's own go before ours.

    :raises BadGuide: naming the file that cannot be used.
    """
    own = _texts(folder) if folder and folder.is_dir() else {}
    return _texts(OURS) | own


def _texts(folder: Path) -> dict[str, str]:
    return {rules.key_of(path.stem): _text(path) for path in sorted(folder.glob("*.md"))}


def _text(path: Path) -> str:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadGuide(f"The guide {path} cannot be read: {error}.") from error
    rules.check(str(path), text)
    return text
