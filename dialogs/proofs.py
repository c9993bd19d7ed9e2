"""Files handed over in chat: kept, and put where they prove something (R18, R56, R134)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Turn
from bot.kernel.errors import Refused
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.disputes import department
from bot.workflows.disputes import proofs as of_disputes
from bot.workflows.disputes import queries as disputes
from bot.workflows.people.rules import AT_THE_DESK, Role
from bot.workflows.proofs import operations, queries
from bot.workflows.suspension import proofs as of_cases
from bot.workflows.suspension import queries as cases
from dialogs import approvals, choosing, dispute_cards, proof_parts
from dialogs import proof_cards as cards
from dialogs.proof_cards import CustomerForm, Handed

dialog: Final = Dialog("proofs")

HANDERS: Final = AT_THE_DESK | {Role.SUPPORT, Role.BILLING, Role.TAX, Role.SALES}
_SAID: Final = 300
_LEAD_IN: Final = re.compile(
    r"^(?:here\s+is\s+)?(?:the\s+)?(?:proof|certificate|file|receipt)?\s*(?:of|for|from)?\s+",
    re.IGNORECASE,
)


class NothingHandedOver(Refused):
    """There is no file that waits to be said what it proves."""


@dialog.receives(roles=HANDERS)
def receive(turn: Turn) -> Card:
    """Keep what was handed over, each once, and ask what it proves (R18, R56)."""
    found = [
        operations.keep(turn.session, one, by=turn.who, at=turn.now) for one in turn.received
    ]
    handed = Handed(
        files=tuple({one.file.id: one.file for one in found}.values()),
        words=turn.words[:_SAID],
        old=frozenset(one.file.id for one in found if not one.is_new),
    )
    payer = _meant(turn)
    if payer is None or handed.old or turn.problems:
        return cards.kept(turn, handed)
    return replace(
        cards.of_payer(turn, handed, payer),
        note=f"Kept: {proof_parts.named(handed.files)}.",
        note_tone="good",
    )


@dialog.says(
    "proof NAME",
    help="say what the file that you handed me last proves",
    roles=HANDERS,
    only_reads=True,
)
def say_proof(turn: Turn) -> Card:
    """Show what the last file may prove, of the customer named or at all."""
    choosing.check_private(turn)
    file = queries.last_without_use(turn.session, turn.who.id)
    if file is None:
        raise NothingHandedOver(
            "Send me the file here, in our own chat (the paper clip): then say what it proves."
        )
    handed = Handed(files=(file,))
    return _of_named(turn, handed, turn.words) if turn.words else cards.kept(turn, handed)


def _again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return cards.kept(turn, _handed(turn), problems=problems)


@dialog.on("find", only_reads=True, roles=HANDERS, redraw=_again)
def find(turn: Turn) -> Card:
    """Show what the files may prove of the customer typed."""
    return _of_named(turn, _handed(turn), CustomerForm.read(turn.typed).customer)


@dialog.on("payer", only_reads=True, roles=HANDERS)
def open_payer(turn: Turn) -> Card:
    """Show what the files may prove of a customer."""
    return cards.of_payer(turn, _handed(turn), customers.get(turn.session, turn.record))


@dialog.on("again", only_reads=True, roles=HANDERS)
def ask_again(turn: Turn) -> Card:
    """Ask what the files prove."""
    return cards.kept(turn, _handed(turn))


@dialog.on("case")
def prove_case(turn: Turn) -> Card:
    """Put the files on a case; management is told at once (R56)."""
    handed, case = _handed(turn), cases.get(turn.session, turn.record)
    act, words = approvals.act_of(turn), handed.words
    told = [
        of_cases.prove(turn.session, case, file, words, act=act, policy=turn.policy)
        for file in handed.files
    ]
    name = customers.get(turn.session, case.payer_id).name
    undo = _undo("case_reports.undo", handed, [one.id for one in told])
    return Card(
        title=f"Proof: case {case.number} · {name}",
        note="Kept on the case. Management is told.",
        note_tone="good",
        note_buttons=undo,
        body=(
            Text(text=proof_parts.named(handed.files)),
            *proof_parts.links(turn.view(case.id), handed.files),
        ),
        buttons=(
            Button(title="Case", verb="case_files.open", about=case.id),
            Button(title="Later date…", verb="extensions.open", about=case.id),
        ),
    )


@dialog.on("dispute", roles=HANDERS)
def prove_dispute(turn: Turn) -> Card:
    """Put the files on a dispute as the customer's proof (R18)."""
    dispute = disputes.get(turn.session, turn.record)
    handed, act = _handed(turn), approvals.act_of(turn)
    used = [of_disputes.prove(turn.session, dispute, file, act=act) for file in handed.files]
    return replace(
        _dispute(turn, dispute.id, note="Kept as the customer's proof."),
        note_buttons=_undo("proofs.undo", handed, [one.id for one in used]),
    )


@dialog.on("undo", roles=HANDERS)
def undo(turn: Turn) -> Card:
    """Take a file off the dispute that one has just put it on."""
    dispute = of_disputes.take_off(
        turn.session, turn.record, by=turn.who, at=turn.now, policy=turn.policy
    )
    return _dispute(turn, dispute.id, note="Taken off; the file is kept.")


def _dispute(turn: Turn, dispute_id: int, *, note: str) -> Card:
    dispute = disputes.get(turn.session, dispute_id)
    may_close = department.may_work(turn.who, dispute)
    return dispute_cards.raised(turn.view(dispute_id), may_close=may_close, note=note)


def _undo(verb: str, handed: Handed, abouts: Sequence[int]) -> tuple[Button, ...]:
    """Return a button for each file that takes it off again."""
    names = [f"Undo {file.name}" for file in handed.files] if len(abouts) > 1 else ["Undo"]
    return tuple(
        Button(title=name, verb=verb, about=about)
        for name, about in zip(names, abouts, strict=True)
    )


def _handed(turn: Turn) -> Handed:
    ids = [int(one) for one in str(turn.fixed["files"]).split(",")]
    return Handed(files=queries.some(turn.session, ids), words=str(turn.fixed["said"]))


def _of_named(turn: Turn, handed: Handed, name: str) -> Card:
    fixed = handed.button("", "").fixed
    found = choosing.payer_named(turn, name, verb="proofs.payer", fixed=fixed)
    return found if isinstance(found, Card) else cards.of_payer(turn, handed, found)


def _meant(turn: Turn) -> Customer | None:
    """Return the customer that the words beside the files name, if they name one."""
    name = _LEAD_IN.sub("", f" {turn.words}".strip()).strip(" .:!").casefold()
    if len(name) < 3:
        return None
    found = customers.search(turn.session, name, limit=2)
    named = [one for one in found if name in (one.name.casefold(), one.number.casefold())]
    return named[0] if len(named) == 1 else None
