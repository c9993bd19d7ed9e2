"""Which addresses can be written to, and what the words of a mail may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows.correspondence import addresses, composing, rules


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("ap@aurora.example", ("ap@aurora.example",)),
        (" AP@Aurora.Example ", ("AP@aurora.example",)),
        ("a@x.com; b@x.com,c@x.com", ("a@x.com", "b@x.com", "c@x.com")),
        ("a@x.com, A@X.COM", ("a@x.com",)),
        ("Maria Lopez <maria@x.com>", ("maria@x.com",)),
        ("kasse@müller.example", ("kasse@xn--mller-kva.example",)),
        ("o'neil+ap@x-y.co.uk", ("o'neil+ap@x-y.co.uk",)),
    ],
)
def test_an_address_that_can_be_used_is_found(text: str, good: tuple[str, ...]) -> None:
    assert addresses.parse(text) == addresses.Addresses(good)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ; ,",
        "n/a",
        "ap@",
        "@x.com",
        "ap@localhost",
        "a b@x.com",
        "a..b@x.com",
        ".a@x.com",
        "a@-x.com",
        "a@x..com",
        "a@x.com\r\nBcc: b@y.com",
        '"a@x.com" <evil@y.com>',
        "a@x.com <evil@y.com>",
        "<a@x.com> b@y.com",
        "mailto:a@x.com",
        "ä@x.com",
        "a@x.com\u2028",
        "a" * 65 + "@x.com",
        "a@" + "x" * 64 + ".com",
    ],
)
def test_what_is_no_address_or_pretends_to_be_another_is_not_used(text: str) -> None:
    assert addresses.parse(text).good in ((), ("a@x.com",))
    assert "evil@y.com" not in addresses.parse(text).good
    assert not any("\n" in address for address in addresses.parse(text).good)


@given(st.text(max_size=60))
def test_whatever_is_typed_no_address_breaks_a_line_or_holds_two(text: str) -> None:
    for address in addresses.parse(text).good:
        assert address.isascii()
        assert address.isprintable()
        assert address.count("@") == 1
        assert not set(address) & set(' ,;<>"()')


@given(st.text(max_size=80))
def test_a_subject_is_one_line_or_refused(text: str) -> None:
    try:
        line = composing.header(text)
    except composing.BadHeader:
        return
    assert line
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("reason", "stops"),
    [
        ("No mail before the merger closes", True),
        ("no e-mails, the owner asked", True),
        ("No calls before the 10th", False),
        ("Invoices go to A/P, not the buyer", False),
    ],
)
def test_an_exception_stops_mail_only_if_it_says_so(reason: str, stops: bool) -> None:
    assert bool(rules.stops_mail([reason])) is stops


def test_card_numbers_are_cut_out_of_what_is_written() -> None:
    assert "4111" not in composing.body("Your card 4111 1111 1111 1111 was declined.")
    assert "4111" not in composing.header("Card 4111 1111 1111 1111")
