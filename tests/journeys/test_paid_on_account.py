"""Who has paid is not chased, though nobody has applied the money yet (R46, R53, R107)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.workflows.correspondence import queries
from bot.workflows.correspondence.records import Mail, MailPart, Process
from bot.workflows.correspondence.releases import release_process
from bot.workflows.finals.records import FinalsContact, Stage
from bot.workflows.ledger.records import Invoice, Payment
from bot.workflows.mrr.records import EscalationStep, Ladder
from bot.workflows.promises.records import Promise, PromiseState
from bot.workflows.tasks import operations as tasks
from bot.workflows.tasks.records import Task, TaskKind, TaskState
from bot.workflows.worklists import portfolio
from scheduler import correspondence, finals, mrr, promises
from scheduler.job import Tick
from tests.support.book import news
from tests.support.desk import MONDAY_8_AM, Desk

WHOLE = 17_449_50
RESTS = "$17,449.50 on account is not applied yet"
MONEY = "Have the money on account applied: Hotel Aurora"


@pytest.fixture
def ana(desk):
    desk.person("Lea Lead", "lead")
    with desk.database.transaction() as session:
        release_process(session, Process.FINALS, by=None, at=desk.now)
    return desk.person("Ana Reyes")


@pytest.fixture
def aurora(desk, ana):
    return desk.customer(
        "Hotel Aurora", agent=ana, email="ap@aurora.example", contact_name="Rosa"
    )


@pytest.fixture
def final(desk, aurora) -> int:
    """A final invoice that is due on Thursday 11 June; the desk has begun with it."""
    number = desk.invoice(
        aurora,
        "17,449.50",
        kind="final",
        number="F-1",
        invoice_date=date(2026, 5, 12),
        due_date=date(2026, 6, 11),
    )
    finals.work(tick(desk))
    return number


def tick(desk: Desk) -> Tick:
    return Tick(at=desk.now, database=desk.database, policy=desk.policy)


def on(desk: Desk, day: int, month: int = 6) -> date:
    """Let the clock come to noon of a day, and what is due on it happen."""
    desk.now = datetime(2026, month, day, 16, tzinfo=UTC)
    promises.settle(tick(desk))
    finals.work(tick(desk))
    mrr.climb(tick(desk))
    return desk.now.date()


def receive(
    desk: Desk, payer: int, minor: int, currency: str = "USD", *, number: str = "P-1"
) -> None:
    """The book brings a payment that names no invoice; 0: it was returned."""
    with desk.database.transaction() as session:
        payment = session.scalar(select(Payment).filter_by(number=number)) or Payment(
            number=number, customer_id=payer, payer_id=payer, invoice_number=""
        )
        payment.currency, payment.amount, payment.learned_at = currency, minor, desk.now
        payment.received_on = desk.policy.company_date(desk.now)
        session.add(payment)
    news(desk.database, desk.now)


def apply(desk: Desk, invoice_id: int) -> None:
    """The book brings the payment as applied to an invoice that it pays."""
    with desk.database.transaction() as session:
        payment = session.scalars(select(Payment)).one()
        invoice = session.get_one(Invoice, invoice_id)
        payment.applied = invoice.applied = invoice.amount
        invoice.settled_on = invoice.closed_on = desk.now.date()
    news(desk.database, desk.now)


def asked(desk: Desk) -> list[str]:
    """Return the stages at which payment was asked for."""
    with desk.reading() as session:
        mine = select(FinalsContact).where(FinalsContact.stage != Stage.CONFIRMATION)
        found = session.scalars(mine.order_by(FinalsContact.id))
        return [one.stage.value for one in found if one.state.value == "due"]


def written(desk: Desk) -> list[str]:
    """Return what was asked for in writing and not dropped since."""
    with desk.reading() as session:
        parts = select(MailPart.subject).where(MailPart.dropped_at.is_(None))
        subjects = session.scalars(parts.order_by(MailPart.id))
        return [one for one in subjects if "when may we expect payment?" in one]


def listed(desk: Desk, ana) -> tuple[list[str], list[str]]:
    """Return why payers stand on the list of the day, and why they are left off it."""
    with desk.reading() as session:
        day = desk.now.date()
        ranking = portfolio.ranking(session, ana, on=day, policy=desk.policy)
    return [one.reason for one in ranking.entries], [one.reason for one in ranking.left_off]


def to_apply(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.reading() as session:
        mine = select(Task).filter_by(kind=TaskKind.APPLY_CREDIT).order_by(Task.id)
        return [(one.title, one.words, one.state.value) for one in session.scalars(mine)]


def rungs(desk: Desk) -> list[str]:
    with desk.reading() as session:
        taken = select(EscalationStep).order_by(EscalationStep.id)
        return [one.rung.name for one in session.scalars(taken)]


def promised(desk: Desk, ana, due_on: str) -> None:
    form = desk.press(ana, desk.say(ana, "log Hotel Aurora"), "Promise")
    desk.press(ana, form, "Save", {"due_on": due_on})


def test_r46_who_paid_what_was_promised_is_neither_listed_nor_asked(desk, ana, aurora, final):
    promised(desk, ana, "2026-06-10")
    desk.now = datetime(2026, 6, 10, 13, tzinfo=UTC)
    receive(desk, aurora, WHOLE)

    for day in range(10, 30):
        on(desk, day)
        assert listed(desk, ana)[0] == []

    with desk.reading() as session:
        assert session.scalars(select(Promise.state)).one() is PromiseState.KEPT
    assert (asked(desk), written(desk)) == ([], [])
    assert listed(desk, ana)[1] == [
        "Apply credit: $17,449.50 unapplied covers the $17,449.50 past due."
    ]
    said = f"{RESTS}. What it covers is not asked for meanwhile."
    assert to_apply(desk) == [(MONEY, said, "open")]


def test_r46_money_for_a_kept_promise_covers_that_before_what_is_older(
    desk, ana, aurora, final
):
    promised(desk, ana, "2026-06-10")
    desk.now = datetime(2026, 6, 10, 13, tzinfo=UTC)
    receive(desk, aurora, WHOLE)
    desk.invoice(aurora, "20,000.00", days_past_due=20)

    on(desk, 12)
    on(desk, 16)

    assert (asked(desk), written(desk)) == ([], [])


@pytest.mark.parametrize(
    ("minor", "currency", "is_asked"),
    [
        (WHOLE, "USD", False),
        (WHOLE + 1, "USD", False),
        (WHOLE - 1, "USD", True),
        (WHOLE, "EUR", True),
    ],
)
def test_r46_money_on_account_counts_in_its_currency_where_it_is_enough(
    desk, ana, aurora, final, minor, currency, is_asked
):
    receive(desk, aurora, minor, currency)

    on(desk, 16)

    assert asked(desk) == (["day_5"] if is_asked else [])
    assert len(written(desk)) == is_asked
    assert len(listed(desk, ana)[0]) == is_asked
    assert len(to_apply(desk)) == (not is_asked)


def test_r46_a_credit_counts_as_a_payment_does(desk, ana, aurora, final):
    desk.invoice(aurora, "-17,449.50", days_past_due=-5, invoice_date=date(2026, 6, 8))

    on(desk, 16)

    assert (asked(desk), listed(desk, ana)[0]) == ([], [])


def test_r46_money_covers_the_oldest_due_first(desk, ana, aurora, final):
    older = desk.invoice(aurora, "17,449.50", days_past_due=3, number="O-1")
    receive(desk, aurora, WHOLE)

    on(desk, 16)
    assert (asked(desk), to_apply(desk)) == (["day_5"], [])

    apply(desk, older)
    on(desk, 17)
    assert asked(desk) == ["day_5"]


def test_r46_a_returned_payment_is_asked_for_again_and_none_is_skipped(
    desk, ana, aurora, final
):
    receive(desk, aurora, WHOLE)
    on(desk, 16)
    assert asked(desk) == []

    receive(desk, aurora, 0)
    on(desk, 17)

    assert asked(desk) == ["day_5"]
    assert written(desk) == ["Final invoice F-1: when may we expect payment?"]
    assert [state for *_, state in to_apply(desk)] == ["dropped"]
    assert "ask when it will be paid, R46" in listed(desk, ana)[0][0]


def test_r46_what_is_asked_already_rests_and_its_mail_does_not_leave(desk, ana, aurora, final):
    on(desk, 16)
    assert (asked(desk), len(written(desk))) == (["day_5"], 1)

    receive(desk, aurora, WHOLE)
    assert f"{RESTS}." in desk.say(ana, "log Hotel Aurora")
    desk.now += timedelta(hours=6)
    correspondence.let_leave(tick(desk))

    assert written(desk) == []
    assert listed(desk, ana)[0] == []
    receive(desk, aurora, 0)
    assert "ask when it will be paid, R46" in listed(desk, ana)[0][0]


def test_r151_money_that_comes_after_the_question_is_to_be_applied_once(
    desk, ana, final, aurora
):
    on(desk, 16)
    assert to_apply(desk) == []

    receive(desk, aurora, WHOLE)
    for _ in range(2):
        on(desk, 16)
    on(desk, 17)

    assert [one[2] for one in to_apply(desk)] == ["open"]
    apply(desk, final)
    on(desk, 18)
    assert [one[2] for one in to_apply(desk)] == ["dropped"]


def leaving(desk: Desk) -> None:
    """Let the clock come to the evening, and what stands in the day's mail leave."""
    desk.now += timedelta(hours=6)
    correspondence.let_leave(tick(desk))


