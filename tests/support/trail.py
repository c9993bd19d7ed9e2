"""
No change without an entry in the trail (I24): every turn and job of every test is watched.

A transaction that a press, a saying or a job makes, and that writes to a table of the business
without an audit entry, fails at its commit.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from bot.store import audit, rows, together
from bot.store import database as databases
from bot.store.prepared import Changed, PreparedChange

ROOT = Path(__file__).parents[2]
EXEMPT = frozenset(
    {
        *("audit_entries", "audit_head", "postings", "posting_copies", "runs"),
        *("addresses", "paces"),
    }
)
"""Delivery, claims, and the trail itself: none of them is the business's."""
_WATCHED = (str(ROOT / "scheduler"),)
_TURNS = {(databases.__file__, "_in"), (together.__file__, "_do")}
_TOUCHED, _AUDITED = "trail.touched", "trail.audited"


class NotInTheTrail(AssertionError):  # noqa: N818 - reads as what happened
    """A change of the business was committed without an audit entry."""


def watch() -> None:
    """Watch every session of this process."""
    event.listen(Session, "do_orm_execute", _executed)
    event.listen(Session, "after_flush", _flushed)
    _watch_prepared()
    _watch_commits()


def _watch_prepared() -> None:
    """Watch the prepared changes, too, by whatever name a module has them."""
    carry_out, carry_out_each = rows.change, rows.change_each

    def change(session: Session, wanted: PreparedChange, given: Mapping[str, Any]) -> Changed:
        _note(session, wanted.table)
        return carry_out(session, wanted, given)

    def change_each(
        session: Session, wanted: PreparedChange, given: Sequence[Mapping[str, Any]]
    ) -> None:
        if given:
            _note(session, wanted.table)
        carry_out_each(session, wanted, given)

    for module in [rows, *sys.modules.values()]:
        if getattr(module, "change", None) is carry_out:
            module.change = change  # type: ignore[attr-defined]
        if getattr(module, "change_each", None) is carry_out_each:
            module.change_each = change_each  # type: ignore[attr-defined]


def _watch_commits() -> None:
    """Look at what each transaction of the desk changed once its entries are written."""
    seal = audit.Chain.seal

    def looked_at(chain: audit.Chain, session: Session) -> None:
        seal(chain, session)
        _check(session)

    audit.Chain.seal = looked_at  # type: ignore[assignment,method-assign]


def _executed(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table: Any = getattr(state.statement, "table", None)
        _note(state.session, getattr(table, "name", ""))


def _flushed(session: Session, _context: object) -> None:
    changed = [item for item in session.dirty if session.is_modified(item)]
    for record in (*session.new, *changed, *session.deleted):
        _note(session, type(record).__table__.name)


def _note(session: Session, table: str) -> None:
    if table == "audit_entries":
        session.info[_AUDITED] = True
    elif table and table not in EXEMPT:
        session.info.setdefault(_TOUCHED, set()).add(table)


def _check(session: Session) -> None:
    touched = session.info.pop(_TOUCHED, set())
    is_audited = session.info.pop(_AUDITED, False)
    if touched and not is_audited and _is_watched():
        raise NotInTheTrail(f"changed without an audit entry: {', '.join(sorted(touched))}")


def _is_watched() -> bool:
    """Test if a turn or a job made this transaction, and no test's own preparation."""
    frame: Any = sys._getframe(2)
    while frame:
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if file.startswith(_WATCHED[0]) or (file, name) in _TURNS:
            return True
        frame = frame.f_back
    return False
