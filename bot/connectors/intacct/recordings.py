"""Recorded or exported answers of Intacct: a folder of JSON files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from bot.kernel.shapes import dataclass
from bot.workflows.imports.answers import Answers, Item
from bot.workflows.imports.parsing import Problem
from bot.workflows.imports.rows import BadFile

_LARGEST: Final = 256 << 20


@dataclass(slots=True)
class _Found:
    """What has been found so far; a later answer about the same record counts."""

    customers: dict[str, Item] = field(default_factory=dict)
    invoices: dict[str, Item] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    pages: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    again: int = 0


def read_folder(folder: Path) -> Answers:
    """
    Read a folder of answers, in the order of their names.

    Pages of customers and invoices are taken, errors listed, descriptions of objects passed
    over. A cassette (a recording of whole exchanges) holds the same answers again and is read
    only where there are no answers beside it.

    :raises BadFile: if it is no folder, or there is no answer in it.
    """
    if not folder.is_dir():
        raise BadFile(f"{folder} is not a folder of recorded answers.")
    found = _Found()
    documents = [(path, _load(path, found)) for path in sorted(folder.glob("*.json"))]
    told = [(path, one) for path, one in documents if "interactions" not in one]
    for path, answer in told:
        _take(answer, path.name, found)
    if not (found.customers or found.invoices):
        for path, cassette in documents:
            for answer in _recorded(cassette):
                _take(answer, path.name, found)
    if not (found.customers or found.invoices or found.problems):
        raise BadFile(f"{folder} has no answers of Intacct in it.")
    return _answers(folder, found)


def _load(path: Path, found: _Found) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadFile(f"{path} is larger than an answer of Intacct can be.")
        document = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        found.problems.append(Problem(0, path.name, "The file is not JSON that can be read."))
        return {}
    return document if isinstance(document, dict) else {}


def _recorded(cassette: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    exchanges = cassette.get("interactions")
    for exchange in exchanges if isinstance(exchanges, list) else ():
        try:
            answer = json.loads(exchange["response"]["body"]["string"])
        except (KeyError, TypeError, ValueError):
            continue
        if isinstance(answer, dict):
            yield answer


def _take(answer: Mapping[str, Any], name: str, found: _Found) -> None:
    result = answer.get("ia::result")
    error = answer.get("ia::error")
    if isinstance(result, dict):
        error = error or result.get("ia::error")
    if error:
        found.problems.append(Problem(0, name, _refusal(error)))
        return
    for item in _items(result):
        if "invoiceNumber" in item:
            _keep(found.invoices, str(item["invoiceNumber"] or item.get("key")), item, found)
        elif "totalDue" in item or "customerRestriction" in item:
            _keep(found.customers, str(item.get("id")), item, found)
    _count(result, answer.get("ia::meta"), found)


def _items(result: object) -> list[Item]:
    listed = result if isinstance(result, list) else [result]
    return [item for item in listed if isinstance(item, dict) and "fields" not in item]


def _keep(kept: dict[str, Item], key: str, item: Item, found: _Found) -> None:
    found.again += key in kept
    kept[key] = item


def _count(result: object, meta: object, found: _Found) -> None:
    if not isinstance(result, list) or not result or not isinstance(meta, dict):
        return
    kind = "invoices" if "invoiceNumber" in result[0] else "customers"
    total = meta.get("totalCount")
    if isinstance(total, int):
        found.pages[kind, total] += len(result)


def _refusal(error: object) -> str:
    told = error if isinstance(error, dict) else {}
    code = told.get("errorId") or told.get("code") or "no code"
    message = str(told.get("message") or error)[:300].rstrip(".")
    return f"Intacct refused this request: {message} ({code})."


def _answers(folder: Path, found: _Found) -> Answers:
    missing = [
        Problem(0, kind, f"Pages are missing: {there:,} of {total:,} {kind} are there.")
        for (kind, total), there in found.pages.items()
        if there < total
    ]
    again = f"{found.again:,} records came in more than one answer; the last one counts."
    return Answers(
        source=folder.name,
        customers=tuple(found.customers.values()),
        invoices=tuple(found.invoices.values()),
        problems=(*found.problems, *missing),
        notes=(again,) if found.again else (),
    )
