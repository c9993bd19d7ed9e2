"""Writing down what bears on a case, and telling management (R56-R60)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Element, Facts, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.chat.form import ChoiceField, DateField, Form, Option, TextField
from bot.kernel import wording
from bot.store.rows import record
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.suspension import case_files, proofs, queries, reports
from bot.workflows.suspension.case_records import CaseReport, ReportKind
from bot.workflows.suspension.reports import BY_HAND, REPORT_CARD, NewReport
from dialogs import approvals, choosing, proof_parts
from dialogs.case_file_cards import sums
from dialogs.case_files import shown

dialog: Final = Dialog("case_reports")

KINDS: Final = tuple(Option(kind.words, kind.value) for kind in BY_HAND)


class ReportForm(Form):
    """What somebody at the desk heard."""

    kind = ChoiceField("What is it?")
    words = TextField("Who said or did what", lines=3, longest=1000)
    new_date = DateField("New date, if one was named", is_optional=True)
    file = TextField(
        "File of the proof, if there is one",
        is_optional=True,
        hint="A link or file name, or send it later",
    )


@dialog.draws(REPORT_CARD)
def draw_report(view: View) -> Card:
    """Tell management what bears on a case, with the case as it stands."""
    told = record(view.session, CaseReport, view.about)
    file = case_files.of(view.session, told.case_id, on=view.today, policy=view.policy)
    who = people.get(view.session, told.by).name if told.by else "The desk"
    pairs = (
        ("Known from", f"{who}, {wording.moment(told.at, view.policy.zone, today=view.today)}"),
        ("New date", wording.dated(told.new_date) if told.new_date else ""),
        ("Proof", told.file),
        ("Case", f"{file.number}, {file.stands}. {file.clocks}"),
        ("Over 30 days", sums([one for account in file.accounts for one in account.owed])),
        ("Agent", file.owner_name),
    )
    said = (Text(text=f"“{told.words}”"),) if told.words else ()
    return Card(
        title=f"{told.kind.words}: {file.payer_name}",
        note="Taken back: this does not hold any more." if told.taken_back_at else "",
        body=(
            *said,
            Facts(pairs=tuple(pair for pair in pairs if pair[1])),
            *proof_parts.links(view, proofs.of_report(view.session, told.id)),
        ),
        buttons=(Button(title="Case", verb="case_files.open", about=file.case_id),),
    )


@dialog.on("open", only_reads=True)
def open_form(turn: Turn) -> Card:
    """Show the form for what bears on a case."""
    return _form(turn, {}, {})


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _form(turn, turn.typed, problems)


@dialog.on("save", redraw=_again)
def save(turn: Turn) -> Card:
    """Keep what was written and tell management; anyone at the desk may (R56)."""
    form = ReportForm.read(turn.typed)
    case = queries.get(turn.session, turn.record)
    has_date = turn.typed.get("new_date", "").strip()
    new = NewReport(
        kind=choosing.one_of(ReportKind, form.kind, field="kind"),
        key=f"form:{turn.nonce}",
        words=form.words,
        new_date=form.new_date if has_date else None,
        file=form.file,
    )
    told = reports.report_by_hand(
        turn.session, case, new, act=approvals.act_of(turn), policy=turn.policy
    )
    note = "Kept. Management is told."
    if told.kind is ReportKind.SECOND_CONTACT:
        note = "Kept as evidence."
    return _kept(turn, told, note)


@dialog.on("undo")
def undo(turn: Turn) -> Card:
    """Take back what one has just written."""
    told = reports.take_back(
        turn.session, turn.record, act=approvals.act_of(turn), policy=turn.policy
    )
    return shown(turn, told.case_id, note="Taken back.")


def _kept(turn: Turn, told: CaseReport, note: str) -> Card:
    case = queries.get(turn.session, told.case_id)
    name = customers.get(turn.session, case.payer_id).name
    dated = (("New date", wording.dated(told.new_date)),) if told.new_date else ()
    known = (*dated, *((("Proof", told.file),) if told.file else ()))
    return Card(
        title=f"{told.kind.words}: case {case.number} · {name}",
        note=note,
        note_tone="good",
        note_buttons=(Button(title="Undo", verb="case_reports.undo", about=told.id),),
        body=(Text(text=f"“{told.words}”"), *((Facts(pairs=known),) if known else ())),
        buttons=(Button(title="Case", verb="case_files.open", about=case.id),),
    )


def _form(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    case = queries.get(turn.session, turn.record)
    queries.check_open(case)
    name = customers.get(turn.session, case.payer_id).name
    inputs: tuple[Element, ...] = ReportForm.inputs(typed, problems, {"kind": KINDS})
    save = Button(
        title="Save",
        verb="case_reports.save",
        about=case.id,
        nonce=turn.nonce or turn.fresh,
        style="positive",
    )
    back = Button(title="Back", verb="case_files.open", about=case.id, checks_inputs=False)
    return Card(
        title=f"What bears on case {case.number} · {name}?",
        body=(
            Text(
                text="Management is told at once, also of what is not proved yet.",
                size="small",
                is_subtle=True,
            ),
            *inputs,
        ),
        buttons=(save, back),
    )
