"""Issue point 2: an agent's morning, one payer after the other (R77-R84, R163-R164)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.chat.inbound import Press
from bot.store import postings
from bot.store.audit import AuditEntry
from bot.store.copies import Message
from bot.store.postings import Posting
from bot.workflows.calls.records import Call
from tests.support.desk import Desk, Shown, buttons, personal


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz", time_zone="Asia/Manila")


def payers(desk: Desk, agent, *names: str) -> dict[str, int]:
    """Payers who owe less and less, so that they stand on the list in this order."""
    found = {}
    for place, name in enumerate(names):
        found[name] = desk.customer(name, agent=agent, contact_name=f"Pat of {name}")
        desk.invoice(found[name], f"{9000 - place}.00", days_past_due=45)
    return found


def working(desk: Desk, agent) -> Shown:
    return desk.press(agent, desk.say(agent, "list"), "Work the list")


def calls(desk: Desk) -> list[Call]:
    with desk.reading() as session:
        found = list(session.scalars(select(Call).order_by(Call.id)))
        session.expunge_all()
    return found


def trail(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return list(session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)))


def test_the_morning_list_says_who_owes_what_and_why_it_stands_there(desk, ana):
    aurora = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(aurora, "4000.00", days_past_due=45)
    desk.invoice(desk.customer("Harbor Inn", agent=ana), "250.50", days_past_due=10)

    card = desk.say(ana, "list")

    assert "Your list for Mon 8 Jun" in card
    assert "0/75 tried · 0 reached · 2 to call" in card
    assert "Over 31 days (R79)" in card
    assert "1 payer, $4,000.00" in card
    assert "1. Hotel Aurora" in card
    assert "(R79)" in card
    assert "45 days" in card
    assert "tried 0/3 · 08:00 there · never contacted" in card
    assert "Window of 5–15 days (R93)" in card
    assert "0 of 1 payer reached" in card


def test_the_list_pages(desk, ana):
    payers(desk, ana, *(f"Hotel {letter}" for letter in "ABCDEFGHIJKL"))

    first = desk.say(ana, "list")
    second = desk.press(ana, first, "More")

    assert "10. Hotel J" in first
    assert "11. Hotel K" not in first
    assert "11–12 of 12 payers" in second
    assert "More" not in second.titles


def test_no_answer_is_one_tap_and_brings_the_next_payer(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    card = working(desk, ana)

    after = desk.press(ana, card, "No answer")

    assert "Logged: no answer at Hotel Aurora (1/3)." in after
    assert "Harbor Inn" in after
    assert "Undo" in after.titles
    [call] = calls(desk)
    assert (call.outcome, call.is_reached, call.agent_id) == ("no_answer", False, ana.id)
    assert "1/75 tried · 0 reached" in desk.say(ana, "list")
    assert "call logged" in trail(desk)


def test_a_second_tap_on_the_same_card_logs_nothing_more(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    card = working(desk, ana)
    desk.press(ana, card, "Left voicemail")

    again = desk.press(ana, card, "Left voicemail")

    assert "already logged by you at 20:00 (left voicemail)" in again
    assert len(calls(desk)) == 1


def test_a_voicemail_then_a_refusal_count_as_one_payer(desk, ana):
    payers(desk, ana, "Hotel Aurora")
    after = desk.press(ana, working(desk, ana), "Left voicemail")
    desk.wait(hours=2)

    form = desk.press(ana, desk.say(ana, "next"), "Refused")
    done = desk.press(ana, form, "Save", {"words": "Not before the audit"})

    assert "Nobody can be called just now" in after
    assert "Logged: refused at Hotel Aurora (2/3). Next: call again after the refusal" in done
    assert "Your list is worked" in done
    assert "1/75 tried · 1 reached · 0 to call" in desk.say(ana, "list")


def test_after_three_misses_nobody_tries_again_that_day(desk, ana):
    payers(desk, ana, "Hotel Aurora")
    for _ in range(3):
        desk.press(ana, working(desk, ana), "No answer")
        desk.wait(hours=2)

    card = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")

    assert "Not logged. All 3 attempts of today are used" in card
    assert len(calls(desk)) == 3


def test_too_early_a_second_attempt_is_refused_with_the_time(desk, ana):
    payers(desk, ana, "Hotel Aurora")
    desk.press(ana, working(desk, ana), "No answer")
    desk.wait(minutes=30)

    card = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No answer")

    assert "Not logged. Already tried by Ana Cruz at 20:00" in card
    assert "from 22:00 on" in card


def test_not_now_uses_no_attempt_and_comes_back(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")

    after = desk.press(ana, working(desk, ana), "Not now")

    assert "Not now: Hotel Aurora comes back from" in after
    assert "Harbor Inn" in after
    assert not calls(desk)
    desk.wait(hours=2)
    assert "Hotel Aurora" in desk.say(ana, "next")


def test_undo_puts_the_payer_back_as_if_nothing_had_been_logged(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    after = desk.press(ana, working(desk, ana), "No answer")

    back = desk.press(ana, after, "Undo")

    assert "Undone: no answer at Hotel Aurora." in back
    assert "0 of 3" in back
    assert "0/75 tried" in desk.say(ana, "list")
    assert "call undone" in trail(desk)
    assert "1/3" in desk.press(ana, back, "No answer")


def test_a_second_undo_says_so_and_one_too_late_is_refused(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    after = desk.press(ana, working(desk, ana), "No answer")
    desk.press(ana, after, "Undo")

    assert "undone already" in desk.press(ana, after, "Undo")
    later = desk.press(ana, working(desk, ana), "No answer")
    desk.wait(minutes=11)
    assert "can be undone for 10 minutes" in desk.press(ana, later, "Undo")
    typed = desk.say(ana, "undo")
    assert "your last call, no answer at Hotel Aurora on Mon 8 Jun 20:00, is more than" in typed


def test_only_the_author_undoes(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    lee = desk.person("Lee Long", "lead")
    after = desk.press(ana, working(desk, ana), "No answer")

    assert "Only the person who logged it" in desk.press(lee, after, "Undo")


def test_undo_can_be_typed(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    assert "not logged anything" in desk.say(ana, "undo")
    desk.press(ana, working(desk, ana), "No answer")

    assert "Undone: no answer at Hotel Aurora." in desk.say(ana, "undo")


def test_a_payer_outside_its_calling_hours_steps_back(desk, ana):
    """It is 08:00 in New York: 05:00 in Los Angeles, which opens at 11:00 here."""
    west = desk.customer("Sunset Lodge", agent=ana, time_zone="America/Los_Angeles")
    desk.invoice(west, "99000.00", days_past_due=60)
    payers(desk, ana, "Hotel Aurora")

    listed, first = desk.say(ana, "list"), working(desk, ana)

    assert "1. Sunset Lodge" in listed
    assert "opens 23:00 your time" in listed
    assert "Hotel Aurora" in first


def test_one_call_logs_all_sites_and_shows_what_each_owes(desk, ana):
    payer = payers(desk, ana, "Aurora Group")["Aurora Group"]
    site = desk.customer("Aurora Downtown", payer=payer, site="Downtown")
    desk.invoice(site, "700.00", days_past_due=3)

    card = working(desk, ana)
    desk.press(ana, card, "No answer")

    assert "Downtown" in card
    assert "1–30 days\n$700.00" in card
    assert [call.payer_id for call in calls(desk)] == [payer]


def test_the_window_lane_is_worked_beside_the_list(desk, ana):
    payers(desk, ana, "Hotel Aurora")
    desk.invoice(desk.customer("Harbor Inn", agent=ana), "250.00", days_past_due=7)

    card = desk.press(ana, desk.say(ana, "list"), "Work the window")
    after = desk.press(ana, card, "No answer")

    assert "Harbor Inn" in card
    assert "Hotel Aurora" not in after.text.replace("at Hotel Aurora", "")


def test_two_agents_on_one_payer_see_each_other(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    lee = desk.person("Lee Long", "lead")
    card = working(desk, ana)
    desk.press(lee, desk.say(lee, "log Hotel Aurora"), "No answer")

    second = desk.press(ana, card, "No answer")

    assert "already logged by Lee Long at 20:00 (no answer)" in second
    assert len(calls(desk)) == 1


def test_somebody_elses_portfolio_is_refused_by_the_server(desk, ana):
    payers(desk, ana, "Hotel Aurora")
    ben = desk.person("Ben Ng")
    card = desk.say(ben, "log Hotel Aurora")

    refused = desk.press(ben, card, "No answer")

    assert "is Ana Cruz's account: ask them or a lead." in refused
    assert not calls(desk)


def test_what_came_in_may_be_logged_by_anyone_at_the_desk(desk, ana):
    payers(desk, ana, "Hotel Aurora")
    ben = desk.person("Ben Ng")
    form = desk.press(ben, desk.say(ben, "log Hotel Aurora"), "Refused")

    desk.press(ben, form, "Save", {"words": "Called to complain", "came_in": "true"})

    [call] = calls(desk)
    assert (call.direction, call.agent_id) == ("in", ben.id)
    assert "0/75 tried · 0 reached · 0 to call" in desk.say(ana, "list")


def test_a_name_with_markup_is_shown_as_text(desk, ana):
    payers(desk, ana, "**[Evil](http://x)** {{DATE()}}")

    card = working(desk, ana)

    assert card.card
    title = next(block for block in card.card["body"] if block.get("style") == "heading")
    assert title["text"].startswith(r"\*\*\[Evil\]")
    assert "{{" not in title["text"]


def test_a_list_typed_between_shifts_says_when_the_next_one_comes(desk, ana):
    desk.now = datetime(2026, 6, 6, 16, 0, tzinfo=UTC)

    card = desk.say(ana, "list")

    assert "Your next list comes when your shift starts: Mon 8 Jun 20:00 (Manila)" in card


def test_a_night_shift_works_one_list_across_midnight(desk):
    """A Manila agent on a shift from 20:00 to 05:00 New York time: one list, two dates."""
    night = desk.person(
        "Nina Cruz", time_zone="Asia/Manila", shift_start=_at(20), shift_end=_at(5)
    )
    desk.now = datetime(2026, 6, 9, 0, 30, tzinfo=UTC)
    before = desk.say(night, "list")
    desk.wait(hours=6)

    after = desk.say(night, "list")

    assert "Your list for Mon 8 Jun" in before
    assert "Your list for Mon 8 Jun" in after


def test_installing_the_app_offers_the_current_list(desk, ana):
    payers(desk, ana, "Hotel Aurora")

    shown = desk.installs(ana)

    assert any("Welcome to the AR desk, Ana Cruz." in card for card in shown)
    assert any("1. Hotel Aurora" in card for card in shown)


def test_undoing_a_conversation_brings_the_window_and_the_count_back(desk, ana):
    desk.invoice(desk.customer("Harbor Inn", agent=ana), "250.00", days_past_due=7)
    form = desk.press(ana, desk.press(ana, desk.say(ana, "list"), "Work the window"), "Refused")
    done = desk.press(ana, form, "Save", {"words": "no"})
    assert "1 of 1 payer reached" in desk.say(ana, "list")

    desk.press(ana, done, "Undo")

    assert "0 of 1 payer reached" in desk.say(ana, "list")


def test_a_call_back_agreed_for_later_today_is_not_called_before(desk, ana):
    desk.now -= timedelta(days=3)
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    form = desk.press(ana, working(desk, ana), "Call back")
    desk.press(ana, form, "Save", {"on": "2026-06-08", "at": "09:30", "words": "Monday"})
    desk.now += timedelta(days=3)
    morning = desk.say(ana, "list")

    early = desk.say(ana, "next")
    desk.wait(minutes=90)
    on_time = desk.say(ana, "next")

    assert "1. Hotel Aurora" in morning
    assert "Harbor Inn" in early
    assert "Hotel Aurora" in on_time


def _at(hour: int):
    return (datetime(2026, 1, 1) + timedelta(hours=hour)).time()  # noqa: DTZ001


def test_a_call_back_agreed_in_a_call_that_came_in_waits_for_its_time(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Call back")
    desk.press(ana, form, "Save", {"on": "2026-06-08", "at": "15:00", "came_in": "true"})

    now = desk.say(ana, "next")
    desk.wait(hours=7)

    assert "Harbor Inn" in now
    assert "Hotel Aurora" in desk.say(ana, "next")


def test_a_refresh_of_the_list_never_takes_the_place_of_the_card_being_worked(desk, ana):
    """The list's message became the call card: what is new about the list comes in its own."""
    payers(desk, ana, "Hotel Aurora")
    listed = desk.say(ana, "list")
    assert listed.answer.showing
    with desk.database.transaction() as session:
        postings.adopt(
            session,
            listed.answer.showing,
            sent=Message("a:1", "m-1"),
            at=desk.now,
        )

    desk.press(ana, listed, "Work the list", spot=replace(personal(ana), message_id="m-1"))

    with desk.reading() as session:
        assert session.scalars(select(Posting.message_id)).one() is None


