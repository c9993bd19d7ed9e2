"""What a case's file looks like: states, clocks, evidence, what is missing (R70-R75)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Facts, Text, Tone
from bot.chat.dialog import View
from bot.kernel import wording
from bot.kernel.money import Money
from bot.workflows.people.rules import AT_THE_DESK, LEADS, Member
from bot.workflows.suspension import case_files, notices, proofs
from bot.workflows.suspension.account_files import AccountFile
from bot.workflows.suspension.case_files import (
    CaseFile,
    EvidenceItem,
    WaitsFor,
)
from bot.workflows.suspension.open_decisions import OpenDecision
from bot.workflows.suspension.records import SuspensionCase
from bot.workflows.suspension.rules import CaseState
from dialogs import case_decisions, documents, proof_parts

MOST_ACCOUNTS: Final = 12
MOST_CASES: Final = 20
_WAITS: Final = 90
NOT_BY_ITSELF: Final = "No notice goes out by itself: a lead releases each one."
TONES: Final[dict[CaseState, Tone]] = {
    CaseState.READY: "attention",
    CaseState.SUSPENDED: "attention",
    CaseState.RESTORED: "good",
    CaseState.CLOSED: "good",
    CaseState.WATCH: "default",
}
PAST_EVIDENCE: Final = (CaseState.READY, CaseState.SUSPENDED, CaseState.RESTORED)


def draw(view: View, viewer: Member | None, *, note: str = "") -> Card:
    """Draw a case's file; `viewer` sees the buttons that are theirs, None sees none."""
    file = case_files.of(view.session, view.about, on=view.today, policy=view.policy)
    return Card(
        title=f"Case {file.number} · {file.payer_name}",
        note=note,
        note_tone="good",
        body=(
            *_head(file),
            *_accounts(file),
            *evidence(file),
            *_reported(file),
            *proof_parts.links(view, proofs.of_case(view.session, file.case_id)),
            *_buttons(view, file, viewer),
        ),
        summary=f"Case {file.number}, {file.payer_name}: {file.stands}",
    )


def listed(
    view: View, cases: Sequence[SuspensionCase], decisions: Sequence[OpenDecision]
) -> Card:
    """Draw the cases that are under way, what waits for a decision first; a tap opens one."""
    waiting: list[Element] = [_decision(one) for one in decisions[:MOST_CASES]]
    if waiting:
        head = Text(text="To decide", is_bold=True, tone="attention")
        waiting.insert(0, head)
    shown = [case.id for case in cases[:MOST_CASES]]
    files = case_files.several(view.session, shown, on=view.today, policy=view.policy)
    lines = [_line(file) for file in files]
    more = len(cases) - len(lines)
    rest = (Text(text=f"and {more} more", size="small", is_subtle=True),) if more > 0 else ()
    nothing = Text(text="No case is under notice, ready or suspended.")
    title = f"{wording.counted(len(cases), 'suspension case')} under way".capitalize()
    return Card(title=title, body=(*waiting, *(lines or (nothing,)), *rest))


def _decision(one: OpenDecision) -> Columns:
    said = Text(text=f"{one.number} · {one.payer_name}: {one.words}")
    return Columns(cells=(Cell(items=(said,)),), press=_open(one.case_id))


def _line(file: CaseFile) -> Columns:
    named = Text(text=f"{file.number} · {file.payer_name}", is_bold=True)
    waits = wording.shortened(_waits(file), _WAITS)
    left = (named, Text(text=waits, size="small", is_subtle=True, spacing="none"))
    state = Text(
        text=file.stands.capitalize(),
        size="small",
        align="right",
        spacing="none",
        tone=TONES.get(file.state, "warning"),
    )
    owed = Text(text=sums(_owed(file)), align="right")
    cells = (Cell(items=left), Cell(items=(owed, state), width="auto"))
    return Columns(cells=cells, has_separator=True, press=_open(file.case_id))


def _open(case_id: int) -> Button:
    return Button(title="Open", verb="case_files.open", about=case_id)


def evidence(file: CaseFile) -> tuple[Element, ...]:
    """
    Return the evidence of a case, a line each: there, or missing, with what helps.

    Nothing where nothing is owed: there is nothing to prove. When it would be ready is said
    until it is.
    """
    if file.state is CaseState.CLOSED or not _owed(file):
        return ()
    lines = [line for item in file.evidence for line in _item(item)]
    if file.state not in PAST_EVIDENCE:
        ready = file.would_be_ready
        lines.append(Text(text=ready, is_bold=True, size="small", spacing="small"))
    return (Text(text="Evidence", is_bold=True), *lines)


