"""`ardesk db`: the database's tables."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import settings as environment
from bot.cli.desk import opened
from bot.cli.output import say
from bot.cli.tables import import_records
from bot.store import schema
from bot.store.schema import Standing

app = typer.Typer(help="Bring the database's tables up to date.", no_args_is_help=True)


@app.callback()
def db() -> None:
    """Bring the database's tables up to date."""


@app.command()
def upgrade() -> None:
    """Bring the tables up to what this version of the desk needs; make a backup before."""
    with opened(environment.read()) as desk:
        found = schema.standing(desk.database.engine)
        if found is Standing.AHEAD:
            raise schema.NoDatabase("The database is of a newer version than this program.")
        if found is Standing.CURRENT:
            say("The database is up to date.")
            return
        schema.upgrade(desk.database.engine)
        say(f"The database is now at version {schema.newest() or 'of the records'}.")


@app.command(hidden=True)
def step(message: Annotated[str, typer.Argument(help="What it changes.")]) -> None:
    """Write the migration step that the records now need; for those who build the desk."""
    import_records()
    say(f"Written: {schema.write_step(message)}")
