"""
The command line: a thin face over the workflows, for operators and scripts.

Each command is named here with the module that holds it (`module:attribute`, a Typer app), and
that module is imported only when the command is used: `serve` never loads what draws files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COMMANDS: Final[Mapping[str, str]] = {
    "serve": "bot.cli.serve:app",
    "demo": "bot.cli.demo:app",
    "import": "bot.cli.imports:app",
    "report": "bot.cli.reporting:app",
    "worklist": "bot.cli.worklists:worklist",
    "calendar": "bot.cli.worklists:calendar",
    "activity": "bot.cli.activity:app",
    "statement": "bot.cli.statements:statement",
    "statements": "bot.cli.statements:statements",
    "certificate": "bot.cli.certificates:app",
    "case": "bot.cli.cases:case",
    "digest": "bot.cli.digest:app",
    "template": "bot.cli.cases:template",
    "mail": "bot.cli.mail:app",
    "job": "bot.cli.jobs:app",
    "doctor": "bot.cli.doctor:app",
    "package": "bot.cli.package:app",
    "audit": "bot.cli.audit:app",
    "backup": "bot.cli.backup:backup",
    "restore": "bot.cli.backup:restore",
    "db": "bot.cli.database:app",
}
