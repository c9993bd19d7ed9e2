"""A copy, a statement, or how to pay is asked for: one tap, sent once, kept (R3, R12-R14)."""

from __future__ import annotations

import json
from dataclasses import replace

import pypdfium2
import pytest
from sqlalchemy import select

from bot.chat.links import Links
from bot.policy import Policy
from bot.workflows.calls.records import Call, DocumentRequest
from bot.workflows.correspondence.records import Mail, MailFile, MailText
from bot.workflows.documents.records import DocumentOrder
from bot.workflows.statements.records import Statement
from bot.workflows.tasks.records import Task, TaskKind
from scheduler.documents import send_ordered
from scheduler.job import Tick

DISPUTED = {
    "amount": "300.00",
    "reason": "price",
    "description": "They were promised 10 % off.",
    "contact": "Rosa, A/P",
    "department": "billing",
}


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def hotel(desk, ana):
    return desk.customer("Hotel Aurora", agent=ana, email="ap@hotel.example")


def tick(desk, home):
    return Tick(at=desk.now, database=desk.database, policy=Policy(), home=home)


def all_of(desk, record):
    with desk.reading() as session:
        found = list(session.scalars(select(record).order_by(record.id)))
        session.expunge_all()
        return found


def test_each_document_is_one_tap_from_every_card_about_a_payer(desk, ana, hotel):
    """R3, R12-R13."""
    invoice = desk.invoice(hotel, "400.00", days_past_due=40)
    said = ("log", "customer", "call in", "dispute")
    call, account, came_in, form = (desk.say(ana, f"{words} Hotel Aurora") for words in said)
    captured = desk.press(ana, form, "Save dispute", DISPUTED | {"invoices": str(invoice)})
    task = desk.say(ana, "remind Hotel Aurora on Friday: ask for the check number")

    for card in (call, account, came_in, captured, task):
        assert set(card.titles) >= {"Send statement", "Send invoice copy", "Send how to pay"}
    assert "How to pay goes to ap@hotel.example" in desk.press(ana, call, "Send how to pay")
    assert "Not sent again" in desk.press(ana, task, "Send how to pay")


def test_how_to_pay_goes_at_once_and_a_second_tap_sends_nothing(desk, ana, hotel):
    menu = desk.say(ana, "send Hotel Aurora")

    sent = desk.press(ana, menu, "Send how to pay")
    again = desk.press(ana, menu, "Send how to pay")

    assert "How to pay goes to ap@hotel.example" in sent
    assert "Not sent again: Ana Reyes sent it" in again
    [mail] = all_of(desk, Mail)
    assert mail.kind == "document"
    desk.wait(minutes=6)
    desk.press(ana, menu, "Send how to pay")
    assert len(all_of(desk, Mail)) == 2


def test_the_copy_of_the_only_invoice_is_one_tap(desk, ana, hotel, tmp_path):
    desk.invoice(hotel, "400.00", number="INV-1", po="PO 9")
    desk.press(ana, desk.say(ana, "send Hotel Aurora"), "Send invoice copy")

    assert send_ordered(tick(desk, tmp_path)) == "1 document sent"
    assert "Nothing is ordered" in send_ordered(tick(desk, tmp_path))

    [file], [text] = all_of(desk, MailFile), all_of(desk, MailText)
    page = pypdfium2.PdfDocument(tmp_path / file.path)[0].get_textpage().get_text_bounded()
    assert "Invoice INV-1 (copy)" in page
    assert "PO 9" in page
    assert "$400.00" in page
    assert (file.name, text.subject) == ("Invoice-INV-1.pdf", "Copy of invoice INV-1")


def test_what_was_sent_opens_from_its_mail(desk, ana, hotel, tmp_path):
    desk.invoice(hotel, "400.00", number="INV-1")
    desk.press(ana, desk.say(ana, "send Hotel Aurora"), "Send invoice copy")
    send_ordered(tick(desk, tmp_path))
    links = Links(base="https://desk.example.com", key=b"a key")
    desk.switchboard = replace(desk.switchboard, links=links)

    mail = desk.press(ana, desk.say(ana, "mail Hotel Aurora"), "Open")

    assert "Open Invoice-INV-1.pdf" in mail
    token = json.dumps(mail.card).partition("/files/")[2].partition('"')[0]
    assert (tmp_path / links.open(token, at=desk.now).path).is_file()


