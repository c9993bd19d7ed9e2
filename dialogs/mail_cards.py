"""How mail is shown: one with its text and what became of it, and a payer's history (R8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.chat.card import Button, Card, Cell, Columns, Element, Facts, Text, Tone
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.correspondence import queries
from bot.workflows.correspondence.records import Mail, MailPart, MailState
from bot.workflows.customers import queries as customers
from dialogs import letters

MOST_BODY: Final = 3000
"""A longer text is cut on the card: Teams takes 28 KB."""
STATES: Final = {
    MailState.OPEN: "leaves with the day's mail",
    MailState.HELD: "held until its process is released",
    MailState.DUE: "on its way",
    MailState.SENDING: "on its way",
    MailState.SENT: "sent",
    MailState.UNKNOWN: "not known if it arrived",
    MailState.REFUSED: "did not arrive",
    MailState.CANCELLED: "not sent",
}
_BAD: Final = (MailState.REFUSED, MailState.UNKNOWN)
Lines = tuple[Element, ...]


def history(view: View, mails: Sequence[Mail], *, title: str) -> Card:
    """Draw mails, each to be opened."""
    none = (Text(text="None.", is_subtle=True),)
    return Card(title=title, body=lines_of(view, mails, view.policy.zone) or none)


def lines_of(view: View, mails: Sequence[Mail], zone: ZoneInfo) -> Lines:
    """Return a line for each mail: when, what, to whom, and what became of it (R8)."""
    return tuple(_line(view, mail, zone) for mail in mails)


def one(view: View, note: str = "") -> Card:
    """Draw a mail with its text, and what became of it."""
    mail = queries.get(view.session, view.about)
    text = queries.text_of(view.session, mail.id)
    files = queries.files_of(view.session, mail.id)
    pairs = [
        ("Customer", customers.get(view.session, mail.payer_id).name),
        ("To", text.to if text else ""),
        ("Copies", text.copies if text else ""),
        ("State", _state(view, mail, view.policy.zone)),
        ("Files", ", ".join(file.name for file in files)),
        ("Why", mail.last_error),
    ]
    return Card(
        title=subject_of(view.session, mail),
        note=note,
        body=(Facts(pairs=tuple(pair for pair in pairs if pair[1])), *_words(view, mail)),
        buttons=(
            *_mail_buttons(mail),
            *(link for file in files for link in view.link(file.path, f"Open {file.name}")),
        ),
        summary=f"E-mail: {subject_of(view.session, mail)}",
    )


def subject_of(session: Session, mail: Mail) -> str:
    """Return a mail's subject, or what is gathered for it."""
    if text := queries.text_of(session, mail.id):
        return text.subject
    parts = queries.parts_of(session, mail.id)
    return ", ".join(part.subject for part in parts) or "Nothing gathered yet"


def _words(view: View, mail: Mail) -> Lines:
    if text := queries.text_of(view.session, mail.id):
        return _paragraphs(text.body)
    parts = queries.parts_of(view.session, mail.id)
    return tuple(element for part in parts for element in _part(part))


def _part(part: MailPart) -> Lines:
    is_draft = part.needs_person and part.released_at is None
    head = f"{part.subject}{' (a draft that somebody sends)' if is_draft else ''}"
    return (Text(text=head, is_bold=True), *_paragraphs(part.words))


def _paragraphs(body: str) -> Lines:
    shown = body if len(body) <= MOST_BODY else f"{body[:MOST_BODY]} …"
    return letters.letter(shown, gap="default")


def _line(view: View, mail: Mail, zone: ZoneInfo) -> Columns:
    what = Text(text=subject_of(view.session, mail), size="small")
    state = _state(view, mail, zone)
    tone: Tone = "attention" if mail.state in _BAD else "default"
    became = Text(
        text=state, size="small", is_subtle=tone == "default", tone=tone, spacing="none"
    )
    press = Button(title="Open", verb="correspondence.open", about=mail.id)
    return Columns(cells=(Cell(items=(what, became)),), spacing="small", press=press)


def _state(view: View, mail: Mail, zone: ZoneInfo) -> str:
    words = STATES[mail.state]
    if mail.sent_at and mail.state is MailState.SENT:
        return f"{words} {wording.local(mail.sent_at, zone, today=view.today)}"
    if mail.state is MailState.OPEN and mail.due_at is None:
        return "a draft that somebody sends"
    return f"{wording.day(mail.day)}: {words}"


def _mail_buttons(mail: Mail) -> tuple[Button, ...]:
    again = about("Send again", "again", mail)
    if mail.state is MailState.REFUSED:
        return (again,)
    if mail.state is not MailState.UNKNOWN or mail.left_at is not None:
        return ()
    return (again, about("It arrived", "arrived", mail), about("Leave it", "leave", mail))


def about(title: str, verb: str, mail: Mail) -> Button:
    """Return a button about a mail as it is on this card."""
    return Button(
        title=title, verb=f"correspondence.{verb}", about=mail.id, version=mail.version
    )
