"""`ardesk case` and `ardesk template`: a case as of any day, and the wording of notices."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.orm import Session

from bot.cli.desk import OpenDesk, open_desk
from bot.cli.output import Format, FormatOption, as_json, plain, say, table
from bot.cli.reports import as_date
from bot.kernel.errors import Refused
from bot.workflows.customers import queries as customers
from bot.workflows.meetings import happened
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member
from bot.workflows.suspension import (
    case_files,
    chronicle,
    happenings,
    history,
    queries,
    templates,
)
from bot.workflows.suspension.account_files import AccountFile
from bot.workflows.suspension.case_files import CaseFile
from bot.workflows.suspension.happenings import Happening
from bot.workflows.suspension.history import AsPosted, Step

AsPostedOption = Annotated[
    bool, typer.Option("--as-posted", help="As it stood then, not by what is known now.")
]
case = typer.Typer(add_completion=False)
template = typer.Typer(no_args_is_help=True)


class NoSuchPerson(Refused):
    """Nobody is known by that."""


@case.command()
def show_case(
    number: Annotated[int, typer.Argument(min=1, help="The case's number.")],
    on: Annotated[str, typer.Option("--on", help="As of this day (2026-06-30).")] = "",
    as_posted: AsPostedOption = False,  # noqa: FBT002 - how Typer declares a switch
    form: FormatOption = Format.TEXT,
) -> None:
    """Show a suspension case: accounts, clocks, evidence, what is missing, what happened."""
    with open_desk() as desk, desk.database.reading() as session:
        day = as_date(on) if on else desk.policy.company_date(desk.clock())
        case_id = queries.by_number(session, number).id
        if as_posted:
            _show_posted(session, desk, number, case_id, (day, form))
            return
        opened_on = queries.get(session, case_id).opened_on
        if day < opened_on:
            _say_none(number, day, opened_on, form)
            return
        file = case_files.of(session, case_id, on=day, policy=desk.policy)
        steps = history.steps(session, case_id)
        met = happened.on_case(session, case_id)
        told = chronicle.of(session, case_id, on=day, policy=desk.policy, more=met)
    if form is Format.JSON:
        as_json({**_as_dict(file, steps), "happened": _told(told)})
    else:
        _say(file)
        _say_what_happened(told, desk.policy.zone)


@template.callback()
def wording() -> None:
    """Look at the wording of suspension notices, and have the company's own approved."""


@template.command("list")
def list_templates(form: FormatOption = Format.TEXT) -> None:
    """Show each template: whose wording it is, and if that is approved."""
    with open_desk() as desk, desk.database.reading() as session:
        rows = [
            (name, *templates.standing(session, name, desk.policy)) for name in templates.NAMES
        ]
    if form is Format.JSON:
        as_json([dict(zip(("name", "state", "sha256"), row, strict=True)) for row in rows])
    else:
        table("Notices", ("Template", "Wording", "SHA-256"), rows)


@template.command("show")
def show_template(name: Annotated[str, typer.Argument(help="As in `template list`.")]) -> None:
    """Print the wording that comes with the desk, to start one's own from."""
    if name not in templates.NAMES:
        known = ", ".join(templates.NAMES)
        raise templates.BadTemplate(f"There is no template {name}: there are {known}.")
    typer.echo(templates.packaged(name).text)


@template.command("lock")
def lock_template(
    name: Annotated[str, typer.Argument(help="As in `template list`.")],
    by: Annotated[str, typer.Option("--by", help="The controller's e-mail or Entra id.")],
) -> None:
    """Approve the company's own wording as it stands in its file now."""
    with open_desk() as desk, desk.database.transaction() as session:
        locked = templates.lock(
            session, name, by=_person(session, by), at=desk.clock(), policy=desk.policy
        )
        said = f"{name} is locked as {locked.sha256[:12]}, approved by {by}."
    say(said)


def _person(session: Session, named: str) -> Member:
    found = people.named(session, named)
    if found is None:
        raise NoSuchPerson(f"Nobody is known by {named}.")
    return found


