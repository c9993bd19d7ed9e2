"""`ardesk mail`: what was written to customers, and what became of it."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Annotated, Any, Final

import typer
from sqlalchemy.orm import Session

from bot.cli.desk import open_desk
from bot.cli.jobs import as_moment
from bot.cli.naming import payer_named
from bot.cli.output import Format, FormatOption, as_json, say, table
from bot.connectors.mail import choosing
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.policy import Policy
from bot.postman import Postman
from bot.store.database import Database
from bot.workflows.correspondence import again, departures, queries
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.customers import queries as customers

_MOST: Final = 100

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="As in `ardesk mail list`.", min=1)]


class NoSuchMail(Refused):
    """There is no mail of that number."""


@app.callback()
def mail() -> None:
    """Look at e-mail to customers, and send again what failed."""


@app.command("list")
def list_mails(
    state: Annotated[
        MailState | None, typer.Option("--state", help="Only what has got to there.")
    ] = None,
    customer: Annotated[
        str, typer.Option("--customer", help="Only a payer's, by its number.")
    ] = "",
    most: Annotated[int, typer.Option("--most", min=1, max=100_000)] = _MOST,
    output: FormatOption = Format.TEXT,
) -> None:
    """List mails, the latest first."""
    with open_desk() as desk, desk.database.reading() as session:
        payer = payer_named(session, customer).id if customer else None
        found = queries.find(session, state=state, payer_id=payer, limit=most)
        rows = [_as_dict(session, mail) for mail in found]
        zone = desk.policy.zone
    if output is Format.JSON:
        as_json(rows)
        return
    table(
        f"Mail to customers ({zone.key})",
        ("No.", "Day", "To", "Subject", "State", "Last error"),
        [(str(row["id"]), row["day"], row["name"], *_told(row)) for row in rows],
    )


@app.command("show")
def show_mail(number: Number, output: FormatOption = Format.TEXT) -> None:
    """Show a mail with its text."""
    with open_desk() as desk, desk.database.reading() as session:
        found = _mail(session, number)
        row = _as_dict(session, found) | {"body": _body(session, found)}
        when = _when(found, desk.policy.company_date(desk.clock()), desk.policy)
    if output is Format.JSON:
        as_json(row)
        return
    say(f"{row['subject'] or 'Not fixed yet'}: {row['name']}, {row['state']}")
    say(f"To {row['to'] or 'nobody yet'}{_copies(row)}; {when}")
    if row["last_error"]:
        say(row["last_error"])
    say(f"\n{row['body']}")


@app.command("retry")
def retry_mail(number: Number, output: FormatOption = Format.TEXT) -> None:
    """Send a mail again that is unknown or was refused, to the payer's address as it is now."""
    with open_desk() as desk, desk.database.transaction() as session:
        _mail(session, number)
        sent = again.send_again(session, number, by=None, at=desk.clock(), policy=desk.policy)
        row = _as_dict(session, sent)
    if output is Format.JSON:
        as_json(row)
    else:
        say(f"Mail {number} is due again, to {row['to']}.")


@app.command("send")
def send_mails(
    at: Annotated[
        str, typer.Option("--at", help="What is due by this time (ISO); now if not given.")
    ] = "",
    output: FormatOption = Format.TEXT,
) -> None:
    """Send what is due, as `ardesk serve` does all the time."""
    with open_desk() as desk:
        moment = as_moment(at, desk.policy) if at else desk.clock()
        postman = Postman(
            database=desk.database,
            mailer=choosing.mailer(desk.settings, company=desk.policy.company_name),
            policy=desk.policy,
            clock=lambda: moment,
        )
        before = _waiting(desk.database, moment)
        asyncio.run(postman.deliver_due())
        left = _waiting(desk.database, moment)
    if output is Format.JSON:
        as_json({"done": before - left, "left": left})
    else:
        say(f"{before - left:,} done with, {left:,} left.")


def _waiting(database: Database, moment: datetime) -> int:
    with database.reading() as session:
        return departures.waiting(session, at=moment).count


def _mail(session: Session, number: int) -> Mail:
    found = session.get(Mail, number)
    if found is None:
        raise NoSuchMail(f"There is no mail {number}; `ardesk mail list` shows what there is.")
    return found


def _as_dict(session: Session, mail: Mail) -> dict[str, Any]:
    text = queries.text_of(session, mail.id)
    payer = customers.get(session, mail.payer_id)
    return {
        "id": mail.id,
        "key": mail.key,
        "kind": mail.kind.value,
        "process": mail.process.value,
        "state": mail.state.value,
        "customer": payer.number,
        "name": payer.name,
        "day": mail.day.isoformat(),
        "to": text.to if text else "",
        "copies": text.copies if text else "",
        "subject": text.subject if text else "",
        "message_id": text.message_id if text else "",
        "files": [file.name for file in queries.files_of(session, mail.id)],
        "due_at": mail.due_at.isoformat() if mail.due_at else None,
        "sent_at": mail.sent_at.isoformat() if mail.sent_at else None,
        "attempts": mail.attempts,
        "last_error": mail.last_error,
    }


def _body(session: Session, mail: Mail) -> str:
    if text := queries.text_of(session, mail.id):
        return text.body
    parts = queries.parts_of(session, mail.id)
    return "\n\n".join(f"{part.subject}\n{part.words}" for part in parts)


def _told(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["subject"], row["state"], row["last_error"]


def _copies(row: dict[str, Any]) -> str:
    return f", copies to {row['copies']}" if row["copies"] else ""


def _when(mail: Mail, today: date, policy: Policy) -> str:
    moment = mail.sent_at or mail.due_at
    if moment is None:
        return f"of {wording.day(mail.day)}"
    when = wording.moment(moment, policy.zone, today=today)
    return f"{'sent' if mail.sent_at else 'due'} {when}"
