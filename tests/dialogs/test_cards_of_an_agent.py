"""Every card an agent sees is one that Teams takes; what is typed is understood."""

from __future__ import annotations

import pytest

from bot.chat.dialog import View
from bot.workflows.calls.operations import ALERT_CARD
from bot.workflows.people.records import place_of
from dialogs import DIALOGS
from dialogs.help import SECTIONS
from dialogs.outcome_forms import SHEETS
from tests.support.contracts import HEAVIEST, faults_of
from tests.support.desk import Desk, buttons, channel, drawn

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LONG = "The Grand Aurora Hotel, Spa & Conference Centre of the Upper Lakes"


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz", time_zone="Asia/Manila")


@pytest.fixture
def busy(desk: Desk, ana) -> int:
    """A payer with many sites and invoices, among many payers, everything long and full."""
    first = 0
    for place in range(12):
        payer = desk.customer(
            f"{LONG} {place}", agent=ana, email="ap@x.example", contact_name="M" * 60
        )
        first = first or payer
        desk.invoice(payer, f"{900 - place},000.00", days_past_due=45, kind="mrr")
        desk.invoice(payer, "-150.00", days_past_due=3)
    for place in range(60):
        site = desk.customer(
            f"Site {place} {LONG}", payer=first, site=f"Site {place} of {LONG}"
        )
        desk.invoice(site, "1,250.00", days_past_due=10 + place)
    return first


@ON_SQLITE
def test_the_heaviest_cards_fit_and_hold_to_the_contracts(desk, ana, busy, shared):
    listed = desk.say(ana, "list")
    call = desk.press(ana, listed, "Work the list")
    forms = [
        desk.press(ana, call, title)
        for title in call.titles
        if title not in ("No answer", "Left voicemail", "Not now", "My list", "Account")
    ]
    shown = [
        listed,
        desk.press(ana, listed, "More"),
        desk.press(ana, listed, "Left off"),
        call,
        *forms,
        desk.press(ana, call, "Account"),
        desk.say(ana, "find grand"),
        desk.say(ana, "help"),
        desk.press(ana, call, "No answer"),
    ]

    assert len(forms) > len(SHEETS)
    for card in shown:
        assert card.card, card.sentence
        assert faults_of(card.card, shared) == [], card.text[:80]


@ON_SQLITE
def test_a_card_stays_far_below_what_teams_takes(desk, ana, busy):
    listed = desk.say(ana, "list")

    assert len(str(listed.card)) < HEAVIEST * 0.95


@ON_SQLITE
def test_an_alert_says_what_happened_and_that_it_was_taken_back(desk, ana):
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "400.00", days_past_due=45)
    lee = desk.person("Lee Long", "lead")
    call = desk.press(ana, desk.say(ana, "list"), "Work the list")
    form = desk.press(ana, call, "Hardship")
    done = desk.press(ana, form, "Save", {"words": "The roof is gone", "spoke_to": "Jo"})

    before = alert(desk, lee)
    desk.press(ana, done, "Undo")
    after = alert(desk, lee)

    assert "Hardship: Hotel Aurora" in before
    assert "“The roof is gone”" in before
    assert "Jo" in before
    assert "Taken back by the agent." in after


def alert(desk: Desk, lee):
    [draw] = [d.drawings[ALERT_CARD] for d in DIALOGS if ALERT_CARD in d.drawings]
    with desk.reading() as session:
        view = View(
            session=session, now=desk.now, policy=desk.policy, about=1, place=place_of(lee.id)
        )
        return drawn(draw(view))


@ON_SQLITE
def test_help_lists_what_this_person_may_type(desk, ana):
    meeting = desk.person("Mia Low", "meeting")

    for_ana, for_mia = desk.say(ana, "help"), desk.say(meeting, "help")

    assert "find NAME" in for_ana
    assert "log NAME" in for_ana
    assert "log NAME" not in for_mia
    assert "help" in for_mia


def test_help_has_a_heading_for_each_command_that_there_is():
    known = {command.name for dialog in DIALOGS for command in dialog.commands} - {""}
    channels = {name for name in known if name.startswith("use this channel for ")}
    listed = [name for _, names in SECTIONS for name in names.split(", ")]

    assert sorted(listed) == sorted(known - channels)


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("lsit", "Did you mean “list”?"),
        ("hotl auror", "Customers like “hotl auror”"),
        ("aurora", "Customers like “aurora”"),
        ("fnd aurora", "Or did you mean “find NAME”?"),
        ("qqqq", "I do not know “qqqq”."),
        ("LIST", "Your list for Mon 8 Jun"),
        ("  next ", "Hotel Aurora"),
        ("find aurroa", "Hotel Aurora"),
        ("find", "Which customer?"),
        ("find zzzz", "No customer is called anything like “zzzz”."),
        ("customer hotel aurora", "31–60 $400.00"),
        ("log", "Hotel Aurora"),
    ],
)
def test_typed_words_are_understood_or_answered_helpfully(desk, ana, typed, answer):
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "400.00", days_past_due=45)
    desk.say(ana, "list")

    assert answer in desk.say(ana, typed)


@ON_SQLITE
def test_r15_an_account_that_is_not_late_owes_nothing_past_due(desk, ana):
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "400.00", days_past_due=-5)

    assert "$400.00, nothing past due" in desk.say(ana, "customer aurora")


