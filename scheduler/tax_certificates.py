"""Looking every day which tax-exempt certificates run out while that matters (R134)."""

from __future__ import annotations

from datetime import time
from typing import Final

from bot.kernel import wording
from bot.store import runs
from bot.workflows.people.rules import instant
from bot.workflows.tax_certificates import operations as certificates
from bot.workflows.tax_certificates import queries
from scheduler.job import Tick

CERTIFICATES: Final = "tax-certificates"


def ask_for_next(tick: Tick) -> str:
    """Ask for each certificate that runs out, once; look once a day."""
    today = tick.policy.company_date(tick.at)
    midnight = instant(today, time(), tick.policy.zone)
    with tick.database.reading() as session:
        if runs.find(session, CERTIFICATES, scheduled_for=midnight):
            return f"Certificates were looked through already on {wording.day(today)}."
        ids = [
            one.id
            for one in queries.running_out(session, on=today, policy=tick.policy)
            if not certificates.is_asked(session, one)
        ]
    asked = sum(_ask(tick, certificate_id) for certificate_id in ids)
    with tick.database.transaction() as session:
        runs.claim(session, CERTIFICATES, scheduled_for=midnight, at=tick.at)
    return f"{wording.counted(asked, 'certificate')} asked for."


def _ask(tick: Tick, certificate_id: int) -> bool:
    """Ask for one certificate, if that still matters, in a transaction of its own."""
    today = tick.policy.company_date(tick.at)
    with tick.database.transaction() as session:
        found = queries.running_out(session, on=today, policy=tick.policy, ids=[certificate_id])
        for certificate in found:
            certificates.ask_for_next(session, certificate, at=tick.at, policy=tick.policy)
        return bool(found)