def test_r46_a_mail_dropped_for_money_that_is_returned_leaves_after_all_and_once(
    desk, ana, aurora, final
):
    on(desk, 16)
    receive(desk, aurora, WHOLE)
    leaving(desk)
    on(desk, 17)
    assert written(desk) == []

    receive(desk, aurora, 0)
    on(desk, 17)

    again = ["Final invoice F-1: when may we expect payment?"]
    assert written(desk) == again
    leaving(desk)
    for day in (18, 19):
        on(desk, day)
        leaving(desk)
    with desk.reading() as session:
        mails = session.scalars(select(Mail).where(Mail.payer_id == aurora)).all()
        said = [(one.state.value, one.day) for one in mails if queries.text_of(session, one.id)]
    assert said == [("due", date(2026, 6, 17))]
    assert written(desk) == again


def test_r46_a_mail_dropped_since_it_was_answered_is_not_written_again(
    desk, ana, aurora, final
):
    on(desk, 16)
    promised(desk, ana, "2026-06-19")
    receive(desk, aurora, WHOLE)
    leaving(desk)
    receive(desk, aurora, 0)

    on(desk, 17)

    assert written(desk) == []


def test_r53_the_ladder_rests_while_money_on_account_covers_it_and_then_goes_on(
    desk, ana, aurora
):
    desk.now = MONDAY_8_AM
    mrr.climb(tick(desk))
    desk.invoice(aurora, "17,449.50", kind="mrr", number="M-1", days_past_due=14)
    on(desk, 9)
    assert rungs(desk) == ["LEAD"]
    receive(desk, aurora, WHOLE)

    for day in range(10, 31):
        on(desk, day)

    assert rungs(desk) == ["LEAD"]
    assert [state for *_, state in to_apply(desk)] == ["open"]
    with desk.reading() as session:
        assert session.scalars(select(Ladder.closed_on)).one() is None
    receive(desk, aurora, 0)
    on(desk, 30)
    assert rungs(desk) == ["LEAD", "COLLECTIONS_MANAGER"]
    assert [state for *_, state in to_apply(desk)] == ["dropped"]


