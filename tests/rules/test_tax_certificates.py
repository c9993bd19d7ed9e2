"""Which certificates make sense, and when the next one is asked for (R44, R134)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.policy import Policy
from bot.workflows.tax_certificates import rules
from bot.workflows.tax_certificates.rules import BadCertificate, Certificate

TODAY = date(2026, 6, 8)


def certificate(**given: Any) -> Certificate:
    known: dict[str, Any] = {
        "jurisdiction": "TX",
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2026, 12, 31),
        "received_on": TODAY,
    }
    return Certificate(**known | given)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"jurisdiction": "  "}, "which state"),
        ({"valid_until": date(2025, 12, 31)}, "ends before it begins"),
        (
            {"valid_from": date(2025, 1, 1), "valid_until": date(2026, 6, 7)},
            "ran out on Sun 7 Jun 2026",
        ),
        ({"valid_until": date(2999, 1, 1)}, "No certificate holds that long"),
        ({"received_on": date(2026, 6, 9)}, "after today"),
    ],
)
def test_a_certificate_that_makes_no_sense_is_refused(given, why):
    with pytest.raises(BadCertificate, match=why):
        rules.check(certificate(**given), today=TODAY)


def test_a_certificate_may_end_today_and_holds_through_that_day():
    rules.check(certificate(valid_until=TODAY), today=TODAY)

    assert rules.is_valid(date(2026, 1, 1), TODAY, on=TODAY)
    assert not rules.is_valid(date(2026, 1, 1), TODAY, on=date(2026, 6, 9))


def test_the_next_one_is_asked_for_thirty_days_before():
    assert rules.warn_from(date(2026, 7, 8), Policy()) == TODAY
