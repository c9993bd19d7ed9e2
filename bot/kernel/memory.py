"""Work that makes hundreds of thousands of small records, none of which points back."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_later() -> Iterator[None]:
    """
    Put the search for unreachable cycles off until the work is done.

    It would look again and again through all that was made so far, and find nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