def _head(file: CaseFile) -> Iterator[Element]:
    if file.closed_on:
        closed = f"Closed {wording.day(file.closed_on)}: {file.closed_why}."
        yield Text(text=closed, tone="good", spacing="small")
        return
    tone = TONES.get(file.state, "warning")
    state = file.stands.capitalize()
    stands = file.clocks if file.clocks.startswith(state) else f"{state}. {file.clocks}"
    yield Text(text=stands, tone=tone, is_bold=True, spacing="small")
    pairs = [("Waits for", _waits(file)), ("Agent", file.owner_name)]
    if file.held_until and file.waits_for is not WaitsFor.HOLD:
        pairs.append(("On hold until", wording.dated(file.held_until)))
    pairs.append(("Open since", wording.day(file.opened_on)))
    yield Facts(pairs=tuple(pairs))
    if file.next_step and _owed(file):
        yield Text(text=NOT_BY_ITSELF, size="small", is_subtle=True)


def _owed(file: CaseFile) -> list[Money]:
    return [one for account in file.accounts for one in account.owed]


def _waits(file: CaseFile) -> str:
    if file.waits_for in (WaitsFor.NOBODY, WaitsFor.HOLD):
        return file.waits_words
    who = file.waits_for.value.replace("_", " ")
    return (
        file.waits_words if file.waits_words.startswith(who) else f"{who}: {file.waits_words}"
    )


def _accounts(file: CaseFile) -> Iterator[Element]:
    for account in file.accounts[:MOST_ACCOUNTS]:
        yield _account(account)
    more = len(file.accounts) - MOST_ACCOUNTS
    if more > 0:
        yield Text(text=f"and {wording.counted(more, 'more account')}", size="small")


def _account(account: AccountFile) -> Columns:
    is_off = account.state is CaseState.SUSPENDED
    causing = f", {account.may_cause}" if account.causing and not is_off else ""
    disputed = f" · {sums(account.disputed)} disputed" if account.disputed else ""
    age = f" · oldest {wording.counted(account.oldest_days, 'day')}" * bool(account.owed)
    left = (
        Text(text=account.name, is_bold=True),
        Text(
            text=f"{account.state.words.capitalize()}{causing}{disputed}{age}",
            size="small",
            spacing="none",
            tone=TONES.get(account.state, "warning"),
        ),
    )
    owed = Text(text=sums(account.owed), align="right")
    return Columns(
        cells=(Cell(items=left), Cell(items=(owed,), width="auto")), has_separator=True
    )


def _item(item: EvidenceItem) -> Iterator[Text]:
    sign = "✓" if item.is_there else "✗"
    tone: Tone = "good" if item.is_there else "attention"
    yield Text(text=f"{sign} {item.words}", size="small", tone=tone, spacing="none")
    if item.helps:
        yield Text(text=item.helps, size="small", is_subtle=True, spacing="none")


def _reported(file: CaseFile) -> Iterator[Element]:
    if not file.reports:
        return
    yield Text(text="Reported", is_bold=True)
    for told in file.reports[:5]:
        yield Text(text=wording.shortened(told, 300), size="small", spacing="none")


def _buttons(view: View, file: CaseFile, viewer: Member | None) -> tuple[Element, ...]:
    """Return what can be done, in one block: a row of its own for each looks torn."""
    if viewer is None:
        return ()
    past = Button(title="What happened", verb="case_files.steps", about=file.case_id)
    if not viewer.roles & AT_THE_DESK:
        return (Buttons(actions=(past,)),)
    account = Button(title="Account", verb="customers.open", about=file.payer_id)
    is_open = file.state is not CaseState.CLOSED
    acts = tuple(_at_the_desk(view, file, viewer)) if is_open else ()
    return (
        *case_decisions.row(view, file.case_id, viewer),
        *documents.row(file.payer_id, *acts, account, past),
    )


def _at_the_desk(view: View, file: CaseFile, viewer: Member) -> Iterator[Button]:
    is_lead = bool(viewer.roles & LEADS)
    draft = notices.draft_of(view.session, file.case_id)
    if draft and is_lead:
        title, verb = f"See the {draft.step.words}", "suspension_notices.show"
        yield Button(title=title, verb=verb, about=draft.id, style="positive")
    if is_lead and file.state is CaseState.SUSPENDED:
        verb = "support_orders.mistake"
        yield Button(title="Suspended by mistake", verb=verb, about=file.case_id)
    yield Button(title="Report", verb="case_reports.open", about=file.case_id)
    yield Button(title="Later date…", verb="extensions.open", about=file.case_id)


def sums(amounts: Sequence[Money]) -> str:
    """Return amounts by currency, added up where they are in the same one."""
    found: dict[str, Money] = {}
    for amount in amounts:
        known = found.get(amount.currency)
        found[amount.currency] = known + amount if known else amount
    return " + ".join(str(found[currency]) for currency in sorted(found)) or "nothing"
