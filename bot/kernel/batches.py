"""Taking some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def in_batches(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """Yield the items, at most so many together: for one statement, or one transaction."""
    rest = iter(items)
    while batch := list(islice(rest, most)):
        yield batch