def test_r53_the_ladder_says_who_rests_and_why(desk, ana, aurora):
    lena = desk.person("Lena Lead", "lead")
    desk.now = MONDAY_8_AM
    mrr.climb(tick(desk))
    bay = desk.customer("Bay Inn")
    for payer in (aurora, bay):
        desk.invoice(payer, "17,449.50", kind="mrr", days_past_due=14)
    on(desk, 9)
    before = desk.say(lena, "ladder")
    assert "rest" not in before.text.lower()

    receive(desk, aurora, WHOLE)
    ladder = desk.say(lena, "ladder")

    why = "1 rests, money on account covers all that is aged, and is to be applied: "
    assert f"{why}Hotel Aurora." in ladder
    assert ladder.text.count(f"Rests: {RESTS}.") == 1
    assert f"Rests: {RESTS}." in desk.press(lena, ladder, "Hotel Aurora")
    assert RESTS not in desk.press(lena, ladder, "Bay Inn")
    receive(desk, aurora, WHOLE - 1)
    assert desk.say(lena, "ladder").text == before.text


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [(WHOLE, "USD", []), (WHOLE - 1, "USD", ["LEAD"]), (WHOLE, "EUR", ["LEAD"])],
)
def test_r53_a_step_is_taken_for_what_no_money_covers(
    desk, ana, aurora, minor, currency, expected
):
    desk.now = MONDAY_8_AM
    mrr.climb(tick(desk))
    bill = desk.invoice(aurora, "17,449.50", kind="mrr", number="M-1", days_past_due=14)
    receive(desk, aurora, minor, currency)

    on(desk, 9)

    assert rungs(desk) == expected
    if not expected:
        apply(desk, bill)
        on(desk, 10)
        assert [state for *_, state in to_apply(desk)] == ["dropped"]


