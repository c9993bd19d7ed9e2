"""Where the desk may write to, and fetch files from: no token goes anywhere else."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bot.kernel.shapes import dataclass
from bot.teams.problems import NotAdmitted

_SOBER: Final = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]{1,8000}")
"""No blanks, controls or backslashes, and nothing beyond what addresses are written with."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Hosts:
    """The allowed hosts: `host`, `host:port` or `*.domain`; plain http only on loopback."""

    allowed: tuple[str, ...]
    is_any_loopback: bool = False
    """True in the unauthenticated mode: any port of this machine, and nothing else."""

    def check(self, url: str) -> None:
        """
        Check that the desk may write to this service URL.

        :raises NotAdmitted: if its host is not allowed, or it is no plain service URL.
        """
        parts, host, port = _split(url)
        is_plain = _is_plain(parts, host) and not parts.query
        if not is_plain or not self._allows(host, port):
            raise NotAdmitted(f"the service host {host!r} is not allowed")

    def check_link(self, url: str) -> None:
        """
        Check that the desk may fetch what is at this address, which may have a query.

        :raises NotAdmitted: if its host is not allowed, or it is written oddly: what one
            reader of addresses takes for a host, another might not.
        """
        if not _SOBER.fullmatch(url):
            raise NotAdmitted("the address is written oddly")
        parts, host, port = _split(url)
        if not _is_plain(parts, host) or not self._allows(host, port):
            raise NotAdmitted(f"the host {host!r} is not allowed")

    def _allows(self, host: str, port: int | None) -> bool:
        if self.is_any_loopback:
            return host in LOOPBACK
        return any(_fits(pattern, host, port) for pattern in self.allowed)


def _split(url: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(url)
        return parts, (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise NotAdmitted("the address cannot be read") from error


def _is_plain(parts: SplitResult, host: str) -> bool:
    schemes = ("https", "http") if host in LOOPBACK else ("https",)
    has_extras = "@" in parts.netloc or bool(parts.fragment)
    return bool(host) and parts.scheme in schemes and not has_extras


def _fits(pattern: str, host: str, port: int | None) -> bool:
    name, colon, wanted = pattern.rpartition(":")
    if not colon:
        name, wanted = pattern, ""
    if wanted != (str(port) if port not in (None, 443) or wanted else ""):
        return False
    if name.startswith("*."):
        return host.endswith(name[1:]) and host != name[1:]
    return host == name.strip("[]")
