"""How each payer of the sample company stands with the desk on its Monday morning."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Story(StrEnum):
    """What there is to tell about a payer; most of them pay."""

    PROMPT = "prompt"
    """Nothing past due."""
    WINDOW = "window"
    """R93: 5-15 days past due."""
    LATE = "late"
    """R117: past due by any other number of days below 24."""
    CROSSING = "crossing"
    """R91: about to cross, 24-31 days past due."""
    OLD = "old"
    """R79: one item more than 31 days past due, some of them for months."""
    TWO_MONTHS = "two months"
    """R78: two or more months of aged MRR."""
    FINAL = "final"
    """R77: a final invoice 1-30 days past due."""
    CALL_BACK = "call back"
    """R29: agreed on Friday to be called back today."""
    PROMISED = "promised"
    """Everything past due is promised for later this week."""
    BROKEN = "broken"
    """A promise for last week that was not kept."""
    DISPUTED = "disputed"
    """Everything past due is disputed."""
    CREDIT = "credit"
    """More unapplied credit than debt."""
    SPOKEN = "spoken"
    """Spoken to on Friday, so left alone for three business days."""
    LEGAL = "legal"
    """An attorney is involved: nobody calls."""
    CONSUMER = "consumer"
    """A sole proprietor, who may not be called as often as a company."""
    SITES = "three sites"
    """R50: three sites, each two months of MRR behind: from first call to suspension."""
    NO_EMAIL = "no e-mail"
    """A final invoice that nobody can write about: what would be mail becomes a task."""


PORTFOLIO: Final[dict[Story, int]] = {
    Story.PROMPT: 46,
    Story.WINDOW: 20,
    Story.LATE: 18,
    Story.CROSSING: 10,
    Story.OLD: 4,
    Story.TWO_MONTHS: 6,
    Story.FINAL: 12,
    Story.CALL_BACK: 3,
    Story.PROMISED: 3,
    Story.BROKEN: 1,
    Story.DISPUTED: 2,
    Story.CREDIT: 2,
    Story.SPOKEN: 2,
    Story.LEGAL: 1,
    Story.CONSUMER: 1,
}
"""How many of each an agent's portfolio holds: about 75 payers to call."""

LATE_COMERS: Final = (Story.SITES, Story.NO_EMAIL)
"""One of each for every agent, after all others: what the month at the desk is shown with."""

UNASSIGNED: Final = (Story.WINDOW, Story.LATE, Story.OLD, Story.PROMPT)
"""Payers that nobody works yet; the lead assigns them."""
