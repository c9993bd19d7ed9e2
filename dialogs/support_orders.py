"""Suspending and restoring services: support's card, and part payments (R57, R70-R75)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.chat.card import Button, Card, Facts, Text, Tone
from bot.chat.dialog import Dialog, Turn, View
from bot.chat.form import Form, TextField
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.store.rows import record
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.rules import EVERYBODY, LEADS, PRINCIPALS
from bot.workflows.suspension import case_files, confirming, orders, part_payments, queries
from bot.workflows.suspension.case_files import CaseFile
from bot.workflows.suspension.case_records import (
    OrderKind,
    OrderState,
    PartPayment,
    SupportOrder,
)
from bot.workflows.suspension.orders import ORDER_CARD
from bot.workflows.suspension.part_payments import PART_CARD
from bot.workflows.suspension.rules import CaseState
from dialogs import approvals
from dialogs.case_file_cards import sums
from dialogs.case_files import shown

dialog: Final = Dialog("support_orders")

UNCHANGED: Final = "Nothing was changed: this is how it stands now."
LEAVE_ON: Final = "Leave the services on; if they are off already, switch them on again."
DONE: Final = {OrderKind.SUSPEND: "Suspended", OrderKind.RESTORE: "Restored"}
TONES: Final[dict[OrderState, Tone]] = {
    OrderState.OPEN: "accent",
    OrderState.DONE: "good",
    OrderState.REFUSED: "attention",
    OrderState.WITHDRAWN: "warning",
}


class WhyForm(Form):
    """Why services have to come back."""

    words = TextField("Why was it a mistake?", lines=2, longest=500)


class ReasonForm(Form):
    """A decider's words on a part payment."""

    words = TextField("Your reason", lines=2, longest=500, is_optional=True)


@dialog.draws(ORDER_CARD)
def draw_order(view: View) -> Card:
    """Draw what support is asked to do, or what came of it."""
    return _order(view)


@dialog.on("done", roles=EVERYBODY)
def done(turn: Turn) -> Card:
    """Record that support has suspended or restored; a suspension after the last check."""
    confirmed = confirming.confirm(
        turn.session,
        turn.record,
        version=turn.version,
        act=approvals.act_of(turn),
        policy=turn.policy,
    )
    note = "" if confirmed.is_new else UNCHANGED
    return _order(turn.view(confirmed.order.id), note=note)


def _order_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _order(turn.view(turn.record), note=" ".join(problems.values()))


@dialog.on("undo", roles=EVERYBODY, redraw=_order_again)
def undo(turn: Turn) -> Card:
    """Take back a confirmation that was a slip."""
    act = approvals.act_of(turn)
    order = confirming.undo(turn.session, turn.record, act=act, policy=turn.policy)
    return _order(turn.view(order.id), note="Taken back: it is open again.")


@dialog.on("mistake", only_reads=True, roles=LEADS)
def mistake(turn: Turn) -> Card:
    """Ask why services were suspended by mistake."""
    return _mistake(turn, {}, {})


def _mistake_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _mistake(turn, turn.typed, problems)


@dialog.on("restore", roles=LEADS, redraw=_mistake_again)
def restore(turn: Turn) -> Card:
    """Have support restore what was suspended by mistake."""
    form = WhyForm.read(turn.typed)
    act = approvals.act_of(turn)
    orders.order_restoring(
        turn.session, turn.record, why=form.words, act=act, policy=turn.policy
    )
    return shown(turn, turn.record, note="Support is asked to restore the services.")


@dialog.draws(PART_CARD)
def draw_part(view: View) -> Card:
    """Ask a decider if a part payment restores services, or show what was decided."""
    return _part(view)


@dialog.on("part", only_reads=True, roles=PRINCIPALS)
def show_part(turn: Turn) -> Card:
    """Show a part payment to decide on, from its case."""
    return _part(turn.view(turn.record))


def _part_again(turn: Turn, problems: Mapping[str, str]) -> Card:
    return _part(turn.view(turn.record), typed=turn.typed, problem=" ".join(problems.values()))


@dialog.on("enough", roles=PRINCIPALS, redraw=_part_again)
def enough(turn: Turn) -> Card:
    """Take a part payment for enough: support is asked to restore."""
    return _decided(turn, restores=True)


@dialog.on("keep", roles=PRINCIPALS, redraw=_part_again)
def keep(turn: Turn) -> Card:
    """Keep services suspended, with the reason."""
    return _decided(turn, restores=False)


def _decided(turn: Turn, *, restores: bool) -> Card:
    part = part_payments.decide(
        turn.session,
        turn.record,
        version=turn.version,
        restores=restores,
        reason=ReasonForm.read(turn.typed).words,
        act=approvals.act_of(turn),
        policy=turn.policy,
    )
    is_mine = part.decided_by == turn.who.id and part.decided_at == turn.now
    return _part(turn.view(turn.record), problem="" if is_mine else UNCHANGED)


