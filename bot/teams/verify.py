"""
Testing if a request really is from Microsoft, for this bot, from this company (I28).

RS256 only; issuer, audience and expiry are required, and the times are checked with five
minutes of skew; the token's `serviceurl` must be the activity's; the key must be endorsed for
Teams; tenant and service host must be on the lists. Anything else never reaches the bot.
"""

from __future__ import annotations

import base64
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final

import jwt
from jwt.types import Options

from bot.kernel.shapes import dataclass
from bot.teams.hosts import Hosts
from bot.teams.keys import KeyRing, SigningKey
from bot.teams.problems import NotAdmitted, NotAuthentic

CHANNEL: Final = "msteams"
SKEW: Final = 300.0
LONGEST: Final = 4096
"""Characters of a token; real ones have about 1,200."""
KEPT: Final = 1024
"""Verified tokens that are remembered; Teams uses a few at a time."""
OPTIONS: Final[Options] = {
    "require": ["exp", "iss", "aud"],
    "strict_aud": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}
"""The times are checked here, each time the token is used."""
_FOREIGN: Final = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"})


@dataclass(frozen=True, slots=True)
class Voucher:
    """What a good token vouches for."""

    service_url: str
    kid: str
    endorsements: frozenset[str]
    from_when: float
    until: float


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """Admits activities that come from the Bot Connector, for this bot."""

    app_id: str
    issuer: str
    tenants: frozenset[str]
    hosts: Hosts
    keys: KeyRing
    wall: Callable[[], float]
    """Seconds since 1970; tokens live in real time, whatever the desk's clock says."""
    _kept: OrderedDict[str, Voucher] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        if not self.app_id:
            raise ValueError("an empty app id would admit everybody")

    async def vouch(self, headers: tuple[str, ...]) -> Voucher:
        """
        Return what the Authorization header's token vouches for.

        :raises NotAuthentic: if there is no token, or not a good one.
        """
        token = _bearer(headers)
        kept = self._kept.get(token)
        if kept is None or not self.keys.knows(kept.kid):
            kept = await self._read(token)
            self._keep(token, kept)
        now = self.wall()
        if not kept.from_when - SKEW <= now < kept.until + SKEW:
            self._kept.pop(token, None)
            raise NotAuthentic("the token is expired, or not yet valid")
        return kept

    def admit(self, voucher: Voucher, activity: Mapping[str, Any]) -> None:
        """
        Check that the token is for this activity, and the activity from this company.

        :raises NotAdmitted: if it is not.
        """
        if activity.get("serviceUrl") != voucher.service_url:
            raise NotAdmitted("the token is for another service URL")
        if activity.get("channelId") != CHANNEL or CHANNEL not in voucher.endorsements:
            raise NotAdmitted("the token's key does not vouch for this channel")
        self.hosts.check(voucher.service_url)
        named = _tenants_of(activity)
        if not named or not named <= self.tenants:
            raise NotAdmitted("the activity comes from another tenant")

    async def _read(self, token: str) -> Voucher:
        header = _header(token)
        kid = header["kid"]
        key = await self.keys.find(kid)
        if key is None:
            raise NotAuthentic("the token is signed with an unknown key")
        return self._voucher(self._claims(token, key), kid, key)

    def _claims(self, token: str, key: SigningKey) -> Mapping[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=["RS256"],
                audience=self.app_id,
                issuer=self.issuer,
                options=OPTIONS,
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError) as error:
            raise NotAuthentic(f"the token is not good: {error}") from error
        return claims

    def _voucher(self, claims: Mapping[str, Any], kid: str, key: SigningKey) -> Voucher:
        service_url = claims.get("serviceurl")
        if not isinstance(service_url, str) or not service_url:
            raise NotAuthentic("the token names no service URL")
        return Voucher(
            service_url=service_url,
            kid=kid,
            endorsements=key.endorsements,
            from_when=_moment(claims.get("nbf", 0)),
            until=_moment(claims["exp"]),
        )

    def _keep(self, token: str, voucher: Voucher) -> None:
        self._kept[token] = voucher
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _bearer(headers: tuple[str, ...]) -> str:
    if len(headers) != 1:
        raise NotAuthentic("there must be one Authorization header")
    scheme, _, token = headers[0].partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > LONGEST:
        raise NotAuthentic("there is no bearer token")
    return token


def _header(token: str) -> Mapping[str, Any]:
    """Return the token's header; each part must be spelled in the one canonical way."""
    parts = token.split(".")
    if len(parts) != 3 or not all(_is_canonical(part) for part in parts):
        raise NotAuthentic("the token is malformed")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise NotAuthentic(f"the token is malformed: {error}") from error
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise NotAuthentic("the token is not signed with a named RS256 key")
    if _FOREIGN & header.keys():
        raise NotAuthentic("the token brings its own key or extensions")
    return header


def _is_canonical(part: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return False
    return bool(part) and base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == part


def _moment(claim: object) -> float:
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        raise NotAuthentic("the token's times are not numbers")
    if not math.isfinite(claim) or abs(claim) > 1e12:
        raise NotAuthentic("the token's times are out of range")
    return float(claim)


def _tenants_of(activity: Mapping[str, Any]) -> set[str]:
    """Return every tenant that the activity names; one of a wrong type is nobody's."""
    channel_data, conversation = activity.get("channelData"), activity.get("conversation")
    tenant = channel_data.get("tenant") if isinstance(channel_data, dict) else None
    named = [tenant.get("id")] if isinstance(tenant, dict) else []
    if isinstance(conversation, dict) and "tenantId" in conversation:
        named.append(conversation["tenantId"])
    return {name.lower() if isinstance(name, str) else "" for name in named}
