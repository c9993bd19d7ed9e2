"""What records refer to in the desk's home: drawn files, certificates, proofs, invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.teams.files import FOLDERS as LINKED
from bot.workflows.correspondence.records import MailFile
from bot.workflows.proofs.records import ProofFile
from bot.workflows.statements.records import Statement
from bot.workflows.tax_certificates.records import TaxCertificate

FOLDERS: Final = (*LINKED, "certificates")


def lacking(session: Session, saved: Mapping[str, str]) -> list[str]:
    """
    Return the files that records refer to and that are not among those saved as they were.

    :param saved: the checksum of each saved file, by its path below the desk's home.
    """
    return sorted({path for path, sha256 in _referred(session) if saved.get(path) != sha256})


def _referred(session: Session) -> list[tuple[str, str]]:
    kept = (
        select(MailFile.path, MailFile.sha256),
        select(Statement.path, Statement.sha256),
        select(ProofFile.path, ProofFile.sha256),
        select(TaxCertificate.file, TaxCertificate.sha256).where(TaxCertificate.sha256 != ""),
    )
    return [(row[0], row[1]) for rows in kept for row in session.execute(rows)]
