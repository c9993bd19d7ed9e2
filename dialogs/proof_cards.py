"""What a file that was handed over looks like, and what it can be the proof of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.chat.card import Button, Card, Cell, Columns, Element, Text
from bot.chat.dialog import Turn
from bot.chat.form import Form, TextField
from bot.kernel import wording
from bot.kernel.shapes import dataclass
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.disputes import department
from bot.workflows.disputes import proofs as of_disputes
from bot.workflows.disputes import queries as disputes
from bot.workflows.disputes.records import Dispute
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK, Role
from bot.workflows.proofs import queries as proofs
from bot.workflows.proofs.records import ProofFile
from bot.workflows.proofs.rules import size_words
from bot.workflows.suspension import proofs as of_cases
from bot.workflows.suspension import queries as cases
from bot.workflows.suspension.records import AnyCase
from dialogs import dispute_cards

RECENT: Final = 4
"""Cases, and disputes, that are offered without being asked for."""
OFFERED: Final = 8
KEEPERS: Final = AT_THE_DESK | {Role.TAX, Role.BILLING}
"""Who enters tax certificates."""
_USED_AS: Final = {
    "case_report": "suspension case",
    "dispute": "dispute",
    "tax_certificate": "tax-exempt certificate",
}


class CustomerForm(Form):
    """Whom the files are about."""

    customer = TextField("The customer's name", longest=100, is_optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Files, and what was said when they were handed over."""

    files: Sequence[ProofFile]
    words: str = ""
    old: frozenset[int] = frozenset()
    """Which of them the desk had already."""

    @property
    def names(self) -> str:
        """What they are called."""
        return wording.listed([file.name for file in self.files], most=3)

    def button(self, title: str, verb: str, about: int | None = None) -> Button:
        """Return a button that says something of these files."""
        ids = ",".join(str(file.id) for file in self.files)
        fixed = {"files": ids, "said": self.words}
        return Button(title=title, verb=verb, about=about, fixed=fixed)


def kept(turn: Turn, handed: Handed, *, problems: Mapping[str, str] | None = None) -> Card:
    """Say that files are kept, and offer what they may prove."""
    lines = [line for file in handed.files for line in _lines(turn, handed, file)]
    failed = (Text(text=one, tone="attention", size="small") for one in turn.problems)
    return Card(
        title=f"Kept: {handed.names}",
        body=(
            *lines,
            *failed,
            Text(text="What does it prove?", is_bold=True),
            *_recent(turn, handed),
            *CustomerForm.inputs(turn.typed, problems),
        ),
        buttons=(handed.button("Find", "proofs.find"),),
        summary=f"Kept: {handed.names}",
    )


def of_payer(turn: Turn, handed: Handed, payer: Customer) -> Card:
    """Offer what files may prove about a payer."""
    lines = [*_of_cases(turn, handed, payer), *_of_disputes(turn, handed, payer)]
    if turn.who.roles & KEEPERS:
        lines += [_certificate(handed, file, payer) for file in handed.files]
    nothing = Text(text="Nothing there waits for a proof that is yours to give.")
    return Card(
        title=f"{payer.name}: what does {handed.names} prove?",
        body=(_hint("Tap what it is."), *lines[:OFFERED]) if lines else (nothing,),
        buttons=(handed.button("Another customer", "proofs.again"),),
    )


def _lines(turn: Turn, handed: Handed, file: ProofFile) -> list[Element]:
    who = people.get(turn.session, file.received_by).name
    when = wording.moment(file.received_at, turn.who.zone, today=turn.today)
    lines: list[Element] = [
        Text(text=f"{file.name} · {size_words(file.size)}", size="small", spacing="none")
    ]
    if file.id in handed.old:
        said = f"I had it already: {who} handed it over {when}. It is kept once."
        lines.append(Text(text=said, size="small", is_subtle=True, spacing="none"))
    for use in proofs.uses_of(turn.session, file.id):
        name = customers.get(turn.session, use.payer_id).name
        said = f"Proof already: {_USED_AS[use.about.partition(':')[0]]} of {name}."
        lines.append(Text(text=said, size="small", is_subtle=True, spacing="none"))
    return lines


def _recent(turn: Turn, handed: Handed) -> list[Element]:
    session, who = turn.session, turn.who
    lines: list[Element] = []
    if who.roles & AT_THE_DESK:
        lines += [
            _case(turn, handed, case)
            for case in of_cases.recent(session, who, today=turn.today, limit=RECENT)
        ]
    lines += [
        _dispute(turn, handed, dispute)
        for dispute in of_disputes.recent(session, who, today=turn.today, limit=RECENT)
    ]
    return [_hint("Tap it, or name the customer."), *lines] if lines else []


def _hint(words: str) -> Text:
    return Text(text=words, size="small", is_subtle=True, spacing="none")


def _of_cases(turn: Turn, handed: Handed, payer: Customer) -> list[Columns]:
    case = cases.of_payer(turn.session, payer.id)
    is_offered = case is not None and turn.who.roles & AT_THE_DESK
    return [_case(turn, handed, case)] if case and is_offered else []


def _of_disputes(turn: Turn, handed: Handed, payer: Customer) -> list[Columns]:
    is_theirs = customers.may_act(turn.session, turn.who, payer, today=turn.today)
    return [
        _dispute(turn, handed, dispute)
        for dispute in disputes.open_disputes(turn.session)
        if dispute.payer_id == payer.id
        and (is_theirs or department.may_work(turn.who, dispute))
    ]


def _case(turn: Turn, handed: Handed, case: AnyCase) -> Columns:
    name = customers.get(turn.session, case.payer_id).name
    title = f"Case {case.number} · {name}"
    press = handed.button(title, "proofs.case", case.id)
    return _offer(press, case.state.words.capitalize())


def _dispute(turn: Turn, handed: Handed, dispute: Dispute) -> Columns:
    title = dispute_cards.title_of(turn.view(dispute.id), dispute)
    press = handed.button(title, "proofs.dispute", dispute.id)
    return _offer(press, dispute.reason.words)


def _certificate(handed: Handed, file: ProofFile, payer: Customer) -> Columns:
    one = Handed(files=(file,), words=handed.words)
    press = one.button("Tax-exempt certificate", "proof_certificates.open", payer.id)
    return _offer(press, file.name)


def _offer(press: Button, words: str) -> Columns:
    said = (
        Text(text=press.title, is_bold=True),
        Text(text=words, size="small", is_subtle=True, spacing="none"),
    )
    return Columns(cells=(Cell(items=said),), has_separator=True, press=press)
