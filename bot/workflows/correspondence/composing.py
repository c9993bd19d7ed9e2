"""The words of a day's mail: one text that covers all that is due. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from bot.kernel import wording
from bot.kernel.card_numbers import redact
from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass

MOST_WORDS: Final = 200_000
_LINES: Final = re.compile(r"\n{3,}")


class BadHeader(Refused):
    """A line of a mail's head would break out of it."""


@dataclass(frozen=True, slots=True)
class Section:
    """What one process has to say."""

    subject: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who writes."""

    company: str
    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A mail's subject and body."""

    subject: str
    body: str


def day_mail(sections: Sequence[Section], *, contact: str, signature: Signature) -> Words:
    """Return the one mail that says everything: a section each, and who writes."""
    parts = [_greeting(contact), *_told(sections), _signed(signature)]
    subject = sections[0].subject
    if len(sections) > 1:
        things = wording.counted(len(sections), "thing")
        subject = f"Your account with {signature.company}: {things}"
    return Words(header(subject), body("\n\n".join(parts)))


def header(text: str) -> str:
    """
    Return a line of a mail's head, without what is never written.

    :raises BadHeader: if it holds line breaks or other control characters.
    """
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in text):
        raise BadHeader("The subject of an e-mail must be one line.")
    plain = redact(" ".join(text.split()))
    if not plain:
        raise BadHeader("An e-mail needs a subject.")
    return plain


def body(text: str) -> str:
    """Return the text of a mail with plain line ends, without what is never written."""
    lines = [line.rstrip() for line in text.splitlines()]
    return redact(_LINES.sub("\n\n", "\n".join(lines)).strip())[:MOST_WORDS] + "\n"


def _greeting(contact: str) -> str:
    return f"Dear {contact.strip()}," if contact.strip() else "Hello,"


def _told(sections: Sequence[Section]) -> list[str]:
    if len(sections) == 1:
        return [sections[0].words.strip()]
    return [
        f"{number}. {section.subject}\n\n{section.words.strip()}"
        for number, section in enumerate(sections, start=1)
    ]


def _signed(signature: Signature) -> str:
    lines = [signature.agent, f"Accounts Receivable, {signature.company}", signature.address]
    return "Kind regards\n\n" + "\n".join(line for line in lines if line)
