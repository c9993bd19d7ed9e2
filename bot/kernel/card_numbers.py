"""
Finding in what people type what is never kept: card numbers, passwords, government ids (I29).

A card number is 12 to 19 digits that begin like an issuer's, have a length that this issuer
uses, fit the check digit, and stand together or in groups as cards print them. Digits of any
script count; invisible characters between them do not. Sums, dates, telephone and tracking
numbers are not grouped like that, and most fail the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

REMOVED: Final = "[card number removed]"
SECRET_REMOVED: Final = "[secret removed]"

_INVISIBLE: Final = "\u00ad\u034f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
_BETWEEN: Final = rf"[\s.\-_/·•|\u2010-\u2015\u2212{_INVISIBLE}]"
_MAYBE: Final = re.compile(rf"\d(?:{_BETWEEN}{{0,4}}\d){{11}}")
_RUN: Final = re.compile(rf"\d(?:{_BETWEEN}{{0,4}}\d)+")
_GROUP: Final = re.compile(rf"\d(?:[{_INVISIBLE}]*\d)*")
_ISSUERS: Final = (
    (re.compile(r"4"), {13, 16, 19}),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),  # Mastercard
    (re.compile(r"3[47]"), {15}),  # American Express
    (re.compile(r"6011|64[4-9]|65"), {16, 17, 18, 19}),  # Discover
    (re.compile(r"30[0-5]|309|36|38|39"), {14, 16, 19}),  # Diners Club
    (re.compile(r"35(?:2[89]|[3-8])"), {16, 17, 18, 19}),  # JCB
    (re.compile(r"62|81"), {16, 17, 18, 19}),  # UnionPay
    (re.compile(r"50(?:18|20|38)|5893|6304|67(?:59|6[1-3])"), {12, 13, 14, 15, 16, 17, 18, 19}),
    (re.compile(r"220[0-4]"), {16, 17, 18, 19}),  # Mir
    (re.compile(r"60|508|82"), {16}),  # RuPay
)
_GROUPINGS: Final = {(4, 6, 5), (4, 6, 4), (4, 5, 6), (5, 5, 5), (6, 13), (4, 3, 3, 3)}
_MOST: Final = 19
_UPS: Final = "1Z"
"""What UPS' tracking numbers begin with."""
_CLOSE: Final = 99
_SECRET_WORDS: Final = re.compile(
    r"cvv|cvc|security\s+code|ssn|social\s+security|passport|licen[sc]e|pass(?:word|code|wd)"
    r"|\bpin\b",
    re.IGNORECASE,
)
_SECRETS: Final = re.compile(
    r"""
    \b(?:cvv2?|cvc2?|(?:card\s+)?security\s+code)\b (?:\s+is|\s*[:=\#])? \s* \d{3,4}\b
    | \b(?:ssn|social\s+security(?:\s+(?:number|no\.?|\#))?)\b \D{0,12}
      \d{3}[-\s.]?\d{2}[-\s.]?\d{4}\b
    | \b(?:passport|driver'?s?\s+licen[sc]e)\s*(?:number|no\.?|\#)? (?:\s+is|\s*[:=\#])? \s*
      (?=[A-Z0-9-]*\d{4})[A-Z0-9-]{6,20}\b
    | \bpass(?:word|code|wd)\b \s* (?: [:=] \s* \S{4,} | is \s+ (?=\S*[\d!@\#$%^&*]) \S{4,} )
    | \bpin\b \s* (?:[:=]|is|number|no\.?)+ \s* \d{4,6}\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


class _Group(NamedTuple):
    digits: str
    start: int
    end: int


def redact(text: str) -> str:
    """Return the text with everything that is never kept replaced; else the text itself."""
    if _SECRET_WORDS.search(text):
        text = _SECRETS.sub(SECRET_REMOVED, text)
    if _MAYBE.search(text):
        text = _without_cards(text)
    return text


def was_redacted(text: str) -> bool:
    """Test if something was taken out of the text."""
    return REMOVED in text or SECRET_REMOVED in text


def _without_cards(text: str) -> str:
    kept: list[str] = []
    done = 0
    for start, end in _cards(text):
        kept += [text[done:start], REMOVED]
        done = end
    return "".join(kept) + text[done:]


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for run in _RUN.finditer(text):
        groups = [
            _Group(_ascii(found[0]), found.start(), found.end())
            for found in _GROUP.finditer(text, run.start(), run.end())
            if text[max(0, found.start() - 2) : found.start()].upper() != _UPS
        ]
        first = 0
        while first < len(groups):
            count = _card_at(groups, first)
            if count:
                yield groups[first].start, groups[first + count - 1].end
            first += count or 1


def _card_at(groups: list[_Group], first: int) -> int:
    """Return how many groups from there make a card number; the longest, or none."""
    longest, digits = 0, ""
    for count, group in enumerate(groups[first : first + _MOST], start=1):
        digits += group.digits
        if len(digits) > _MOST:
            break
        sizes = tuple(len(part.digits) for part in groups[first : first + count])
        if _is_grouped(sizes) and _is_card(digits) and not _is_series(groups[first:][:count]):
            longest = count
    return longest


def _is_grouped(sizes: tuple[int, ...]) -> bool:
    """Test if the digits stand as on cards: together, in fours, Amex's way, or one by one."""
    if len(sizes) == 1 or sizes in _GROUPINGS or set(sizes) in ({1}, {2}):
        return True
    in_fours = all(size % 4 == 0 for size in sizes[:-1]) and sizes[-1] in {1, 2, 3, 4, 8, 12}
    return in_fours or (all(size == 8 for size in sizes[:-1]) and sizes[-1] < 8)


def _is_series(groups: list[_Group]) -> bool:
    """Test if these are numbers that count up, such as of a list of invoices."""
    numbers = [int(group.digits) for group in groups]
    rises = all(a < b for a, b in pairwise(numbers))
    return len(numbers) > 1 and rises and numbers[-1] - numbers[0] <= _CLOSE


def _is_card(digits: str) -> bool:
    if not any(len(digits) in sizes and start.match(digits) for start, sizes in _ISSUERS):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(doubled)) % 10 == 0


def _ascii(found: str) -> str:
    return "".join(str(unicodedata.digit(char)) for char in found if char.isdecimal())
