"""A lead looks after the team: progress, what did not arrive, absences, payers to give out."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from bot.store import addresses, postings
from bot.store.addresses import AddressKind, Heard
from bot.store.audit import AuditEntry
from bot.store.postings import CardName, Posting, PostingState, Showing
from bot.workflows.customers.records import Customer
from bot.workflows.people.records import Absence, place_of
from bot.workflows.people.rules import Member
from bot.workflows.worklists import operations as worklists
from bot.workflows.worklists.operations import WORKLIST_CARD
from tests.support.desk import TENANT, TODAY, Desk, channel


@pytest.fixture
def lead(desk: Desk) -> Member:
    return desk.person("Lena Lead", roles="lead")


@pytest.fixture
def ana(desk: Desk) -> Member:
    return desk.person("Ana Cruz")


def post_list(desk: Desk, agent: Member) -> int:
    with desk.database.transaction() as session:
        worklist = worklists.post_day(
            session, agent, day=TODAY, at=desk.now, policy=desk.policy
        )
        return worklist.id


def becomes(desk: Desk, worklist_id: int, state: PostingState, error: str = "") -> None:
    with desk.database.transaction() as session:
        posting = session.scalars(select(Posting).filter_by(about=worklist_id)).one()
        posting.state, posting.last_error = state, error


def audited(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return list(session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)))


def absent(desk: Desk) -> list[tuple[int, int | None, date, date, bool]]:
    with desk.reading() as session:
        return [
            (a.person_id, a.cover_id, a.first_day, a.last_day, a.cancelled_at is not None)
            for a in session.scalars(select(Absence).order_by(Absence.id))
        ]


def has_app(desk: Desk, who: Member) -> None:
    caller = desk.caller(who)
    heard = Heard(
        conversation_id=f"a:{who.id}",
        kind=AddressKind.PERSONAL,
        tenant_id=TENANT,
        entra_id=caller.entra_id,
        service_url="https://smba.trafficmanager.net/teams/",
        name="",
    )
    with desk.database.transaction() as session:
        addresses.remember(session, heard, at=desk.now)


# the team


def test_a_lead_sees_how_far_everybody_is(desk: Desk, lead: Member, ana: Member):
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "1000.00", days_past_due=40)
    desk.person("Ben Reyes")
    becomes(desk, post_list(desk, ana), PostingState.SHOWN)

    card = desk.say(lead, "team")

    assert "Mon 8 Jun" in card
    assert "0/75" in card
    assert "list posted" in card
    assert "no list yet" in card


def test_who_has_not_installed_the_app_is_shown(desk: Desk, lead: Member, ana: Member):
    ben = desk.person("Ben Reyes")
    has_app(desk, lead)
    has_app(desk, ben)

    told = desk.say(lead, "team").text

    [line] = [line for line in told.splitlines() if "Without the app" in line]
    assert "Ana Cruz" in line
    assert "Ben Reyes" not in line


@pytest.mark.parametrize("words", ["team", "unposted", "unassigned"])
def test_the_teams_view_is_for_leads(desk: Desk, ana: Member, words: str):
    assert "is for" in desk.say(ana, words)


def test_the_teams_view_is_not_for_a_channel(desk: Desk, lead: Member):
    assert "our own chat" in desk.say(lead, "team", spot=channel())


def test_a_stranger_gets_a_polite_answer_and_nothing_else(desk: Desk, lead: Member):
    desk.customer("Hotel Aurora")

    answers = [desk.say("entra-stranger", words) for words in ("list", "team", "find aurora")]

    assert all("I do not know you yet" in answer for answer in answers)
    assert not any("Aurora" in answer for answer in answers)
    pressed = desk.press("entra-stranger", desk.say(lead, "team"), "Refresh")
    assert "I do not know you yet" in pressed
    assert pressed.card is None


# what did not arrive


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (PostingState.UNKNOWN, "may not have arrived"),
        (PostingState.FAILED, "was not taken by Teams"),
        (PostingState.MISSED, "was too late"),
    ],
)
def test_a_list_that_may_not_have_arrived_can_be_sent_again(
    desk: Desk, lead: Member, ana: Member, state: PostingState, told: str
):
    becomes(desk, post_list(desk, ana), state, "HTTP 502 after it was sent")
    shown = desk.press(lead, desk.say(lead, "team"), "Show the cards")
    assert "Morning list for Ana Cruz" in shown
    assert told in shown
    assert "HTTP 502" in shown

    after = desk.press(lead, shown, "Send again")

    assert "On its way again" in after
    assert "Everything has arrived." in after
    assert desk.owed(place_of(ana.id)) == [WORKLIST_CARD]
    assert "card sent again" in audited(desk)


def test_i23_cards_that_wait_for_the_app_are_counted_apart_and_not_sent_again(
    desk: Desk, lead: Member, ana: Member
):
    ben = desk.person("Ben Reyes")
    becomes(desk, post_list(desk, ana), PostingState.UNKNOWN)
    with desk.database.transaction() as session:
        for about in (1, 2):
            task = Showing(CardName("tasks.task"), about, place_of(ben.id))
            postings.show(session, task, at=desk.now)
        session.execute(
            update(Posting)
            .where(Posting.card == "tasks.task")
            .values(state=PostingState.PARKED)
        )

    team = desk.say(lead, "team")
    shown = desk.press(lead, team, "Show the cards")

    assert "1 card may not have arrived." in team
    assert "2 cards wait for the app to be installed." in team
    assert "Cards that may not have arrived: 1" in shown
    assert "and then sent by the desk itself: Ben Reyes (2)." in shown
    assert shown.titles.count("Send again") == 1


def test_sending_again_twice_sends_once(desk: Desk, lead: Member, ana: Member):
    becomes(desk, post_list(desk, ana), PostingState.UNKNOWN)
    shown = desk.say(lead, "unposted")
    desk.press(lead, shown, "Send again")

    again = desk.press(lead, shown, "Send again")

    assert "already on its way" in again
    assert audited(desk).count("card sent again") == 1


def test_an_agent_cannot_send_again(desk: Desk, lead: Member, ana: Member):
    becomes(desk, post_list(desk, ana), PostingState.UNKNOWN)
    shown = desk.say(lead, "unposted")

    assert "is for" in desk.press(ana, shown, "Send again")
    with desk.reading() as session:
        assert len(postings.troubled(session)) == 1


# absences


def test_a_lead_says_who_is_away_in_one_sentence(desk: Desk, lead: Member, ana: Member):
    ben = desk.person("Ben Reyes")

    card = desk.say(lead, "absent Ana from 2026-06-15 to 2026-06-19 cover Ben")

    assert "Ana Cruz is away Mon 15 Jun 2026 to Fri 19 Jun 2026; Ben Reyes covers." in card
    assert absent(desk) == [(ana.id, ben.id, date(2026, 6, 15), date(2026, 6, 19), False)]
    assert "absence planned" in audited(desk)


def test_a_lead_fills_in_the_form(desk: Desk, lead: Member, ana: Member):
    ben = desk.person("Ben Reyes")
    form = desk.press(lead, desk.say(lead, "absent"), "Enter an absence")

    wrong = desk.press(
        lead,
        form,
        "Enter it",
        {"person": str(ana.id), "first": "2026-06-19", "last": "2026-06-15"},
    )
    assert "before its first" in wrong
    assert "2026-06-19" in wrong
    right = desk.press(lead, wrong, "Enter it", {"last": "2026-06-19", "cover": str(ben.id)})

    assert "Entered: Ana Cruz is away on Fri 19 Jun 2026; Ben Reyes covers." in right


def test_entering_it_twice_enters_it_once(desk: Desk, lead: Member, ana: Member):
    form = desk.press(lead, desk.say(lead, "absent"), "Enter an absence")

    for _ in range(2):
        desk.press(lead, form, "Enter it", {"person": str(ana.id)})

    assert len(absent(desk)) == 1
    assert audited(desk).count("absence planned") == 1


def test_whoever_covers_has_the_list_of_both(desk: Desk, lead: Member, ana: Member):
    ben = desk.person("Ben Reyes")
    payer = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(payer, "1000.00", days_past_due=40)

    desk.say(lead, "absent Ana from 2026-06-08 to 2026-06-08 cover Ben")

    assert "Hotel Aurora" in desk.say(ben, "list")
    assert "away; Ben Reyes covers" in desk.say(lead, "team")


def test_an_agent_sets_their_own_absence_and_nobody_elses(desk: Desk, ana: Member):
    ben = desk.person("Ben Reyes")

    own = desk.say(ana, "absent me from 2026-06-15 to 2026-06-15 cover Ben")
    other = desk.say(ana, "absent Ben from 2026-06-16 to 2026-06-16")

    assert "Ana Cruz is away" in own
    assert "a lead sets anybody's" in other
    assert [row[:2] for row in absent(desk)] == [(ana.id, ben.id)]


def test_an_absence_can_be_taken_back_and_a_second_press_changes_nothing(
    desk: Desk, lead: Member, ana: Member
):
    card = desk.say(lead, "absent Ana from 2026-06-15 to 2026-06-19")

    for _ in range(2):
        after = desk.press(lead, card, "Take back")

    assert "Nobody, now or later." in after
    assert audited(desk).count("absence taken back") == 1
    assert absent(desk)[0][-1]


def test_somebody_elses_absence_is_not_an_agents_to_take_back(
    desk: Desk, lead: Member, ana: Member
):
    ben = desk.person("Ben Reyes")
    card = desk.say(lead, "absent Ana from 2026-06-15 to 2026-06-19")

    assert "a lead sets anybody's" in desk.press(ben, card, "Take back")
    assert "Take back" not in desk.say(ben, "absent").titles


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("absent Ana from 2026-06-19 to 2026-06-15", "before its first"),
        ("absent Ana from 2026-06-01 to 2026-06-02", "already over"),
        ("absent Ana from 2026-06-15 to 2028-06-15", "a year long"),
        ("absent Ana from 31/02/2026 to 2026-06-15", "First day"),
        ("absent Ana from 2026-06-15 to someday", "Last day"),
        ("absent Zoe from 2026-06-15 to 2026-06-15", "Nobody at the desk is called"),
        ("absent Be from 2026-06-15 to 2026-06-15", "Whom do you mean"),
        ("absent Ana from 2026-06-15 to 2026-06-15 cover Ana", "Nobody covers for themselves"),
        ("absent Ana from 2026-06-22 to 2026-06-22 cover Bea", "is away then, too"),
        ("absent Ben from 2026-06-22 to 2026-06-23", "They cover for Bea"),
        ("absent Bea from 2026-06-20 to 2026-06-24", "is already away"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused_with_a_sentence(
    desk: Desk, lead: Member, ana: Member, words: str, told: str
):
    desk.person("Ben Reyes")
    desk.person("Bea Santos")
    desk.say(lead, "absent Bea Santos from 2026-06-22 to 2026-06-22 cover Ben Reyes")
    before = absent(desk)

    assert told in desk.say(lead, words)
    assert absent(desk) == before


# payers without an agent


def test_a_lead_gives_out_payers_that_have_no_agent(desk: Desk, lead: Member, ana: Member):
    aurora, borealis = desk.customer("Hotel Aurora"), desk.customer("Hotel Borealis")
    card = desk.press(lead, desk.say(lead, "team"), "Give out payers")

    after = desk.press(lead, card, "Give", {"payers": str(aurora), "agent": str(ana.id)})

    assert "1 payer given to Ana Cruz" in after
    assert "Borealis" in after
    with desk.reading() as session:
        assert session.get_one(Customer, aurora).agent_id == ana.id
        assert session.get_one(Customer, borealis).agent_id is None
    assert audited(desk).count("payer given to agent") == 1


def test_a_payer_that_got_an_agent_meanwhile_keeps_it(desk: Desk, lead: Member, ana: Member):
    aurora, ben = desk.customer("Hotel Aurora"), desk.person("Ben Reyes")
    card = desk.say(lead, "unassigned")
    desk.press(lead, card, "Give", {"payers": str(aurora), "agent": str(ana.id)})

    late = desk.press(lead, card, "Give", {"payers": str(aurora), "agent": str(ben.id)})

    assert "no payers given" in late
    with desk.reading() as session:
        assert session.get_one(Customer, aurora).agent_id == ana.id


@pytest.mark.parametrize(
    "typed", [{}, {"payers": "x"}, {"payers": "1", "agent": "999"}, {"payers": "9" * 30}]
)
def test_a_form_that_makes_no_sense_gives_out_nothing(
    desk: Desk, lead: Member, ana: Member, typed: dict[str, str]
):
    aurora = desk.customer("Hotel Aurora")
    card = desk.say(lead, "unassigned")

    after = desk.press(lead, card, "Give", typed)

    assert "reference" not in after
    with desk.reading() as session:
        assert session.get_one(Customer, aurora).agent_id is None


def test_an_agent_cannot_give_out_payers(desk: Desk, lead: Member, ana: Member):
    aurora = desk.customer("Hotel Aurora")
    card = desk.say(lead, "unassigned")

    typed = {"payers": str(aurora), "agent": str(ana.id)}
    assert "is for" in desk.press(ana, card, "Give", typed)


def test_a_posting_that_is_sent_again_is_drawn_from_its_record_as_it_is_now(
    desk: Desk, lead: Member, ana: Member
):
    worklist_id = post_list(desk, ana)
    becomes(desk, worklist_id, PostingState.MISSED)
    desk.press(lead, desk.say(lead, "unposted"), "Send again")

    with desk.reading() as session:
        showing = Showing(WORKLIST_CARD, worklist_id, place_of(ana.id))
        assert postings.state_of(session, showing) is PostingState.DUE
