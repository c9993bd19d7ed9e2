"""What a call needs to know of a payer: what it owes where, and what was said (R1, R15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import BigInteger, Date, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from bot.kernel.money import Money
from bot.kernel.shapes import value
from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import rows, table_of
from bot.workflows.calls import queries as calls
from bot.workflows.calls.queries import Touch
from bot.workflows.calls.records import Call
from bot.workflows.calls.rules import Attempt
from bot.workflows.customers.queries import PAYER
from bot.workflows.customers.records import Customer, Payer
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute
from bot.workflows.finals import queries as finals
from bot.workflows.finals import resting
from bot.workflows.finals.queries import DueContact
from bot.workflows.finals.records import ContactState, FinalsContact
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice, Payment
from bot.workflows.ledger.rules import BUCKETS, OpenItem, bucket_of
from bot.workflows.promises import queries as promises
from bot.workflows.promises.queries import Live
from bot.workflows.promises.records import Promise
from bot.workflows.promises.rules import Owed
from bot.workflows.special_handling import queries as holds
from bot.workflows.special_handling import rules as special_handling
from bot.workflows.special_handling.records import Hold

_PAYER: Final = bindparam("payer", type_=BigInteger())
_ON: Final = bindparam("on", type_=Date())


@value(frozen=True, slots=True, kw_only=True)
class Item:
    """An open invoice, and what of it is spoken for; minor units."""

    open: OpenItem
    disputed: int
    promised: int

    @property
    def free(self) -> int:
        """What is neither disputed nor promised."""
        return max(self.open.balance.minor - self.disputed - self.promised, 0)


@value(frozen=True, slots=True, kw_only=True)
class Site:
    """What one account of a payer owes in one currency; minor units."""

    name: str
    currency: str
    buckets: tuple[int, ...]
    oldest_days: int
    """Of its oldest item; 0 or less when nothing is past due."""

    @property
    def past_due(self) -> Money:
        """Everything at least one day past due."""
        return Money(sum(self.buckets[1:]), self.currency)


@value(frozen=True, slots=True, kw_only=True)
class Account:
    """A payer as a call needs it, on a day."""

    payer: Payer
    on: date
    items: tuple[Item, ...]
    """The oldest due first."""
    sites: tuple[Site, ...]
    """The site that owes most past due first."""
    unapplied: Mapping[str, int]
    attempts: tuple[Attempt, ...]
    last: Touch | None
    """The last conversation."""
    promises: tuple[Live, ...]
    disputes: tuple[Dispute, ...]
    holds: tuple[str, ...]
    """Why it is left alone, in words: legal holds first."""
    finals: tuple[DueContact, ...] = ()
    """The calls about final invoices that are due (R40, R46)."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies it owes or has credit in, the one it owes most of first."""
        owed = _sums((item.open.currency, item.open.balance.minor) for item in self.items)
        return tuple(sorted({*owed, *self.unapplied}, key=lambda name: -owed.get(name, 0)))

    def buckets(self, currency: str) -> tuple[int, ...]:
        """Return what is open in a currency by age, minor units, all sites together."""
        mine = [site.buckets for site in self.sites if site.currency == currency]
        return tuple(map(sum, zip(*mine, strict=True))) if mine else (0,) * len(BUCKETS)

    def past_due(self, currency: str) -> Money:
        """Return everything past due in a currency."""
        return Money(sum(self.buckets(currency)[1:]), currency)

    def outstanding(self, currency: str) -> Money:
        """Return what is open in a currency, less unapplied credit."""
        return Money(sum(self.buckets(currency)) + self.unapplied.get(currency, 0), currency)

    def promisable(self, currency: str) -> tuple[Owed, ...]:
        """Return what can be promised: the free part of each invoice, the oldest first."""
        return tuple(
            Owed(
                invoice_id=item.open.invoice_id,
                number=item.open.number,
                amount=Money(item.free, currency),
            )
            for item in self.items
            if item.free and item.open.currency == currency
        )


