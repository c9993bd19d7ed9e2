"""The front door: finds the command, and turns whatever goes wrong into one sentence."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import secrets
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError
from typer.core import TyperCommand, TyperGroup

from bot.cli import COMMANDS
from bot.cli.log import end as end_log
from bot.kernel.errors import Refused

log = logging.getLogger(__name__)

REFUSED: Final = 2
FAULT: Final = 70
"""The exit code of a bug (EX_SOFTWARE)."""
INTERRUPTED: Final = 130
_COMPLETION: Final = ("install_completion", "show_completion")


class Commands(TyperGroup):
    """The commands of `bot.cli.COMMANDS`, each imported when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own type
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - Typer's own type
        """Return the command as it is listed, if there is one of that name."""
        known = COMMANDS.get(cmd_name)
        return TyperCommand(cmd_name, help=known.help) if known else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        """Import the command that is called."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, _command(name) if name and listed else None, rest


def _command(name: str) -> Any:  # noqa: ANN401 - Typer's own type
    module, _, attribute = COMMANDS[name].place.partition(":")
    command = typer.main.get_command(getattr(_imported(module), attribute))
    command.name = name
    command.params = [item for item in command.params if item.name not in _COMPLETION]
    return command


def _imported(module: str) -> ModuleType:
    """
    Import a command's module with all it needs.

    Everything that this makes stays for good: to look for garbage among it, again and again as
    it grows, would take a fifth of the start.
    """
    if module in sys.modules:
        return sys.modules[module]
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        gc.enable()


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False)


@app.callback()
def ardesk() -> None:
    """Run the accounts-receivable desk: its bot, its book, its clock."""


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; whatever goes wrong is said in one sentence."""
    try:
        return _run(arguments)
    except (Refused, ClickException) as error:
        return _say(_sentence(error), REFUSED)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _end_quietly()
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("A command failed; reference %s", reference)
        return _say(f"Something went wrong; the log says what, under {reference}.", FAULT)
    finally:
        end_log()


def _run(arguments: Sequence[str]) -> int:
    command = typer.main.get_command(app)
    try:
        code = command.main(args=list(arguments), prog_name="ardesk", standalone_mode=False)
    except NoArgsIsHelpError as shown:
        typer.echo(shown.format_message())
        return REFUSED
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _say(sentence: str, code: int) -> int:
    typer.echo(" ".join(sentence.split()), err=True)
    return code


def _sentence(error: Refused | ClickException) -> str:
    if isinstance(error, Refused):
        return str(error)
    if not isinstance(error, UsageError):
        return error.format_message()
    path = error.ctx.command_path if error.ctx else "ardesk"
    said = error.format_message().rstrip(".")
    return f"{said}: see `{path} --help`."


def _end_quietly() -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
