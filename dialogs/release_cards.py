"""Which processes may write to customers, and what is held of each (go-live)."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Element, Facts, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.correspondence import queries
from bot.workflows.correspondence.records import Mail, Process
from bot.workflows.correspondence.troubles import PROCESSES, number_of
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from dialogs import mail_cards

MOST_HELD: Final = 5


def held(view: View, note: str = "") -> Card:
    """Draw what is held of a process, with what a lead can do about it (go-live)."""
    process = PROCESSES[view.about - 1]
    todays, older = queries.count_held(view.session, process, at=view.now)
    release = queries.release_of(view.session, process)
    earlier = [("Held from earlier days", f"{older:,}")] if older else []
    facts = [("Held from today", f"{todays:,}"), *earlier]
    if release:
        by = people.get(view.session, release.released_by).name if release.released_by else ""
        when = wording.moment(release.released_at, view.policy.zone, today=view.today)
        facts = [("Released", f"{when}{', ' if by else ''}{by}"), *earlier]
    return Card(
        title=f"{process.words.capitalize()}: {'released' if release else 'held'}",
        note=note,
        body=(
            *(() if release else (_hint("None of it goes out before a lead releases it."),)),
            Facts(pairs=tuple(facts)),
            *(_older(view, process) if release else ()),
        ),
        buttons=_held_buttons(process, is_released=release is not None, older=older),
        summary=f"{process.words.capitalize()} wait for your release",
    )


def confirm(view: View) -> Card:
    """Draw what a release would let go, before it is done."""
    process = PROCESSES[view.about - 1]
    todays, older = queries.count_held(view.session, process, at=view.now)
    words = f"{_goes_out(view, todays)} From the release on, {_from_then(process)}."
    later = f" {_mails(older)} of earlier days: you decide on each, none goes by itself."
    yes = Button(
        title="Yes, release", verb="correspondence.release", about=view.about, style="positive"
    )
    back = Button(title="Back", verb="correspondence.held", about=view.about)
    return Card(
        title=f"Release {process.words}?",
        body=(Text(text=f"{words}{later if older else ''}"),),
        buttons=(yes, back),
    )


def _goes_out(view: View, todays: int) -> str:
    if not todays:
        return "No e-mail is held from today."
    return (
        f"{_mails(todays)} held from today would go out: what is part of a payer's mail of the "
        f"day by {view.policy.daily_mail_at:%H:%M}, the rest at once."
    )


def _from_then(process: Process) -> str:
    if process is Process.NOTICES:
        return (
            "each suspension notice goes out as soon as a lead releases it, and none by itself"
        )
    return f"{process.words} go out by themselves"


def releases(view: View, note: str = "") -> Card:
    """Draw which processes may write to customers, and what is held of each."""
    counts = queries.held_counts(view.session)
    lines = tuple(
        _process_line(view, process, counts.get(process, 0))
        for process in PROCESSES
        if process is not Process.BY_HAND
    )
    lost = len(queries.unsettled(view.session))
    refused = Button(title="Did not arrive", verb="correspondence.refused")
    unknown = Button(title=f"Not known if they arrived ({lost})", verb="correspondence.lost")
    return Card(
        title="E-mail to customers",
        note=note,
        body=(_hint("Tap a line to see what is held of it, or to release it."), *lines),
        buttons=(refused, unknown) if lost else (refused,),
    )


def _hint(words: str) -> Text:
    return Text(text=words, size="small", is_subtle=True)


def _older(view: View, process: Process) -> tuple[Element, ...]:
    found = queries.held_before(view.session, process, at=view.now, limit=MOST_HELD)
    return tuple(element for mail in found for element in _decide(view, mail))


def _decide(view: View, mail: Mail) -> tuple[Element, ...]:
    payer = customers.get(view.session, mail.payer_id).name
    head = f"{payer}, {wording.day(mail.day)}: {mail_cards.subject_of(view.session, mail)}"
    send, drop = (
        mail_cards.about("Send", "send_held", mail),
        mail_cards.about("Drop", "drop_held", mail),
    )
    look = Button(title="Read", verb="correspondence.open", about=mail.id)
    return (Text(text=head, size="small"), Buttons(actions=(send, drop, look)))


def _held_buttons(process: Process, *, is_released: bool, older: int) -> tuple[Button, ...]:
    number = number_of(process)
    if not is_released:
        release = Button(
            title="Release", verb="correspondence.confirm", about=number, style="positive"
        )
        return (release,)
    if older > 1:
        title = f"Drop all {older:,} of earlier days"
        return (Button(title=title, verb="correspondence.drop_older", about=number),)
    return ()


def _process_line(view: View, process: Process, held: int) -> Columns:
    release = queries.release_of(view.session, process)
    state = "held"
    if release:
        state = f"released {wording.day(view.policy.company_date(release.released_at))}"
    waiting = f", {_mails(held)} waiting" if held else ""
    words = f"{state}{waiting}"
    became = Text(text=words, size="small", is_subtle=release is not None, spacing="none")
    press = Button(title="Open", verb="correspondence.held", about=number_of(process))
    name = Text(text=process.words.capitalize(), is_bold=True)
    return Columns(cells=(Cell(items=(name, became)),), press=press)


def _mails(count: int) -> str:
    return "1 e-mail" if count == 1 else f"{count:,} e-mails"
