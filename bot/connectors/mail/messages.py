"""A mail as the internet knows it: head, text, files."""

from __future__ import annotations

import hashlib
import mimetypes
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from bot.postman import Returned
from bot.workflows.correspondence.claims import Outgoing
from bot.workflows.correspondence.records import MailFile

_ANY_FILE: Final = "application/octet-stream"


def message(outgoing: Outgoing, *, home: Path, company: str) -> EmailMessage:
    """
    Return the mail, with its files from the desk's home.

    :raises Returned: if a file is not there or not what it was, or a line of the head is bad.
    """
    made = EmailMessage(policy=policy.SMTP)
    try:
        _head(made, outgoing, company)
    except (ValueError, IndexError, MessageError) as error:
        raise Returned(f"A line of the mail's head cannot be written: {error}.") from error
    made.set_content(outgoing.body, cte="quoted-printable")
    for file in outgoing.files:
        kind = mimetypes.guess_type(file.name)[0] or _ANY_FILE
        main, _, sub = kind.partition("/")
        content = _content(file, home)
        made.add_attachment(content, maintype=main, subtype=sub, filename=file.name)
    return made


def _head(made: EmailMessage, outgoing: Outgoing, company: str) -> None:
    made["From"] = Address(display_name=company, addr_spec=outgoing.sender)
    made["To"] = [Address(addr_spec=address) for address in outgoing.to]
    if outgoing.copies:
        made["Cc"] = [Address(addr_spec=address) for address in outgoing.copies]
    made["Subject"] = outgoing.subject
    made["Date"] = outgoing.dated
    made["Message-ID"] = outgoing.message_id
    if outgoing.is_by_desk:
        made["Auto-Submitted"] = "auto-generated"


def _content(file: MailFile, home: Path) -> bytes:
    try:
        content = (home / file.path).read_bytes()
    except OSError as error:
        raise Returned(f"The file {file.name} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise Returned(f"The file {file.name} is not what it was when the mail was made.")
    return content
