"""Facts stand in columns that line up, however long one of them is."""

from __future__ import annotations

import pytest

from bot.chat.card import Facts
from tests.support.desk import SEAL, texts

LINK = "https://contoso.sharepoint.com/sites/ar/wire-confirmation.pdf"
AGENT, CASE, PROOF = ("Agent", "Ana"), ("Case", "46"), ("Proof", LINK)


def parts(*pairs):
    drawn = Facts(pairs=pairs).draw(SEAL)
    return [(one["type"], list(texts(one))) for one in drawn.get("items", [drawn])]


@pytest.mark.parametrize(
    ("pairs", "drawn"),
    [
        ((AGENT, CASE), [("FactSet", [*AGENT, *CASE])]),
        (
            (AGENT, PROOF, CASE),
            [("FactSet", [*AGENT, *CASE]), ("TextBlock", ["Proof"]), ("TextBlock", [LINK])],
        ),
        (
            (PROOF, AGENT, CASE),
            [("TextBlock", ["Proof"]), ("TextBlock", [LINK]), ("FactSet", [*AGENT, *CASE])],
        ),
        ((PROOF,), [("TextBlock", ["Proof"]), ("TextBlock", [LINK])]),
    ],
)
def test_all_short_facts_share_their_columns_and_a_link_stands_above_or_below(pairs, drawn):
    assert parts(*pairs) == drawn
