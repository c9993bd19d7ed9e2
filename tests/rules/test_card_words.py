"""Whatever stands in a name or a note is shown as it was typed, and never as markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.card import as_text

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
ESCAPED = re.compile(r"\\(.)")
MARKUP = re.compile(r"[`*_\[\]~#<>{}|]|^\s*([-+]|\d+[.)])\s", re.MULTILINE)
NEAR = st.text(alphabet="aZ09 -+.)(*_\\#<|$,:\n\té\u202e", max_size=12)


@given(st.one_of(st.text(), NEAR))
def test_what_is_shown_reads_as_it_was_typed_without_any_markup(words):
    shown = as_text(words)

    assert ESCAPED.sub(r"\1", shown) == CONTROL.sub(" ", words)
    assert not MARKUP.search(ESCAPED.sub("x", shown))


@pytest.mark.parametrize("words", ["Hotel Aurora: $1,234.50 past due - 45 days", "12 Jun", ""])
def test_plain_words_stay_as_they_are(words):
    assert as_text(words) == words
