"""The card an agent calls from: one payer, what it owes, what was said, and the outcomes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from bot.chat.card import (
    Action,
    Button,
    Buttons,
    Card,
    Cell,
    Columns,
    Element,
    Facts,
    Fold,
    Link,
    Section,
    Text,
)
from bot.chat.dialog import Turn
from bot.kernel import wording
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Attempt, Outcome
from bot.workflows.customers.records import Customer
from bot.workflows.ledger.rules import BUCKETS
from bot.workflows.people import queries as people
from bot.workflows.worklists.accounts import Account, Site
from bot.workflows.worklists.records import WorklistEntry
from dialogs import phrasing

SITES_SHOWN: Final = 4
"""How many sites stand on the card before the rest is folded."""

MOST_SITES: Final = 12
"""How many there are in all: more would make the card too heavy."""

_OFTEN: Final = (
    (Outcome.PROMISE_TO_PAY, "Promise"),
    (Outcome.CALL_BACK_AT, "Call back"),
)
_MORE: Final = (
    (Outcome.PAID_ALREADY, "Paid already"),
    (Outcome.CHECK_MAILED, "Check mailed"),
    (Outcome.REFUSED, "Refused"),
    (Outcome.INVOICE_NOT_RECEIVED, "No invoice"),
    (Outcome.NEEDS_DOCUMENT, "Needs document"),
    (Outcome.SPOKE_TO_OTHER, "Spoke to other"),
    (Outcome.WRONG_NUMBER, "Wrong number"),
    (Outcome.PLAN_INQUIRY, "Asks for a plan"),
    (Outcome.HARDSHIP, "Hardship"),
    (Outcome.SOLD_OR_CLOSED, "Sold or closed"),
    (Outcome.LEGAL, "Legal matter"),
)
_A_ROW: Final = 2
"""As many buttons as a phone shows side by side, whatever their titles."""


class Seat(NamedTuple):
    """Where a payer is being worked from: an entry of one's list, in the lane or not."""

    entry: WorklistEntry | None
    lane: bool = False

    @property
    def fixed(self) -> dict[str, str | int]:
        """What each button carries, so that its answer comes back to the same place."""
        return {"entry": self.entry.id if self.entry else 0, "lane": int(self.lane)}

    @property
    def version(self) -> int | None:
        """The version of the entry that the card shows."""
        return self.entry.version if self.entry else None


def draw(turn: Turn, account: Account, seat: Seat) -> Card:
    """Draw the card for calling a payer now."""
    return Card(
        title=account.payer.name,
        body=(
            *_held(account),
            *_why(seat),
            _facts(turn, account),
            *sites(account),
            *words_of(turn, account.last),
            *_outcomes(turn, account, seat),
        ),
        summary=f"Call {account.payer.name}",
    )


def local_time(turn: Turn, payer: Customer) -> str:
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


def words_of(turn: Turn, call: Call | None) -> tuple[Element, ...]:
    """Return what was said the last time: who, when, and in their words (R1)."""
    if call is None:
        return (Text(text="Nobody has been spoken to yet.", is_subtle=True, size="small"),)
    agent = people.get(turn.session, call.agent_id).name
    with_whom = f" with {call.spoke_to}" if call.spoke_to else ""
    head = f"Last spoken: {wording.day(call.day)}, {agent}{with_whom}: {call.outcome.words}"
    said = [Text(text=f"“{call.words}”", spacing="none")] if call.words else []
    return (Text(text=head, is_subtle=True, size="small"), *said)


def tries(attempts: Sequence[Attempt], turn: Turn) -> str:
    """Return today's attempts in words: `1 of 3: 09:14 no answer (Ana)`."""
    made = [
        f"{phrasing.clock(one.at, turn.who.zone)} {one.outcome.words} ({one.by})"
        for one in attempts
    ]
    counted = f"{len(attempts)} of {turn.policy.attempts_a_day}"
    return f"{counted}: {', '.join(made)}" if made else counted


def telephone(payer: Customer) -> str:
    """Return the number and the extension as people read them."""
    return f"{payer.phone} ext. {payer.extension}" if payer.extension else payer.phone


def _held(account: Account) -> tuple[Element, ...]:
    return tuple(Text(text=why, tone="attention", is_bold=True) for why in account.holds)


def _why(seat: Seat) -> tuple[Element, ...]:
    if seat.entry is None:
        return ()
    where = f"No. {seat.entry.position}: {seat.entry.reason}"
    return (Text(text=where, tone="accent", spacing="none"),)