def test_taps_that_arrive_at_the_same_moment_log_once(desk, ana):
    payers(desk, ana, "Hotel Aurora", "Harbor Inn")
    card = working(desk, ana)
    [button] = [b for b in buttons(card.card) if b["title"] == "No answer"]
    press = Press(
        caller=desk.caller(ana), spot=personal(ana), verb=button["verb"], data=button["data"]
    )

    async def all_at_once():
        return await asyncio.gather(*(desk.switchboard.answer_press(press) for _ in range(8)))

    answers = asyncio.run(all_at_once())

    notes = sorted(answer.card.note.partition(":")[0] for answer in answers if answer.card)
    assert notes == ["Hotel Aurora"] * 7 + ["Logged"]
    assert len(calls(desk)) == 1


def test_two_agents_who_log_one_payer_at_the_same_moment_make_one_attempt(desk, ana):
    payers(desk, ana, "Hotel Aurora")
    lee = desk.person("Lee Long", "lead")
    cards = {ana: working(desk, ana), lee: desk.say(lee, "log Hotel Aurora")}
    presses = []
    for who, card in cards.items():
        [button] = [b for b in buttons(card.card) if b["title"] == "No answer"]
        presses.append(
            Press(
                caller=desk.caller(who),
                spot=personal(who),
                verb=button["verb"],
                data=button["data"],
            )
        )

    async def both():
        return await asyncio.gather(*map(desk.switchboard.answer_press, presses))

    asyncio.run(both())

    assert len(calls(desk)) == 1


def test_a_name_that_ends_with_a_full_stop_is_not_given_a_second(desk, ana):
    payers(desk, ana, "Orchard Brewing Co.")
    logged = desk.press(ana, working(desk, ana), "No answer")

    undone = desk.press(ana, logged, "Undo")

    assert "Undone: no answer at Orchard Brewing Co." in undone
    assert "Co.." not in undone
