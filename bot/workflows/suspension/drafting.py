"""What a notice says, to whom it goes and who has a copy: from the locked template (R70)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from string import Template

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.kernel.money import Money
from bot.kernel.shapes import dataclass
from bot.policy import Policy
from bot.workflows.correspondence import addresses
from bot.workflows.customers.records import AnyCustomer
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member, Role
from bot.workflows.suspension import ladder, templates
from bot.workflows.suspension.case_facts import Owing
from bot.workflows.suspension.ladder import NoticeStep
from bot.workflows.suspension.looking import Look

NO_ADDRESS = "the customer's e-mail address"


@dataclass(frozen=True, slots=True, kw_only=True)
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


def compose(session: Session, seen: Look) -> Draft:
    """
    Return the next notice on a case, with the figures of that day.

    :raises NotLocked: if the company's wording is not approved.
    """
    step, payer = seen.standing.next_step, seen.payer
    assert step is not None
    words = templates.current(session, step, seen.policy)
    owed = tuple(one for one in seen.facts.owed if one.undisputed > 0)
    owner = people.get(session, payer.agent_id) if payer.agent_id else None
    copies, missing = _copies(session, payer, owner, seen.policy)
    to = address_of(payer)
    says = _says(seen, owed, owner)
    return Draft(
        step=step,
        template=words.name,
        sha256=words.sha256,
        to=to,
        copies=", ".join(copies),
        missing=", ".join(([] if to else [NO_ADDRESS]) + missing),
        subject=" ".join(Template(words.subject).substitute(says).split()),
        body=Template(words.body).substitute(says),
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


def _says(seen: Look, owed: Sequence[Owing], owner: Member | None) -> dict[str, str]:
    payer, on, policy = seen.payer, seen.on, seen.policy
    first = seen.standing.ladder.sent[0][1] if seen.standing.ladder.sent else on
    return {
        "company": policy.company_name,
        "payer": payer.name,
        "contact": payer.contact_name or payer.name,
        "agent": owner.name if owner else "Accounts Receivable",
        "day": _long(on),
        "days": str(policy.suspension_days),
        "amount": amounts(owed),
        "invoices": _invoices(seen, owed),
        "first_sent": _long(first),
        "suspend_on": _long(_suspend_on(seen, first)),
    }


def _suspend_on(seen: Look, first: date) -> date:
    days, taken = seen.policy.notice_days, len(seen.standing.ladder.sent)
    return max(
        ladder.day_after(first, days[-1] - days[0]),
        ladder.day_after(seen.on, days[-1] - days[taken]),
    )


def _invoices(seen: Look, owed: Sequence[Owing]) -> str:
    named = {account.id: account.name for account in seen.facts.accounts}
    by_account = defaultdict[int, list[Owing]](list)
    for one in owed:
        by_account[one.account_id].append(one)
    parts = []
    for account_id, theirs in by_account.items():
        lines = [
            f"  {one.number}, due {_long(one.due_on)}: {Money(one.undisputed, one.currency)}"
            for one in theirs
        ]
        parts.append("\n".join([named.get(account_id, "Your account"), *lines]))
    return "\n\n".join(parts)


def _copies(
    session: Session, payer: AnyCustomer, owner: Member | None, policy: Policy
) -> tuple[list[str], list[str]]:
    found: dict[str, None] = {}
    missing: list[str] = []
    for wanted in policy.notice_copies:
        if wanted == Role.AGENT.value:
            theirs = [owner] if owner else []
        else:
            theirs = people.in_roles(session, {Role(wanted)})
        mails = [address for one in theirs if (address := addresses.as_address(one.email))]
        found |= dict.fromkeys(mails)
        if not mails:
            missing.append(_whom(wanted))
    partner = dict(policy.partner_addresses).get(payer.sales_partner, "")
    found |= dict.fromkeys(addresses.parse(partner).good)
    return list(found), missing


def _whom(wanted: str) -> str:
    if wanted == Role.AGENT.value:
        return "the e-mail address of the payer's own agent"
    return f"the e-mail address of a {wanted.replace('_', ' ')}"


def _long(day: date) -> str:
    return f"{wording.day(day)} {day.year}"
