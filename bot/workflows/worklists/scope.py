"""Whose payers are meant, in every statement that gathers facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Date, Select, and_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.kernel.shapes import dataclass
from bot.workflows.customers.records import Customer

AnySelect = Select[*tuple[Any, ...]]
AnyCondition = ColumnElement[bool]

ON: Final = bindparam("on", type_=Date())
"""The day of the facts, in statements that are built once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose payers: those of some agents, or some payers by id."""

    agents: Collection[int] = ()
    payers: Collection[int] = ()

    @property
    def kind(self) -> Kind:
        """What the ids are, for statements that are built once a kind."""
        return Kind(by_payer=bool(self.payers))

    @property
    def given(self) -> Mapping[str, Any]:
        """The ids, as the value of what the conditions leave open."""
        return {"scope": sorted(self.payers or self.agents)}


@dataclass(frozen=True, slots=True)
class Kind:
    """Whether payers are meant by their own ids or by their agents'."""

    by_payer: bool

    def has(self, payer: ColumnElement[int] | InstrumentedAttribute[int]) -> AnyCondition:
        """Return the condition that a column names a payer that is meant."""
        return payer.in_(select(Customer.id).where(self.is_meant()))

    def is_meant(self) -> AnyCondition:
        """Return the condition that a customer is a payer that is meant."""
        ids = bindparam("scope", type_=BigInteger(), expanding=True)
        whose = Customer.id if self.by_payer else Customer.agent_id
        return and_(Customer.payer_id == Customer.id, whose.in_(ids))
