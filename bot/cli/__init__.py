"""The command line: a thin face over the workflows, for operators and scripts."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)
