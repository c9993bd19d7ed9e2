"""A file that was handed over becomes a tax-exempt certificate on the register (R44, R134)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Turn
from bot.workflows.customers import queries as customers
from bot.workflows.proofs import operations as proofs
from bot.workflows.proofs import queries as files
from bot.workflows.proofs.operations import Proven
from bot.workflows.proofs.records import ProofFile
from bot.workflows.tax_certificates import operations
from bot.workflows.tax_certificates.operations import Entry
from bot.workflows.tax_certificates.rules import Certificate
from dialogs import proof_parts, tax_certificates
from dialogs.proof_cards import KEEPERS
from dialogs.tax_certificates import CertificateDays

dialog: Final = Dialog("proof_certificates")


@dialog.on("open", only_reads=True, roles=KEEPERS)
def open_form(turn: Turn) -> Card:
    """Ask for which state the certificate is, and how long it holds."""
    return _form(turn, {"received_on": turn.today.isoformat()}, {})


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.typed, problems)


@dialog.on("enter", redraw=_again, roles=KEEPERS)
def enter(turn: Turn) -> Card:
    """Enter the certificate with its file, once for each form."""
    form = CertificateDays.read(turn.typed)
    file = _file(turn)
    certificate = Certificate(
        jurisdiction=form.jurisdiction,
        valid_from=form.valid_from,
        valid_until=form.valid_until,
        received_on=form.received_on,
        file=file.path,
        sha256=file.sha256,
    )
    entry = Entry(payer_id=turn.record, by=turn.who, nonce=turn.nonce)
    added = operations.add(turn.session, certificate, entry, at=turn.now, policy=turn.policy)
    proven = Proven(about=f"tax_certificate:{added.id}", payer_id=added.payer_id)
    proofs.prove(turn.session, file, proven, by=turn.who, at=turn.now)
    return tax_certificates.entered(turn, added)


def _form(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    payer, file = customers.get(turn.session, turn.record), _file(turn)
    save = Button(
        title="Save",
        verb="proof_certificates.enter",
        about=payer.id,
        nonce=turn.nonce or turn.fresh,
        fixed=turn.fixed,
        style="positive",
    )
    back = Button(
        title="Back",
        verb="proofs.payer",
        about=payer.id,
        fixed=turn.fixed,
        checks_inputs=False,
    )
    return Card(
        title=f"Tax certificate of {payer.name}",
        body=(
            Text(text=proof_parts.named([file]), size="small", is_subtle=True),
            *CertificateDays.inputs(typed, problems),
        ),
        buttons=(save, back),
    )


def _file(turn: Turn) -> ProofFile:
    return files.get(turn.session, int(turn.fixed["files"]))
