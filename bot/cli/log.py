"""Logging: one line an event, to stderr or a file, with card numbers cut out (I29)."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import structlog

from bot.kernel.card_numbers import redact

FILE: Final = "ardesk.log"
_NAME: Final = "ardesk"
_QUIET: Final = ("apscheduler", "aiohttp.access", "botbuilder", "botframework", "msrest")
_Event = MutableMapping[str, Any]


def to_stderr(log_format: str) -> None:
    """Log what happens to stderr: lines for people, or JSON for a collector of logs."""
    _set_up(logging.StreamHandler(sys.stderr), log_format, level=logging.INFO)


def to_file(home: Path, log_format: str) -> None:
    """Log warnings and faults to `ardesk.log` in the desk's home, where commands keep them."""
    handler = logging.FileHandler(home / FILE, encoding="utf-8", delay=True)
    _set_up(handler, log_format, level=logging.WARNING)


def end() -> None:
    """Log no more."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if handler.get_name() == _NAME]:
        root.removeHandler(handler)
        handler.close()


def _set_up(handler: logging.Handler, log_format: str, *, level: int) -> None:
    end()
    handler.set_name(_NAME)
    handler.setFormatter(_formatter(log_format))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _formatter(log_format: str) -> logging.Formatter:
    as_lines = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_as_it_is)
    is_json = log_format == "json"
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _without_card_numbers,
            structlog.processors.JSONRenderer() if is_json else as_lines,
        ],
    )


def _without_card_numbers(_logger: object, _method: str, event: _Event) -> _Event:
    return {
        name: redact(value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def _as_it_is(sio: Any, exc_info: Any) -> None:  # noqa: ANN401 - structlog's own types
    structlog.dev.plain_traceback(sio, exc_info)
