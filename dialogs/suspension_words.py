"""How the suspension digest says what changed, how old, how much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.kernel import wording
from bot.policy import Policy
from bot.workflows.suspension import rules
from bot.workflows.suspension.digest_queries import Line, Owed
from bot.workflows.suspension.records import DigestPack
from bot.workflows.suspension.rules import Change
from bot.workflows.suspension.waiting import WaitsFor


def change(line: Line) -> str:
    """Return what became of a case since the digest before."""
    kind = line.record.change
    if kind is Change.NEW:
        return "New"
    if kind is Change.SAME:
        return "As on the last digest"
    if kind is Change.MOVED:
        steps = [_step(owed) for owed in line.owed if owed.step.minor]
        return ", ".join(["Moved", *(step.lower() for step in steps)])
    if kind is Change.GONE:
        return "Gone: " + amounts(line.owed, before=True) if line.owed else "Came and went"
    return ", ".join(_step(owed) for owed in line.owed if owed.step.minor)


def amounts(owed: Sequence[Owed], *, before: bool = False) -> str:
    """Return amounts side by side, one a currency."""
    each = [one.before if before else one.total for one in owed]
    return " + ".join(str(money) for money in each if money.minor) or "nothing"


def contacts(line: Line) -> str:
    """Return the calls and e-mails so far."""
    record = line.record
    calls = wording.counted(record.calls, "call")
    reached = f" ({record.reached} reached)" if record.calls else ""
    return f"{calls}{reached}, {wording.counted(record.emails, 'e-mail')}"


def stands(pack: DigestPack) -> str:
    """Return where a case had got to: `ready`, `suspended: 1 of 3 sites`."""
    return rules.stands(pack.state, pack.part_off)


def waits(pack: DigestPack) -> str:
    """Return whom a case waited for, and for what."""
    if pack.waits_for in (WaitsFor.NOBODY, WaitsFor.HOLD):
        return f"waits for {pack.waits}" if pack.waits.startswith("nobody") else pack.waits
    who = pack.waits_for.replace("_", " ")
    return f"waits for {pack.waits if pack.waits.startswith(who) else f'{who}: {pack.waits}'}"


def facts(line: Line) -> str:
    """Return the owner, contacts so far, what is disputed, promised or held."""
    disputed = [str(owed.disputed) for owed in line.owed if owed.disputed.minor]
    parts = [line.record.owner_name, contacts(line)]
    parts += [f"{' + '.join(disputed)} disputed"] if disputed else []
    return " · ".join([*parts, *filter(None, [line.record.marks])])


def ago(at: datetime, today: date, policy: Policy) -> str:
    """Return how old something is in days: `today`, `1 day ago`, `9 days ago`."""
    days = (today - policy.company_date(at)).days
    return f"{wording.counted(days, 'day')} ago" if days > 0 else "today"


def _step(owed: Owed) -> str:
    if owed.step.minor > 0:
        return f"Grew by {owed.step}"
    return f"Down by {-owed.step}"
