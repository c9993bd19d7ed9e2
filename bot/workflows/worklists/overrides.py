"""A lead's word on the lists of a day: pins, postponements, another order of tiers (R86)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.workflows.people.records import Person
from bot.workflows.worklists import words
from bot.workflows.worklists.payers import AS_RANKED, Order
from bot.workflows.worklists.records import Override, OverrideKind

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
    return [(override, by) for override, by in session.execute(_in_force(on))]


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


def _in_force(on: date) -> Select[Override, str]:
    return (
        select(Override, Person.name)
        .join(Person, Person.id == Override.set_by)
        .where(Override.first_day <= on, Override.last_day >= on, Override.lifted_at.is_(None))
        .order_by(Override.id)
    )
