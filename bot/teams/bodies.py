"""Reading the body of a request: one JSON object, of sane size, shape and speed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from aiohttp import web

from bot.chat.card import Json
from bot.teams.problems import Malformed, NotJson, TooSlow

LARGEST: Final = 256 * 1024
SECONDS: Final = 8.0
DEEPEST: Final = 64
LONGEST_NUMBER: Final = 18


async def read(request: web.Request) -> Json:
    """
    Return the JSON object that a request carries.

    :raises TurnedAway: if it is none; what is too large is refused by aiohttp (413).
    """
    is_json = request.content_type == "application/json"
    if not is_json or (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise NotJson("the body is not declared as JSON in UTF-8")
    try:
        async with asyncio.timeout(SECONDS):
            body = await request.read()
    except TimeoutError as error:
        raise TooSlow("the body did not arrive in time") from error
    return parse(body)


def parse(body: bytes) -> Json:
    """
    Return the JSON object in some bytes.

    :raises Malformed: if there is none, or it repeats a name, is nested absurdly, or holds a
        number that is none.
    """
    try:
        found = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_constant=_no_number,
            parse_int=_sane_integer,
            parse_float=_sane_float,
        )
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Malformed("the body is not an object")
    if body.count(b"[") + body.count(b"{") > DEEPEST:
        _check_depth(found)
    return found


def _without_repeats(pairs: Sequence[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is repeated")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _sane_integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("a number is too large")
    return int(digits)


def _sane_float(digits: str) -> float:
    found = float(digits)
    if found in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return found


def _check_depth(found: Json) -> None:
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise Malformed("the body is nested too deeply")
