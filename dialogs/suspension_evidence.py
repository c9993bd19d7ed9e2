"""What is known about a case, at the head of the form for its note (R81)."""

from __future__ import annotations

from bot.chat.card import Element, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.suspension import evidence
from bot.workflows.suspension.evidence import Evidence
from bot.workflows.suspension.records import AnyCase
from dialogs import suspension_words as words


def summary(view: View, about: Evidence) -> tuple[Element, ...]:
    """Return what an agent has to know to write a note."""
    owed = " + ".join(str(each.money) for each in about.owed) or "nothing"
    days = wording.counted(about.oldest_days(view.today), "day")
    calls = wording.counted(about.contacts.calls, "call")
    reached = f" ({about.contacts.reached} reached)" if about.contacts.calls else ""
    mails = wording.counted(about.contacts.emails, "e-mail")
    parts = [f"{calls}{reached}, {mails}", *about.marks]
    last = "No note yet."
    if about.note:
        age = words.ago(about.note.at, view.today, view.policy)
        said = wording.shortened(about.note.words, 300)
        last = f"Last note: “{said}” {about.note.name}, {age}"
    return (
        Text(text=f"{owed} over 30 days, oldest {days}", is_bold=True),
        Text(text=" · ".join(parts), size="small", spacing="none"),
        Text(text=last, size="small", is_subtle=True),
    )


def known(view: View, case: AnyCase) -> Evidence:
    """Return what is known about a case today."""
    [found] = evidence.gather(view.session, [case], on=view.today, policy=view.policy)
    return found
