"""What cards about a payer have in common: its sites, promises, attempts and last words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.chat.card import (
    Buttons,
    Cell,
    Columns,
    Element,
    Fold,
    Section,
    Text,
)
from bot.chat.dialog import Turn
from bot.kernel import wording
from bot.workflows.calls.queries import Touch
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.ledger.rules import BUCKETS
from bot.workflows.people import queries as people
from bot.workflows.worklists.accounts import Account, Site
from dialogs import phrasing

SITES_SHOWN: Final = 4
"""How many sites stand on the card before the rest is folded."""
MOST_SITES: Final = 12
"""How many there are in all: more would make the card too heavy."""


def local_time(turn: Turn, payer: AnyCustomer) -> str:
    """Return what the payer's clock shows now, and where; empty when that is unknown."""
    zone = phrasing.zone_of(payer.time_zone)
    if zone is None:
        return ""
    return f"{phrasing.clock(turn.now, zone)} in {wording.city(zone)}"


def sites(account: Account) -> tuple[Element, ...]:
    """Return a line for each account of the payer: what it owes, by age."""
    lines = site_lines(account, most=MOST_SITES)
    if len(lines) <= SITES_SHOWN + 1:
        return lines
    rest = Section(items=lines[SITES_SHOWN:], id="sites", is_hidden=True)
    fold = Fold(title=f"All {len(account.sites)} sites", parts=("sites",))
    return (*lines[:SITES_SHOWN], rest, Buttons(actions=(fold,)))


def site_lines(account: Account, *, most: int) -> tuple[Element, ...]:
    """Return a line for each of the accounts that owe most, and how many more there are."""
    shown = tuple(site_line(account, site) for site in account.sites[:most])
    rest = account.sites[most:]
    if not rest:
        return shown
    sums: dict[str, int] = {}
    for site in rest:
        sums[site.currency] = sums.get(site.currency, 0) + site.past_due.minor
    more = f"and {len(rest)} more sites, {phrasing.amounts(sums)} past due"
    return (*shown, Text(text=more, size="small", is_subtle=True))


def ages(buckets: Sequence[int], currency: str) -> str:
    """Return amounts by age, such as `1–30 $1,000.00 · 31–60 $250.00`."""
    parts = [
        f"{name.replace('-', '–')} {phrasing.amount(minor, currency)}"
        for name, minor in zip(BUCKETS, buckets, strict=True)
        if minor
    ]
    return " · ".join(parts)


def by_age(account: Account) -> tuple[tuple[str, str], ...]:
    """Return the facts about the age of what a payer without sites owes; no amount twice."""
    if len(account.sites) != 1:
        return ()
    [only] = account.sites
    if _past_due_ages(only) > 1:
        return (("By age", ages(only.buckets, only.currency)),)
    current = only.buckets[0]
    return (("Not due yet", phrasing.amount(current, only.currency)),) if current else ()


def credit(account: Account) -> str:
    """Return what lies on account, which the word says is theirs; empty if nothing does."""
    theirs = {currency: -minor for currency, minor in account.unapplied.items()}
    return phrasing.amounts(theirs) if theirs else ""


def words_of(
    turn: Turn, call: Touch | None, *, longest: int | None = None
) -> tuple[Element, ...]:
    """Return what was said the last time: who, when, and their words or the start (R1)."""
    if call is None:
        return (Text(text="Nobody has been spoken to yet.", is_subtle=True, size="small"),)
    agent = people.get(turn.session, call.agent_id).name
    with_whom = f" with {call.spoke_to}" if call.spoke_to else ""
    head = f"Last spoken: {wording.day(call.day)}, {agent}{with_whom}: {call.outcome.words}"
    words = wording.shortened(call.words, longest or len(call.words))
    said = [Text(text=f"“{words}”", spacing="none")] if words else []
    return (Text(text=head, is_subtle=True, size="small"), *said)


def tries(account: Account, turn: Turn) -> str:
    """Return today's attempts in words: `1 of 3: 09:14 no answer (Ana)`."""
    made = [
        f"{phrasing.clock(one.at, turn.who.zone)} {one.outcome.words} ({one.by})"
        for one in account.attempts
    ]
    most = turn.policy.of_brand(account.payer.brand).attempts_a_day
    counted = f"{len(account.attempts)} of {most}"
    return f"{counted}: {', '.join(made)}" if made else counted


def telephone(payer: AnyCustomer) -> str:
    """Return the number and the extension as people read them."""
    return f"{payer.phone} ext. {payer.extension}" if payer.extension else payer.phone


def promises_of(account: Account) -> list[str]:
    """Return each live promise in words."""
    return [
        f"{phrasing.amount(one.amount, one.currency)} by {wording.day(one.due_on)}"
        for one in account.promises
    ]


def disputes_of(account: Account) -> list[str]:
    """Return each open dispute in words, and what only the book says is disputed."""
    at_the_desk = [
        f"{phrasing.amount(one.amount, one.currency)}: {one.reason.replace('_', ' ')}, "
        f"with {one.department}"
        for one in account.disputes
    ]
    marked: dict[str, int] = {}
    for item in account.items:
        minor = item.open.disputed.minor
        if minor and item.disputed == minor:
            marked[item.open.currency] = marked.get(item.open.currency, 0) + minor
    only = f"{phrasing.amounts(marked)} in the book, no dispute at the desk"
    return [*at_the_desk, only] if marked else at_the_desk


def past_due(account: Account, currency: str) -> str:
    """Return what is past due in a currency, and since when."""
    owed = account.past_due(currency)
    oldest = [site.oldest_days for site in account.sites if site.currency == currency]
    if not owed.minor:
        return f"nothing of {account.outstanding(currency)}"
    return f"{owed}, oldest {wording.counted(max(oldest), 'day')}"


def site_line(account: Account, site: Site) -> Columns:
    """Return what one account of the payer owes, by age."""
    is_only = len(account.sites) == 1
    name = Text(text="By age" if is_only else site.name, is_bold=not is_only, size="small")
    aged = [Text(text=said, size="small", spacing="none") for said in _site_ages(site)]
    left = Cell(items=(name, *aged))
    owed = Text(text=str(site.past_due), size="small", align="right", is_bold=True)
    return Columns(cells=(left, Cell(items=(owed,), width="auto")), spacing="small")


def _site_ages(site: Site) -> Iterator[str]:
    """
    Yield what is past due by age, and apart from it what is not due yet.

    Only the age where its amount stands beside it anyway.
    """
    late = [name for name, minor in zip(BUCKETS[1:], site.buckets[1:], strict=True) if minor]
    if len(late) == 1:
        yield f"{late[0].replace('-', '–')} days"
    elif late:
        yield ages((0, *site.buckets[1:]), site.currency)
    if site.buckets[0]:
        yield f"Not due yet {phrasing.amount(site.buckets[0], site.currency)}"


def _past_due_ages(site: Site) -> int:
    return sum(map(bool, site.buckets[1:]))
