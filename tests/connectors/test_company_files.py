"""The files that a company edits: guides and brands, read once, wrong ones in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.connectors.company import brands, guides
from bot.policy import BadPolicy, Policy
from bot.workflows.calls.rules import Outcome
from bot.workflows.guides import rules
from bot.workflows.guides.rules import BadGuide


def test_there_is_a_guide_for_every_outcome_and_for_hard_conversations():
    known = guides.read(None)

    assert {outcome.value for outcome in Outcome} <= set(known)
    assert {"angry", "complex", "hardship"} <= set(known)
    for name, text in known.items():
        guide = rules.parse(name, text)
        assert [part.heading for part in guide.parts] == ["Policy", "Words that help"], name


def test_a_guide_of_the_company_takes_the_place_of_ours(tmp_path: Path):
    (tmp_path / "Hardship.md").write_text("# When money is short\n\nCall **Lee** first.\n")
    (tmp_path / "year-end.md").write_text("Be kind.\n\nBe brief.\n")

    known = guides.read(tmp_path)

    hardship = rules.find(known, "hardship")
    assert hardship is not None
    assert hardship.title == "When money is short"
    assert hardship.parts[0].paragraphs == ("Call **Lee** first.",)
    own = rules.find(known, "Year end")
    assert own is not None
    assert (own.title, own.parts[0].paragraphs) == ("Year end", ("Be kind.", "Be brief."))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"\xff\xfe\xff", "cannot be read"),
        (b"# Only a title\n", "is empty"),
        (b"x" * 5000, "too long"),
    ],
)
def test_a_guide_that_cannot_be_used_is_named_in_a_sentence(tmp_path: Path, written, said):
    (tmp_path / "angry.md").write_bytes(written)

    with pytest.raises(BadGuide, match=said):
        guides.read(tmp_path)


def test_r31_a_brand_is_a_file_named_like_it(tmp_path: Path):
    (tmp_path / "Blue Harbor.toml").write_text(
        'notices = ["statements"]\n[wording]\nhow_to_pay = "By wire"\n'
        "[limits]\nattempts_a_day = 2\ncalling_opens = 10:00:00\n"
    )

    policy = Policy(brands=brands.read(tmp_path))

    own = policy.of_brand("blue harbor")
    assert (own.attempts_a_day, f"{own.calling_opens:%H:%M}") == (2, "10:00")
    assert policy.of_brand("another") is policy
    assert policy.brand("Blue  Harbor").wording.how_to_pay == "By wire"
    assert not policy.brand("Blue Harbor").has("follow_ups")
    assert policy.brand("").has("follow_ups")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("attempts_a_day = 2", "is wrong at attempts_a_day"),
        ("[limits]\nattempts_a_day = 0", "is wrong at limits.attempts_a_day"),
        ('notices = ["spam"]', "is wrong at notices"),
        ("[limits", "cannot be read"),
    ],
)
def test_a_brand_that_makes_no_sense_is_named_in_a_sentence(tmp_path: Path, written, said):
    (tmp_path / "blue.toml").write_text(written)

    with pytest.raises(BadPolicy, match=said):
        brands.read(tmp_path)


def test_no_folders_mean_no_brands_and_our_guides(tmp_path: Path):
    assert brands.read(tmp_path / "none") == {}
    assert guides.read(tmp_path / "none") == guides.read(None)
