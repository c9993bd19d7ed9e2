"""Everything that decides where payers stand on a day, read once for all agents that ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.payment_plans import on_account
from bot.workflows.special_handling import queries as special_handling
from bot.workflows.special_handling import rules as special
from bot.workflows.worklists import appointed, conversations, exclusions, facts, words
from bot.workflows.worklists.appointed import NOT_APPOINTED, Appointed
from bot.workflows.worklists.conversations import Contact
from bot.workflows.worklists.facts import Debts, Names
from bot.workflows.worklists.overrides import Overrides
from bot.workflows.worklists.payers import Debt, Payer
from bot.workflows.worklists.scope import Scope
from bot.workflows.worklists.tiers import is_covered

_NO_FLAGS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the payers of some agents on a day."""

    on: date
    policy: Policy
    named: Mapping[int, Sequence[Sequence[Any]]]
    """The payers of each agent of whom anything is known: who they are (`facts.NAME`)."""
    owed: Debts
    contacts: Mapping[int, Contact]
    appointed: Mapping[int, Appointed]
    held: Mapping[int, str]
    broken: Collection[int]
    excluded: Mapping[int, str]
    special: Collection[int]
    """Payers of whom more is known than who they are and what they owe."""


def gather(session: Session, agents: Collection[int], *, on: date, policy: Policy) -> Known:
    """Return what is known of all payers of some agents on a day."""
    scope = Scope(agents=agents)
    owed, names = facts.debts(session, scope, on=on, policy=policy)
    owed |= _partly_covered(session, owed, on=on, policy=policy)
    contacts = conversations.contacts(session, scope, on=on, policy=policy)
    calls = appointed.calls(session, scope, on=on, policy=policy)
    held = _held(session, on=on, policy=policy)
    broken = exclusions.broken(session, scope, on=on)
    excluded = exclusions.reasons(session, _unranked(owed), on=on)
    return Known(
        on=on,
        policy=policy,
        named=_by_agent(session, names, (*owed, *_waiting(contacts), *calls)),
        owed=owed,
        contacts=contacts,
        appointed=calls,
        held=held,
        broken=broken,
        excluded=excluded,
        special={*contacts, *calls, *held, *broken, *excluded},
    )


def _partly_covered(session: Session, owed: Debts, *, on: date, policy: Policy) -> Debts:
    """Return anew what ranks of payers that can pay for some of it with money on account."""
    paying = [
        payer_id
        for payer_id, debts in owed.items()
        if any(debt.ranked and debt.unapplied and not is_covered(debt) for debt in debts)
    ]
    covered = on_account.covered(session, paying, on=on)
    found: Debts = {}
    for part in facts.parts(paying) if covered else ():
        scope = Scope(payers=part)
        found |= facts.debts(session, scope, on=on, policy=policy, covered=covered)[0]
    return found


def payers(known: Known, owners: Iterable[int], today: Overrides) -> Iterator[Payer]:
    """Yield the payers of some agents that may stand on a list, with a lead's words (R86)."""
    special = known.special
    overruled = {*today.pinned, *today.postponed}
    for owner in owners:
        for row in known.named.get(owner, ()):
            payer_id, _, number, name, flags, time_zone, state = row
            owed = known.owed.get(payer_id, ())
            if flags or payer_id in special or payer_id in overruled:
                yield from _special(row, owed, known, today)
            elif owed:
                yield Payer(payer_id, number, name, owed, time_zone=time_zone, state=state)


def _special(
    row: Sequence[Any], owed: tuple[Debt, ...], known: Known, today: Overrides
) -> Iterator[Payer]:
    payer_id, _, number, name, flags, time_zone, state = row
    contact = known.contacts.get(payer_id, conversations.NEVER)
    call = known.appointed.get(payer_id, NOT_APPOINTED)
    marks = special.flags_of(flags) if flags else _NO_FLAGS
    why = "; ".join(filter(None, (contact.owed, call.words)))
    if not owed and not why:
        return
    yield Payer(
        id=payer_id,
        number=number,
        name=name,
        debts=owed,
        has_broken=payer_id in known.broken,
        owed=why,
        is_agreed=contact.is_agreed,
        is_due=call.is_due,
        held=_why_held(payer_id, marks, known, today),
        quiet=_quiet(contact, call, marks, known),
        excluded=known.excluded.get(payer_id, ""),
        last_reached=contact.last_reached,
        pinned=today.pinned.get(payer_id, ""),
        attempts=contact.attempts,
        tried_at=contact.tried_at,
        agreed_at=contact.agreed_at,
        time_zone=time_zone,
        state=state,
    )


def _by_agent(
    session: Session, names: Names, known: Iterable[int]
) -> dict[int, list[Sequence[Any]]]:
    others = [payer_id for payer_id in known if payer_id not in names]
    found: dict[int, list[Sequence[Any]]] = {}
    for row in (*names.values(), *facts.names_of(session, others).values()):
        found.setdefault(row[1], []).append(row)
    return found


def _waiting(contacts: Mapping[int, Contact]) -> Iterator[int]:
    return (payer_id for payer_id, contact in contacts.items() if contact.owed)


def _unranked(owed: Debts) -> list[int]:
    doubtful = [(id_, debts) for id_, debts in owed.items() if not debts[0].ranked]
    return [
        payer_id
        for payer_id, debts in doubtful
        if any(debt.past_due for debt in debts) and not any(debt.ranked for debt in debts)
    ]


def _held(session: Session, *, on: date, policy: Policy) -> dict[int, str]:
    holds = special_handling.in_force(session, on=on, policy=policy)
    return {hold.payer_id: words.held(hold.kind, hold.reason, hold.last_day) for hold in holds}


def _why_held(payer_id: int, marks: frozenset[str], known: Known, today: Overrides) -> str:
    return (
        known.held.get(payer_id)
        or (special.legal_hold(marks) if marks else "")
        or today.postponed.get(payer_id, "")
    )


def _quiet(contact: Contact, call: Appointed, marks: frozenset[str], known: Known) -> str:
    if special.is_consumer(marks) and (
        why := conversations.consumer_quiet(contact, known.on, known.policy)
    ):
        return why
    is_older = contact.last_reached is not None and contact.last_reached < call.since
    return "" if is_older else contact.quiet