def _say_none(number: int, day: date, opened_on: date, form: Format) -> None:
    """Say that a case was not there yet on a day."""
    if form is Format.JSON:
        as_json(
            {
                "number": number,
                "on": day.isoformat(),
                "as_posted": False,
                "state": None,
                "opened_on": opened_on.isoformat(),
                "accounts": [],
            }
        )
        return
    say(f"There was no case {number} on {day}: it was opened on {opened_on}.")


def _show_posted(
    session: Session, desk: OpenDesk, number: int, case_id: int, asked: tuple[date, Format]
) -> None:
    day, form = asked
    stood = history.as_posted(session, case_id, on=day, policy=desk.policy)
    named = customers.names_of(session, stood.accounts)
    if form is Format.JSON:
        as_json(_posted_dict(number, stood, named))
        return
    state = stood.state.words if stood.state else "not open yet"
    say(f"Case {number} stood at “{state}” at the end of {day}. {stood.why}".strip())
    for account_id, name in sorted(named.items()):
        say(f"{name}: {stood.accounts[account_id].words}")


def _posted_dict(number: int, stood: AsPosted, named: dict[int, str]) -> dict[str, Any]:
    return {
        "number": number,
        "on": stood.on.isoformat(),
        "as_posted": True,
        "state": stood.state.value if stood.state else None,
        "why": stood.why,
        "accounts": [
            {"name": name, "state": stood.accounts[one].value}
            for one, name in sorted(named.items())
        ],
    }


def _as_dict(file: CaseFile, steps: list[Step]) -> dict[str, Any]:
    return {
        "number": file.number,
        "on": file.on.isoformat(),
        "as_posted": False,
        "customer": file.payer_name,
        "agent": file.owner_name,
        "state": file.state.value,
        "opened_on": file.opened_on.isoformat(),
        "closed_on": _day(file.closed_on),
        "accounts": [_account(account) for account in file.accounts],
        **_clocks(file),
        "evidence": [
            {"words": item.words, "is_there": item.is_there, "records": list(item.about)}
            for item in file.evidence
        ],
        "missing": list(file.missing),
        "waits_for": file.waits_for.value,
        "waits_words": file.waits_words,
        "reports": list(file.reports),
        "steps": [
            {"at": step.at.isoformat(), "words": step.words, "evidence": list(step.evidence)}
            for step in steps
        ],
    }


def _told(told: list[Happening]) -> list[dict[str, str]]:
    return [{"at": one.at.isoformat(), "words": one.words, "by": one.by} for one in told]


def _clocks(file: CaseFile) -> dict[str, Any]:
    return {
        "clocks": file.clocks,
        "notices": [
            {"step": step.value, "sent_on": day.isoformat()} for step, day in file.notices
        ],
        "next_step": file.next_step.value if file.next_step else None,
        "next_due": _day(file.next_due),
        "ready_on": _day(file.ready_on),
        "would_be_ready": file.would_be_ready,
        "held_until": _day(file.held_until),
    }


def _account(account: AccountFile) -> dict[str, Any]:
    return {
        "name": account.name,
        "state": account.state.value,
        "owed": {one.currency: plain(one) for one in account.owed},
        "disputed": {one.currency: plain(one) for one in account.disputed},
        "causing": {one.currency: plain(one) for one in account.causing},
        "invoices": list(account.invoices),
        "oldest_days": account.oldest_days,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _say(file: CaseFile) -> None:
    rows = [
        (
            account.name,
            account.state.words,
            " + ".join(map(str, account.owed)) or "nothing",
            " + ".join(map(str, account.causing)) or "nothing",
            str(account.oldest_days),
        )
        for account in file.accounts
    ]
    title = f"Case {file.number}, {file.payer_name}: {file.stands}. {file.clocks}"
    columns = ("Account", "State", ">Over 30 days", ">May cause suspension", ">Days")
    table(title, columns, rows)
    for item in file.evidence:
        say(f"{'✓' if item.is_there else '✗'} {item.words}")
    say(f"{file.would_be_ready} Waits for: {file.waits_words}.")
    for told in file.reports:
        say(told)


def _say_what_happened(told: list[Happening], zone: ZoneInfo) -> None:
    """Print what happened, the newest first (R168)."""
    say("What happened:")
    for day, group in happenings.by_day(told, zone):
        for one in group:
            say(f"{day} {happenings.line(one, zone)}")
