"""The register of tax-exempt certificates: what is on hand, and entering one (R44, R134)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Text, Tone
from bot.chat.dialog import Dialog, Turn
from bot.chat.form import DateField, Form, TextField
from bot.kernel import wording
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK, Role
from bot.workflows.proofs import queries as proofs
from bot.workflows.tax_certificates import operations, queries, rules
from bot.workflows.tax_certificates.operations import Entry
from bot.workflows.tax_certificates.records import TaxCertificate
from bot.workflows.tax_certificates.rules import Certificate
from dialogs import choosing, proof_parts

dialog: Final = Dialog("tax_certificates")

READERS: Final = AT_THE_DESK | {Role.TAX, Role.BILLING, Role.AUDITOR}
KEEPERS: Final = AT_THE_DESK | {Role.TAX, Role.BILLING}
MOST: Final = 10


class CertificateDays(Form):
    """What a certificate says."""

    jurisdiction = TextField("State or authority", longest=60, hint="TX, NY, ...")
    valid_from = DateField("Valid from")
    valid_until = DateField("Valid until")
    received_on = DateField("Received on")


class CertificateForm(CertificateDays):
    """A certificate as somebody has it in hand."""

    file = TextField(
        "Where the file is",
        longest=300,
        hint="Its name or link, or send me the file",
    )


class WhyForm(Form):
    """Why a certificate does not count any more."""

    why = TextField("Why does it not count any more?", lines=2, longest=500)


@dialog.says(
    "certificates NAME",
    help="a customer's tax-exempt certificates",
    roles=READERS,
    only_reads=True,
)
def say_certificates(turn: Turn) -> Card:
    """Show the certificates of a customer by its name."""
    choosing.check_private(turn)
    chosen = choosing.payer_named(turn, turn.words, verb="tax_certificates.open")
    return chosen if isinstance(chosen, Card) else _register(turn, chosen)


@dialog.on("open", only_reads=True, roles=READERS)
def open_register(turn: Turn) -> Card:
    """Show the certificates of a customer."""
    choosing.check_private(turn)
    return _register(turn, customers.get(turn.session, turn.record))


@dialog.on("new", only_reads=True, roles=KEEPERS)
def ask_for_it(turn: Turn) -> Card:
    """Open the form for a certificate."""
    return _form(turn, {"received_on": turn.today.isoformat()}, {})


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.typed, problems)


@dialog.on("add", redraw=_again, roles=KEEPERS)
def add(turn: Turn) -> Card:
    """Enter a certificate, once for each form."""
    form = CertificateForm.read(turn.typed)
    certificate = Certificate(
        jurisdiction=form.jurisdiction,
        valid_from=form.valid_from,
        valid_until=form.valid_until,
        received_on=form.received_on,
        file=form.file,
    )
    entry = Entry(payer_id=turn.record, by=turn.who, nonce=turn.nonce)
    added = operations.add(turn.session, certificate, entry, at=turn.now, policy=turn.policy)
    return entered(turn, added)


def entered(turn: Turn, added: TaxCertificate) -> Card:
    """Show the register with what was just entered."""
    payer = customers.get(turn.session, added.payer_id)
    until = wording.dated(added.valid_until)
    note = f"Entered: {added.jurisdiction}, valid through {until}."
    return _register(turn, payer, note=note)


@dialog.on("show", only_reads=True, roles=READERS)
def show(turn: Turn) -> Card:
    """Show one certificate of the register, with what can be done about it."""
    choosing.check_private(turn)
    one = queries.get(turn.session, turn.record)
    payer = customers.get(turn.session, one.payer_id)
    may_strike = bool(turn.who.roles & KEEPERS) and one.withdrawn_at is None
    strike = Button(title="Strike off", verb="tax_certificates.strike", about=one.id)
    back = Button(title="Back", verb="tax_certificates.open", about=payer.id)
    return Card(
        title=f"Tax certificate of {payer.name}",
        note=f"Struck off: {one.withdrawn_why}" if one.withdrawn_at else "",
        body=_lines(turn, one),
        buttons=(*((strike,) if may_strike else ()), back),
    )


@dialog.on("strike", only_reads=True, roles=KEEPERS)
def ask_why(turn: Turn) -> Card:
    """Ask why a certificate does not count any more."""
    return _why(turn, {}, {})


def _why_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _why(turn, turn.typed, problems)


@dialog.on("withdraw", redraw=_why_again, roles=KEEPERS)
def withdraw(turn: Turn) -> Card:
    """Strike off a certificate; it stays on record."""
    why = WhyForm.read(turn.typed).why
    gone = operations.withdraw(turn.session, turn.record, why=why, by=turn.who, at=turn.now)
    payer = customers.get(turn.session, gone.payer_id)
    note = f"The certificate of {gone.jurisdiction} does not count any more."
    return _register(turn, payer, note=note)


def _register(turn: Turn, customer: Customer, *, note: str = "") -> Card:
    payer = customers.payer_of(turn.session, customer)
    found = queries.of_payer(turn.session, payer.id)
    nothing = (Text(text="No certificate is on hand."),) if not found else ()
    affected = queries.affected(turn.session, payer.id, on=turn.today)
    said = f"Open final and MRR invoices: {wording.listed(affected)}." if affected else ""
    may_keep = bool(turn.who.roles & KEEPERS)
    new = Button(
        title="New certificate", verb="tax_certificates.new", about=payer.id, style="positive"
    )
    account = Button(title="Account", verb="customers.open", about=payer.id)
    return Card(
        title=f"Tax certificates: {payer.name}",
        body=(
            *nothing,
            *(line for one in found[:MOST] for line in _lines(turn, one, is_register=True)),
            *((Text(text=said, size="small", is_subtle=True),) if said else ()),
        ),
        buttons=(
            *((new,) if may_keep else ()),
            *((account,) if turn.who.roles & (AT_THE_DESK | {Role.AUDITOR}) else ()),
        ),
        note=note,
    )


def _lines(
    turn: Turn, one: TaxCertificate, *, is_register: bool = False
) -> tuple[Element, ...]:
    """Return what a certificate says, and what opens its file; the register opens it first."""
    handed = proofs.by_path(turn.session, one.file) if one.sha256 else None
    where = handed.name if handed else one.file
    press = Button(
        title=f"Certificate {one.jurisdiction}", verb="tax_certificates.show", about=one.id
    )
    line = Columns(
        cells=(Cell(items=_words(turn, one, where)),),
        has_separator=True,
        press=press if is_register else None,
    )
    return (line, *proof_parts.links(turn.view(one.id), [handed] if handed else []))


def _words(turn: Turn, one: TaxCertificate, where: str) -> tuple[Text, ...]:
    who = people.get(turn.session, one.entered_by).name if one.entered_by else "the desk"
    held = f"Received {wording.day(one.received_on)}, entered by {who}"
    said, tone = _validity(turn, one)
    return (
        Text(text=f"{one.jurisdiction}: {said}", is_bold=True, tone=tone),
        Text(text=held, size="small", spacing="none"),
        *((Text(text=where, size="small", is_subtle=True, spacing="none"),) if where else ()),
    )


def _validity(turn: Turn, one: TaxCertificate) -> tuple[str, Tone]:
    until = wording.dated(one.valid_until)
    if one.valid_until < turn.today:
        return f"ran out on {until}", "attention"
    if turn.today < one.valid_from:
        return f"valid from {wording.dated(one.valid_from)} through {until}", "default"
    if rules.warn_from(one.valid_until, turn.policy) <= turn.today:
        return f"valid through {until}: ask for the next one", "warning"
    return f"valid through {until}", "good"


def _form(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    payer = customers.get(turn.session, turn.record)
    save = Button(
        title="Save",
        verb="tax_certificates.add",
        about=payer.id,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    back = Button(
        title="Back", verb="tax_certificates.open", about=payer.id, checks_inputs=False
    )
    return Card(
        title=f"Tax certificate of {payer.name}",
        body=CertificateForm.inputs(typed, problems),
        buttons=(save, back),
    )


def _why(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    one = queries.get(turn.session, turn.record)
    save = Button(
        title="Strike off",
        verb="tax_certificates.withdraw",
        about=one.id,
        style="destructive",
    )
    back = Button(title="Back", verb="tax_certificates.show", about=one.id, checks_inputs=False)
    return Card(
        title=f"Strike off the certificate of {one.jurisdiction}",
        body=WhyForm.inputs(typed, problems),
        buttons=(save, back),
    )
