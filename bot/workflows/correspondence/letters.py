"""What processes and people ask to be written to a payer."""

from __future__ import annotations

from bot.kernel.shapes import dataclass
from bot.workflows.correspondence.rules import MailKind, Process


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a process has to say to a payer in its one mail of the day."""

    payer_id: int
    topic: str
    """Such as `follow_up:3`; said once, ever."""
    process: Process
    subject: str
    words: str
    needs_person: bool = False
    """It is a draft, which leaves when somebody sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToSend:
    """A file that goes with a mail; `path` is relative to the desk's home."""

    name: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that goes alone: a statement, a notice, a document; `key` makes it once only."""

    key: str
    kind: MailKind
    process: Process
    payer_id: int
    subject: str
    body: str
    about: str = ""
    copies: tuple[str, ...] = ()
    files: tuple[FileToSend, ...] = ()
    to: str = ""
    """Empty: the payer's address."""
    by: int | None = None
