"""The wording of notices: packaged with the desk, or the company's own, locked (R70-R75)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from string import Template
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.store import audit
from bot.workflows.people.rules import PRINCIPALS, Member, check_role
from bot.workflows.suspension.case_records import TemplateLock
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks import queries as open_tasks

_PACKAGED: Final = Path(__file__).with_name("templates")
_SUBJECT: Final = "Subject:"
KNOWN: Final = frozenset(
    {
        *("company", "payer", "contact", "agent", "day", "days", "amount", "invoices"),
        *("first_sent", "suspend_on"),
    }
)
"""What a template may name, as `$amount`."""
NEEDED: Final = frozenset({"amount", "invoices"})
NAMES: Final = tuple(f"{step.value}_notice" for step in NoticeStep)


class NotLocked(Refused):
    """The company's own wording was changed and nobody approved it."""

    def __init__(self, words: str, key: str) -> None:
        super().__init__(words)
        self.key = key
        """Of the task to approve that very wording."""


class BadTemplate(Refused):
    """The wording cannot be used for a notice."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A template's text, and the hash by which it is known."""

    name: str
    text: str

    @cached_property
    def sha256(self) -> str:
        """The hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def subject(self) -> str:
        """The first line, after `Subject:`."""
        return self.text.partition("\n")[0].removeprefix(_SUBJECT).strip()

    @cached_property
    def body(self) -> str:
        """What follows the first line."""
        return self.text.partition("\n")[2].strip()


def current(session: Session, step: NoticeStep, policy: Policy) -> Wording:
    """
    Return the approved wording of a notice: the company's own where it has one.

    :raises NotLocked: if the company's file is not what was locked.
    """
    name = f"{step.value}_notice"
    own = _file(name, policy)
    if own is None:
        return packaged(name)
    wording = Wording(name=name, text=_read(own))
    lock = last_lock(session, name)
    if lock is None or lock.sha256 != wording.sha256:
        raise NotLocked(
            f"The wording in {own.name} was changed and is not approved, so no {step.words} "
            f"goes out: the controller has it locked with `ardesk template lock {name}`.",
            _key(wording),
        )
    return wording


@cache
def packaged(name: str) -> Wording:
    """Return the wording that comes with the desk."""
    return Wording(name=name, text=(_PACKAGED / f"{name}.txt").read_text("utf-8"))


def is_approved(session: Session, name: str, sha256: str) -> bool:
    """Test if a wording was ever an approved one: the desk's own, or a locked one."""
    if packaged(name).sha256 == sha256:
        return True
    locks = select(TemplateLock.id).filter_by(name=name, sha256=sha256)
    return session.scalar(locks.limit(1)) is not None


def standing(session: Session, name: str, policy: Policy) -> tuple[str, str]:
    """Return in words whose wording a template has now, and the wording's hash."""
    own = _file(name, policy)
    if own is None:
        return "the desk's own", packaged(name).sha256
    wording = Wording(name=name, text=_read(own))
    known = last_lock(session, name)
    if known and known.sha256 == wording.sha256:
        return f"the company's, approved {known.locked_at:%Y-%m-%d}", wording.sha256
    return "the company's, changed and not approved: no notice goes out", wording.sha256


def last_lock(session: Session, name: str) -> TemplateLock | None:
    """Return the last lock of a template, if there is one."""
    locks = select(TemplateLock).filter_by(name=name).order_by(TemplateLock.id.desc())
    return session.scalars(locks.limit(1)).first()


def lock(
    session: Session, name: str, *, by: Member, at: datetime, policy: Policy
) -> TemplateLock:
    """
    Approve the company's own wording of a notice as it stands in its file now.

    :raises BadTemplate: if there is no such file, or it cannot be used.
    :raises NotForYou: if the person is neither the controller nor the VP Finance.
    """
    check_role(by, PRINCIPALS, what="Approving the wording of a notice")
    if name not in NAMES:
        raise BadTemplate(f"There is no template {name}: there are {', '.join(NAMES)}.")
    own = _file(name, policy)
    if own is None:
        folder = policy.notice_templates or Path("templates")
        raise BadTemplate(f"There is no file {folder / name}.txt to lock.")
    wording = Wording(name=name, text=_read(own))
    check(wording)
    known = last_lock(session, name)
    if known and known.sha256 == wording.sha256:
        return known
    locked = TemplateLock(
        name=name, sha256=wording.sha256, text=wording.text, locked_by=by.id, locked_at=at
    )
    session.add(locked)
    session.flush()
    audit.note(session, _locked(locked, known))
    if waiting := open_tasks.by_key(session, _key(wording)):
        tasks.finish(session, waiting, result="Approved.", by=by, at=at)
    return locked


def check(wording: Wording) -> None:
    """
    Check that a wording can be used.

    :raises BadTemplate: saying what is wrong with it.
    """
    if not wording.text.startswith(_SUBJECT) or not wording.subject:
        raise BadTemplate(f"The first line of {wording.name} should be `Subject: ...`.")
    template = Template(wording.text)
    if not template.is_valid():
        raise BadTemplate(f"A $ in {wording.name} is followed by no name; write $$ for a $.")
    named = set(template.get_identifiers())
    if unknown := sorted(named - KNOWN):
        known = ", ".join(f"${name}" for name in sorted(KNOWN))
        raise BadTemplate(f"{wording.name} names ${unknown[0]}; it may name: {known}.")
    if missing := sorted(NEEDED - named):
        raise BadTemplate(f"{wording.name} does not name ${missing[0]}, which a notice needs.")


def _key(wording: Wording) -> str:
    return f"template:{wording.name}:{wording.sha256[:16]}"


def _file(name: str, policy: Policy) -> Path | None:
    if policy.notice_templates is None:
        return None
    path = policy.notice_templates / f"{name}.txt"
    return path if path.exists() else None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadTemplate(f"The template {path.name} cannot be read: {error}.") from error


def _locked(locked: TemplateLock, known: TemplateLock | None) -> audit.Note:
    return audit.Note(
        what="template locked",
        about=f"template_lock:{locked.id}",
        at=locked.locked_at,
        by=locked.locked_by,
        before={"sha256": known.sha256} if known else None,
        after={"name": locked.name, "sha256": locked.sha256},
    )
