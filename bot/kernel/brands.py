"""What a brand of the company decides differently from the rest (R31)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Notice = Literal["follow_ups", "finals", "mrr", "statements", "notices"]
"""What the desk writes to customers by itself."""


class Wording(BaseModel):
    """The brand's own words; what is empty is worded as for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    follow_up: str = Field(default="", max_length=2000)
    """How a follow-up e-mail begins, after the greeting."""
    how_to_pay: str = Field(default="", max_length=2000)
    closing: str = Field(default="", max_length=2000)


class Contacts(BaseModel):
    """Who speaks for the brand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    """The name under which it writes."""
    phone: str = ""
    email: str = ""


class Limits(BaseModel):
    """How often and when its customers are called; None: as everybody's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts_a_day: int | None = Field(default=None, ge=1, le=10)
    hours_between_attempts: int | None = Field(default=None, ge=0, le=12)
    calling_opens: time | None = None
    calling_closes: time | None = None

    def given(self) -> Mapping[str, object]:
        """Return what is set, by the name that the policy has for it."""
        return {name: value for name, value in self if value is not None}


class Brand(BaseModel):
    """One brand's own process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notices: frozenset[Notice] | None = None
    """What is written to its customers; None: everything."""
    wording: Wording = Wording()
    contacts: Contacts = Contacts()
    limits: Limits = Limits()

    def decided(self) -> Mapping[str, object]:
        """Return what it decides in place of the policy, by the policy's names."""
        words = {"company_name": self.contacts.name, "how_to_pay": self.wording.how_to_pay}
        return {**self.limits.given(), **{name: said for name, said in words.items() if said}}

    def has(self, notice: Notice) -> bool:
        """Test if that is written to its customers."""
        return self.notices is None or notice in self.notices


EVERYBODY: Brand = Brand()
"""A brand that decides nothing differently."""
