"""A final invoice from confirmation on: the call, the questions, the issues, the funnel."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.workflows.calls.records import Call
from bot.workflows.correspondence.records import MailPart
from bot.workflows.finals import queries
from bot.workflows.finals.records import ContactState, FinalsContact, FinalsMonth, Stage
from bot.workflows.ledger.records import Invoice
from bot.workflows.people.records import place_of
from bot.workflows.special_handling import operations as holds
from bot.workflows.special_handling.operations import NewHold
from bot.workflows.special_handling.records import HoldKind
from bot.workflows.tasks.records import Task, TaskKind, TaskState
from bot.workflows.worklists import portfolio
from scheduler import finals, promises, worklists
from scheduler.job import Tick
from tests.support.book import news
from tests.support.desk import MONDAY_8_AM, TODAY, Desk, texts

CONFIRM = "Confirmed, will pay on time"


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def lea(desk):
    return desk.person("Lea Lead", "lead")


@pytest.fixture
def aurora(desk, ana, lea):
    payer = desk.customer(
        "Hotel Aurora", agent=ana, email="ap@aurora.example", contact_name="Rosa"
    )
    final(desk, payer, "F-1", date(2026, 5, 12))
    return payer


def final(desk: Desk, payer: int, number: str, dated: date, amount: str = "1,200.00", **given):
    due = given.pop("due_date", dated + timedelta(days=30))
    return desk.invoice(
        payer, amount, kind="final", number=number, invoice_date=dated, due_date=due, **given
    )


def tick(desk: Desk) -> Tick:
    return Tick(at=desk.now, database=desk.database, policy=desk.policy)


def work(desk: Desk) -> str:
    return finals.work(tick(desk))


def states(desk: Desk) -> list[str]:
    with desk.reading() as session:
        mine = select(FinalsContact).order_by(FinalsContact.id)
        return [contact.state.value for contact in session.scalars(mine)]


def lines(desk: Desk, agent, on: date = TODAY) -> list[tuple[str, int, str, str]]:
    with desk.reading() as session:
        ranking = portfolio.ranking(session, agent, on=on, policy=desk.policy)
        return [(e.payer.name, e.tier, e.rule, e.reason) for e in ranking.entries]


def tasks(desk: Desk) -> list[Task]:
    with desk.reading() as session:
        found = list(session.scalars(select(Task).order_by(Task.id)))
        session.expunge_all()
        return found


# starting


def test_the_lead_starts_the_month_by_saying_that_final_invoicing_is_complete(
    desk, ana, lea, aurora
):
    desk.now = MONDAY_8_AM - timedelta(days=4)

    first = desk.say(lea, "final invoicing is complete for May")
    again = desk.say(lea, "final invoicing is complete")

    assert "starts now" in first
    assert "Work started Thu 4 Jun: Lea Lead said that final invoicing is complete." in first
    assert "has started already, on Thu 4 Jun" in again
    assert work(desk) == "Final invoices: 1 payer to call."
    desk.now = MONDAY_8_AM
    assert "started" not in work(desk)
    with desk.reading() as session:
        [month] = session.scalars(select(FinalsMonth))
        assert (month.month, month.started_by) == (date(2026, 5, 1), lea.id)


def test_it_is_started_by_a_tap_too(desk, lea, aurora):
    desk.now = MONDAY_8_AM - timedelta(days=4)
    card = desk.say(lea, "finals")
    assert "start on Mon 8 Jun" in card

    started = desk.press(lea, card, "Final invoicing is complete")

    assert "starts now" in started
    assert "has started already" in desk.press(lea, card, "Final invoicing is complete")


@pytest.mark.parametrize("role", ["agent", "vp_finance", "billing", "auditor"])
def test_nobody_but_a_lead_or_the_controller_may_say_so(desk, aurora, role):
    other = desk.person("Otto Other", role)

    said = desk.say(other, "final invoicing is complete")

    assert "is for" in said
    with desk.reading() as session:
        assert session.scalar(select(FinalsMonth)) is None
    carla = desk.person("Carla Controller", "controller")
    assert "starts now" in desk.say(carla, "final invoicing is complete")


def test_no_other_month_than_the_prior_one_is_taken(desk, lea, aurora):
    assert "not over yet" in desk.say(lea, "final invoicing is complete for June")
    assert "not confirmed again" in desk.say(lea, "final invoicing is complete for April")
    assert "do not know the month" in desk.say(lea, "final invoicing is complete for ever")


# on the lists


def test_a_final_to_confirm_stands_first_on_the_list_though_nothing_is_past_due(
    desk, ana, aurora
):
    bay = desk.customer("Bay Inn", agent=ana)
    desk.invoice(bay, "9,000.00", days_past_due=50)
    work(desk)

    assert lines(desk, ana) == [
        ("Hotel Aurora", 0, "R29", "Final invoice F-1: receipt to be confirmed, R40 (R29)."),
        ("Bay Inn", 3, "R79", "Oldest item 50 days past due (R79)."),
    ]
    assert lines(desk, ana, TODAY - timedelta(days=1))[0][0] == "Bay Inn"


def test_a_past_due_final_is_owed_a_call_on_its_fifth_day(desk, ana, aurora):
    work(desk)
    desk.now = datetime.fromisoformat("2026-06-16T12:00:00+00:00")
    work(desk)

    [(_, tier, _, reason)] = lines(desk, ana, desk.now.date())

    assert tier == 0
    assert reason == (
        "Final invoice F-1, 5 days past due: ask when it will be paid, R46 (R29)."
    )


def test_credit_larger_than_the_debt_is_applied_and_not_called_about(desk, ana, aurora):
    work(desk)
    desk.now = datetime.fromisoformat("2026-06-16T12:00:00+00:00")
    desk.invoice(aurora, "-5,000.00", days_past_due=0)
    work(desk)

    assert lines(desk, ana, desk.now.date()) == []


def test_a_legal_hold_keeps_the_payer_off_the_list(desk, ana, aurora):
    work(desk)
    with desk.database.transaction() as session:
        hold = NewHold(
            payer_id=aurora, kind=HoldKind.LEGAL, reason="Bankruptcy", first_day=TODAY
        )
        holds.place(session, hold, by=ana.id, at=desk.now)

    assert lines(desk, ana) == []


def test_a_conversation_of_last_week_does_not_put_the_confirmation_off(desk, ana, aurora):
    desk.now = MONDAY_8_AM - timedelta(days=3)
    card = desk.say(ana, "log Hotel Aurora")
    form = desk.press(ana, card, "Refused")
    desk.press(ana, form, "Save", {"words": "No money"})
    desk.now = MONDAY_8_AM

    work(desk)

    assert [name for name, *_ in lines(desk, ana)] == ["Hotel Aurora"]


def test_calls_that_fall_due_after_the_list_was_made_join_it_at_once(desk, ana, lea, aurora):
    bay = desk.customer("Bay Inn", agent=ana)
    desk.invoice(bay, "9,000.00", days_past_due=50)
    desk.now = MONDAY_8_AM - timedelta(days=3)
    worklists.post_lists(tick(desk))
    desk.wait(minutes=30)
    desk.say(lea, "final invoicing is complete")

    said = work(desk)
    again = work(desk)

    assert said == "Final invoices: 1 payer to call; 1 line brought onto today's lists."
    assert again == "Final invoices: nothing to do now."
    assert "Hotel Aurora" in desk.say(ana, "next")
    assert "worklists.day" in desk.owed(place_of(ana.id))


def test_a_payer_on_the_list_already_moves_up_and_one_reached_today_stays(
    desk, ana, lea, aurora
):
    bay, cap = desk.customer("Bay Inn", agent=ana), desk.customer("Cap Motel", agent=ana)
    for payer, number, days in ((bay, "F-2", 50), (cap, "F-3", 40)):
        desk.invoice(payer, "9,000.00", days_past_due=days)
        final(desk, payer, number, date(2026, 5, 29))
    desk.now = MONDAY_8_AM - timedelta(days=3)
    worklists.post_lists(tick(desk))
    form = desk.press(ana, desk.say(ana, "next"), "Refused")
    desk.press(ana, form, "Save", {"words": "No"})
    desk.wait(minutes=30)
    desk.say(lea, "final invoicing is complete")

    work(desk)

    assert "receipt to be confirmed, R40" in desk.say(ana, "next")
    shown = desk.say(ana, "list")
    assert shown.text.count("receipt to be confirmed") == 2


def list_on_the_start_day(desk, ana, lea):
    desk.say(lea, "final invoicing is complete")
    work(desk)
    worklists.post_lists(tick(desk))
    return desk.say(ana, "list")


def test_r40_a_line_shows_what_is_open_of_the_final_to_be_confirmed(desk, ana, lea, aurora):
    line = list_on_the_start_day(desk, ana, lea)

    assert "$1,200.00" in line
    assert "due Thu 11 Jun" in line
    desk.press(ana, desk.say(ana, "next"), CONFIRM)
    assert "$1,200.00" in desk.say(ana, "list")


def test_r40_a_line_that_ranks_by_what_is_past_due_says_beside_it_what_is_to_be_confirmed(
    desk, ana, lea, aurora
):
    desk.invoice(aurora, "73.70", days_past_due=8)

    line = list_on_the_start_day(desk, ana, lea)

    assert "$73.70" in texts(line.card)
    assert "8 days" in texts(line.card)
    assert "$1,200.00 to be confirmed · " in line


def test_r40_a_line_of_a_final_that_is_past_due_counts_its_days_once(desk, ana, lea):
    bay = desk.customer("Bay Inn", agent=ana)
    final(desk, bay, "F-2", date(2026, 5, 4), due_date=date(2026, 6, 4))

    line = list_on_the_start_day(desk, ana, lea)

    assert "$1,200.00" in line
    assert "4 days" in line
    assert "to be confirmed · " not in line


# the call


def test_confirmed_is_one_tap_and_brings_the_next_payer(desk, ana, aurora):
    bay = desk.customer("Bay Inn", agent=ana)
    desk.invoice(bay, "9,000.00", days_past_due=50)
    work(desk)
    desk.say(ana, "list")
    card = desk.say(ana, "next")
    assert "Final invoice to be confirmed (R40)" in card
    assert "F-1 of Tue 12 May · $1,200.00 · due Thu 11 Jun" in card

    after = desk.press(ana, card, CONFIRM)

    assert "Logged: receipt confirmed at Hotel Aurora" in after
    assert "Bay Inn" in after
    assert states(desk) == ["confirmed"]
    assert [name for name, *_ in lines(desk, ana)] == ["Bay Inn"]
    again = desk.press(ana, card, CONFIRM)
    assert "Nothing was logged again" in again
    with desk.reading() as session:
        assert len(list(session.scalars(select(Call)))) == 1


@pytest.mark.parametrize("from_the_list", [True, False])
def test_r40_log_name_still_shows_the_payers_call_card_after_its_confirmation(
    desk, ana, aurora, from_the_list
):
    final(desk, desk.customer("Bay Inn", agent=ana), "F-2", date(2026, 5, 20))
    work(desk)
    desk.say(ana, "list")
    card = desk.say(ana, "next" if from_the_list else "log Hotel Aurora")
    shown = desk.press(ana, card, CONFIRM)
    assert "receipt confirmed at" in shown

    for name in ("Hotel Aurora", "Bay Inn"):
        logging = desk.say(ana, f"log {name}")
        assert logging.text.startswith(name)
        assert {"No answer", "Promise", "Dispute"} <= set(logging.titles)
        is_confirmed = f"receipt confirmed at {name}" in shown
        assert ("receipt to be confirmed" in logging) is not is_confirmed


def test_r46_after_a_confirmation_the_next_step_is_five_days_past_due(desk, ana, aurora):
    work(desk)

    said = desk.press(ana, desk.say(ana, "log Hotel Aurora"), CONFIRM)

    assert "Next: ask when it will be paid, 5 days past due, Tue 16 Jun." in said
    with desk.reading() as session:
        assert session.scalars(select(Call)).one().next_on == date(2026, 6, 16)
    assert lines(desk, ana, on=date(2026, 6, 9)) == []
    [(_, tier, rule, _)] = lines(desk, ana, on=date(2026, 6, 12))
    assert (tier, rule) == (1, "R77")


def test_r46_who_owes_more_past_due_is_called_again_as_after_any_conversation(
    desk, ana, aurora
):
    desk.invoice(aurora, "70.00", number="O-1", days_past_due=20)
    work(desk)

    said = desk.press(ana, desk.say(ana, "log Hotel Aurora"), CONFIRM)

    assert "Next: follow up on what else is past due, Thu 11 Jun." in said


def past_due(desk: Desk, ana) -> int:
    """A payer whose final is seven days late when the month's work, and the desk's, starts."""
    payer = desk.customer("Cedar Lodge", agent=ana, email="ap@cedar.example")
    final(desk, payer, "F-9", date(2026, 5, 2))
    work(desk)
    return payer


def test_r46_the_card_of_a_final_past_due_asks_when_it_will_be_paid(desk, ana, lea):
    past_due(desk, ana)

    card = desk.say(ana, "log Cedar Lodge")

    assert "Final invoice past due, to be confirmed (R40, R46)" in card
    assert "Was it received? When will payment be received?" in card
    assert CONFIRM not in card.titles
    assert {"Will pay on a day", "Received", "A question"} <= set(card.titles)
    with desk.reading() as session:
        assert (
            "on which day payment will be made" in session.scalars(select(MailPart)).one().words
        )


def test_r46_naming_the_day_for_a_final_past_due_is_a_promise(desk, ana, lea):
    past_due(desk, ana)
    form = desk.press(ana, desk.say(ana, "log Cedar Lodge"), "Will pay on a day")

    said = desk.press(ana, form, "Save", {"due_on": "2026-06-12"})

    assert "promise" in said.text.lower()
    assert states(desk) == ["promised"]


def test_r46_received_leaves_the_question_of_the_fifth_day_due(desk, ana, lea):
    past_due(desk, ana)

    said = desk.press(ana, desk.say(ana, "log Cedar Lodge"), "Received")

    assert "Next: ask when it will be paid, 8 days past due, Tue 9 Jun." in said
    assert states(desk) == ["confirmed"]
    desk.wait(days=1)
    work(desk)
    [(_, tier, _, reason)] = lines(desk, ana, desk.now.date())
    assert (tier, reason) == (
        0,
        "Final invoice F-9, 8 days past due: ask when it will be paid, R46 (R29).",
    )
    with desk.reading() as session:
        stages = [
            one.stage
            for one in session.scalars(select(FinalsContact).order_by(FinalsContact.id))
        ]
    assert stages == [Stage.CONFIRMATION, Stage.DAY_5]


def test_a_second_tap_outside_the_list_logs_nothing_again(desk, ana, aurora):
    work(desk)
    card = desk.say(ana, "log Hotel Aurora")

    desk.press(ana, card, CONFIRM)
    again = desk.press(ana, card, CONFIRM)

    assert "Nothing was logged" in again
    with desk.reading() as session:
        assert len(list(session.scalars(select(Call)))) == 1


def test_what_was_confirmed_can_be_undone_and_is_due_again(desk, ana, aurora):
    work(desk)
    desk.say(ana, "list")
    after = desk.press(ana, desk.say(ana, "next"), CONFIRM)

    undone = desk.press(ana, after, "Undo")

    assert "Undone: receipt confirmed at Hotel Aurora" in undone
    assert CONFIRM in undone.titles
    assert states(desk) == ["due"]
    assert [name for name, *_ in lines(desk, ana)] == ["Hotel Aurora"]


def test_nobody_reached_leaves_the_contact_due(desk, ana, aurora):
    work(desk)
    desk.say(ana, "list")

    desk.press(ana, desk.say(ana, "next"), "No answer")

    assert states(desk) == ["due"]


def test_a_question_becomes_an_issue_and_when_all_are_settled_the_payer_has_confirmed(
    desk, ana, lea, aurora
):
    tom = desk.person("Tom Tax", "tax")
    work(desk)
    desk.say(ana, "list")
    form = desk.press(ana, desk.say(ana, "next"), "A question")
    assert "Tax certificates on hand: none." in form
    typed = {"questions": "po,tax", "words": "We need a PO, and are exempt.", "owner": "me"}

    saved = desk.press(ana, form, "Save", typed)

    assert "Logged: question at Hotel Aurora" in saved
    assert states(desk) == ["questioned"]
    po, tax = tasks(desk)
    assert (po.kind, po.owner_id) == (TaskKind.FINALS_ISSUE, ana.id)
    assert (po.due_on, po.words) == (date(2026, 6, 10), "We need a PO, and are exempt.")
    assert "tax-exempt certificate" in tax.title
    assert tom.id != tax.owner_id
    for task in (po, tax):
        card = desk.press(ana, desk.say(ana, "tasks"), task.title)
        assert ("Certificates" in card.titles) == (task is tax)
        ask = desk.press(ana, card, "Done")
        desk.press(ana, ask, "Save", {"result": "Solved"})
    assert work(desk) == "Final invoices: 1 payer without questions left."
    assert states(desk) == ["confirmed"]


def test_the_form_says_all_that_is_wrong_and_keeps_what_was_typed(desk, ana, aurora):
    work(desk)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "A question")

    wrong = desk.press(
        ana,
        form,
        "Save",
        {
            "questions": "po,<b>",
            "words": "We need *a PO*",
            "owner": "billing",
            "due_on": "2026-01-01",
        },
    )

    assert "Please tick what is on the list." in wrong
    assert "Nobody at the desk is billing yet" in wrong
    assert "Please give a day from today on" in wrong
    assert "We need *a PO*" in wrong
    assert states(desk) == ["due"]
    empty = desk.press(ana, form, "Save", {"words": " "})
    assert "Please fill in “What stands in the way of paying on time?”" in empty


def test_a_second_tap_on_save_opens_no_issue_twice(desk, ana, aurora):
    work(desk)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "A question")
    typed = {"questions": "po", "words": "PO please"}

    desk.press(ana, form, "Save", typed)
    again = desk.press(ana, form, "Save", typed)

    assert "Nothing was logged again" in again
    assert len(tasks(desk)) == 1


def test_undoing_the_conversation_drops_its_issues(desk, ana, aurora):
    work(desk)
    desk.say(ana, "list")
    form = desk.press(ana, desk.say(ana, "next"), "A question")
    saved = desk.press(ana, form, "Save", {"questions": "po", "words": "PO please"})

    desk.press(ana, saved, "Undo")

    assert states(desk) == ["due"]
    assert [task.state for task in tasks(desk)] == [TaskState.DROPPED]


def test_an_issue_of_another_department_goes_to_who_is_there(desk, ana, aurora):
    bo = desk.person("Bo Billing", "billing")
    work(desk)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "A question")

    desk.press(
        ana, form, "Save", {"questions": "amount", "words": "Too much", "owner": "billing"}
    )

    assert "tasks.task" in desk.owed(place_of(bo.id))


def test_other_outcomes_answer_the_contact_too(desk, ana, aurora):
    work(desk)
    card = desk.say(ana, "log Hotel Aurora")
    form = desk.press(ana, card, "No invoice")

    desk.press(ana, form, "Save", {"send_to": "ap@aurora.example"})

    assert states(desk) == ["questioned"]
    [issue] = [task for task in tasks(desk) if task.kind is TaskKind.FINALS_ISSUE]
    assert issue.title == "The invoice was not received: Hotel Aurora"


def test_a_promise_that_names_the_invoice_answers_the_fifth_day(desk, ana, aurora):
    work(desk)
    desk.now = datetime.fromisoformat("2026-06-16T13:00:00+00:00")
    work(desk)
    card = desk.say(ana, "log Hotel Aurora")
    assert "When will payment be received?" in card
    form = desk.press(ana, card, "Promise")

    desk.press(ana, form, "Save", {"due_on": "2026-06-19"})

    with desk.reading() as session:
        stage = select(FinalsContact).filter_by(stage=Stage.DAY_5)
        assert session.scalars(stage).one().state is ContactState.PROMISED


def test_paid_between_the_card_and_the_tap_logs_nothing(desk, ana, aurora):
    work(desk)
    card = desk.say(ana, "log Hotel Aurora")
    with desk.database.transaction() as session:
        invoice = session.scalars(select(Invoice)).one()
        invoice.settled_on = invoice.closed_on = TODAY
    news(desk.database, desk.now)
    work(desk)

    said = desk.press(ana, card, CONFIRM)

    assert "nothing to confirm any more" in said
    assert states(desk) == ["paid"]


def test_a_colleague_may_not_confirm_for_somebody_elses_payer(desk, ana, aurora):
    ben = desk.person("Ben Other")
    work(desk)
    card = desk.say(ben, "log Hotel Aurora")

    said = desk.press(ben, card, CONFIRM)

    assert "Ana Reyes" in said
    assert states(desk) == ["due"]


def test_what_is_written_names_every_invoice_once(desk, ana, aurora):
    final(desk, aurora, "F-2", date(2026, 5, 20), "50.00")

    work(desk)

    with desk.reading() as session:
        [part] = session.scalars(select(MailPart))
        assert part.subject == "Final invoices F-1, F-2: please confirm receipt"
        assert part.words.count("F-1 of 12 May 2026") == 1
        assert "F-2 of 20 May 2026, $50.00, due 19 June 2026" in part.words


# the funnel


def test_the_lead_sees_the_funnel_with_names_behind_each_figure(desk, ana, lea, aurora):
    ben = desk.person("Ben Other")
    bay = desk.customer("Bay Inn", agent=ben)
    final(desk, bay, "F-2", date(2026, 5, 12))
    paid = desk.customer("Cap Motel", agent=ben, email="ap@cap.example")
    final(desk, paid, "F-3", date(2026, 5, 12), settled_on=TODAY, closed_on=TODAY)
    work(desk)
    assert "finals.funnel" in desk.owed(place_of(lea.id))
    desk.press(ana, desk.say(ana, "log Hotel Aurora"), CONFIRM)

    funnel = desk.say(lea, "finals")

    assert "Final invoices of May 2026: 3 payers" in funnel
    assert "Work started Mon 8 Jun, by the calendar." in funnel
    for words in ("Paid (1)", "Confirmed (1)", "Not reached (1)", "No address (1)"):
        assert words in funnel.titles
    assert "1 paid · 1 not reached" in funnel
    names = desk.press(lea, funnel, "Not reached (1)")
    assert "Bay Inn" in names
    assert "Hotel Aurora" not in names
    assert "no address" in names
    of_ben = desk.press(lea, funnel, "Ben Other")
    assert "Cap Motel" in of_ben
    assert "3 payers" in desk.press(lea, names, "Back")
    assert "Final invoices of May 2026: 1 payer" in desk.say(ana, "finals")


def test_r46_an_agent_sees_what_came_of_the_past_due_calls_of_their_own_payers(
    desk, ana, lea, aurora
):
    ben = desk.person("Ben Other")
    bay = desk.customer("Bay Inn", agent=ben, email="ap@bay.example")
    final(desk, bay, "F-2", date(2026, 5, 12))
    work(desk)
    desk.now = datetime(2026, 6, 16, 12, 0, tzinfo=MONDAY_8_AM.tzinfo)
    work(desk)

    assert "2 to be asked" in desk.say(lea, "finals")
    assert "1 to be asked" in desk.say(ana, "finals")


def test_the_funnel_of_a_past_day_is_as_it_was_then(desk, ana, aurora):
    work(desk)
    desk.wait(days=2)
    desk.press(ana, desk.say(ana, "log Hotel Aurora"), CONFIRM)

    with desk.reading() as session:
        then = queries.funnel(session, date(2026, 5, 1), on=TODAY)[ana.id]
        now = queries.funnel(session, date(2026, 5, 1), on=TODAY + timedelta(days=2))[ana.id]

    assert {place.value: n for place, n in then.places.items() if n} == {"not_reached": 1}
    assert {place.value: n for place, n in now.places.items() if n} == {"confirmed": 1}


def test_r47_a_promise_that_has_run_out_is_no_longer_counted_as_promised(desk, ana, aurora):
    work(desk)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")
    desk.press(ana, form, "Save", {"due_on": "2026-06-12"})

    assert places(desk, ana, date(2026, 6, 15)) == {"promised": 1}
    desk.now = datetime.fromisoformat("2026-06-16T13:00:00+00:00")
    promises.settle(tick(desk))

    assert places(desk, ana, date(2026, 6, 16)) == {"confirmed": 1}
    assert places(desk, ana, date(2026, 6, 15)) == {"promised": 1}
    work(desk)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")
    desk.press(ana, form, "Save", {"due_on": "2026-06-19"})
    assert places(desk, ana, date(2026, 6, 16)) == {"promised": 1}


def test_r46_a_question_after_a_broken_promise_is_what_the_funnel_shows(desk, ana, aurora):
    work(desk)
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")
    desk.press(ana, form, "Save", {"due_on": "2026-06-12"})
    desk.now = datetime.fromisoformat("2026-06-16T13:00:00+00:00")
    promises.settle(tick(desk))
    work(desk)

    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "No invoice")
    desk.press(ana, form, "Save", {"send_to": "ap@aurora.example"})

    assert places(desk, ana, date(2026, 6, 16)) == {"questioned": 1}


def places(desk: Desk, agent, on: date) -> dict[str, int]:
    with desk.reading() as session:
        found = queries.funnel(session, date(2026, 5, 1), on=on)[agent.id].places
        return {place.value: count for place, count in found.items() if count}


def test_the_funnel_is_offered_again_to_a_lead_who_comes_back(desk, ana, lea, aurora):
    assert not any("Final invoices" in shown for shown in desk.installs(lea))
    work(desk)

    assert any("Final invoices of May 2026" in shown for shown in desk.installs(lea))
    assert not any("Final invoices of" in shown for shown in desk.installs(ana))


def test_a_dispute_about_the_invoice_is_a_question_and_about_another_is_none(
    desk, ana, lea, aurora
):
    other = desk.invoice(aurora, "70.00", number="O-1", days_past_due=20)
    work(desk)
    with desk.reading() as session:
        named = session.scalars(select(Invoice.id).filter_by(number="F-1")).one()
    filled = {
        "reason": "price",
        "description": "No",
        "contact": "Rosa",
        "department": "billing",
    }

    form = desk.say(ana, "dispute Hotel Aurora")
    desk.press(ana, form, "Save dispute", filled | {"invoices": str(other)})
    assert states(desk) == ["due"]
    form = desk.say(ana, "dispute Hotel Aurora")
    desk.press(ana, form, "Save dispute", filled | {"invoices": str(named)})

    assert states(desk) == ["questioned"]
    assert [task for task in tasks(desk) if task.kind is TaskKind.FINALS_ISSUE] == []


@pytest.mark.parametrize(
    ("result", "then", "place"),
    [("stands", "confirmed", "Promised\n1"), ("credited", "questioned", "Question open\n1")],
)
def test_r43_a_dispute_stands_in_the_way_until_it_is_decided_and_credited(
    desk, ana, lea, aurora, result, then, place
):
    work(desk)
    with desk.reading() as session:
        named = session.scalars(select(Invoice.id).filter_by(number="F-1")).one()
    said = {"reason": "price", "description": "No", "contact": "Rosa", "department": "billing"}
    form = desk.say(ana, "dispute Hotel Aurora")
    desk.press(ana, form, "Save dispute", said | {"invoices": str(named)})
    assert work(desk) == "Final invoices: nothing to do now."
    assert states(desk) == ["questioned"]

    form = desk.press(lea, desk.press(lea, desk.say(lea, "disputes"), "Open"), "Resolve")
    desk.press(lea, form, "Close dispute", {"resolution": result, "words": "Checked."})
    if result == "stands":
        promise = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")
        desk.press(ana, promise, "Save")
    work(desk)

    assert states(desk) == [then]
    assert place in desk.say(lea, "finals").text


def test_a_promise_for_other_debts_and_the_confirmation_fit_into_one_conversation(
    desk, ana, aurora
):
    desk.invoice(aurora, "70.00", number="O-1", days_past_due=20)
    work(desk)
    desk.say(ana, "list")
    form = desk.press(ana, desk.say(ana, "next"), "Promise")
    promised = desk.press(ana, form, "Save", {"due_on": "2026-06-19"})
    assert states(desk) == ["due"]

    both = desk.press(ana, promised, "Final invoice confirmed, too")
    again = desk.press(ana, promised, "Final invoice confirmed, too")

    assert "Logged: receipt confirmed at Hotel Aurora" in both
    assert "Nothing was logged again" in again
    assert states(desk) == ["confirmed"]
    with desk.reading() as session:
        assert len(list(session.scalars(select(Call)))) == 2
