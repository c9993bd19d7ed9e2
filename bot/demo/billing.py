"""What the sample company has billed each payer over 18 months, and which of it is unpaid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from bot.demo.payers import Payer, Site
from bot.demo.stories import Story
from bot.kernel.shapes import dataclass
from bot.workflows.ledger.records import InvoiceKind

MONDAY: Final = date(2026, 6, 8)
"""The sample company's today."""

LAST_FRIDAY: Final = MONDAY - timedelta(days=3)
"""The last day whose payments are in the book."""

_MONTHS: Final = tuple(date(2024 + (11 + n) // 12, (11 + n) % 12 + 1, 1) for n in range(19))
"""The first of each month, December 2024 to June 2026."""

_LEFT_UNPAID: Final = {
    Story.WINDOW: (1, 1),
    Story.LATE: (1, 1),
    Story.CROSSING: (1, 1),
    Story.TWO_MONTHS: (2, 4),
    Story.CALL_BACK: (1, 1),
    Story.PROMISED: (1, 1),
    Story.BROKEN: (1, 1),
    Story.DISPUTED: (1, 1),
    Story.CREDIT: (1, 1),
    Story.SPOKEN: (1, 1),
    Story.LEGAL: (2, 3),
    Story.CONSUMER: (1, 1),
    Story.SITES: (2, 2),
}
"""How many past-due months of MRR are unpaid, at least and at most."""

_OLD_ITEMS: Final = ((32, 60), (32, 60), (61, 90), (91, 120), (121, 240))
"""Between how many days past due an old item may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice before it has a number."""

    site: Site
    kind: InvoiceKind
    dated: date
    due: date
    amount: int
    months: int = 0
    """Service months, for MRR."""
    is_unpaid: bool = False
    """The story wants it unpaid, though it is past due."""


def bills(seed: int, payer: Payer) -> tuple[Bill, ...]:
    """Return everything the payer was billed, oldest first."""
    rng = Random(f"{seed}/bills/{payer.number}")
    billed = [*_recurring(rng, payer), *_jobs(rng, payer), *_told(rng, payer)]
    return tuple(sorted(billed, key=lambda bill: (bill.dated, bill.site.number, bill.kind)))


def _recurring(rng: Random, payer: Payer) -> Iterator[Bill]:
    starts = _MONTHS[rng.choice((0, 0, 0, 0, 3, 6, 9)) :]
    late = [month for month in starts if month + timedelta(days=payer.terms) < MONDAY]
    unpaid = set(late[-rng.randint(*_LEFT_UNPAID[payer.story]) :]) if _is_late(payer) else set()
    behind = _sites_behind(rng, payer)
    for month in starts:
        if payer.months_billed == 3 and month.month % 3 != 1:
            continue
        for site in payer.sites:
            yield Bill(
                site=site,
                kind=InvoiceKind.MRR,
                dated=month,
                due=month + timedelta(days=payer.terms),
                amount=site.monthly * payer.months_billed,
                months=payer.months_billed,
                is_unpaid=month in unpaid and site in behind,
            )


def _jobs(rng: Random, payer: Payer) -> Iterator[Bill]:
    """Work beside the monthly service, now and then; all of it paid or not yet due."""
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        dated = _weekday(_MONTHS[0] + timedelta(days=rng.randint(5, 540)))
        kind = rng.choice((InvoiceKind.OTHER, InvoiceKind.OTHER, InvoiceKind.FINAL))
        yield _job(rng, payer, kind=kind, dated=dated, is_unpaid=False)


def _told(rng: Random, payer: Payer) -> Iterator[Bill]:
    """The invoice that the story is about, where that is no monthly one."""
    if payer.story is Story.FINAL:
        yield _unpaid_job(rng, payer, InvoiceKind.FINAL, rng.randint(1, 30))
    elif payer.story is Story.NO_EMAIL:
        yield _unpaid_job(rng, payer, InvoiceKind.FINAL, rng.randint(1, 7))
    elif payer.story is Story.OLD:
        yield _unpaid_job(rng, payer, InvoiceKind.OTHER, rng.randint(*rng.choice(_OLD_ITEMS)))
    elif payer.story is Story.LATE and rng.random() < 0.4:
        yield _unpaid_job(rng, payer, InvoiceKind.OTHER, rng.randint(1, 4))


def _unpaid_job(rng: Random, payer: Payer, kind: InvoiceKind, days_past_due: int) -> Bill:
    dated = MONDAY - timedelta(days=days_past_due + 30)
    return _job(rng, payer, kind=kind, dated=dated, is_unpaid=True)


def _job(rng: Random, payer: Payer, *, kind: InvoiceKind, dated: date, is_unpaid: bool) -> Bill:
    low, high = (1_500, 42_000) if kind is InvoiceKind.FINAL else (90, 8_500)
    return Bill(
        site=rng.choice(payer.sites),
        kind=kind,
        dated=dated,
        due=dated + timedelta(days=30),
        amount=int(low * (high / low) ** rng.random() * 20) * 5,
        is_unpaid=is_unpaid,
    )


def _sites_behind(rng: Random, payer: Payer) -> tuple[Site, ...]:
    """Of many sites rarely all are behind."""
    if len(payer.sites) == 1 or payer.story is Story.SITES:
        return payer.sites
    return tuple(rng.sample(payer.sites, rng.randint(2, len(payer.sites))))


def _is_late(payer: Payer) -> bool:
    return payer.story in _LEFT_UNPAID


def _weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))
