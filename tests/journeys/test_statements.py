"""On the 15th every payer with anything open gets one statement, come what may (R35-R37)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import func, select

from bot.chat.links import Links
from bot.policy import Policy
from bot.workflows.correspondence.records import Mail, MailFile, MailState, MailText, Process
from bot.workflows.correspondence.releases import release_process
from bot.workflows.customers.records import Customer
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import BookUpdate, Payment
from bot.workflows.people.records import place_of
from bot.workflows.statements import operations, queries, rules
from bot.workflows.statements.records import LeftOut, Statement, StatementRun
from bot.workflows.statements.rules import LineKind, Why
from bot.workflows.tasks.records import Task, TaskKind
from scheduler import statements
from scheduler.job import Tick
from tests.support.desk import Shown, buttons

EIGHT = datetime(2026, 6, 15, 12, tzinfo=UTC)
"""08:00 in New York on Monday the 15th."""
POLICY = Policy(company_name="Example Networks", company_address="1 Main Street\nAlbany, NY")


@pytest.fixture
def lea(desk):
    return desk.person("Lea Lead", "lead")


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture(autouse=True)
def book(desk, lea):
    with desk.database.transaction() as session:
        session.add(
            BookUpdate(
                what="invoices",
                source="a.csv",
                accepted=1,
                rejected=0,
                changed=1,
                at=EIGHT - timedelta(days=60),
            )
        )


@pytest.fixture(autouse=True)
def released(desk, lea):
    with desk.database.transaction() as session:
        release_process(session, Process.STATEMENTS, by=lea, at=EIGHT - timedelta(days=50))


@pytest.fixture
def hotel(desk, ana):
    payer = desk.customer("Hotel Łódź & Nguyễn", agent=ana, email="ap@hotel.example")
    desk.invoice(payer, "400.00", days_past_due=40, number="INV-1")
    desk.invoice(payer, "100.00", days_past_due=-10, number="INV-2")
    desk.invoice(payer, "-30.00", number="CM-1")
    return payer


def run(desk, home, at=EIGHT):
    tick = Tick(at=at, database=desk.database, policy=POLICY, home=home)
    return statements.send(tick)


def all_of(desk, record):
    with desk.reading() as session:
        found = list(session.scalars(select(record).order_by(record.id)))
        session.expunge_all()
        return found


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def pays(desk, payer, minor, number="P-1", currency="USD"):
    with desk.database.transaction() as session:
        session.add(
            Payment(
                number=number,
                customer_id=payer,
                payer_id=payer,
                received_on=date(2026, 6, 1),
                amount=minor,
                currency=currency,
                learned_at=desk.now,
            )
        )


def test_without_credits_the_mail_names_what_is_owed_alone(desk, lea, tmp_path):
    inn = desk.customer("Plain Inn", email="ap@plain.example")
    desk.invoice(inn, "400.00", days_past_due=40, number="INV-7")

    run(desk, tmp_path)

    [text] = all_of(desk, MailText)
    assert "  $400.00 outstanding, $400.00 of it past due\n" in text.body


def test_every_payer_with_anything_open_gets_one_and_a_second_look_sends_nothing(
    desk, hotel, lea, tmp_path
):
    desk.customer("Nothing Open", email="ap@nothing.example")
    pays(desk, hotel, 20_00)

    assert "No statements are due" in run(desk, tmp_path, EIGHT - timedelta(seconds=1))
    assert run(desk, tmp_path) == "1 payer served"
    assert "No statements are due" in run(desk, tmp_path)
    assert "No statements are due" in run(desk, tmp_path, EIGHT + timedelta(days=29))

    [statement], [mail] = all_of(desk, Statement), all_of(desk, Mail)
    assert (mail.state, mail.key) == (MailState.DUE, f"statement:2026-06:{hotel}")
    [text] = all_of(desk, MailText)
    assert text.to == "ap@hotel.example"
    assert text.copies == "ana@desk.example"
    assert (
        "$450.00 outstanding: $500.00 owed, $400.00 of it past due, "
        "less $50.00 of credits and payments on account\n" in text.body
    )
    [file] = all_of(desk, MailFile)
    drawn = text_of(tmp_path / file.path)
    for words in (
        "Example Networks",
        "Albany, NY",
        "Hotel Łódź & Nguyễn",
        "Statement of account, 15 June 2026",
        "INV-1",
        "Credit CM-1",
        "Payment on account P-1",
        "$450.00",
        "Ana Reyes, ana@desk.example",
        "How to pay",
    ):
        assert words in drawn, words
    assert file.sha256 == statement.sha256
    assert "statements.run" in desk.owed(place_of(lea.id))


def test_what_is_disputed_has_a_column_where_anything_is(desk, lea, tmp_path):
    inn = desk.customer("Plain Inn", email="ap@plain.example")
    desk.invoice(inn, "400.00", days_past_due=40, number="INV-7")
    mill = desk.customer("Old Mill", email="ap@mill.example")
    desk.invoice(mill, "500.00", days_past_due=40, number="INV-8", disputed=120_00)
    run(desk, tmp_path)

    plain, disputed = (text_of(tmp_path / one.path) for one in all_of(desk, MailFile))

    assert "Disputed" not in plain
    assert "Disputed" in disputed
    assert "$500.00 $500.00 $120.00" in " ".join(disputed.split())
    assert "$120.00 of it is disputed and marked so above." in disputed


def test_what_stands_on_it_adds_up_to_what_the_book_says(desk, hotel, tmp_path):
    pays(desk, hotel, 20_00)
    desk.invoice(hotel, "55.000", currency="KWD", days_past_due=3)
    run(desk, tmp_path)

    with desk.reading() as session:
        statement = queries.last_of_payer(session, hotel)
        assert statement
        posted = queries.lines_as_posted(session, statement)
        on = statement.as_of
        aging = ledger.aging(session, on=on, payer_id=hotel)

    assert {t.currency: t.outstanding for t in rules.totals(posted, on=on)} == {
        currency: item.outstanding for currency, item in aging.items()
    }
    assert {line.kind for line in posted} == set(LineKind)


def test_as_posted_stays_and_as_known_now_moves_on(desk, hotel, tmp_path):
    run(desk, tmp_path)
    pays(desk, hotel, 50_00)

    with desk.reading() as session:
        on = date(2026, 6, 15)
        statement = queries.as_posted(session, hotel, on=on)
        assert statement
        posted = queries.lines_as_posted(session, statement)
        known = queries.lines_of(session, hotel, on=on)

    assert rules.totals(posted, on=on)[0].outstanding == 470_00
    assert rules.totals(known, on=on)[0].outstanding == 420_00


def test_nobody_is_left_out_in_silence(desk, lea, tmp_path):
    without = desk.customer("No Address", email="")
    held = desk.customer("On Hold", email="ap@held.example", flags="legal_hold")
    for payer in (without, held):
        desk.invoice(payer, "10.00", days_past_due=3)

    run(desk, tmp_path)

    assert [(left.payer_id, left.why) for left in all_of(desk, LeftOut)] == [
        (without, Why.NO_ADDRESS),
        (held, Why.STOPPED),
    ]
    assert [task.kind for task in all_of(desk, Task)] == [TaskKind.NO_ADDRESS]
    assert all_of(desk, Statement) == []
    left_out = desk.press(lea, desk.say(lea, "statements"), "Who was left out")
    assert "No statement in June 2026: 2 payers" in left_out


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(desk, ana, tmp_path, monkeypatch):
    payers = [desk.customer(f"Payer {n}", email=f"ap{n}@p.example") for n in range(7)]
    for payer in payers:
        desk.invoice(payer, "10.00", days_past_due=3)
    monkeypatch.setattr(statements, "BATCH", 2)
    kept = operations.keep
    calls = iter(range(100))

    def dies_at_the_third(*args, **kwargs):
        kept(*args, **kwargs)
        if next(calls) == 2:
            raise RuntimeError("the machine is off")

    monkeypatch.setattr(operations, "keep", dies_at_the_third)
    with pytest.raises(RuntimeError):
        run(desk, tmp_path)
    assert len(all_of(desk, Statement)) == 4

    run(desk, tmp_path, EIGHT + timedelta(days=1))

    assert sorted(s.payer_id for s in all_of(desk, Statement)) == payers
    assert {s.as_of for s in all_of(desk, Statement)} == {date(2026, 6, 15)}
    [done] = all_of(desk, StatementRun)
    assert (done.payers, done.done) == (7, 7)
    assert done.ended_at


def test_late_rather_than_never_and_a_month_that_was_missed_is_recorded(
    desk, hotel, lea, tmp_path
):
    run(desk, tmp_path)

    run(desk, tmp_path, datetime(2026, 9, 3, 12, tzinfo=UTC))

    months = {run.month: (run.is_missed, run.as_of) for run in all_of(desk, StatementRun)}
    assert months == {
        "2026-06": (False, date(2026, 6, 15)),
        "2026-07": (True, date(2026, 9, 3)),
        "2026-08": (False, date(2026, 9, 3)),
    }
    assert desk.owed(place_of(lea.id)).count("statements.run") == 3


def test_r37_the_card_of_a_run_names_the_months_that_were_missed_before_it(
    desk, hotel, lea, tmp_path
):
    run(desk, tmp_path)
    assert "The desk was off" not in desk.say(lea, "statements")

    run(desk, tmp_path, datetime(2026, 10, 3, 12, tzinfo=UTC))

    card = desk.say(lea, "statements")
    assert "Statements of September 2026: done" in card
    assert "nothing was sent for 2026-07, 2026-08" in card
    assert "what is open on Sat 3 Oct" in card


def test_a_desk_that_got_its_book_after_the_15th_waits_for_the_next(desk, hotel, tmp_path):
    with desk.database.transaction() as session:
        first = session.scalar(select(func.min(BookUpdate.id)))
        assert first
    late = datetime(2026, 4, 16, 13, tzinfo=UTC)

    assert "No statements are due" in run(desk, tmp_path, late)


@pytest.mark.parametrize("number", ["A/B: 7", "../../etc", "Ünïcode 7"])
def test_a_customers_number_never_leads_out_of_the_folder(desk, tmp_path, number):
    payer = desk.customer("Odd", number=number, email="ap@odd.example")
    desk.invoice(payer, "10.00", days_past_due=1)

    run(desk, tmp_path)

    [file] = all_of(desk, MailFile)
    assert (tmp_path / file.path).resolve().is_relative_to(tmp_path / "statements" / "2026-06")


def test_hostile_and_long_words_are_drawn_as_words(desk, tmp_path):
    payer = desk.customer("<b>" + "W" * 200 + "</b> 日本", email="ap@odd.example")
    for number in range(120):
        desk.invoice(payer, "10.00", days_past_due=number, number=f"LONG-{'9' * 40}-{number}")

    run(desk, tmp_path)

    [file] = all_of(desk, MailFile)
    document = pypdfium2.PdfDocument(tmp_path / file.path)
    assert len(document) > 3
    assert "<b>WWW" in text_of(tmp_path / file.path)
    with desk.reading() as session:
        assert session.get_one(Customer, payer).name.startswith("<b>")


LINKED = Links(base="https://desk.example.com", key=b"a key")


def linked(shown: Shown) -> list[str]:
    """The addresses that a card opens."""
    found = json.dumps(shown.card).split('"url": "')[1:]
    return [part.partition('"')[0] for part in found]


def test_the_lead_opens_each_statement_of_the_run_from_a_page_of_them(
    desk, hotel, lea, tmp_path
):
    for number in range(22):
        payer = desk.customer(f"Motel {number:02} %", email="ap@motel.example")
        desk.invoice(payer, "10.00")
    run(desk, tmp_path)
    desk.switchboard = replace(desk.switchboard, links=LINKED)

    first = desk.press(lea, desk.say(lea, "statements"), "Statements of the run")
    second = desk.press(lea, first, "Next")
    found = desk.press(lea, second, "Find", {"name": " Łódź "})
    by_mark = desk.press(lea, found, "Find", {"name": "21 %"})
    none = desk.press(lea, found, "Find", {"name": "_"})
    back = desk.press(lea, second, "Before")

    assert "Statements of June 2026: 1 to 20 of 23" in first
    assert len(linked(first)) == 20
    assert "21 to 23 of 23" in second
    assert "waiting to leave" in second
    assert "Hotel Łódź & Nguyễn" in first
    assert "1 to 1 of 1 called like “Łódź”" in found
    assert "1 to 1 of 1 called like “21 %”" in by_mark
    assert "none called like “_”" in none
    assert back.text == first.text
    token = linked(first)[0].rpartition("/")[2]
    opened = LINKED.open(token, at=desk.now)
    assert (tmp_path / opened.path).is_file()
    assert opened.place == place_of(lea.id)


def test_without_an_address_the_page_names_the_files(desk, hotel, lea, ana, tmp_path):
    run(desk, tmp_path)

    page = desk.press(lea, desk.say(lea, "statements"), "Statements of the run")

    assert linked(page) == []
    assert f"-{hotel}-20260615.pdf" in page
    assert "That is for" in desk.send(ana, *_press_of(desk.say(lea, "statements"))).text


def test_the_last_statement_opens_from_the_customers_own(desk, hotel, ana, tmp_path):
    desk.switchboard = replace(desk.switchboard, links=LINKED)
    before = desk.say(ana, "statement Hotel")
    run(desk, tmp_path)

    after = desk.say(ana, "statement Hotel")

    assert linked(before) == []
    [url] = linked(after)
    assert LINKED.open(url.rpartition("/")[2], at=desk.now).path.endswith("-20260615.pdf")
    assert "Open the last one" in after


def _press_of(card: Shown) -> tuple[str, dict[str, object]]:
    [button] = [b for b in buttons(card.card) if b["title"] == "Statements of the run"]
    return button["verb"], button["data"]
