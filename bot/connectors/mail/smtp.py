"""
Mail over SMTP submission (RFC 6409).

Nothing has left before the server is given the text; from then on a lost connection leaves it
unclear, and is not used again. Mails of a batch share connections. A server that does not offer
encryption is not told the password.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPResponseException

from bot.connectors.mail.lines import Line, Lines, leave
from bot.connectors.mail.messages import message
from bot.kernel.shapes import dataclass
from bot.postman import PutOff, Returned, Unclear
from bot.settings import BadSettings
from bot.workflows.correspondence.claims import Outgoing

SECONDS: Final = 30.0
"""How long each answer of the server may take ..."""
SECONDS_BEFORE: Final = 60.0
"""... and everything before it is given the text ..."""
SECONDS_FOR_TEXT: Final = 90.0
"""... and to take the text."""
_PORTS: Final = {"smtp": 587, "smtps": 465}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FOR_GOOD: Final = 500
_LONGEST: Final = 300


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """A mail server that takes the desk's mail."""

    host: str
    port: int
    is_tls: bool
    """Encrypted from the start; else by STARTTLS."""
    user: str
    password: str
    home: Path
    company: str
    seconds: float = SECONDS
    seconds_for_text: float = SECONDS_FOR_TEXT
    is_repeatable: bool = False
    lines: Lines = field(default_factory=Lines)

    def __repr__(self) -> str:
        """Show where, never the password."""
        return f"Smtp({self.host}:{self.port})"

    async def send(self, outgoing: Outgoing) -> str:
        """
        Send a mail; return which of its recipients were refused and why.

        :raises PutOff: if it certainly did not leave.
        :raises Returned: if it is refused for good.
        :raises Unclear: if it may have left.
        """
        made = await asyncio.to_thread(self._bytes, outgoing)
        line = await self.lines.take() or Line(await self._opened())
        is_sound = False
        try:
            refused = await _address(line.server, outgoing)
            await _hand_over(line.server, made, self.seconds_for_text)
            is_sound = True
        except Returned:
            is_sound = True
            raise
        finally:
            await (self.lines.rest(line) if is_sound else leave(line.server))
        return refused

    async def check(self) -> str:
        """
        Return which server takes the mail, after saying hello and logging in.

        :raises PutOff: if it does not.
        """
        await leave(await self._opened())
        return f"by {self.host}:{self.port}"

    def _bytes(self, outgoing: Outgoing) -> bytes:
        return message(outgoing, home=self.home, company=self.company).as_bytes()

    async def _opened(self) -> SMTP:
        server = SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.is_tls,
            start_tls=False,
            timeout=self.seconds,
        )
        try:
            async with _in_time():
                await self._greet(server)
        except BaseException:
            await leave(server)
            raise
        return server

    async def _greet(self, server: SMTP) -> None:
        try:
            await server.connect()
            if not self.is_tls:
                await self._encrypt(server)
            if self.user:
                await server.login(self.user, self.password)
        except SMTPAuthenticationError as error:
            raise PutOff(f"{self.host} does not accept the login: {_said(error)}") from error
        except (SMTPException, OSError, ssl.SSLError, ValueError) as error:
            raise PutOff(f"{self.host}:{self.port} cannot be used: {_said(error)}") from error

    async def _encrypt(self, server: SMTP) -> None:
        await server.ehlo()
        if server.supports_extension("starttls"):
            await server.starttls()
        elif self.user and self.host not in _LOOPBACK:
            raise PutOff(f"{self.host} offers no encryption, so it is not told the password.")


def mailer(url: str, *, home: Path, company: str) -> Smtp:
    """
    Return the server that `smtp://user:password@host:port` names; `smtps://` for TLS at once.

    :raises BadSettings: if the URL makes no sense.
    """
    parts = urlsplit(url)
    port = _port(parts)
    if not parts.hostname or port is None:
        raise BadSettings(
            "ARDESK_MAIL_URL should look like smtp://user:password@host:587 "
            "(special characters of the password as %40 and so on)."
        )
    return Smtp(
        host=parts.hostname,
        port=port,
        is_tls=parts.scheme.lower() == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        home=home,
        company=company,
    )


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or _PORTS[parts.scheme.lower()]
    except ValueError:
        return None


async def _address(server: SMTP, outgoing: Outgoing) -> str:
    """
    Say from whom and to whom; return who is refused for good.

    :raises PutOff: if somebody is refused for now: nobody gets it before all can.
    :raises Returned: if nobody is left to whom it is addressed.
    """
    try:
        async with _in_time():
            await server.mail(outgoing.sender)
            refused = {
                address: why
                for address in (*outgoing.to, *outgoing.copies)
                if (why := await _refusal(server, address))
            }
    except (SMTPException, OSError) as error:
        raise _not_left(error) from error
    words = "; ".join(f"{address}: {why}" for address, why in refused.items())
    if all(address in refused for address in outgoing.to):
        raise Returned(words)
    return words


async def _refusal(server: SMTP, address: str) -> str:
    try:
        await server.rcpt(address)
    except SMTPResponseException as error:
        if error.code < _FOR_GOOD:
            raise
        return _said(error)
    return ""


async def _hand_over(server: SMTP, made: bytes, seconds: float) -> None:
    """
    Give the server the text.

    :raises Unclear: if it does not say whether it took it.
    """
    try:
        await server.data(made, timeout=seconds)
    except SMTPResponseException as error:
        raise _not_left(error) from error
    except (SMTPException, OSError) as error:
        raise Unclear(f"The server did not say whether it took it: {_said(error)}") from error


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """
    Let what comes before the text take only so long.

    :raises PutOff: if it takes longer.
    """
    try:
        async with asyncio.timeout(SECONDS_BEFORE):
            yield
    except TimeoutError as error:
        raise PutOff(f"The mail server did not answer in time. {_said(error)}") from error


def _not_left(error: Exception) -> PutOff | Returned:
    if isinstance(error, SMTPResponseException) and error.code >= _FOR_GOOD:
        return Returned(_said(error))
    is_refusal = isinstance(error, SMTPResponseException)
    return PutOff(_said(error), is_refusal=is_refusal)


def _said(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {' '.join(str(error.message).split())}"[:_LONGEST]
    return (" ".join(str(error).split()) or type(error).__name__)[:_LONGEST]
