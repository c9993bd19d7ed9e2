"""Customers, their payers and agents, and the people at the desk (R76, R112, R163)."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.store.database import Database
from bot.workflows.customers import contacts
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import ContactChange, Customer
from bot.workflows.customers.rules import NotYourPortfolio
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Role
from tests.support.book import CUSTOMERS, INVOICES, PAYMENTS, PEOPLE, Imports
from tests.support.desk import TODAY, Desk

ANA = "entra-ana,Ana Reyes,Ana@Desk.example,agent"
BEN = "entra-ben,Ben Cruz,ben@desk.example,agent"


@pytest.fixture
def book(database: Database, tmp_path: Path) -> Imports:
    return Imports(database, tmp_path)


def agent_of(book: Imports, number: str) -> str:
    agent_id = book.customer(number).agent_id
    if agent_id is None:
        return ""
    with book.database.reading() as session:
        return people.get(session, agent_id).name


@pytest.mark.parametrize("named", ["ana@desk.example", "ENTRA-ANA", "Ana@Desk.Example"])
def test_an_agent_is_named_by_e_mail_or_entra_id(book: Imports, named: str):
    book.take("people", PEOPLE, ANA)

    book.take("customers", CUSTOMERS, f"C1,Hotel Aurora,{named}")

    assert agent_of(book, "C1") == "Ana Reyes"


def test_an_unknown_agent_leaves_the_payer_to_the_lead_until_the_desk_knows_them(book: Imports):
    tally = book.take("customers", CUSTOMERS, "C1,Hotel Aurora,ana@desk.example")
    assert tally.accepted == 1
    assert tally.notes == [
        "1 customer left to the lead, since the desk does not know their agent: "
        "ana@desk.example."
    ]
    with book.database.reading() as session:
        assert [one.number for one in customers.without_agent(session)] == ["C1"]

    book.take("people", PEOPLE, ANA)

    assert agent_of(book, "C1") == "Ana Reyes"


def test_the_customers_agent_wins_over_the_invoices(book: Imports):
    book.take("people", PEOPLE, ANA, BEN)
    row = "INV-1,C1,2026-05-01,2026-05-31,100.00,ben@desk.example,Hotel Aurora"
    book.take("invoices", f"{INVOICES},agent,customer_name", row)
    assert agent_of(book, "C1") == "Ben Cruz"
    assert book.customer("C1").name == "Hotel Aurora"

    book.take("customers", CUSTOMERS, "C1,Hotel Aurora,ana@desk.example")
    book.take("invoices", f"{INVOICES},agent,customer_name", row.replace("100", "101"))

    assert agent_of(book, "C1") == "Ana Reyes"


def test_sites_are_paid_for_by_the_payer_they_name_wherever_it_stands(
    book: Imports,
):
    head = "customer_id,name,payer_id,site"
    book.take("invoices", INVOICES, "INV-1,S1,2026-05-01,2026-05-31,100.00")
    book.take("payments", PAYMENTS, "P1,S1,2026-06-01,30.00,USD,check,r,")

    book.take("customers", head, "S1,Aurora,HQ,Boston", "HQ,Aurora Group,,")

    payer = book.customer("HQ").id
    assert book.customer("S1").payer_id == payer
    assert book.invoice("INV-1").payer_id == payer
    assert book.payment("P1").payer_id == payer
    with book.database.reading() as session:
        assert [one.number for one in customers.sites_of(session, payer)] == ["HQ", "S1"]


def test_a_payer_that_comes_later_is_linked_when_it_comes(book: Imports):
    book.take("customers", "customer_id,name,payer_id", "S1,Aurora,HQ")
    assert book.customer("S1").is_payer

    book.take("customers", "customer_id,name", "HQ,Aurora Group")

    assert book.customer("S1").payer_id == book.customer("HQ").id


def test_a_ring_of_payers_pays_each_for_itself(book: Imports):
    book.take("customers", "customer_id,name,payer_id", "A,One,B", "B,Two,A")

    assert book.customer("A").is_payer
    assert book.customer("B").is_payer


def test_a_column_that_is_not_in_the_file_leaves_the_customer_as_it_is(book: Imports):
    book.take("customers", "customer_id,name,phone", "C1,Hotel Aurora,+1 212 555 0100 x 12")

    book.take("customers", "customer_id,name", "C1,Aurora Hotel")

    customer = book.customer("C1")
    assert (customer.name, customer.phone) == ("Aurora Hotel", "+1 212 555 0100")
    assert customer.extension == "12"


def test_a_captured_number_stays_until_the_source_says_something_new(
    book: Imports,
):
    book.take("people", PEOPLE, ANA)
    head = "customer_id,name,phone"
    book.take("customers", head, "C1,Hotel Aurora,111")
    with book.database.transaction() as session:
        ana = people.named(session, "entra-ana")
        customer = customers.by_number(session, "C1")
        assert ana is not None
        assert customer is not None
        contacts.capture(session, customer, {"phone": "122"}, by=ana, at=book.now)
        contacts.capture(session, customer, {"phone": "222"}, by=ana, at=book.now)

    book.take("customers", head, "C1,Hotel Aurora,111")
    assert book.customer("C1").phone == "222"
    book.take("customers", head, "C1,Hotel Aurora,333")

    assert book.customer("C1").phone == "333"
    with book.database.reading() as session:
        kept = session.scalars(select(ContactChange.old).order_by(ContactChange.id))
        assert list(kept) == ["111", "122", "222"]


def test_the_same_customers_twice_change_nothing(book: Imports):
    rows = (
        "customer_id,name,agent,email,flags",
        "C1,Aurora,ana@x.io,ap@x.io,consumer; Legal hold",
    )
    book.take("customers", *rows)
    learned = book.customer("C1").learned_at
    book.now = book.now.replace(hour=20)

    tally = book.take("customers", *rows)

    assert (tally.new, tally.changed) == (0, 0)
    assert book.customer("C1").learned_at == learned
    assert book.customer("C1").flags == "consumer,legal_hold"


@pytest.mark.parametrize("flag", ["consumr", "vip", "legal_hold; vip"])
def test_a_flag_that_the_desk_does_not_know_is_named_with_those_it_knows(
    book: Imports, flag: str
):
    head = "customer_id,name,flags"
    book.take("customers", head, "C1,Aurora,legal_hold")

    tally = book.take("customers", head, f"C1,Aurora,{flag}", "C2,Borealis,Sole-Proprietor")

    [problem] = tally.problems
    unknown = flag.removeprefix("legal_hold; ")
    assert problem.message == (
        f"{unknown!r} is none of the flags: consumer, sole_proprietor, legal_hold, bankruptcy, "
        "attorney, change_of_ownership, cure_period, never_suspend."
    )
    assert (tally.accepted, tally.rejected) == (1, 1)
    assert book.customer("C1").flags == "legal_hold"
    assert book.customer("C2").flags == "sole_proprietor"


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("email", "nobody", "not an e-mail address"),
        ("time_zone", "Mars/Olympus", "not a time zone"),
        ("phone", "4111111111111111", "not a telephone number"),
        ("site", "x" * 501, "longer than 500"),
    ],
)
def test_a_bad_cell_is_said_in_a_sentence(
    tmp_path: Path, column: str, cell: str, said: str, database_url: str
):
    if not database_url.startswith("sqlite"):
        pytest.skip("no difference between databases")
    database = Database(database_url, audit_key=b"k" * 32)
    database.create_tables()
    book = Imports(database, tmp_path)

    tally = book.take("customers", f"customer_id,name,{column}", f"C1,Aurora,{cell}")

    assert (tally.rejected, tally.problems[0].column) == (1, column)
    assert said in tally.problems[0].message
    database.close()


def test_people_come_with_roles_zones_and_shifts(book: Imports):
    book.take(
        "people",
        f"{PEOPLE},time_zone,shift_start,shift_end,shift_zone",
        'ENTRA-ANA,Ana Reyes,ana@x.example,"Agent, lead",Asia/Manila,20:00,05:00,Asia/Manila',
        "entra-vp,Vera,vera@desk.example,vp finance;controller,,,,",
        "entra-x,Xe,x@desk.example,king,,25:00,,",
    )

    ana, vera = book.person("entra-ana").as_member(), book.person("entra-vp").as_member()
    assert ana.roles == {Role.AGENT, Role.LEAD}
    assert (ana.shift_start, ana.shift_end, ana.shift_zone) == (
        time(20),
        time(5),
        "Asia/Manila",
    )
    assert vera.roles == {Role.VP_FINANCE, Role.CONTROLLER}
    assert (vera.time_zone, vera.shift_zone) == ("America/New_York", "America/New_York")
    assert book.trail() == ["person added", "person added", "people imported"]


def test_a_person_whose_role_changes_is_entered_in_the_trail_once(book: Imports):
    book.take("people", PEOPLE, ANA)

    book.take("people", PEOPLE, ANA.replace("agent", "lead"))
    tally = book.take("people", PEOPLE, ANA.replace("agent", "lead"))

    assert tally.changed == 0
    assert book.trail().count("person changed") == 1
    assert book.person("entra-ana").roles == "lead"


def test_a_misspelt_name_finds_the_nearest_payers(book: Imports):
    book.take(
        "customers",
        "customer_id,name,payer_id,site",
        "C1,Hotel Aurora,,",
        "C2,Grand Meridian,,",
        "C3,Meridian Airport,C2,Airport 100%",
    )

    with book.database.reading() as session:
        found = [
            [one.number for one in customers.search(session, words, limit=3)]
            for words in ("hotel arora", "airport 100%", "C1", "zzzzqqq", "  ")
        ]

    assert found == [["C1"], ["C2"], ["C1"], [], []]


def test_a_payer_belongs_to_its_agent_who_covers_and_leads(book: Imports):
    book.take("people", PEOPLE, ANA, BEN, "entra-lea,Lea,lea@x.io,lead")
    book.take("customers", CUSTOMERS, "C1,Aurora,entra-ana", "C2,Borealis,")

    with book.database.reading() as session:
        ana, ben, lea = (
            people.named(session, f"entra-{name}") for name in ("ana", "ben", "lea")
        )
        assert ana is not None
        assert ben is not None
        assert lea is not None
        mine, free = (customers.by_number(session, number) for number in ("C1", "C2"))
        assert isinstance(mine, Customer)
        assert isinstance(free, Customer)
        may = [
            [customers.may_act(session, one, payer, today=TODAY) for one in (ana, ben, lea)]
            for payer in (mine, free)
        ]
        with pytest.raises(NotYourPortfolio, match="is Ana Reyes's account"):
            customers.check_may_act(session, ben, mine, today=TODAY)

    assert may == [[True, False, True], [False, False, True]]


PARTNERS = "entra_id,name,email,roles,sales_partners"
THROUGH = "customer_id,name,agent,sales_partner"


def test_r163_a_sales_partners_customers_go_to_whose_it_is(book: Imports, desk: Desk):
    book.take(
        "customers",
        THROUGH,
        "C1,Hotel Aurora,,Blue Harbor",
        "C2,Hotel Boreas,gone@desk.example, blue  HARBOR ",
        "C3,Hotel Calypso,ben@desk.example,Blue Harbor",
        "C4,Hotel Dione,,Łódź Travel",
        "C5,Hotel Eos,,",
    )

    book.take("people", PARTNERS, f"{ANA},Blue Harbor; łódź travel;", f"{BEN},")

    owners = [agent_of(book, f"C{n}") for n in range(1, 6)]
    assert owners == ["Ana Reyes", "Ana Reyes", "Ben Cruz", "Ana Reyes", ""]
    with book.database.reading() as session:
        ana = people.named(session, "entra-ana")
        assert ana
        aurora = customers.by_number(session, "C1")
        assert aurora
        assert customers.may_act(session, ana, aurora, today=TODAY)
        assert len(customers.agents_payers(session, ana, today=TODAY)) == 3
    invoice = "INV-1,C1,2026-04-01,2026-04-30,100.00"
    book.take("invoices", INVOICES, invoice)
    assert "Hotel Aurora" in desk.say(desk.member(ana), "list")


def test_a_partner_that_changes_hands_takes_its_customers_along(book: Imports):
    book.take("people", PARTNERS, f"{ANA},Blue Harbor", f"{BEN},")
    book.take(
        "customers",
        THROUGH,
        "C1,Hotel Aurora,,Blue Harbor",
        "C2,Hotel Boreas,ana@desk.example,Blue Harbor",
    )

    book.take("people", PARTNERS, f"{ANA},", f"{BEN},Blue Harbor")

    assert [agent_of(book, "C1"), agent_of(book, "C2")] == ["Ben Cruz", "Ana Reyes"]
    book.take("people", PARTNERS, f"{BEN},")
    assert agent_of(book, "C1") == ""


def test_a_customers_own_agent_wins_once_the_desk_knows_them(book: Imports):
    book.take("people", PARTNERS, f"{ANA},Blue Harbor")
    tally = book.take("customers", THROUGH, "C1,Hotel Aurora,ben@desk.example,Blue Harbor")
    assert (agent_of(book, "C1"), tally.notes) == ("Ana Reyes", [])

    book.take("people", PEOPLE, BEN)

    assert agent_of(book, "C1") == "Ben Cruz"


def test_a_customer_that_changes_its_sales_partner_changes_hands(book: Imports):
    book.take("people", PARTNERS, f"{ANA},Blue Harbor", f"{BEN},Red Dune")
    book.take("customers", THROUGH, "C1,Hotel Aurora,,Blue Harbor")

    book.take("customers", THROUGH, "C1,Hotel Aurora,,Red Dune")
    assert agent_of(book, "C1") == "Ben Cruz"
    book.take("customers", THROUGH, "C1,Hotel Aurora,,Nobody's")

    assert agent_of(book, "C1") == ""


def test_the_same_people_with_partners_twice_change_nothing(book: Imports):
    rows = (f"{ANA},Blue Harbor; Red Dune", f"{BEN},")
    book.take("people", PARTNERS, *rows)

    again = book.take("people", PARTNERS, *rows)

    assert (again.new, again.changed) == (0, 0)
