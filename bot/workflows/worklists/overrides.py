"""A lead's word on the lists of a day: pins, postponements, another order of tiers (R86)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.store.prepared import Prepared
from bot.store.rows import records, table_of
from bot.workflows.people import queries as people
from bot.workflows.worklists import words
from bot.workflows.worklists.payers import AS_RANKED, Order
from bot.workflows.worklists.records import Override, OverrideKind

_OVERRIDES: Final = table_of(Override)
_IN_FORCE: Final = Prepared(
    select(_OVERRIDES)
    .where(
        _OVERRIDES.c.first_day <= bindparam("on"),
        _OVERRIDES.c.last_day >= bindparam("on"),
        _OVERRIDES.c.lifted_at.is_(None),
    )
    .order_by(_OVERRIDES.c.id)
)
Said = tuple[Override, str]
"""An override, and the name of the lead who set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What leads decided for one agent's list of a day, each with its words."""

    pinned: Mapping[int, str] = field(default_factory=dict)
    postponed: Mapping[int, str] = field(default_factory=dict)
    order: Order = AS_RANKED


def of_day(session: Session, *, on: date) -> list[Said]:
    """Return what leads decided for the lists of a day, the first word first."""
    found = records(session, Override, _IN_FORCE, {"on": on})
    return [(override, people.get(session, override.set_by).name) for override in found]


def of_agent(said: Iterable[Said], agent_id: int) -> Overrides:
    """Return what it means for an agent's list; the latest word counts."""
    pinned: dict[int, str] = {}
    postponed: dict[int, str] = {}
    order = AS_RANKED
    for override, by in said:
        if override.kind is OverrideKind.PIN and override.payer_id:
            pinned[override.payer_id] = words.pinned(by, override.reason)
        elif override.kind is OverrideKind.POSTPONE and override.payer_id:
            until = override.last_day
            postponed[override.payer_id] = words.postponed(by, override.reason, until)
        elif override.agent_id in (None, agent_id):
            order = Order(order_of(override), words.reordered(by, override.reason))
    return Overrides(pinned=pinned, postponed=postponed, order=order)


def listed(session: Session, *, on: date) -> list[Override]:
    """Return what is overridden on a day, the first word first."""
    return [override for override, _ in of_day(session, on=on)]


def order_of(override: Override) -> tuple[int, ...]:
    """Return the tiers in the order that an override gives them."""
    return tuple(int(tier) for tier in override.tiers.split(","))
