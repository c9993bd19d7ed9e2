"""What a notice says, to whom it goes and who has a copy: from the locked template (R70)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from string import Template
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.kernel.shapes import value
from bot.policy import Policy
from bot.workflows.correspondence import addresses
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, Role
from bot.workflows.suspension import ladder, templates
from bot.workflows.suspension.case_facts import Owing
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.looking import Look
from bot.workflows.suspension.templates import Wording

NO_ADDRESS = "the customer's e-mail address"


@value(frozen=True, slots=True, kw_only=True)
class Draft:
    """A notice as it would go out today."""

    step: NoticeStep
    template: str
    sha256: str
    to: str
    copies: str
    missing: str
    subject: str
    body: str
    invoices: tuple[Owing, ...]


class _Told(NamedTuple):
    """All that a notice tells."""

    company: str
    payer: str
    contact: str
    agent: str
    on: date
    days: int
    owed: tuple[Owing, ...]
    sites: tuple[str, ...]
    """Of each invoice, the name of its account."""
    first: date
    suspend_on: date


def compose(session: Session, seen: Look) -> Draft:
    """
    Return the next notice on a case, with the figures of that day.

    :raises NotLocked: if the company's wording is not approved.
    """
    step, payer = seen.standing.next_step, seen.payer
    assert step is not None
    words = templates.current(session, step, seen.policy)
    owed = tuple(one for one in seen.facts.owed if one.undisputed > 0)
    shared = {role: _addresses_of(session, role) for role in _roles(seen.policy)}
    owner = people.get(session, payer.agent_id) if payer.agent_id else None
    copies, missing = _copies(payer, owner, shared, seen.policy)
    to = address_of(payer)
    subject, body = _written(words, _told(seen, owed, owner))
    return Draft(
        step=step,
        template=words.name,
        sha256=words.sha256,
        to=to,
        copies=", ".join(copies),
        missing=", ".join(([] if to else [NO_ADDRESS]) + missing),
        subject=subject,
        body=body,
        invoices=owed,
    )


def address_of(payer: AnyCustomer) -> str:
    """Return where a notice to the payer goes; empty where no address can be used."""
    return addresses.parse(payer.email).text


def amounts(owed: Sequence[Owing]) -> str:
    """Return what is asked for, one figure a currency."""
    sums: dict[str, int] = {}
    for one in owed:
        sums[one.currency] = sums.get(one.currency, 0) + one.undisputed
    return " + ".join(str(Money(minor, currency)) for currency, minor in sorted(sums.items()))


def _told(seen: Look, owed: tuple[Owing, ...], owner: Member | None) -> _Told:
    payer, on, policy = seen.payer, seen.on, seen.policy
    first = seen.standing.ladder.sent[0][1] if seen.standing.ladder.sent else on
    named = {account.id: account.name for account in seen.facts.accounts}
    return _Told(
        company=policy.company_name,
        payer=payer.name,
        contact=payer.contact_name or payer.name,
        agent=owner.name if owner else "Accounts Receivable",
        on=on,
        days=policy.suspension_days,
        owed=owed,
        sites=tuple(named.get(one.account_id, "Your account") for one in owed),
        first=first,
        suspend_on=_suspend_on(seen, first),
    )


@lru_cache(maxsize=1024)
def _written(words: Wording, told: _Told) -> tuple[str, str]:
    """
    Return the subject and the text of a notice, which hang on nothing else.

    The ones written last are kept: while a notice waits for a lead it is looked at again
    every few minutes, and says the same until something that it tells is another.
    """
    says = {
        "company": told.company,
        "payer": told.payer,
        "contact": told.contact,
        "agent": told.agent,
        "day": _long(told.on),
        "days": str(told.days),
        "amount": amounts(told.owed),
        "invoices": _invoices(told),
        "first_sent": _long(told.first),
        "suspend_on": _long(told.suspend_on),
    }
    subject = " ".join(Template(words.subject).substitute(says).split())
    return subject, Template(words.body).substitute(says)


def _suspend_on(seen: Look, first: date) -> date:
    days, taken = seen.policy.notice_days, len(seen.standing.ladder.sent)
    return max(
        ladder.day_after(first, days[-1] - days[0]),
        ladder.day_after(seen.on, days[-1] - days[taken]),
    )


def _invoices(told: _Told) -> str:
    by_account: dict[int, list[str]] = {}
    for one, site in zip(told.owed, told.sites, strict=True):
        lines = by_account.setdefault(one.account_id, [site])
        owing = Money(one.undisputed, one.currency)
        lines.append(f"  {one.number}, due {_long(one.due_on)}: {owing}")
    return "\n\n".join("\n".join(lines) for lines in by_account.values())


def _copies(
    payer: AnyCustomer,
    owner: Member | None,
    shared: Mapping[str, Sequence[str]],
    policy: Policy,
) -> tuple[list[str], list[str]]:
    """Return who has a copy of a notice, and whose address is missing, in words."""
    found: dict[str, None] = {}
    missing: list[str] = []
    mine = _usable([owner] if owner else [])
    for wanted in policy.notice_copies:
        theirs = shared.get(wanted, mine)
        found |= dict.fromkeys(theirs)
        if not theirs:
            missing.append(_whom(wanted))
    partner = dict(policy.partner_addresses).get(payer.sales_partner, "")
    found |= dict.fromkeys(addresses.parse(partner).good)
    return list(found), missing


def _roles(policy: Policy) -> list[str]:
    """Return the roles whose people have a copy of every notice."""
    return [wanted for wanted in policy.notice_copies if wanted != Role.AGENT.value]


def _addresses_of(session: Session, role: str) -> list[str]:
    return people.once(
        session,
        ("notices", role),
        lambda: _usable(people.in_roles(session, {Role(role)})),
    )


def _usable(members: Iterable[Member]) -> list[str]:
    return [address for one in members if (address := addresses.as_address(one.email))]


def _whom(wanted: str) -> str:
    if wanted == Role.AGENT.value:
        return "the e-mail address of the payer's own agent"
    return f"the e-mail address of a {wanted.replace('_', ' ')}"


def _long(day: date) -> str:
    return f"{wording.day(day)} {day.year}"
