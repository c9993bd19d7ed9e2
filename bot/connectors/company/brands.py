"""Reading what each brand decides differently: a file each in `brands/` of the home (R31)."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from bot.kernel.brands import Brand
from bot.policy import BadPolicy, brand_key


def read(folder: Path) -> dict[str, Brand]:
    """
    Return the brands by their names, which are their files' (`Blue Harbor.toml`).

    :raises BadPolicy: naming the file, and what is wrong with it.
    """
    if not folder.is_dir():
        return {}
    return {brand_key(path.stem): _brand(path) for path in sorted(folder.glob("*.toml"))}


def _brand(path: Path) -> Brand:
    try:
        return Brand.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPolicy(f"The brand file {path} cannot be read: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadPolicy(
            f"The brand file {path} is wrong at {where}: {first['msg']}."
        ) from error
