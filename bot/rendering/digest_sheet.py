"""
A suspension digest as PDF and as workbook, each drawn in a process of its own.

So neither `serve` nor the scheduler imports what draws; a file appears whole or not at all.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

from bot.kernel.shapes import dataclass
from bot.rendering import apart

_SECONDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """An amount in one currency, as a text with its decimals; and as it is to be read."""

    currency: str
    total: str
    disputed: str
    before: str
    """On the digest before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account of a case in one currency; amounts as texts with their decimals."""

    number: str
    name: str
    state: str
    currency: str
    """Empty: nothing is more than 30 days past due, and the amounts are empty, too."""
    total: str
    disputed: str
    planned: str
    """On a payment plan that is kept."""
    causing: str
    """What may cause suspension."""
    oldest_due: str
    """2026-05-01, or empty."""
    oldest_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case on a digest, everything as it is to be read."""

    number: int
    customer: str
    owner: str
    group: str
    state: str
    stands: str
    """The state in words: `Ready`, `Suspended: 1 of 3 sites`."""
    change: str
    change_words: str
    amounts: tuple[Sum, ...]
    owed: str
    oldest_days: int
    calls: int
    reached: int
    emails: int
    marks: str
    waits: str
    clocks: str
    ready: str
    held_until: str
    evidence: tuple[str, ...]
    """A line each, `✓` there or `✗` missing."""
    accounts: tuple[str, ...]
    account_rows: tuple[AccountRow, ...]
    """The same, a row an account and currency; none on a digest of before they were kept."""
    moves: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    """The same, each with its day apart (2026-05-01; empty where it is not known)."""
    note: str
    noted: str
    """By whom and when."""
    noted_by: str
    noted_at: str
    """2026-05-01T14:06 in company time, or empty."""
    since: str
    """What has changed since it was posted."""
    said: tuple[str, ...]
    """Proposals and comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The cases that wait for one decision."""

    group: str
    heading: str
    owed: str
    cases: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSheet:
    """A digest."""

    company: str
    title: str
    facts: tuple[str, ...]
    """When, as of when, how posted."""
    totals: tuple[tuple[Sum, str], ...]
    """A sum a currency over all cases, and the same in words."""
    opening: tuple[tuple[str, str, int], ...]
    """Decided and not carried out: department, words, days since."""
    parts: tuple[Part, ...]


def draw_pdf(sheet: DigestSheet, path: Path) -> None:
    """
    Draw the digest as a PDF.

    :raises apart.CannotDraw: if that fails.
    """
    apart.draw("digest_pdf", asdict(sheet), path, seconds=_SECONDS)


def draw_workbook(sheet: DigestSheet, path: Path) -> None:
    """
    Draw the digest as a workbook.

    :raises apart.CannotDraw: if that fails.
    """
    apart.draw("digest_workbook", asdict(sheet), path, seconds=_SECONDS)
