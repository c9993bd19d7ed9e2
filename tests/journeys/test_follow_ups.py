"""Who was tried and not reached gets one e-mail, once, when its agent says so (R85, I34)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.dialog import View
from bot.kernel.brands import Brand, Wording
from bot.policy import Policy
from bot.workflows.correspondence import operations as correspondence
from bot.workflows.correspondence import queries as mails
from bot.workflows.correspondence.records import Mail, MailState, MailText, Process
from bot.workflows.customers.records import Customer
from bot.workflows.follow_ups import queries
from bot.workflows.follow_ups.records import FollowUp, FollowUpBatch
from bot.workflows.ledger.records import Invoice
from bot.workflows.people import absences
from bot.workflows.people.records import place_of
from bot.workflows.tasks.records import Task
from dialogs.follow_ups import draw
from scheduler import follow_ups
from scheduler.job import Tick
from tests.support.desk import TODAY, Desk, Shown, drawn


@pytest.fixture
def ana(desk: Desk):
    return desk.person("Ana Cruz")


@pytest.fixture
def ben(desk: Desk):
    return desk.person("Ben Diaz")


@pytest.fixture
def lee(desk: Desk):
    return desk.person("Lee Long", "lead")


@pytest.fixture
def aurora(desk: Desk, ana):
    return payer(desk, ana, "Hotel Aurora")


@pytest.fixture
def released(desk: Desk, lee):
    with desk.database.transaction() as session:
        correspondence.release_process(session, Process.FOLLOW_UPS, by=lee, at=desk.now)


def first_invoice(desk: Desk) -> str:
    with desk.reading() as session:
        return str(session.scalars(select(Invoice.id).order_by(Invoice.id)).first())


def payer(desk: Desk, agent, name: str, **given) -> int:
    found = desk.customer(
        name, agent=agent, contact_name="Pat Reyes", **{"email": "pay@hotel.example"} | given
    )
    desk.invoice(found, "4000.00", days_past_due=45, number=f"INV-{found}-A")
    desk.invoice(found, "250.00", days_past_due=10, number=f"INV-{found}-B")
    return found


def miss(desk: Desk, who, name: str, times: int = 1) -> Shown:
    for n in range(times):
        if n:
            desk.wait(hours=2)
        card = desk.press(who, desk.say(who, f"log {name}"), "No answer")
    return card


def shift_end(desk: Desk, *, at: datetime = datetime(2026, 6, 8, 21, 0, tzinfo=UTC)) -> str:
    desk.now = at
    return follow_ups.ask(Tick(at=desk.now, database=desk.database, policy=desk.policy))


def promised(desk: Desk, who) -> Shown:
    form = desk.press(who, desk.say(who, "log Hotel Aurora"), "Promise")
    typed = {
        "day": desk.now.date().isoformat(),
        "invoices": first_invoice(desk),
        "amount": "4000.00",
    }
    return desk.press(who, form, "Save", typed)


def asked(desk: Desk, who) -> Shown:
    with desk.database.transaction() as session:
        found = select(FollowUpBatch).filter_by(agent_id=who.id).order_by(FollowUpBatch.id)
        batch = session.scalars(found).all()[-1]
        view = View(session=session, now=desk.now, policy=desk.policy, about=batch.id)
        return drawn(draw(view))


def all_of(desk: Desk, record) -> list[Any]:
    with desk.reading() as session:
        found = list(session.scalars(select(record).order_by(record.id)))
        session.expunge_all()
    return found


def fixed(desk: Desk) -> list[str]:
    return [text.body for text in all_of(desk, MailText)]


def test_the_third_miss_drafts_the_email_at_once(desk, ana, aurora, released):
    second = miss(desk, ana, "Hotel Aurora", 2)
    desk.wait(hours=2)
    third = miss(desk, ana, "Hotel Aurora")

    draft = desk.say(ana, "drafts")

    assert "drafted" not in second
    assert "(3/3). A follow-up e-mail is drafted" in third
    assert "1 of 1: Hotel Aurora" in draft
    assert "pay@hotel.example" in draft
    assert f"INV-{aurora}-A: $4,000.00, due Fri 24 Apr 2026, 45 days past due" in draft
    assert f"INV-{aurora}-B: $250.00" in draft
    assert "Past due in all: $4,250.00" in draft
    assert fixed(desk) == []


def test_i34_three_misses_of_two_agents_draft_one_email(desk, ana, ben, lee, aurora):
    miss(desk, ana, "Hotel Aurora")
    desk.wait(hours=2)
    miss(desk, lee, "Hotel Aurora")
    desk.wait(hours=2)

    miss(desk, ana, "Hotel Aurora")

    [found] = all_of(desk, FollowUp)
    assert (found.agent_id, found.day, found.origin) == (ana.id, TODAY, "third_miss")


def test_undoing_the_third_miss_takes_the_draft_back_and_a_new_one_drafts_again(
    desk, ana, aurora, released
):
    third = miss(desk, ana, "Hotel Aurora", 3)
    desk.press(ana, third, "Undo")
    without = desk.say(ana, "drafts")

    miss(desk, ana, "Hotel Aurora")

    assert "No follow-up e-mail waits for you" in without
    assert "1 of 1: Hotel Aurora" in desk.say(ana, "drafts")
    assert len(all_of(desk, FollowUp)) == 1


def test_at_shift_end_one_card_asks_once_and_send_all_sends_each_once(
    desk, ana, aurora, released
):
    payer(desk, ana, "Harbor Inn")
    miss(desk, ana, "Hotel Aurora", 3)
    miss(desk, ana, "Harbor Inn")
    early = shift_end(desk, at=desk.now)

    first, second = shift_end(desk), shift_end(desk)
    card = asked(desk, ana)
    sent = desk.press(ana, card, "Send all")
    again = desk.press(ana, card, "Send all")

    assert (early, first, second) == ("no agents asked", "1 agent asked", "no agents asked")
    assert desk.owed(place_of(ana.id)).count("follow_ups.batch") == 1
    assert "2 not reached on Mon 8 Jun" in card
    assert "Harbor Inn, Hotel Aurora" in card
    assert "2 e-mails sent." in sent
    assert "There was nothing left to send." in again
    assert len(fixed(desk)) == 2
    assert fixed(desk)[0].startswith("Dear Pat Reyes,\n\nWe tried to reach you by phone")


def test_look_first_pages_through_the_drafts_and_sends_or_drops_each(
    desk, ana, aurora, released
):
    payer(desk, ana, "Harbor Inn")
    miss(desk, ana, "Hotel Aurora")
    miss(desk, ana, "Harbor Inn")
    shift_end(desk)

    first = desk.press(ana, asked(desk, ana), "Look first")
    second = desk.press(ana, first, "Drop")
    done = desk.press(ana, second, "Send")
    stale = desk.press(ana, first, "Send")

    assert "1 of 2: Hotel Aurora" in first
    assert "Dropped: no e-mail goes to Hotel Aurora." in second
    assert "1 of 1: Harbor Inn" in second
    assert "1 e-mail sent." in done
    assert "Not reached on Mon 8 Jun: 1 sent, 1 not sent" in done
    assert "Nothing was sent again: it was dropped already." in stale
    assert len(fixed(desk)) == 1


def test_leave_sends_none_and_nothing_later_either(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora")
    shift_end(desk)
    card = asked(desk, ana)

    left = desk.press(ana, card, "Leave")
    late = desk.press(ana, card, "Send all")

    assert "Left: no e-mail goes." in left
    assert "There was nothing left to send." in late
    assert fixed(desk) == []


def test_who_is_reached_later_that_day_gets_no_email(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora", 3)
    form = desk.press(ana, desk.say(ana, "call in Hotel Aurora"), "Refused")
    desk.press(ana, form, "Save", {"words": "Not before the audit"})

    assert shift_end(desk) == "no agents asked"
    [found] = all_of(desk, FollowUp)
    assert (found.state, found.why) == ("dropped", "Reached on Mon 8 Jun: refused.")


def test_a_dispute_taken_on_the_phone_drops_the_draft(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora", 3)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Dispute")
    typed = {
        "invoices": first_invoice(desk),
        "reason": "price",
        "description": "Wrong rate",
        "contact": "Pat",
        "department": "billing",
    }
    desk.press(ana, form, "Save dispute", typed)

    [found] = all_of(desk, FollowUp)
    assert found.state == "dropped"


def test_r85_undoing_that_somebody_was_reached_brings_the_draft_back_once(
    desk, ana, aurora, released
):
    miss(desk, ana, "Hotel Aurora")
    shift_end(desk)
    before = asked(desk, ana)
    kept = promised(desk, ana)
    meanwhile = asked(desk, ana)

    undone = desk.press(ana, kept, "Undo")
    again = desk.press(ana, kept, "Undo")

    assert "1 not reached on Mon 8 Jun" in before
    assert "1 not sent" in meanwhile
    assert "Undone" in undone
    assert "Undone" not in again
    assert "1 not reached on Mon 8 Jun" in asked(desk, ana)
    assert "1 of 1: Hotel Aurora" in desk.say(ana, "drafts")
    assert "1 e-mail sent." in desk.press(ana, asked(desk, ana), "Send all")
    assert len(fixed(desk)) == 1


def test_a_draft_stays_dropped_while_another_call_has_reached_the_payer(desk, ana, aurora):
    miss(desk, ana, "Hotel Aurora", 3)
    first = promised(desk, ana)
    form = desk.press(ana, desk.say(ana, "call in Hotel Aurora"), "Refused")
    desk.press(ana, form, "Save", {"words": "Not before the audit"})

    desk.press(ana, first, "Undo")

    assert [found.state for found in all_of(desk, FollowUp)] == ["dropped"]


def test_who_is_not_tried_or_was_reached_is_not_drafted_at_shift_end(desk, ana, aurora):
    payer(desk, ana, "Harbor Inn")
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Refused")
    desk.press(ana, form, "Save", {"words": "No"})

    assert shift_end(desk) == "no agents asked"
    assert all_of(desk, FollowUp) == []


def test_without_an_address_there_is_a_task_and_no_draft(desk, ana):
    payer(desk, ana, "Old Mill", email="")

    third = miss(desk, ana, "Old Mill", 3)

    assert "No e-mail is drafted, since no address is known" in third
    assert "Find an e-mail address of Old Mill" in [task.title for task in all_of(desk, Task)]
    assert shift_end(desk) == "no agents asked"


def test_disputed_and_promised_money_is_left_out_and_nothing_left_means_no_email(desk, ana):
    mill = desk.customer("Old Mill", agent=ana, email="mill@mill.example")
    desk.invoice(mill, "100.00", days_past_due=20, number="INV-D", disputed=100_00)
    desk.invoice(mill, "70.00", days_past_due=20, number="INV-F", disputed=20_00)
    desk.invoice(mill, "60.00", days_past_due=-5, number="INV-N")
    inn = desk.customer("Inn", agent=ana, email="inn@inn.example")
    desk.invoice(inn, "100.00", days_past_due=20, disputed=100_00)

    miss(desk, ana, "Old Mill", 3)
    miss(desk, ana, "Inn", 3)

    draft = desk.say(ana, "drafts")
    assert "1 of 1: Old Mill" in draft
    assert "INV-F: $50.00" in draft
    assert "INV-D" not in draft
    assert "INV-N" not in draft


def test_a_legal_hold_and_an_exception_stop_the_draft(desk, ana):
    mill = payer(desk, ana, "Old Mill")
    miss(desk, ana, "Old Mill", 2)
    with desk.database.transaction() as session:
        session.get_one(Customer, mill).flags = "attorney"

    assert shift_end(desk) == "no agents asked"
    assert all_of(desk, FollowUp) == []


def test_a_draft_is_sent_as_things_stand_now(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora", 3)
    with desk.database.transaction() as session:
        paid = session.scalars(select(Invoice).filter_by(number=f"INV-{aurora}-A")).one()
        paid.settled_on = paid.closed_on = TODAY
    shift_end(desk)

    desk.press(ana, asked(desk, ana), "Send all")

    assert f"INV-{aurora}-A:" not in fixed(desk)[0]
    assert "Past due in all: $250.00" in fixed(desk)[0]


def test_r85_a_draft_is_looked_at_as_it_would_leave(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora", 3)
    before = desk.say(ana, "drafts")
    desk.wait(days=7)
    with desk.database.transaction() as session:
        paid = session.scalars(select(Invoice).filter_by(number=f"INV-{aurora}-A")).one()
        paid.settled_on = paid.closed_on = TODAY

    after = desk.say(ana, "drafts")
    desk.press(ana, after, "Send")

    assert "Past due in all: $4,250.00" in before
    assert "Past due in all: $250.00" in after
    assert "17 days past due" in after
    assert "17 days past due" in fixed(desk)[0]


def test_a_draft_with_nothing_left_to_ask_for_says_that_none_goes(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora", 3)
    with desk.database.transaction() as session:
        for invoice in session.scalars(select(Invoice)):
            invoice.settled_on = invoice.closed_on = TODAY

    shown = desk.say(ana, "drafts")

    assert "Nothing is past due any more. No e-mail goes." in shown
    desk.press(ana, shown, "Send")
    assert fixed(desk) == []


def test_a_draft_to_somebody_who_has_paid_meanwhile_is_not_sent(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora", 3)
    with desk.database.transaction() as session:
        for invoice in session.scalars(select(Invoice)):
            invoice.settled_on = invoice.closed_on = TODAY
    shift_end(desk)

    sent = desk.press(ana, asked(desk, ana), "Send all")

    assert "1 not needed any more." in sent
    assert fixed(desk) == []


def test_on_a_fresh_book_it_is_held_until_the_lead_releases_it(desk, ana, lee, aurora):
    miss(desk, ana, "Hotel Aurora")
    shift_end(desk)

    sent = desk.press(ana, asked(desk, ana), "Send all")

    assert "1 e-mail will leave when a lead releases follow-up e-mails." in sent
    assert [mail.state for mail in all_of(desk, Mail)] == [MailState.HELD]


def test_whoever_covers_is_asked_for_the_payers_they_tried(
    desk, ana, ben, lee, aurora, released
):
    away = absences.Away(person_id=ana.id, first_day=TODAY, last_day=TODAY, cover_id=ben.id)
    with desk.database.transaction() as session:
        absences.plan(session, away, by=lee, at=desk.now, today=TODAY)
    miss(desk, ben, "Hotel Aurora")

    assert shift_end(desk) == "1 agent asked"
    assert "1 e-mail sent." in desk.press(ben, asked(desk, ben), "Send all")


def test_an_email_to_a_payer_that_moved_to_a_colleague_is_not_ones_to_send(
    desk, ana, ben, aurora, released
):
    miss(desk, ana, "Hotel Aurora")
    shift_end(desk)
    with desk.database.transaction() as session:
        session.get_one(Customer, aurora).agent_id = ben.id

    sent = desk.press(ana, asked(desk, ana), "Send all")

    assert "1 not yours to send: ask the agent or a lead." in sent
    assert fixed(desk) == []


def test_a_night_shift_that_ends_after_midnight_is_one_day(desk, lee, released):
    mia = desk.person(
        "Mia Reyes", time_zone="Asia/Manila", shift_start=time(16), shift_end=time(1)
    )
    payer(desk, mia, "Hotel Aurora", time_zone="Pacific/Honolulu")
    payer(desk, mia, "Harbor Inn", time_zone="Pacific/Honolulu")
    desk.now = datetime(2026, 6, 9, 2, 0, tzinfo=UTC)
    miss(desk, mia, "Hotel Aurora")
    desk.now = datetime(2026, 6, 9, 4, 30, tzinfo=UTC)
    miss(desk, mia, "Harbor Inn")

    before = shift_end(desk, at=datetime(2026, 6, 9, 4, 59, tzinfo=UTC))
    after = shift_end(desk, at=datetime(2026, 6, 9, 5, 0, tzinfo=UTC))

    assert (before, after) == ("no agents asked", "1 agent asked")
    assert {found.day for found in all_of(desk, FollowUp)} == {TODAY}
    assert "2 not reached on Mon 8 Jun" in asked(desk, mia)


@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)]
)
def test_after_a_dst_change_the_card_still_comes_at_shift_end_once(desk, ana, day):
    desk.now = day + timedelta(hours=15)
    mill = desk.customer("Old Mill", agent=ana, email="mill@mill.example")
    desk.invoice(mill, "100.00", days_past_due=20, today=day.date())
    miss(desk, ana, "Old Mill")
    utc_end = day + timedelta(hours=21 if day.month == 3 else 22)

    before = shift_end(desk, at=utc_end - timedelta(minutes=1))
    at_end = shift_end(desk, at=utc_end)

    assert (before, at_end) == ("no agents asked", "1 agent asked")
    assert shift_end(desk, at=utc_end + timedelta(hours=3)) == "no agents asked"


def test_a_machine_that_was_off_asks_the_next_day(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora")

    assert shift_end(desk, at=datetime(2026, 6, 9, 13, 0, tzinfo=UTC)) == "1 agent asked"
    assert "1 not reached on Mon 8 Jun" in asked(desk, ana)


def test_the_card_of_a_shift_end_says_what_is_still_to_send(desk, ana, aurora, released):
    payer(desk, ana, "Harbor Inn")
    miss(desk, ana, "Hotel Aurora")
    miss(desk, ana, "Harbor Inn")
    shift_end(desk)
    one = desk.press(ana, asked(desk, ana), "Look first")

    desk.press(ana, one, "Drop")

    shown = asked(desk, ana)
    assert "Not reached on Mon 8 Jun: 1 e-mail still to send" in shown
    assert "1 not sent" in shown


def test_r31_a_brand_has_its_own_words_or_no_follow_ups(desk, ana, lee, released):
    brands = {
        "blue harbor": Brand(wording=Wording(follow_up="Blue Harbor could not reach you.")),
        "quiet": Brand(notices=frozenset({"statements"})),
    }
    desk.policy = Policy(brands=brands)
    desk.__post_init__()
    payer(desk, ana, "Harbor Inn", brand="Blue Harbor")
    payer(desk, ana, "Quiet House", brand="Quiet")
    miss(desk, ana, "Harbor Inn")
    miss(desk, ana, "Quiet House")
    shift_end(desk)

    desk.press(ana, asked(desk, ana), "Send all")

    [body] = fixed(desk)
    assert "Blue Harbor could not reach you." in body
    assert "We tried to reach you" not in body


def test_a_newer_draft_takes_the_place_of_one_that_nobody_sent(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora")
    shift_end(desk)
    desk.now = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
    miss(desk, ana, "Hotel Aurora", 3)

    old, new = all_of(desk, FollowUp)

    assert (old.state, old.why) == ("dropped", "A newer one is drafted.")
    assert (new.state, new.day.isoformat()) == ("draft", "2026-06-09")
    assert "1 of 1: Hotel Aurora" in desk.say(ana, "drafts")


def test_a_hold_that_came_later_stops_the_sending(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora")
    shift_end(desk)
    with desk.database.transaction() as session:
        session.get_one(Customer, aurora).flags = "bankruptcy"

    sent = desk.press(ana, asked(desk, ana), "Send all")

    assert "1 not needed any more." in sent
    assert fixed(desk) == []


def test_send_all_sends_what_its_card_showed_and_no_more(desk, ana, aurora, released):
    payer(desk, ana, "Harbor Inn")
    miss(desk, ana, "Hotel Aurora")
    shift_end(desk)
    card = asked(desk, ana)
    miss(desk, ana, "Harbor Inn", 3)

    desk.press(ana, card, "Send all")

    assert len(fixed(desk)) == 1
    assert {found.state for found in all_of(desk, FollowUp)} == {"sent", "draft"}


def test_the_drafts_of_an_agent_and_day_are_found(desk, ana, aurora):
    miss(desk, ana, "Hotel Aurora", 3)

    with desk.reading() as session:
        [found] = queries.drafts_of(session, ana.id, TODAY)
        topic = queries.get(session, found.id).topic
        assert mails.part_of(session, topic) is not None


def test_what_was_asked_is_offered_again_to_who_comes_back(desk, ana, aurora, released):
    miss(desk, ana, "Hotel Aurora")
    shift_end(desk)

    greeted = [card.text for card in desk.installs(ana)]

    assert any("1 not reached on Mon 8 Jun" in text for text in greeted)
    desk.press(ana, asked(desk, ana), "Leave")
    assert not any("not reached" in card.text for card in desk.installs(ana))


def test_for_an_agent_who_fell_out_whoever_covers_is_asked(
    desk, ana, ben, lee, aurora, released
):
    miss(desk, ana, "Hotel Aurora", 3)
    away = absences.Away(person_id=ana.id, first_day=TODAY, last_day=TODAY, cover_id=ben.id)
    with desk.database.transaction() as session:
        absences.plan(session, away, by=lee, at=desk.now, today=TODAY)

    assert shift_end(desk) == "1 agent asked"
    assert "follow_ups.batch" in desk.owed(place_of(ben.id))
    assert "follow_ups.batch" not in desk.owed(place_of(ana.id))
    assert "1 e-mail sent." in desk.press(ben, asked(desk, ana), "Send all")
