"""A dataclass of the desk's own making behaves as one of the library's."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from bot.kernel import shapes

WAYS = (dataclasses.dataclass, shapes.dataclass)
OPTIONS: tuple[dict[str, bool], ...] = (
    {},
    {"frozen": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "kw_only": True},
    {"slots": True},
    {"unsafe_hash": True},
    {"order": True, "frozen": True},
    {"eq": False},
)


def one_of(make: Callable[..., Any], **options: bool) -> Any:
    @make(**options)
    class Sum:
        amount: int
        currency: str = "USD"
        parts: list[int] = dataclasses.field(default_factory=list, compare=False)
        secret: str = dataclasses.field(default="", repr=False)

    return Sum


def behaviour(kind: Any) -> list[object]:
    one, same, other = kind(amount=1), kind(amount=1, parts=[2]), kind(amount=2, secret="x")
    found: list[object] = [one == same, one == other, one != other, one == 1, repr(other)]
    found += [dataclasses.asdict(other), dataclasses.replace(one, amount=2) == other]
    found += [kind.__match_args__, hasattr(kind, "__slots__"), kind.__hash__ is None]
    if kind.__hash__ not in (None, object.__hash__):
        found += [hash(one) == hash(same), hash(one) == hash(other), len({one, same, other})]
    try:
        one.amount = 3
    except dataclasses.FrozenInstanceError as error:
        found.append(str(error))
    return [*found, one.amount]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_it_compares_hashes_shows_and_keeps_as_the_librarys(options: dict[str, bool]):
    librarys, own = (behaviour(one_of(make, **options)) for make in WAYS)

    assert own == librarys


def odd(make: Callable[..., Any]) -> Any:
    @make(frozen=True)
    class Odd:
        number: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Odd)

        def __repr__(self) -> str:
            return "odd"

    return Odd


def plain_and_more(make: Callable[..., Any]) -> tuple[Any, Any]:
    @make(frozen=True)
    class Plain:
        number: int

    @make(frozen=True)
    class More(Plain):
        word: str = ""

    return Plain, More


@pytest.mark.parametrize("make", WAYS)
def test_what_a_class_says_of_itself_stays(make: Callable[..., Any]):
    kind = odd(make)

    assert kind(1) == kind(2)
    assert repr(kind(1)) == "odd"


@pytest.mark.parametrize("make", WAYS)
def test_one_that_adds_a_field_is_another_value(make: Callable[..., Any]):
    plain, more = plain_and_more(make)

    assert plain(1) != more(1)
    assert more(1, "a") != more(1, "b")
    assert more(1, "a") == more(1, "a")


def test_one_that_holds_itself_is_shown():
    @shapes.dataclass
    class Node:
        beside: Any = None

    node = Node()
    node.beside = node

    assert "beside=..." in repr(node)


@shapes.dataclass(frozen=True, slots=True)
class Kept:
    number: int


def test_one_is_packed_and_unpacked():
    assert pickle.loads(pickle.dumps(Kept(7))) == Kept(7)
