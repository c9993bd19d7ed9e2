"""A lead's word on the lists of a day: pin, postpone, reorder tiers; and lists missed (R86)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from bot.chat.card import Button, Buttons, Card, Element, Facts, Section, Text
from bot.chat.dialog import Dialog, Turn, View
from bot.kernel import wording
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.rules import LEADS
from bot.workflows.worklists import overrides, overruling, shifts
from bot.workflows.worklists import queries as lists
from bot.workflows.worklists.missing import MISSED_CARD
from bot.workflows.worklists.overruling import Wish
from bot.workflows.worklists.records import MissedList, Override, OverrideKind
from dialogs import choosing
from dialogs.override_forms import (
    PinForm,
    PostponeForm,
    TiersForm,
    agent_chosen,
    pin_form,
    postpone_form,
    tiers_form,
    tiers_typed,
)

dialog = Dialog("overrides")

_MOST_DAYS: Final = 20


@dialog.says("pin NAME", help="put a customer first on its list for a day", roles=LEADS)
def say_pin(turn: Turn) -> Card:
    """Open the form that pins a customer."""
    return _form_for(turn, "overrides.pin_form", pin_form)


@dialog.says("postpone NAME", help="take a customer off its list for some days", roles=LEADS)
def say_postpone(turn: Turn) -> Card:
    """Open the form that postpones a customer."""
    return _form_for(turn, "overrides.postpone_form", postpone_form)


@dialog.says("tiers", help="reorder the tiers of the lists for a day", roles=LEADS)
def say_tiers(turn: Turn) -> Card:
    """Open the form that reorders tiers."""
    choosing.check_private(turn)
    return tiers_form(turn, {})


@dialog.says("overrides", help="what is pinned, postponed or reordered today", roles=LEADS)
def say_overrides(turn: Turn) -> Card:
    """Show what is overruled today."""
    choosing.check_private(turn)
    return _today(turn)


@dialog.on("pin_form", only_reads=True, roles=LEADS)
def open_pin(turn: Turn) -> Card:
    """Open the form for the customer chosen."""
    return pin_form(turn, {})


@dialog.on("postpone_form", only_reads=True, roles=LEADS)
def open_postpone(turn: Turn) -> Card:
    """Open the form for the customer chosen."""
    return postpone_form(turn, {})


@dialog.on("pin", roles=LEADS, redraw=pin_form)
def pin(turn: Turn) -> Card:
    """Pin a customer for a day."""
    form = PinForm.read(turn.typed)
    days = (form.day, form.day)
    return _overrule(turn, _of_payer(turn, OverrideKind.PIN, days, form.reason))


@dialog.on("postpone", roles=LEADS, redraw=postpone_form)
def postpone(turn: Turn) -> Card:
    """Postpone a customer through a day."""
    form = PostponeForm.read(turn.typed)
    days = (turn.today, form.last_day)
    return _overrule(turn, _of_payer(turn, OverrideKind.POSTPONE, days, form.reason))


@dialog.on("reorder", roles=LEADS, redraw=tiers_form)
def reorder(turn: Turn) -> Card:
    """Reorder the tiers of a day."""
    form = TiersForm.read(turn.typed)
    wish = Wish(
        kind=OverrideKind.TIERS,
        tiers=tiers_typed(form.order),
        agent_id=agent_chosen(turn, form.agent),
        first_day=form.day,
        last_day=form.day,
        reason=form.reason,
        nonce=turn.nonce,
    )
    return _overrule(turn, wish)


@dialog.on("lift", roles=LEADS)
def lift(turn: Turn) -> Card:
    """Take an override back."""
    overruling.lift(turn.session, turn.record, by=turn.who, at=turn.now)
    return _today(turn, note="Taken back: those lists are as ranked again.")


@dialog.draws(MISSED_CARD)
def draw_missed(view: View) -> Card:
    """Draw what tells a lead that an agent got no list, or which agents, on which days."""
    missed = lists.missed(view.session, view.about)
    together = lists.missed_with(view.session, missed.noticed_at)
    if len(together) > 1:
        return _missed_together(view, together)
    agent = people.get(view.session, missed.agent_id)
    words = (
        f"{agent.name}'s list for {wording.day(missed.day)} was not posted before the shift "
        "ended, so it was not posted at all. The payers stand on the next list."
    )
    return Card(
        title=f"A list was missed: {agent.name}",
        body=(Text(text=words),),
        summary=f"{agent.name} got no list on {wording.day(missed.day)}",
    )


def _missed_together(view: View, missed: Sequence[MissedList]) -> Card:
    by_day: dict[date, list[str]] = {}
    for one in missed:
        by_day.setdefault(one.day, []).append(people.get(view.session, one.agent_id).name)
    title = f"{len(missed)} lists were missed"
    words = (
        "They were not posted before their shifts ended, so they were not posted at all. The "
        "payers stand on the next lists."
    )
    shown = sorted(by_day)[-_MOST_DAYS:]
    earlier = len(missed) - sum(len(by_day[day]) for day in shown)
    before = ((f"Since {wording.day(min(by_day))}", f"{earlier} more"),) if earlier else ()
    days = tuple((wording.day(day), ", ".join(sorted(by_day[day]))) for day in shown)
    told = (Text(text=words), Facts(pairs=(*before, *days)))
    return Card(title=title, body=(*told, *_not_handed_over(view, missed)), summary=title)


def _not_handed_over(view: View, missed: Sequence[MissedList]) -> tuple[Text, ...]:
    """Say from which day on shifts were handed over late, where some were not at all (R161)."""
    noticed_on = view.policy.company_date(missed[0].noticed_at)
    first = shifts.first_caught_up(noticed_on, view.policy)
    if all(one.day >= first for one in missed):
        return ()
    words = (
        f"Shifts before {wording.day(first)} were not handed over and have no activity sheet; "
        "the latest handovers have what is under way."
    )
    return (Text(text=words),)


def _form_for(turn: Turn, verb: str, draw: Callable[[Turn, Mapping[str, str]], Card]) -> Card:
    choosing.check_private(turn)
    found = choosing.payer_named(turn, turn.words, verb=verb)
    if isinstance(found, Card):
        return found
    return draw(replace(turn, about=found.payer_id), {})


def _of_payer(turn: Turn, kind: OverrideKind, days: tuple[date, date], reason: str) -> Wish:
    first_day, last_day = days
    return Wish(
        kind=kind,
        payer_id=turn.record,
        first_day=first_day,
        last_day=last_day,
        reason=reason,
        nonce=turn.nonce,
    )


def _overrule(turn: Turn, wish: Wish) -> Card:
    override = overruling.overrule(
        turn.session, wish, by=turn.who, at=turn.now, policy=turn.policy
    )
    return _today(turn, note=f"Done: {_said(turn, override)}.")


def _today(turn: Turn, note: str = "") -> Card:
    listed = overrides.listed(turn.session, on=turn.today)
    body: list[Element] = [_line(turn, override) for override in listed]
    if not body:
        body = [Text(text="Nothing is overruled: the lists stand as ranked.")]
    return Card(title=f"Overruled on {wording.day(turn.today)}", body=tuple(body), note=note)


def _line(turn: Turn, override: Override) -> Section:
    by = people.get(turn.session, override.set_by).name
    why = f"{by}: {override.reason}"
    back = Button(
        title=f"Take back: {override.kind.value}", verb="overrides.lift", about=override.id
    )
    return Section(
        items=(
            Text(text=_said(turn, override), is_bold=True),
            Text(text=why, size="small", spacing="none"),
            Buttons(actions=(back,)),
        ),
        has_separator=True,
    )


def _said(turn: Turn, override: Override) -> str:
    if override.payer_id is None:
        whose = "everybody's list"
        if override.agent_id:
            whose = f"{people.get(turn.session, override.agent_id).name}'s list"
        order = override.tiers.replace(",", " ")
        return f"tiers in the order {order} on {whose}, {wording.day(override.first_day)}"
    name = customers.get(turn.session, override.payer_id).name
    if override.kind is OverrideKind.PIN:
        return f"{name} pinned for {wording.day(override.first_day)}"
    return f"{name} postponed through {wording.dated(override.last_day)}"


@dialog.on("today", only_reads=True, roles=LEADS)
def today(turn: Turn) -> Card:
    """Show what is overruled today."""
    return _today(turn)
