"""A file's name is text on one line, whatever somebody calls a file."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows.proofs.rules import LONGEST_NAME, safe_name, size_words


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("wire.pdf", "wire.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\Wire June.pdf", "Wire June.pdf"),
        ("folder/", "folder"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200f\u2066b\u200b.pdf", "ab.pdf"),
        ("two\r\nlines\t.pdf", "two lines .pdf"),
        ('a"b<c>d|e?f*g:h.pdf', "a_b_c_d_e_f_g_h.pdf"),
        (".htaccess", "htaccess"),
        ("wire.pdf. . ", "wire.pdf"),
        ("Ü\u0308ber.pdf", "Ü\u0308ber.pdf"),
        ("", "file"),
        (" \u202e\x00/ ", "file"),
        ("...", "file"),
        ("a" * 300 + ".pdf", "a" * 95 + "….pdf"),
        ("a" * 300, "a" * 99 + "…"),
        ("a." + "b" * 300, "a." + "b" * 97 + "…"),
    ],
)
def test_a_name_loses_what_has_no_shape_of_its_own(given: str, kept: str):
    assert safe_name(given) == kept


@given(st.text(max_size=400))
def test_any_name_becomes_one_short_line_without_folders_or_controls(given: str):
    kept = safe_name(given)

    assert 0 < len(kept) <= LONGEST_NAME
    assert not set(kept) & set('/\\<>:"|?*')
    assert all(unicodedata.category(c)[0] != "C" for c in kept)
    assert not any(c.isspace() and c != " " for c in kept)
    assert not kept.startswith((".", " "))
    assert safe_name(kept) == kept


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (12_345, "12 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (10_485_760, "10.5 MB"),
    ],
)
def test_a_size_is_said_as_people_say_it(size: int, words: str):
    assert size_words(size) == words