def _order(view: View, *, note: str = "") -> Card:
    order = record(view.session, SupportOrder, view.about)
    case = queries.get(view.session, order.case_id)
    payer = customers.get(view.session, case.payer_id)
    account = customers.get(view.session, order.customer_id)
    verb = order.kind.value.capitalize()
    asked = wording.moment(order.asked_at, view.policy.zone, today=view.today)
    who = people.get(view.session, order.asked_by).name if order.asked_by else "the desk"
    title = f"{verb} services: {account.site or account.name}"
    return Card(
        title=title,
        note=note,
        body=(
            Text(text=_state(view, order), tone=TONES[order.state], is_bold=True),
            Facts(
                pairs=(
                    ("Customer", f"{payer.name} ({account.number})"),
                    ("Why", wording.capital(order.why)),
                    ("Asked", f"{asked}, {who}"),
                    ("Case", str(case.number)),
                )
            ),
        ),
        buttons=_order_buttons(view, order),
        summary=f"{title}, {payer.name}",
    )


def _state(view: View, order: SupportOrder) -> str:
    if order.state is OrderState.OPEN:
        return f"Support is to {order.kind} the services, and to say so here when it is done."
    if order.state is not OrderState.DONE or order.done_at is None:
        is_refused = order.state is OrderState.REFUSED
        what = "Not to be done" if is_refused else "Withdrawn"
        leave = f" {LEAVE_ON}" if order.kind is OrderKind.SUSPEND else ""
        return f"{what}: {order.ended_why}.{leave}"
    who = people.get(view.session, order.done_by).name if order.done_by else "support"
    minutes = int((order.done_at - order.asked_at).total_seconds() // 60)
    when = wording.moment(order.done_at, view.policy.zone, today=view.today)
    took = wording.counted(minutes, "minute") if minutes else "less than a minute"
    return f"{DONE[order.kind]} by {who}, {when}: {took} after it was asked."


def _order_buttons(view: View, order: SupportOrder) -> tuple[Button, ...]:
    if not _may_confirm(view):
        return (Button(title="Case", verb="case_files.open", about=order.case_id),)
    if order.state is OrderState.OPEN:
        press = Button(
            title=DONE[order.kind],
            verb="support_orders.done",
            about=order.id,
            version=order.version,
            style="positive",
        )
        return (press,)
    if order.state is OrderState.DONE and order.done_at is not None:
        age = (view.now - order.done_at).total_seconds() / 60
        if age <= view.policy.undo_minutes:
            return (Button(title="Undo", verb="support_orders.undo", about=order.id),)
    return ()


def _may_confirm(view: View) -> bool:
    """Test if whoever reads the card is support: their channel, or their own chat."""
    kind, _, number = str(view.place or "").partition(":")
    if kind != "person":
        return True
    try:
        confirming.check_may_confirm(view.session, people.get(view.session, int(number)))
    except Refused:
        return False
    return True


def _mistake(turn: Turn, typed: Mapping[str, str], problems: Mapping[str, str]) -> Card:
    case = queries.get(turn.session, turn.record)
    payer = customers.get(turn.session, case.payer_id)
    send = Button(
        title="Restore the services",
        verb="support_orders.restore",
        about=case.id,
        style="positive",
    )
    back = Button(title="Back", verb="case_files.open", about=case.id, checks_inputs=False)
    return Card(
        title=f"Suspended by mistake? Case {case.number} · {payer.name}",
        body=WhyForm.inputs(typed, problems),
        buttons=(send, back),
    )


def _part(view: View, *, typed: Mapping[str, str] | None = None, problem: str = "") -> Card:
    part = record(view.session, PartPayment, view.about)
    file = case_files.of(view.session, part.case_id, on=view.today, policy=view.policy)
    is_open = part.decided_at is None
    answers = (
        _answer(part, "Restore", "enough"),
        _answer(part, "Keep suspended", "keep"),
    )
    case = Button(title="Case", verb="case_files.open", about=file.case_id, checks_inputs=False)
    return Card(
        title=f"Part payment: {file.payer_name}",
        note=problem,
        note_tone="attention",
        body=(
            Text(text=_part_words(view, part), is_bold=True),
            Facts(
                pairs=(
                    ("Received", part.received),
                    ("Still unpaid", part.left),
                    *((("Suspended", _suspended(view, file)),) if is_open else ()),
                    ("Over 30 days", sums([m for a in file.accounts for m in a.owed])),
                    ("Case", str(file.number)),
                )
            ),
            *(ReasonForm.inputs(typed or {}) if is_open else ()),
        ),
        buttons=(*answers, case) if is_open else (case,),
        summary=f"Part payment by {file.payer_name}: your decision is needed",
    )


def _suspended(view: View, file: CaseFile) -> str:
    """Return the accounts that the decision is about: not those that are paid for (R57)."""
    coming = {
        order.customer_id
        for order in orders.open_of(view.session, file.case_id)
        if order.kind is OrderKind.RESTORE
    }
    off = [one for one in file.accounts if one.state is CaseState.SUSPENDED]
    names = [one.name for one in off if one.account_id not in coming]
    return wording.listed(names) or "nothing any more"


def _answer(part: PartPayment, title: str, verb: str) -> Button:
    return Button(
        title=title,
        verb=f"support_orders.{verb}",
        about=part.id,
        version=part.version,
        style="positive" if verb == "enough" else "destructive",
    )


def _part_words(view: View, part: PartPayment) -> str:
    if part.decided_at is None:
        return "Should services be restored on this part payment?"
    if part.restores is None:
        return f"Nothing to decide any more: {part.reason}."
    who = people.get(view.session, part.decided_by).name if part.decided_by else "The desk"
    when = wording.moment(part.decided_at, view.policy.zone, today=view.today)
    what = "Restored on part payment" if part.restores else "Kept suspended"
    return f"{what}, decided by {who}, {when}. {part.reason}".strip()