@ON_SQLITE
def test_r15_the_account_review_has_everything_on_one_card(desk, ana):
    payer = desk.customer("Hotel Aurora", agent=ana, email="ap@x.example")
    desk.invoice(payer, "400.00", days_past_due=45, number="INV-1")
    desk.invoice(payer, "-50.00", days_past_due=3)
    call = desk.press(ana, desk.say(ana, "list"), "Work the list")
    desk.press(ana, desk.press(ana, call, "Promise"), "Save", {"words": "Friday"})

    card = desk.say(ana, "customer aurora")

    for expected in (
        "$350.00, $400.00 past due",
        "Credit\n$50.00",
        "$400.00 by Mon 15 Jun",
        "Mon 15 Jun (promised)",
        "INV-1",
        "“Promises $400.00 by Mon 15 Jun. Friday”",
        "1 of 3",
    ):
        assert expected in card


@ON_SQLITE
def test_an_auditor_reads_an_account_and_has_nothing_to_press(desk, ana):
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "400.00", days_past_due=45)
    auditor = desk.person("Ada Low", "auditor")

    card = desk.say(auditor, "customer aurora")

    assert "$400.00" in card
    assert card.titles == []
    assert "is for" in desk.say(auditor, "log aurora")


@ON_SQLITE
def test_what_a_payer_owes_is_not_said_in_a_channel(desk, ana):
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "400.00", days_past_due=45)

    for typed in ("customer aurora", "find aurora", "list", "next", "log aurora"):
        assert "400.00" not in desk.say(ana, typed, spot=channel())


def call_card(desk, ana):
    return desk.press(ana, desk.say(ana, "list"), "Work the list")


@ON_SQLITE
def test_the_call_card_says_no_amount_twice_for_a_payer_without_sites(desk, ana):
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "400.00", days_past_due=45)
    desk.invoice(payer, "90.00", days_past_due=-5)

    card = call_card(desk, ana)

    assert "$400.00, oldest 45 days" in card
    assert "Not due yet\n$90.00" in card
    assert card.text.count("400.00") == 1
    assert "By age" not in card


@ON_SQLITE
def test_the_call_card_says_what_a_payer_owes_by_age_where_ages_differ(desk, ana):
    payer = desk.customer("Hotel Aurora", agent=ana)
    for amount, days in (("400.00", 45), ("30.00", 9)):
        desk.invoice(payer, amount, days_past_due=days)

    card = call_card(desk, ana)

    assert "By age\n1–30 $30.00 · 31–60 $400.00" in card
    assert card.text.count("430.00") == 1


@ON_SQLITE
def test_the_call_card_says_what_each_site_owes_once(desk, ana):
    payer = desk.customer("Aurora Hotels", agent=ana, site="Head office")
    site = desk.customer("Aurora Bay", payer=payer, site="Bay")
    desk.invoice(payer, "400.00", days_past_due=45)
    desk.invoice(site, "25.00", days_past_due=9)
    desk.invoice(site, "70.00", days_past_due=-9)

    card = call_card(desk, ana)

    assert "1–30 days\nNot due yet $70.00" in card
    assert card.text.count("$400.00") == card.text.count("$25.00") == 1


@ON_SQLITE
def test_one_tap_outcomes_stand_out_and_the_rest_is_in_three_short_rows(desk, ana):
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "400.00", days_past_due=45)

    card = call_card(desk, ana)

    rows = [part for part in card.card["body"] if part["type"] == "ActionSet"]
    assert [[button["title"] for button in row["actions"]] for row in rows] == [
        ["No answer", "Left voicemail", "Call"],
        ["Promise", "Call back", "Dispute"],
        ["Not now", "Send…", "More", "My list"],
    ]
    stand_out = [b["title"] for b in buttons(card.card) if b["style"] == "positive"]
    assert stand_out == ["No answer", "Left voicemail"]


@ON_SQLITE
def test_the_window_says_what_was_reached_without_naming_what_was_not(desk, ana):
    for name, currency in (("Aurora", "USD"), ("Borealis", "CAD")):
        payer = desk.customer(name, agent=ana)
        desk.invoice(payer, "400.00", days_past_due=9, currency=currency)

    listed = desk.say(ana, "list")
    form = desk.press(ana, desk.say(ana, "log Aurora"), "Refused")
    desk.press(ana, form, "Save", {"words": "They will not pay."})
    later = desk.say(ana, "list")

    assert "0 of 2 payers reached" in listed
    assert "nothing of" in listed
    assert "1 of 2 payers reached since they entered it, $400.00 of" in later
    assert "0.00 CAD of" not in later


@ON_SQLITE
def test_an_extension_is_dialled_with_the_number(desk, ana):
    payer = desk.customer("Hotel Aurora", agent=ana, phone="+1 (212) 555-0100", extension="12")
    desk.invoice(payer, "400.00", days_past_due=45)

    card = desk.press(ana, desk.say(ana, "list"), "Work the list")

    assert "tel:+12125550100;ext=12" in str(card.card)
    assert "+1 (212) 555-0100 ext. 12" in card


def test_a_card_that_was_tampered_with_is_refused(desk, ana):
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "400.00", days_past_due=45)
    call = desk.press(ana, desk.say(ana, "list"), "Work the list").card
    [button] = [b for b in _buttons(call) if b["title"] == "No answer"]
    button["data"]["ar"]["about"] += 1

    assert "cannot be used any more" in desk.send(ana, button["verb"], button["data"])


def _buttons(card):
    return [
        action
        for block in card["body"]
        if block["type"] == "ActionSet"
        for action in block["actions"]
    ]
