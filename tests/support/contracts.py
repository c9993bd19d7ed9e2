"""Holding cards to Microsoft's own schemas, which lie beside the repository."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator, Draft7Validator

HEAVIEST = 28 * 1024
"""Teams takes no heavier card."""


def faults_of(card: dict[str, Any], shared: Path) -> list[str]:
    """Return what Microsoft's schemas, and Teams' limit on size, hold against a card."""
    plain = {name: value for name, value in card.items() if name != "msteams"}
    folder = shared / "contracts" / "adaptive-cards"
    faults = [
        *_validator(Draft6Validator, folder / "adaptive-card-1.5.0.json").iter_errors(plain),
        *_validator(Draft7Validator, folder / "teams-adaptive-card.schema.json").iter_errors(
            card
        ),
    ]
    size = len(json.dumps(card, ensure_ascii=False).encode())
    heavy = [f"{size} bytes are more than Teams takes"] if size > HEAVIEST else []
    return [f"{fault.json_path}: {fault.message[:300]}" for fault in faults] + heavy


@cache
def _validator(kind: Any, path: Path) -> Any:
    return kind(json.loads(path.read_text("utf-8-sig")))
