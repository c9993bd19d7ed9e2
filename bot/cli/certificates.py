"""`ardesk certificate`: entering a tax-exempt certificate with its file, and listing them."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy.orm import Session

from bot.cli.desk import OpenDesk, open_desk
from bot.cli.naming import payer_named
from bot.cli.output import Format, FormatOption, as_json, say, table
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.workflows.people import queries as people
from bot.workflows.proofs import queries as proofs
from bot.workflows.tax_certificates import operations as certificates
from bot.workflows.tax_certificates import queries
from bot.workflows.tax_certificates.operations import Entry
from bot.workflows.tax_certificates.records import TaxCertificate
from bot.workflows.tax_certificates.rules import Certificate, check

FOLDER: Final = "certificates"
"""Below the desk's home."""
LARGEST: Final = 25 * 1024**2

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Keep the register of tax-exempt certificates.",
)

Payer = Annotated[str, typer.Argument(help="The customer's number, or its exact name.")]


class CannotKeep(Refused):
    """The certificate's file cannot be read or kept."""


def _day(help_: str) -> Any:  # noqa: ANN401 - what Typer wants
    return typer.Option(formats=["%Y-%m-%d"], help=help_)


@app.command()
def add(  # noqa: PLR0913 - each is an option
    payer: Payer,
    file: Annotated[Path, typer.Argument(help="The certificate: a PDF or picture.")],
    jurisdiction: Annotated[str, typer.Option(help="The state or authority, such as TX.")],
    valid_from: Annotated[datetime, _day("The first day on which it holds.")],
    valid_until: Annotated[datetime, _day("The last one.")],
    received: Annotated[datetime | None, _day("When it came in; default today.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Enter a certificate; its file is kept below the desk's home."""
    with open_desk() as desk:
        now, today = desk.clock(), desk.policy.company_date(desk.clock())
        given = Certificate(
            jurisdiction=jurisdiction,
            valid_from=valid_from.date(),
            valid_until=valid_until.date(),
            received_on=received.date() if received else today,
        )
        check(given, today=today)
        payer_id = _payer_id(desk, payer)
        kept = _kept(desk.settings.home, file, given)
        with desk.database.transaction() as session:
            entry = Entry(payer_id=payer_id, nonce=_once(payer_id, kept))
            added = certificates.add(session, kept, entry, at=now, policy=desk.policy)
            found = _as_dict(added)
    if output is Format.JSON:
        as_json(found)
    else:
        say(
            f"Entered: {found['jurisdiction']} through {found['valid_until']}, {found['file']}."
        )


@app.command("list")
def show(payer: Payer, output: FormatOption = Format.TEXT) -> None:
    """Show the certificates of a customer that count."""
    with open_desk() as desk, desk.database.reading() as session:
        named = payer_named(session, payer)
        listed = queries.of_payer(session, named.id)
        found = [_as_dict(one) for one in listed]
        files = [_file(session, one, desk.policy) for one in listed]
        name = named.name
    if output is Format.JSON:
        as_json(found)
        return
    headings = ("Jurisdiction", "Valid from", "Valid until", "Received", "File")
    rows = [
        tuple({**one, "file": file}.values()) for one, file in zip(found, files, strict=True)
    ]
    table(f"Tax certificates of {name}", headings, rows)


def _file(session: Session, one: TaxCertificate, policy: Policy) -> str:
    """Return what people know a certificate's file by: a name and a person, or a place."""
    handed = proofs.by_path(session, one.file) if one.sha256 else None
    if handed is None:
        return one.file
    who = people.get(session, handed.received_by).name
    day = wording.dated(policy.company_date(handed.received_at))
    return f"{handed.name}, handed over by {who} on {day}"


def _payer_id(desk: OpenDesk, wanted: str) -> int:
    with desk.database.reading() as session:
        return payer_named(session, wanted).id


def _once(payer_id: int, kept: Certificate) -> str:
    return f"{payer_id}/{kept.sha256}/{kept.jurisdiction}/{kept.valid_from}/{kept.valid_until}"


def _kept(home: Path, file: Path, given: Certificate) -> Certificate:
    """Return the certificate with its file, copied whole under a name made of its contents."""
    try:
        content = file.read_bytes() if file.stat().st_size <= LARGEST else b""
    except OSError as error:
        raise CannotKeep(f"{file} cannot be read: {error.strerror or error}.") from error
    if not content:
        most = LARGEST // 1024**2
        raise CannotKeep(f"{file} is empty or larger than {most} MB: it is no certificate.")
    sha256 = hashlib.sha256(content).hexdigest()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", file.name).strip(".-")[-80:] or "certificate"
    path = Path(FOLDER) / f"{sha256[:16]}-{plain}"
    _write(home / path, content)
    return Certificate(
        jurisdiction=given.jurisdiction,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        received_on=given.received_on,
        file=str(path),
        sha256=sha256,
    )


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise CannotKeep(f"{path} cannot be written: {error.strerror or error}.") from error


def _as_dict(one: TaxCertificate) -> dict[str, str]:
    return {
        "jurisdiction": one.jurisdiction,
        "valid_from": _iso(one.valid_from),
        "valid_until": _iso(one.valid_until),
        "received_on": _iso(one.received_on),
        "file": one.file,
    }


def _iso(day: date) -> str:
    return day.isoformat()
