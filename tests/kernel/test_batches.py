"""Nothing is lost, doubled or moved by taking some at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.batches import in_batches


@given(st.lists(st.integers()), st.integers(1, 7))
def test_batches_are_the_items_in_their_order_each_but_the_last_full(items, most):
    batches = list(in_batches(iter(items), most))

    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == most for batch in batches[:-1])
    assert all(0 < len(batch) <= most for batch in batches)
