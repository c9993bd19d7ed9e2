"""What is asked for, word for word: frozen when asked, and shown unchanged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from bot.kernel.money import Money
from bot.kernel.shapes import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The text and the figures of a request or a counter-offer."""

    ask: str
    """One sentence: what a yes means."""
    figures: Pairs
    standing: Pairs
    """How the payer stood when it was asked."""
    words: str
    """The customer's words."""
    reason: str
    """Why the requester asks, or the decider offers something else."""
    amount: Money
    details: Mapping[str, Any] = field(default_factory=dict)
    """The same for programs, as the workflow that asked wants it."""

    def text(self) -> str:
        """Return the terms as they are kept."""
        parts = {
            "ask": self.ask,
            "figures": self.figures,
            "standing": self.standing,
            "words": self.words,
            "reason": self.reason,
            "amount": self.amount.minor,
            "currency": self.amount.currency,
            "details": dict(self.details),
        }
        return json.dumps(parts, sort_keys=True, ensure_ascii=False)


def as_terms(text: str) -> Terms:
    """Return kept terms."""
    kept = json.loads(text)
    return Terms(
        ask=kept["ask"],
        figures=_pairs(kept["figures"]),
        standing=_pairs(kept["standing"]),
        words=kept["words"],
        reason=kept["reason"],
        amount=Money(kept["amount"], kept["currency"]),
        details=kept["details"],
    )


def hash_of(approval_id: int, number: int, text: str) -> str:
    """Return the SHA-256 of a version, which a decision names (I11)."""
    return hashlib.sha256(f"{approval_id}|{number}|{text}".encode()).hexdigest()


def _pairs(kept: list[list[str]]) -> Pairs:
    return tuple((name, value) for name, value in kept)
