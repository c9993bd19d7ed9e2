"""What the doctor looks at of the files that the company edits: brands and guides."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cli.desk import OpenDesk
from bot.cli.findings import Finding, Grade, graded
from bot.connectors.company import guides as guide_files
from bot.kernel import wording
from bot.policy import brand_key
from bot.workflows.customers.records import Customer


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
