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
    Element,
    Facts,
    Fold,
    Link,
    Section,
    Text,
)
from bot.chat.dialog import Turn
from bot.workflows.calls.rules import Outcome
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.worklists.accounts import Account
from bot.workflows.worklists.queries import Line
from bot.workflows.worklists.records import EntryState
from dialogs import account_parts as parts
from dialogs import documents, final_parts

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


ALL_OUTCOMES: Final = (*_OFTEN, *_MORE)
"""Every outcome that has a form, with its button's title."""

_A_ROW: Final = 2
"""As many buttons as a phone shows side by side, whatever their titles."""
_LONGEST: Final = 300
"""Characters of the last conversation: an agent reads the rest on the account."""


class Seat(NamedTuple):
    """Where a payer is being worked from: an entry of one's list, in the lane or not."""

    entry: Line | None
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
            *final_parts.asks(turn, account, fixed=seat.fixed, version=seat.version),
            _facts(turn, account),
            *final_parts.aged_mrr(account),
            *(parts.sites(account) if len(account.sites) > 1 else ()),
            *parts.words_of(turn, account.last, longest=_LONGEST),
            *_outcomes(turn, account, seat),
        ),
        summary=f"Call {account.payer.name}",
    )


def _held(account: Account) -> tuple[Element, ...]:
    return tuple(Text(text=why, tone="attention", is_bold=True) for why in account.holds)


def _why(seat: Seat) -> tuple[Element, ...]:
    """Say why the payer stands on the list, as long as that is still to be done."""
    if seat.entry is None or seat.entry.state is EntryState.REACHED:
        return ()
    where = f"No. {seat.entry.position}: {seat.entry.reason}"
    return (Text(text=where, tone="accent", spacing="none"),)


def _facts(turn: Turn, account: Account) -> Facts:
    payer = account.payer
    pairs = [
        ("Ask for", payer.contact_name),
        ("Phone", parts.telephone(payer)),
        ("Time there", parts.local_time(turn, payer)),
        *(("Past due", parts.past_due(account, currency)) for currency in account.currencies),
        *parts.by_age(account),
        ("Credit", parts.credit(account)),
        *(("Promised", promise) for promise in parts.promises_of(account)),
        *(("Disputed", dispute) for dispute in parts.disputes_of(account)),
        ("Today", parts.tries(account, turn)),
    ]
    return Facts(pairs=tuple((name, value) for name, value in pairs if value))


def _outcomes(turn: Turn, account: Account, seat: Seat) -> tuple[Element, ...]:
    payer = account.payer
    rare = [_form(seat, payer.id, *outcome) for outcome in _MORE]
    often = [_form(seat, payer.id, *outcome) for outcome in _OFTEN]
    dispute = Button(title="Dispute", verb="disputes.open", about=payer.id)
    review = Button(title="Account", verb="customers.open", about=payer.id)
    came_in = Button(title="They called", verb="inbound.open", about=payer.id)
    guides = Button(title="Guides", verb="guides.list")
    leave = Button(title="My list", verb="worklists.back")
    more = Fold(title="More", parts=("more",))
    return (
        Buttons(actions=(*_one_tap(turn, payer, seat), *_calling(payer))),
        Buttons(actions=(*often, dispute)),
        Buttons(actions=(*_not_now(payer, seat), documents.FOLD, more, leave)),
        documents.folded(payer.id),
        Section(items=_rows([*rare, came_in, review, guides]), id="more", is_hidden=True),
    )


def _form(seat: Seat, about: int, outcome: Outcome, title: str) -> Button:
    """Return the button that opens the form of an outcome."""
    entry, lane = seat
    return Button(
        title=title,
        verb="outcomes.open",
        about=about,
        version=entry.version if entry else None,
        fixed={"entry": entry.id if entry else 0, "lane": int(lane), "outcome": outcome.value},
    )


def _one_tap(turn: Turn, payer: AnyCustomer, seat: Seat) -> tuple[Button, ...]:
    return tuple(
        Button(
            title=title,
            verb=f"calls.{verb}",
            about=payer.id,
            version=seat.version,
            nonce=None if seat.entry else f"{turn.fresh}.{verb}",
            fixed=seat.fixed,
            style="positive",
        )
        for title, verb in (("No answer", "no_answer"), ("Left voicemail", "left_voicemail"))
    )


def _not_now(payer: AnyCustomer, seat: Seat) -> tuple[Button, ...]:
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


def _calling(payer: AnyCustomer) -> tuple[Link, ...]:
    digits = re.sub(r"[^\d+]", "", payer.phone)
    if not digits:
        return ()
    extension = re.sub(r"\D", "", payer.extension)
    return (Link(title="Call", url=f"tel:{digits}" + (f";ext={extension}" * bool(extension))),)


def _rows(presses: Sequence[Action]) -> tuple[Buttons, ...]:
    starts = range(0, len(presses), _A_ROW)
    return tuple(Buttons(actions=tuple(presses[n : n + _A_ROW])) for n in starts)
