"""Putting the search for cycles off: it is on again afterwards, whatever happened."""

from __future__ import annotations

import gc

import pytest

from bot.kernel.memory import collecting_later


def test_the_search_is_off_during_the_work_and_on_again_after_it():
    with collecting_later():
        with collecting_later():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled()


def test_the_search_is_on_again_after_a_fault():
    with pytest.raises(ZeroDivisionError), collecting_later():
        1 / 0  # noqa: B018

    assert gc.isenabled()
