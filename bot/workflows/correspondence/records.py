"""E-mail, as remembered."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Record
from bot.store.frozen import freeze
from bot.workflows.correspondence.rules import MailKind, MailState, Process

__all__ = ["Mail", "MailFile", "MailKind", "MailPart", "MailState", "MailText", "Process"]


class Mail(Record):
    """One e-mail to a payer."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_state_due", "state", "due_at"),
        Index("ix_mails_payer_day", "payer_id", "day"),
    )

    key: Mapped[str] = mapped_column(unique=True)
    """
    What it is, such as `statement:2026-05:12`: made once only.

    A day's mail is `open:12` while parts join, so that a payer has one, and `day:2026-05-04:12`
    from the moment its text is fixed, so that one leaves a day.
    """
    kind: Mapped[MailKind]
    process: Mapped[Process]
    """Whose release it waits for; of a day's mail, of its first part."""
    about: Mapped[str] = mapped_column(default="", index=True)
    """The record it belongs to, such as `suspension_notice:7`."""
    payer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    named_to: Mapped[str] = mapped_column(default="")
    """To whom it goes where that is not the payer's own address."""
    day: Mapped[date]
    """The company's date on which it leaves, or should have left."""
    state: Mapped[MailState] = mapped_column(default=MailState.OPEN)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None: the desk."""
    released_at: Mapped[datetime | None]
    """Of what was held: somebody let it go."""
    released_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    due_at: Mapped[datetime | None]
    """
    When it leaves; of an open mail in which nothing may leave, None.

    Of what is held: until when a release of its process lets it go without asking.
    """
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    """Of an unknown mail: a lead has seen it and leaves it at that."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Since it became due, or was sent again by a person."""
    last_error: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class MailPart(Record):
    """What one process has to say in a day's mail; one for each topic, ever."""

    __tablename__ = "mail_parts"

    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id"), index=True)
    topic: Mapped[str] = mapped_column(unique=True)
    """Such as `finals_contact:7` or `follow_up:3`: what it belongs to."""
    process: Mapped[Process]
    subject: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    needs_person: Mapped[bool] = mapped_column(default=False)
    """A draft that somebody sends; left out, and moved to the next day, until they do."""
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    dropped_at: Mapped[datetime | None]
    added_at: Mapped[datetime]


class MailText(Record):
    """A mail as it leaves: fixed when it becomes due; fixed again for a corrected address."""

    __tablename__ = "mail_texts"
    __table_args__ = (UniqueConstraint("mail_id", "number"),)

    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id"))
    number: Mapped[int] = mapped_column(default=1)
    """Counts the texts of a mail; the last one counts."""
    sender: Mapped[str]
    to: Mapped[str]
    """Addresses, comma-separated; so `copies`."""
    copies: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(unique=True)
    """Made from the mail's key, so that a repeat is recognisable."""
    fixed_at: Mapped[datetime]


class MailFile(Record):
    """A file that goes with a mail."""

    __tablename__ = "mail_files"

    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id"), index=True)
    name: Mapped[str]
    path: Mapped[str]
    """Relative to the desk's home."""
    sha256: Mapped[str]


class ProcessRelease(Record):
    """A process that may write to customers from then on (go-live)."""

    __tablename__ = "process_releases"

    process: Mapped[Process] = mapped_column(unique=True)
    released_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    released_at: Mapped[datetime]


freeze(MailText.__table__)  # type: ignore[arg-type]
freeze(MailFile.__table__)  # type: ignore[arg-type]
freeze(ProcessRelease.__table__)  # type: ignore[arg-type]
