"""A real mail server on loopback that does what it is told, well or badly."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "desk", "se/cret@:%"


@dataclass
class PostOffice:
    """Answers as it is told, and keeps what it took."""

    rcpt: dict[str, str] = field(default_factory=dict)
    """What it says to a recipient instead of yes."""
    mail: str = "250 OK"
    data: str = "250 OK"
    """What it says to the text; `drop`, `hang` or `drop after taking` instead."""
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)
    callers: list[object] = field(default_factory=list)
    """Who began each mail: one for each connection."""
    hangs_up: bool = False
    """It leaves after each mail that it took, a moment later."""
    port: int = 0

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.mail_from = address
        self.callers.append(session.peer)
        return self.mail

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        answer = self.rcpt.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data == "hang":
            await asyncio.sleep(30)
        if self.data in ("250 OK", "drop after taking"):
            content = envelope.content
            assert isinstance(content, bytes)
            made = message_from_bytes(content, policy=policy.default)
            assert isinstance(made, EmailMessage)
            self.taken.append(made)
            self.envelopes.append((envelope.mail_from or "", tuple(envelope.rcpt_tos)))
        if self.hangs_up and server.transport:
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
        if self.data.startswith("drop"):
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.data if self.data[0].isdigit() else "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, auth: Any) -> Any:
        assert isinstance(auth, LoginPassword)
        self.passwords.append(auth.password)
        return AuthResult(success=auth.password == PASSWORD.encode(), handled=False)


@contextmanager
def post_office(office: PostOffice, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Open it, and return where it is (`127.0.0.1:port`)."""
    given: dict[str, Any] = {}
    if tls is not None:
        given = {
            "tls_context": tls,
            "require_starttls": True,
            "authenticator": office.login,
            "auth_required": True,
        }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        office.port = probe.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **given)
    controller.start()
    try:
        yield f"127.0.0.1:{office.port}"
    finally:
        controller.stop()


def certificate(folder: Path) -> Path:
    """Make a certificate of 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "desk.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
