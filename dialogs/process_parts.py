"""What the account review says of processes: finals, the ladder, certificates, the case."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Button
from bot.chat.dialog import Turn
from bot.kernel import wording
from bot.workflows.finals import queries as finals
from bot.workflows.finals.records import ContactState, FinalsContact, Stage
from bot.workflows.mrr import queries as mrr
from bot.workflows.suspension import case_files
from bot.workflows.suspension import queries as cases
from bot.workflows.tax_certificates import queries as certificates
from bot.workflows.worklists.accounts import Account

_STAGES: Final = {
    Stage.CONFIRMATION: "receipt",
    Stage.DAY_5: "asked at 5 days past due",
    Stage.DAY_15: "asked at 15 days past due",
}
_STATES: Final = {
    ContactState.DUE: "to be called",
    ContactState.CONFIRMED: "confirmed",
    ContactState.QUESTIONED: "a question is open",
    ContactState.PROMISED: "promised",
    ContactState.SPOKEN: "no promise",
    ContactState.PAID: "paid",
    ContactState.NOT_REACHED: "not reached",
}


def facts(turn: Turn, account: Account) -> tuple[tuple[str, str], ...]:
    """Return where a payer stands with final invoices, the ladder and its certificates."""
    payer_id = account.payer.id
    contact = finals.latest_of_payer(turn.session, payer_id)
    ladder = mrr.open_of(turn.session, payer_id)
    valid = certificates.valid(turn.session, payer_id, on=turn.today)
    held = [f"{one.jurisdiction} through {wording.dated(one.valid_until)}" for one in valid]
    escalated = ""
    if ladder:
        escalated = f"to the {ladder.rung.words} since {wording.day(ladder.rung_on)}"
    return (
        ("Finals", _contact(contact) if contact else ""),
        ("Escalated", escalated),
        ("Tax-exempt", wording.listed(held) if held else ""),
        ("Suspension", _case(turn, payer_id)),
    )


def case_button(turn: Turn, payer_id: int) -> tuple[Button, ...]:
    """Return the button that opens the payer's suspension case, if it has one."""
    case = cases.of_payer(turn.session, payer_id)
    if case is None:
        return ()
    return (Button(title=f"Case {case.number}", verb="case_files.open", about=case.id),)


def _case(turn: Turn, payer_id: int) -> str:
    case = cases.of_payer(turn.session, payer_id)
    if case is None:
        return ""
    file = case_files.of(turn.session, case.id, on=turn.today, policy=turn.policy)
    return f"case {case.number}, {file.stands}. {file.clocks}"


def _contact(contact: FinalsContact) -> str:
    return (
        f"{_STAGES[contact.stage]}: {_STATES[contact.state]} "
        f"({wording.day(contact.closed_on or contact.opened_on)})"
    )
