"""The map from a company's own columns to the desk's (TOML)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

from bot.kernel.errors import Refused
from bot.kernel.shapes import dataclass
from bot.workflows.imports.layouts import LAYOUTS, Layout

_PARTS: Final = ("date_format", "decimal", "thousands", "columns", "defaults")
_THOUSANDS: Final = {".": ", '", ",": ". '"}
"""The marks that may stand between thousands, by the decimal mark."""
_PLAIN: Final = (str, int, bool, date, time)
_TRIAL: Final = datetime(2026, 11, 28, tzinfo=UTC)


class BadMap(Refused):
    """The map file cannot be used."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How one kind of file is laid out: the date format, whose columns are ours, defaults."""

    date_format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Ours to theirs."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Ours to the text that stands in for a missing column or an empty cell."""
    decimal: str = ""
    """The decimal mark of amounts; empty means a point, with commas between thousands."""
    thousands: str = ""
    """The marks that may stand between thousands."""


def load(path: Path | None, layout: Layout) -> ColumnMap:
    """
    Read the part of a map file that is for a kind of file; none, or no file, is no map.

    :raises BadMap: if it cannot be read, or names something unknown.
    """
    if path is None:
        return ColumnMap()
    try:
        sections = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadMap(f"The map {path} cannot be read: {error}.") from error
    _check_known(sections, tuple(LAYOUTS), f"The map {path} has a section")
    section = sections.get(layout.name, {})
    if not isinstance(section, dict):
        raise BadMap(f"The map {path}: [{layout.name}] should be a section.")
    return read(section, layout, where=f"The map {path}")


def read(section: Mapping[str, Any], layout: Layout, *, where: str) -> ColumnMap:
    """
    Return a section of a map.

    :raises BadMap: if it names something unknown.
    """
    _check_known(section, _PARTS, f"{where} has in [{layout.name}]")
    columns = _texts(section, "columns", layout, where)
    twice = [name for name in set(columns.values()) if list(columns.values()).count(name) > 1]
    if twice:
        raise BadMap(f"{where} takes the column {twice[0]!r} twice.")
    return ColumnMap(
        _date_format(section.get("date_format", ""), where),
        columns,
        _texts(section, "defaults", layout, where),
        *_marks(section, layout, where),
    )


def _texts(section: Mapping[str, Any], part: str, layout: Layout, where: str) -> dict[str, str]:
    values = section.get(part, {})
    if not isinstance(values, dict):
        raise BadMap(f"{where}: [{layout.name}.{part}] should be a table.")
    _check_known(values, layout.names, f"{where} has in [{layout.name}.{part}] a column")
    for name, value in values.items():
        if not isinstance(value, _PLAIN):
            raise BadMap(f"{where}: {name} in [{layout.name}.{part}] should be a text.")
    return {name: str(value).strip() for name, value in values.items()}


def _date_format(value: object, where: str) -> str:
    is_text = isinstance(value, str)
    if is_text and not value:
        return ""
    try:
        whole = datetime.strptime(_TRIAL.strftime(str(value)), str(value)).replace(tzinfo=UTC)
    except ValueError:
        whole = None
    if not is_text or whole != _TRIAL:
        raise BadMap(f"{where}: date_format {value!r} is no format of a date, like %d/%m/%Y.")
    return str(value)


def _marks(section: Mapping[str, Any], layout: Layout, where: str) -> tuple[str, str]:
    if "decimal" not in section and "thousands" not in section:
        return "", ""
    decimal = section.get("decimal", ".")
    usual = _THOUSANDS.get(decimal, "") if isinstance(decimal, str) else ""
    if not usual:
        raise BadMap(f'{where}: decimal in [{layout.name}] should be "," or ".".')
    thousands = section.get("thousands", usual)
    if thousands not in ("", usual, *usual):
        said = " or ".join(f'"{mark}"' for mark in usual)
        raise BadMap(f"{where}: thousands in [{layout.name}] should be {said}, or left out.")
    return decimal, thousands


def _check_known(values: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    for name in values:
        if name not in known:
            raise BadMap(f"{what} {name!r}, which is none of: {', '.join(known)}.")
