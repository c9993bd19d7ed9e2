"""What makes a certificate valid, and when the next one is needed. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.policy import Policy

_LONGEST = timedelta(days=366 * 50)


class BadCertificate(Refused):
    """The certificate cannot be entered as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate as somebody has it in hand."""

    jurisdiction: str
    valid_from: date
    valid_until: date
    received_on: date
    file: str = ""
    sha256: str = ""


def check(certificate: Certificate, *, today: date) -> None:
    """
    Check that a certificate makes sense.

    :raises BadCertificate: saying what does not.
    """
    if not certificate.jurisdiction.strip():
        raise BadCertificate("Please say which state or authority the certificate is for.")
    if certificate.valid_until < certificate.valid_from:
        raise BadCertificate("The certificate ends before it begins: please check the days.")
    if certificate.valid_until < today:
        raise BadCertificate(
            f"That certificate ran out on {certificate.valid_until:%a %-d %b %Y}: "
            "please ask for a current one."
        )
    if certificate.valid_until - certificate.valid_from > _LONGEST:
        raise BadCertificate("No certificate holds that long: please check the days.")
    if certificate.received_on > today:
        raise BadCertificate("The certificate cannot have been received after today.")


def is_valid(valid_from: date, valid_until: date, *, on: date) -> bool:
    """Test if a certificate holds on a day."""
    return valid_from <= on <= valid_until


def warn_from(valid_until: date, policy: Policy) -> date:
    """Return the day from which somebody should get the next certificate (R134)."""
    return valid_until - timedelta(days=policy.certificate_warning_days)