def test_the_companys_own_pdf_of_an_invoice_is_preferred(desk, ana, hotel, tmp_path):
    desk.invoice(hotel, "400.00", number="INV/1")
    own = tmp_path / "invoices" / "INV-1.pdf"
    own.parent.mkdir()
    own.write_bytes(b"%PDF-1.4 theirs")

    desk.say(ana, "copy inv/1")
    send_ordered(tick(desk, tmp_path))

    [file] = all_of(desk, MailFile)
    assert (tmp_path / file.path).read_bytes() == b"%PDF-1.4 theirs"


def test_of_several_invoices_one_is_chosen(desk, ana, hotel, tmp_path):
    desk.invoice(hotel, "400.00", number="INV-1", days_past_due=40)
    desk.invoice(hotel, "100.00", number="INV-2", days_past_due=5)

    chosen = desk.press(ana, desk.say(ana, "send Hotel Aurora"), "Send invoice copy")
    sent = desk.press(ana, chosen, "Send")

    assert "Copy of invoice INV-1" in sent


def test_a_statement_on_request_is_kept_like_every_other(desk, ana, hotel, tmp_path):
    desk.invoice(hotel, "400.00", number="INV-1")
    desk.press(ana, desk.say(ana, "statement Hotel Aurora"), "Send statement")
    send_ordered(tick(desk, tmp_path))

    [statement], [order] = all_of(desk, Statement), all_of(desk, DocumentOrder)
    assert statement.run_id is None
    assert order.mail_id
    assert (tmp_path / statement.path).is_file()


def test_a_request_that_was_made_in_a_call_is_served(desk, ana, hotel, tmp_path):
    desk.invoice(hotel, "400.00", number="INV-1")
    with desk.database.transaction() as session:
        call = Call(
            payer_id=hotel,
            agent_id=ana.id,
            at=desk.now,
            day=desk.now.date(),
            outcome="invoice_not_received",
            is_reached=True,
        )
        session.add(call)
        session.flush()
        session.add(
            DocumentRequest(
                payer_id=hotel, call_id=call.id, what="Invoice copy: INV-1", asked_at=desk.now
            )
        )
    desk.say(ana, "copy INV-1")

    send_ordered(tick(desk, tmp_path))

    [request] = all_of(desk, DocumentRequest)
    assert request.sent_at == desk.now


def test_without_an_address_it_becomes_a_task_and_says_so(desk, ana, tmp_path):
    hotel = desk.customer("Hotel Boreal", agent=ana, email="")
    desk.invoice(hotel, "400.00", number="INV-1")

    said = desk.press(ana, desk.say(ana, "send Hotel Boreal"), "Send how to pay")
    desk.say(ana, "copy INV-1")
    send_ordered(tick(desk, tmp_path))

    assert "was not sent. There is no e-mail address" in said
    assert {task.kind for task in all_of(desk, Task)} == {TaskKind.NO_ADDRESS}
    assert all(order.problem for order in all_of(desk, DocumentOrder))


def test_another_agents_customer_is_refused_and_a_lead_is_not(desk, ana, hotel):
    ben, lea = desk.person("Ben Other"), desk.person("Lea Lead", "lead")
    menu = desk.say(ana, "send Hotel Aurora")

    assert "Ana Reyes" in desk.press(ben, menu, "Send how to pay")
    assert "goes to" in desk.press(lea, menu, "Send how to pay")
    assert len(all_of(desk, DocumentOrder)) == 1


@pytest.mark.parametrize("words", ["copy", "copy nothing", "copy INV-1; drop table"])
def test_a_number_that_is_none_is_said(desk, ana, words):
    assert "I know no invoice" in desk.say(ana, words)