def account(session: Session, payer_id: int, *, on: date, policy: Policy) -> Account:
    """Return a payer as a call needs it."""
    opened = ledger.open_items(session, payer_id, on=on)
    there = rows(session, _there_is(), {"payer": payer_id, "on": on}).one()
    payer = Payer._make(there[: len(PAYER)])
    open_disputes = _disputes(session, payer_id) if there.disputes else []
    live = promises.live(session, payer_id) if there.promises else []
    ids = [item.invoice_id for item in opened]
    disputed = disputes.open_amounts(session, ids, on=on) if open_disputes else {}
    promised = promises.promised(session, payer_id, on=on) if live else {}
    items = tuple(_item(item, disputed, promised) for item in opened)
    flags = special_handling.flags_of(payer.flags)
    legal = special_handling.legal_hold(flags)
    is_paced = there.calls and special_handling.is_consumer(flags)
    pause = calls.consumer_pause(session, payer_id, on=on, policy=policy) if is_paced else ""
    held = holds.of_payer(session, payer_id, on=on, policy=policy) if there.holds else []
    return Account(
        payer=payer,
        on=on,
        items=items,
        sites=_sites(items, on),
        unapplied=ledger.unapplied(session, payer_id, on=on) if there.credits else {},
        attempts=tuple(calls.attempts(session, payer_id, on)) if there.calls else (),
        last=calls.last_conversation(session, payer_id) if there.calls else None,
        promises=tuple(live),
        disputes=tuple(open_disputes),
        holds=tuple(filter(None, (legal, *(hold.reason for hold in held), pause))),
        finals=_finals(session, payer_id, on) if there.finals else (),
    )


def _finals(session: Session, payer_id: int, on: date) -> tuple[DueContact, ...]:
    due = finals.as_due(rows(session, _due(), {"payer": payer_id, "on": on}))
    return tuple(resting.marked(session, due, on=on))


@cache
def _due() -> Prepared:
    return Prepared(finals.due(_ON).where(FinalsContact.payer_id == _PAYER))


def _item(opened: OpenItem, disputed: Mapping[int, int], promised: Mapping[int, int]) -> Item:
    return Item(
        open=opened,
        disputed=opened.disputed.minor + disputed.get(opened.invoice_id, 0),
        promised=promised.get(opened.invoice_id, 0),
    )


def _disputes(session: Session, payer_id: int) -> list[Dispute]:
    return disputes.open_disputes(session, payer_id=payer_id)


@cache
def _there_is() -> Prepared:
    """Build the one question that spares a press most others: a payer, and what it has."""
    is_credit = and_(Invoice.payer_id == _PAYER, Invoice.amount < 0, ledger.is_open_on(_ON))
    return Prepared(
        select(
            *PAYER,
            exists().where(Promise.payer_id == _PAYER).label("promises"),
            exists().where(Hold.payer_id == _PAYER).label("holds"),
            or_(exists().where(Payment.payer_id == _PAYER), exists().where(is_credit)).label(
                "credits"
            ),
            exists().where(Call.payer_id == _PAYER).label("calls"),
            exists().where(Dispute.payer_id == _PAYER).label("disputes"),
            exists()
            .where(FinalsContact.payer_id == _PAYER, FinalsContact.state == ContactState.DUE)
            .label("finals"),
        ).where(table_of(Customer).c.id == _PAYER)
    )


def _sites(items: Iterable[Item], on: date) -> tuple[Site, ...]:
    buckets: dict[tuple[int, str], list[int]] = {}
    oldest: dict[tuple[int, str], OpenItem] = {}
    for item in (item.open for item in items):
        key = (item.customer_id, item.currency)
        days = item.days_past_due(on)
        buckets.setdefault(key, [0] * len(BUCKETS))[bucket_of(days)] += item.balance.minor
        oldest.setdefault(key, item)
    sites = [
        Site(
            name=first.site,
            currency=first.currency,
            buckets=tuple(buckets[key]),
            oldest_days=first.days_past_due(on),
        )
        for key, first in oldest.items()
    ]
    return tuple(sorted(sites, key=lambda site: (-site.past_due.minor, site.name)))


def _sums(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for currency, minor in pairs:
        sums[currency] = sums.get(currency, 0) + minor
    return sums
