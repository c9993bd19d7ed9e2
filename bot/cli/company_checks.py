"""What the doctor looks at of what the company writes: brands, guides, flags, wording."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cli.desk import OpenDesk
from bot.cli.findings import Finding, Grade, graded
from bot.connectors.company import guides as guide_files
from bot.kernel import wording
from bot.policy import brand_key
from bot.workflows.customers.records import Customer
from bot.workflows.customers.rules import Flag
from bot.workflows.special_handling.rules import flags_of
from bot.workflows.suspension import templates

_MOST_NAMED: Final = 3


def files(desk: OpenDesk) -> Iterator[Finding]:
    """Say which brands and guides are in force; a file that is wrong stops every command."""
    brands = sorted(desk.policy.brands)
    yield graded("brands", Grade.OK, wording.listed(brands) if brands else "none of their own")
    ours = guide_files.read(None)
    own = [name for name, text in desk.policy.guides.items() if ours.get(name) != text]
    changed = f", {len(own)} of them the company's own" if own else ""
    yield graded("guides", Grade.OK, f"{len(desk.policy.guides)}{changed}")


def brands_of_customers(session: Session, desk: OpenDesk) -> Iterator[Finding]:
    """Say which brands have a file and no customer: a misspelt name would do nothing."""
    named = session.scalars(select(Customer.brand).distinct())
    known = {brand_key(name) for name in named if name}
    idle = sorted(set(desk.policy.brands) - known)
    if idle and known:
        yield graded(
            "brands without customers",
            Grade.WARN,
            wording.listed(idle),
            "a brand's file is named as the customers' brand is written",
        )


def flags_of_customers(session: Session) -> Finding:
    """Name customers whose flags are not known: from before imports refused such a row."""
    flagged = select(Customer.number, Customer.flags).where(Customer.flags != "")
    found = [
        f"{number} ({', '.join(unknown)})"
        for number, flags in session.execute(flagged.order_by(Customer.number))
        if (unknown := sorted(flags_of(flags) - set(Flag)))
    ]
    if not found:
        return graded("customers with unknown flags", Grade.OK, "none")
    named = wording.listed(found, most=_MOST_NAMED)
    return graded(
        "customers with unknown flags",
        Grade.WARN,
        f"{len(found)}: {named}",
        "they stop no call and no mail: correct them where the book comes from, and import "
        f"these customers again; the desk knows {', '.join(Flag)}",
    )


def notice_wording(session: Session, desk: OpenDesk) -> Iterator[Finding]:
    """Say whose wording suspension notices have; one that is not approved stops them (R70)."""
    found = {
        name: templates.standing(session, name, desk.policy)[0] for name in templates.NAMES
    }
    changed = sorted(name for name, state in found.items() if "not approved" in state)
    if not changed:
        own = sum("company" in state for state in found.values())
        said = f"{len(found) - own} the desk's, {own} the company's, approved"
        yield graded("wording of notices", Grade.OK, said)
        return
    yield graded(
        "wording of notices",
        Grade.WARN,
        f"changed and not approved: {wording.listed(changed)}",
        "the controller approves it with `ardesk template lock NAME --by EMAIL`",
    )
