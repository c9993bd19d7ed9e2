"""
The file of a backup: a zip whose `contents.json` has the checksum of each part.

A part is summed while it is written, so that a file which is replaced meanwhile is in there as
one or the other, and its checksum is right.
"""

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


def pack(parts: Mapping[str, Path], target: Path) -> dict[str, str]:
    """Write a backup of parts, by name, a piece at a time; return their checksums."""
    sums: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in parts.items():
            if summed := _added(archive, name, path):
                sums[name] = summed
        archive.writestr(CONTENTS, json.dumps({"kind": KIND, "sha256": sums}, indent=2))
    return sums


def _added(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """Add a file and return its checksum; nothing if it was removed meanwhile."""
    digest = hashlib.sha256()
    try:
        content = path.open("rb")
    except FileNotFoundError:
        return ""
    info = zipfile.ZipInfo.from_file(path, name)
    info.compress_type = zipfile.ZIP_DEFLATED
    with content, archive.open(info, "w", force_zip64=True) as part:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            part.write(chunk)
    return digest.hexdigest()


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
    """Test if a name is a file of the home, or below one of its folders: nothing elsewhere."""
    first, *rest = steps = name.split("/")
    is_named = all(step == Path(step).name and step not in ("", "..") for step in steps)
    return is_named and "\\" not in name and (not rest or first in folders)


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
