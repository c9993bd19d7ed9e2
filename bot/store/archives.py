"""The file of a backup: a zip whose `contents.json` has the checksum of each part."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from bot.kernel.errors import Refused

CONTENTS: Final = "contents.json"
KIND: Final = "AR Desk backup 1"
_CHUNK: Final = 1 << 20


class CannotBackUp(Refused):
    """The backup cannot be made or used."""


def contents_of(parts: Mapping[str, Path]) -> str:
    """Return what the file says of itself: its kind, and each part's checksum."""
    sums = {name: _sum(path) for name, path in parts.items()}
    return json.dumps({"kind": KIND, "sha256": sums}, indent=2)


def unpacked(source: Path, folder: Path, folders: Collection[str]) -> dict[str, Path]:
    """
    Unpack a backup, and return its parts by name: files, and those of the named folders.

    :raises CannotBackUp: if it is of another version, or not what was saved.
    """
    with zipfile.ZipFile(source) as archive:
        contents = json.loads(archive.read(CONTENTS))
        if contents["kind"] != KIND:
            raise CannotBackUp(f"{source} is a backup of another version.")
        named = (name for name in contents["sha256"] if _is_plain(name, folders))
        known = {name: folder / name for name in named}
        for name in known:
            archive.extract(name, folder)
    if wrong := [n for n, path in known.items() if _sum(path) != contents["sha256"][n]]:
        raise CannotBackUp(f"{source} is damaged: {', '.join(wrong)} is not what was saved.")
    return known


def _is_plain(name: str, folders: Collection[str]) -> bool:
    """Test if a name is a file of the home, or of one of its folders: nothing elsewhere."""
    folder, _, file = name.rpartition("/")
    return file == Path(name).name and file not in ("", "..") and folder in ("", *folders)


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
