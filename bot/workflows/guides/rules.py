"""A guide as its file says it: a title, and parts with a heading each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass

ANGRY: Final = "angry"
COMPLEX: Final = "complex"
DIFFICULT: Final = (ANGRY, COMPLEX)
"""What helps in a difficult conversation, whatever comes of it."""

LONGEST: Final = 4000
"""Characters of a guide: it has to be read while somebody waits on the line."""


class NoSuchGuide(Refused):
    """There is no guide of that name."""


class BadGuide(Refused):
    """A guide's file cannot be used."""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading (perhaps empty) and the paragraphs under it."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """What to do and to say."""

    name: str
    title: str
    parts: tuple[Part, ...]


def key_of(typed: str) -> str:
    """Return the name of a guide as its file has it: `No answer` is `no_answer`."""
    return "_".join(typed.replace("_", " ").replace("-", " ").lower().split())


def find(guides: Mapping[str, str], name: str) -> Guide | None:
    """Return the guide of that name, if there is one."""
    text = guides.get(key_of(name))
    return parse(key_of(name), text) if text else None


def check(name: str, text: str) -> None:
    """
    Check that a file can be shown as a guide.

    :raises BadGuide: saying what is wrong.
    """
    if len(text) > LONGEST:
        raise BadGuide(f"The guide {name} is too long: {LONGEST:,} characters at most.")
    if not parse(name, text).parts:
        raise BadGuide(f"The guide {name} is empty.")


@lru_cache(maxsize=256)
def parse(name: str, text: str) -> Guide:
    """Return a guide; one without a first line `# Title` is called by its name."""
    title, parts = name.replace("_", " ").capitalize(), []
    for heading, level, paragraphs in _sections(text):
        if level == 1:
            title = heading
        if paragraphs:
            parts.append(Part("" if level <= 1 else heading, tuple(paragraphs)))
    return Guide(name, title, tuple(parts))


def _sections(text: str) -> Iterator[tuple[str, int, list[str]]]:
    heading, level, lines = "", 0, list[str]()
    for line in text.splitlines():
        bare = line.lstrip("#")
        if bare != line and bare.startswith(" "):
            yield heading, level, _paragraphs(lines)
            heading, level, lines = bare.strip(), len(line) - len(bare), []
        else:
            lines.append(line.rstrip())
    yield heading, level, _paragraphs(lines)


def _paragraphs(lines: list[str]) -> list[str]:
    blocks = "\n".join(lines).strip().split("\n\n")
    return [block.strip() for block in blocks if block.strip()]
