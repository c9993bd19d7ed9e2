"""Disputes at a glance for a lead: by department, by cause, and what waits for its money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.chat.card import Card, Element, Facts, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.kernel.calendar import ONE_DAY
from bot.kernel.money import Money
from bot.workflows.disputes import causes
from bot.workflows.disputes.causes import Causes, Sum
from bot.workflows.disputes.records import Dispute
from bot.workflows.disputes.rules import Resolution
from dialogs import dispute_cards as cards
from dialogs.dispute_form import DEPARTMENTS

SPAN: Final = 90
"""Causes are counted over so many days."""
_SHOWN: Final = 5
"""Decided disputes that are listed."""


def overview(view: View, still: Sequence[Dispute]) -> Card:
    """Return the open disputes, what waits for its money, and the causes (R23, R116)."""
    listed = cards.listed(view, still)
    since = view.today - ONE_DAY * SPAN
    found = causes.counted(view.session, since=since, as_of=view.today)
    watched = causes.watched(view.session)
    return Card(
        title=listed.title,
        body=(
            *((Facts(pairs=_open(found)),) if found.open_by_department else ()),
            *listed.body,
            *_unpaid(view, watched),
            Text(text=f"Causes in the last {SPAN} days", is_bold=True),
            Facts(pairs=_causes(found)),
        ),
        buttons=listed.buttons,
    )


def _unpaid(view: View, watched: Sequence[Dispute]) -> tuple[Element, ...]:
    """Return a line for each decided dispute that waits for its money, the oldest first."""
    heading = Text(text=f"Decided, not paid: {_watched(watched)}", is_bold=True)
    shown = watched[:_SHOWN]
    lines = (cards.line(view, dispute, _waits(view, dispute)) for dispute in shown)
    more = len(watched) - len(shown)
    rest = (Text(text=f"And {more} more.", is_subtle=True),) if more else ()
    return (heading, *lines, *rest)


def _waits(view: View, dispute: Dispute) -> Text:
    assert dispute.closed_on is not None
    days = (view.today - dispute.closed_on).days
    since = wording.counted(days, "day") if days else "since today"
    is_credit = dispute.resolution is Resolution.CREDITED
    words = f"{'credit' if is_credit else 'money'} awaited, {since}"
    return Text(text=words, size="small", spacing="none", align="right")


def _open(found: Causes) -> tuple[tuple[str, str], ...]:
    return tuple(
        (DEPARTMENTS[department], _said(total))
        for department, total in found.open_by_department.items()
    )


def _causes(found: Causes) -> tuple[tuple[str, str], ...]:
    averages = (
        ("Days to an answer", found.days_to_answer),
        ("Days to a decision", found.days_to_decide),
        ("Days to the money", found.days_to_cash),
    )
    return (
        *((reason.words, _said(total)) for reason, total in found.raised_by_reason.items()),
        ("Raised on days 25–31", _said(found.raised_late)),
        *((name, f"{days:.1f} on average") for name, days in averages if days is not None),
    )


def _watched(watched: Sequence[Dispute]) -> str:
    total = Sum()
    for dispute in watched:
        total.add(dispute)
    return _said(total)


def _said(total: Sum) -> str:
    if not total.count:
        return "none"
    money = (str(Money(minor, currency)) for currency, minor in sorted(total.money.items()))
    return f"{wording.counted(total.count, 'dispute')}, {wording.listed(list(money))}"