def _facts(turn: Turn, account: Account) -> Facts:
    payer = account.payer
    pairs = [
        ("Ask for", payer.contact_name),
        ("Phone", telephone(payer)),
        ("Time there", local_time(turn, payer)),
        *(("Past due", _past_due(account, currency)) for currency in account.currencies),
        ("Credit", phrasing.amounts(account.unapplied) if account.unapplied else ""),
        *(("Promised", promise) for promise in promises_of(account)),
        *(("Disputed", dispute) for dispute in disputes_of(account)),
        ("Today", tries(account.attempts, turn)),
    ]
    return Facts(pairs=tuple((name, value) for name, value in pairs if value))


def promises_of(account: Account) -> list[str]:
    """Return each live promise in words."""
    return [
        f"{phrasing.amount(one.amount, one.currency)} by {wording.day(one.due_on)}"
        for one in account.promises
    ]


def disputes_of(account: Account) -> list[str]:
    """Return each open dispute in words."""
    return [
        f"{phrasing.amount(one.amount, one.currency)}: {one.reason.replace('_', ' ')}, "
        f"with {one.department}"
        for one in account.disputes
    ]


def _past_due(account: Account, currency: str) -> str:
    past_due = account.past_due(currency)
    oldest = [site.oldest_days for site in account.sites if site.currency == currency]
    if not past_due.minor:
        return f"nothing of {account.outstanding(currency)}"
    return f"{past_due}, oldest {wording.counted(max(oldest), 'day')}"


def site_line(account: Account, site: Site) -> Columns:
    """Return what one account of the payer owes, by age."""
    is_only = len(account.sites) == 1
    name = Text(text="By age" if is_only else site.name, is_bold=not is_only, size="small")
    aged = Text(text=ages(site.buckets, site.currency), size="small", spacing="none")
    left = Cell(items=(name, aged))
    owed = Text(text=str(site.past_due), size="small", align="right", is_bold=True)
    return Columns(cells=(left, Cell(items=(owed,), width="auto")), spacing="small")


def _outcomes(turn: Turn, account: Account, seat: Seat) -> tuple[Element, ...]:
    payer = account.payer
    rare = _rows([form_button(turn, account, seat, *outcome) for outcome in _MORE])
    often = [form_button(turn, account, seat, *outcome) for outcome in _OFTEN]
    dispute = Button(title="Dispute", verb="disputes.open", about=payer.id)
    return (
        Buttons(actions=(*_one_tap(turn, payer, seat), *_calling(payer))),
        Buttons(actions=(*often, dispute)),
        Buttons(actions=(*_not_now(payer, seat), Fold(title="More outcomes", parts=("more",)))),
        Section(items=rare, id="more", is_hidden=True),
        Buttons(
            actions=(
                Button(title="Account", verb="customers.open", about=payer.id),
                Button(title="My list", verb="worklists.back"),
            )
        ),
    )


def form_button(
    turn: Turn, account: Account, seat: Seat, outcome: Outcome, title: str
) -> Button:
    """Return the button that opens the form of an outcome."""
    return Button(
        title=title,
        verb="outcomes.open",
        about=account.payer.id,
        version=seat.version,
        fixed={**seat.fixed, "outcome": outcome.value},
    )


def _one_tap(turn: Turn, payer: Customer, seat: Seat) -> tuple[Button, ...]:
    return tuple(
        Button(
            title=title,
            verb=f"calls.{verb}",
            about=payer.id,
            version=seat.version,
            nonce=None if seat.entry else f"{turn.fresh}.{verb}",
            fixed=seat.fixed,
        )
        for title, verb in (("No answer", "no_answer"), ("Left voicemail", "left_voicemail"))
    )


def _not_now(payer: Customer, seat: Seat) -> tuple[Button, ...]:
    if seat.entry is None:
        return ()
    later = Button(
        title="Not now",
        verb="calls.not_now",
        about=payer.id,
        version=seat.version,
        fixed=seat.fixed,
    )
    return (later,)


def _calling(payer: Customer) -> tuple[Link, ...]:
    digits = re.sub(r"[^\d+]", "", payer.phone)
    if not digits:
        return ()
    extension = re.sub(r"\D", "", payer.extension)
    return (Link(title="Call", url=f"tel:{digits}" + (f";ext={extension}" * bool(extension))),)


def _rows(presses: Sequence[Action]) -> tuple[Buttons, ...]:
    starts = range(0, len(presses), _A_ROW)
    return tuple(Buttons(actions=tuple(presses[n : n + _A_ROW])) for n in starts)
