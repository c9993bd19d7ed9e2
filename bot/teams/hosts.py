"""Where the desk may write to: no token goes anywhere else."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

from bot.kernel.shapes import dataclass
from bot.teams.problems import NotAdmitted

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
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise NotAdmitted("the service URL cannot be read") from error
        if not self._is_plain(parts, host) or not self._allows(host, port):
            raise NotAdmitted(f"the service host {host!r} is not allowed")

    def _is_plain(self, parts: SplitResult, host: str) -> bool:
        schemes = ("https", "http") if host in LOOPBACK else ("https",)
        extras = parts.username or parts.password or parts.query or parts.fragment
        return bool(host) and parts.scheme in schemes and not extras

    def _allows(self, host: str, port: int | None) -> bool:
        if self.is_any_loopback:
            return host in LOOPBACK
        return any(_fits(pattern, host, port) for pattern in self.allowed)


def _fits(pattern: str, host: str, port: int | None) -> bool:
    name, colon, wanted = pattern.rpartition(":")
    if not colon:
        name, wanted = pattern, ""
    if wanted != (str(port) if port not in (None, 443) or wanted else ""):
        return False
    if name.startswith("*."):
        return host.endswith(name[1:]) and host != name[1:]
    return host == name.strip("[]")
