"""Finding a text file's encoding."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from bot.workflows.imports.rows import BadFile

_CHUNK: Final = 1 << 20
_START: Final = 4096
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OFTEN: Final = 0.3
"""From this share of zero bytes on, text is taken for UTF-16 without a mark."""


def encoding_of(path: Path) -> str:
    """
    Return the encoding of a text file: by its mark (BOM), else UTF-8, else cp1252.

    The whole file is looked at, in pieces, since one odd byte can stand anywhere.

    :raises BadFile: if it is not text.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if start.count(0) > len(start) * _OFTEN:
        return _utf_16(start, path)
    return "utf-8" if _is_utf_8(path) else "cp1252"


def _utf_16(start: bytes, path: Path) -> str:
    even, odd = start[::2].count(0), start[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) > max(even, odd) * _OFTEN:
        raise BadFile(f"{path} is not a text file.")
    return encoding


def _is_utf_8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf_8 = True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if 0 in chunk:
                raise BadFile(f"{path} is not a text file: it has zero bytes in it.")
            is_utf_8 = is_utf_8 and _decodes(decoder, chunk)
    return is_utf_8 and _decodes(decoder, b"", is_last=True)


def _decodes(
    decoder: codecs.IncrementalDecoder, chunk: bytes, *, is_last: bool = False
) -> bool:
    try:
        decoder.decode(chunk, is_last)
    except UnicodeDecodeError:
        return False
    return True