def test_r151_a_task_is_dropped_only_where_the_money_covers_nothing_any_more(desk, ana):
    desk.now = MONDAY_8_AM
    mrr.climb(tick(desk))
    payers = [desk.customer(f"Hotel {number}") for number in range(3)]
    for payer in payers:
        desk.invoice(payer, "17,449.50", kind="mrr", days_past_due=14)
        receive(desk, payer, WHOLE, number=f"P-{payer}")
    on(desk, 9)

    receive(desk, payers[0], 0, number=f"P-{payers[0]}")
    receive(desk, payers[2], WHOLE - 1, number=f"P-{payers[2]}")
    on(desk, 10)

    assert [state for *_, state in to_apply(desk)] == ["dropped", "open", "dropped"]


def end_tasks(desk: Desk, ana) -> None:
    """Ana says of each open task that it is done."""
    with desk.database.transaction() as session:
        for task in session.scalars(select(Task).filter_by(state=TaskState.OPEN)).all():
            tasks.finish(session, task, result="Applied", by=ana, at=desk.now)


def test_r151_a_task_is_opened_anew_when_money_that_was_gone_is_back(desk, ana, aurora):
    desk.now = MONDAY_8_AM
    mrr.climb(tick(desk))
    desk.invoice(aurora, "17,449.50", kind="mrr", days_past_due=13)
    receive(desk, aurora, WHOLE)
    on(desk, 10)
    desk.now += timedelta(days=3)
    receive(desk, aurora, 0)
    on(desk, 13)
    assert [state for *_, state in to_apply(desk)] == ["dropped"]

    receive(desk, aurora, WHOLE + 1)
    on(desk, 15)
    on(desk, 16)

    assert [state for *_, state in to_apply(desk)] == ["dropped", "open"]
    assert to_apply(desk)[1][1].startswith("$17,449.51 on account is not applied yet")


def test_r151_a_task_is_opened_anew_when_what_was_applied_came_loose(desk, ana, aurora):
    desk.now = MONDAY_8_AM
    mrr.climb(tick(desk))
    bill = desk.invoice(aurora, "17,449.50", kind="mrr", days_past_due=14)
    receive(desk, aurora, WHOLE)
    on(desk, 9)
    end_tasks(desk, ana)
    on(desk, 10)
    assert [state for *_, state in to_apply(desk)] == ["done"]
    apply(desk, bill)
    on(desk, 11)

    with desk.database.transaction() as session:
        payment, invoice = session.scalars(select(Payment)).one(), session.get(Invoice, bill)
        payment.applied = invoice.applied = 0
        payment.learned_at = desk.now
        invoice.settled_on = invoice.closed_on = None
    news(desk.database, desk.now)
    on(desk, 12)
    on(desk, 15)

    assert [state for *_, state in to_apply(desk)] == ["done", "open"]
    assert rungs(desk) == []


def test_r77_a_line_ranks_by_what_money_on_account_does_not_cover(desk, ana, aurora, final):
    promised(desk, ana, "2026-06-10")
    desk.now = datetime(2026, 6, 10, 13, tzinfo=UTC)
    receive(desk, aurora, WHOLE)
    desk.invoice(aurora, "200.00", due_date=date(2026, 6, 13))

    on(desk, 16)

    assert listed(desk, ana)[0] == [
        "Oldest item 3 days past due (R117); ranked by $200.00, the rest is covered by money "
        "on account, disputed, promised or planned."
    ]


def test_r77_who_has_paid_all_but_what_is_disputed_is_left_off(desk, ana, aurora, final):
    promised(desk, ana, "2026-06-10")
    desk.now = datetime(2026, 6, 10, 13, tzinfo=UTC)
    receive(desk, aurora, WHOLE)
    desk.invoice(aurora, "200.00", due_date=date(2026, 6, 13), disputed=200_00)

    on(desk, 16)

    [said] = listed(desk, ana)[1]
    assert listed(desk, ana)[0] == []
    assert said.endswith(f" {RESTS}.")
