"""Card numbers are found however they are typed; what only looks like one stays (I29)."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.card_numbers import REMOVED, SECRET_REMOVED, redact, was_redacted

ISSUERS = [
    ("4", 16),
    ("4", 13),
    ("4", 19),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("2720", 16),
    ("2500", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("65", 16),
    ("644", 16),
    ("36", 14),
    ("300", 14),
    ("305", 14),
    ("38", 14),
    ("3528", 16),
    ("3589", 16),
    ("62", 16),
    ("62", 19),
    ("6759", 16),
    ("5018", 12),
    ("2200", 16),
]
SEPARATORS = [
    " ",
    "-",
    ".",
    "  ",
    " - ",
    "\n",
    "\t",
    "\u00a0",
    "\u2013",
    "\u2011",
    "/",
    "\u200b",
]


def number(random_: random.Random) -> str:
    start, length = random_.choice(ISSUERS)
    body = start + "".join(random_.choice("0123456789") for _ in range(length - len(start) - 1))
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::-2])
    return body + str(-(doubled + sum(int(digit) for digit in body[-2::-2])) % 10)


def groups(digits: str, random_: random.Random) -> list[str]:
    if len(digits) == 15:
        return [digits[:4], digits[4:10], digits[10:]]
    if len(digits) == 14:
        return [digits[:4], digits[4:10], digits[10:]]
    width = random_.choice((4, 4, 4, 1, 8))
    return [digits[at : at + width] for at in range(0, len(digits), width)]


def full_width(digits: str) -> str:
    return "".join(chr(0xFF10 + int(char)) if char.isdigit() else char for char in digits)


def written(random_: random.Random) -> str:
    digits = number(random_)
    way = random_.randrange(6)
    if way == 0:
        return digits
    if way == 1:
        return full_width(digits)
    if way == 2:
        return "\u200b".join(digits)
    separated = random_.choice(SEPARATORS).join(groups(digits, random_))
    return full_width(separated) if way == 3 else separated


def look_alikes(random_: random.Random) -> Iterator[str]:
    def some(length: int) -> str:
        return "".join(random_.choice("0123456789") for _ in range(length))

    for _ in range(1_000):
        year = random_.randint(2024, 2027)
        day = f"{year}-{random_.randint(1, 12):02d}-{random_.randint(1, 28):02d}"
        cents = random_.randint(100, 99_999_999)
        amount = f"${cents / 100:,.2f}"
        start = random_.randint(1000, 9990)
        yield f"INV-{some(6)} of {day} over {amount}"
        yield f"{amount} {cents * 3 / 100:,.2f} {cents / 700:.2f} {cents / 300:.2f}"
        yield f"+1 {some(3)} {some(3)} {some(4)} ext. {some(4)}"
        yield f"({some(3)}) {some(3)}-{some(4)} or {some(3)}.{some(3)}.{some(4)}"
        yield f"+63 917 {some(3)} {some(4)}; +44 20 {some(4)} {some(4)}"
        yield f"FedEx {some(12)}, UPS 1Z{some(6)}{some(10)}, USPS 94{some(20)}"
        yield f"check {some(7)} from account {some(10)}, routing 0{some(8)}"
        yield f"invoices {start} {start + 1} {start + 2} {start + 3} {start + 4}"
        yield f"invoices {start}, {start + 7}, {start + 11}; PO {some(8)}"
        yield f"paid {day} {random_.randint(0, 23):02d}:15, reference {some(9)}-{some(3)}"
        yield f"{day} {day} {day}"
        yield f"service {year}/{some(2)} to {year}/{some(2)}, 12 x {amount}"


def test_every_card_number_is_found_however_it_is_typed():
    random_ = random.Random(20_260_608)
    typed = [written(random_) for _ in range(5_000)]

    missed = [
        text
        for text in typed
        if redact(f"the card is {text}, thanks") != (f"the card is {REMOVED}, thanks")
    ]

    assert missed == []


def test_what_only_looks_like_one_stays():
    texts = list(look_alikes(random.Random(7)))

    alarms = [text for text in texts if redact(text) != text]

    assert len(alarms) <= len(texts) // 1_000, alarms[:10]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111 06/28 $2,500.00",
        "$2,500.00 on 4111111111111111",
        "card:4111111111111111exp0628",
        "2026-06-08 4111-1111-1111-1111",
        "first 4111111111111111 then 5500 0000 0000 0004",
        "3782 822463 10005",
        "4444 4444 4444 4448",
        "4111-1111\n1111-1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "41 11 11 11 11 11 11 11",
        "4111\u200d1111\u20601111\ufeff1111",
        "٤١١١١١١١١١١١١١١١",
    ],
)
def test_a_card_number_among_other_figures_is_found(text: str):
    clean = redact(text)

    assert REMOVED in clean
    assert was_redacted(clean)
    assert "1111" not in clean.replace("2,500", "")


def test_what_stands_around_it_is_kept():
    text = "Paid $2,500.00 with 4111 1111 1111 1111 on 2026-06-08, check 1234."

    assert redact(text) == f"Paid $2,500.00 with {REMOVED} on 2026-06-08, check 1234."


@pytest.mark.parametrize(
    "text",
    [
        "CVV 123",
        "the cvv is 1234",
        "CVC: 999",
        "security code 123",
        "SSN 078-05-1120",
        "her social security number is 078 05 1120",
        "social security no. 078051120",
        "bank password: hunter22",
        "his online banking password is Tr0ub4dor",
        "passcode=9911",
        "PIN: 4321",
        "pin is 4321",
        "passport number X1234567",
        "driver's license no. D1234567",
    ],
)
def test_passwords_and_government_ids_are_taken_out(text: str):
    clean = redact(f"they said {text} on the phone")

    assert SECRET_REMOVED in clean
    assert not any(secret in clean for secret in ("123", "999", "1120", "hunter", "432", "Tr0"))


@pytest.mark.parametrize(
    "text",
    [
        "the portal password is expired",
        "she forgot her password and will reset it",
        "invoice 123-45-6789 is disputed",
        "EIN 12-3456789 on the exemption certificate",
        "new business license due in 2027",
        "pin down the date with A/P",
        "they want a passport to the lounge",
        "call the security desk, ext. 123",
        "",
        "no numbers at all",
    ],
)
def test_ordinary_words_stay(text: str):
    assert redact(text) == text


@given(st.text(max_size=200))
def test_any_text_is_taken_and_taking_it_twice_changes_nothing(text: str):
    once = redact(text)

    assert redact(once) == once
