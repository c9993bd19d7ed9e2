"""`ardesk certificate`: a tax-exempt certificate and its file, by an operator (R134)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cli.desk import open_desk
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.people.records import Person
from bot.workflows.proofs import operations as proofs
from bot.workflows.proofs.rules import Received
from bot.workflows.tax_certificates import operations as certificates
from bot.workflows.tax_certificates.operations import Entry
from bot.workflows.tax_certificates.rules import Certificate
from tests.support.cli import ardesk


@pytest.fixture
def home(ardesk_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARDESK_CLOCK", "2026-06-08T12:00:00+00:00")
    ardesk_home.mkdir(parents=True, exist_ok=True)
    customers = ardesk_home / "customers.csv"
    customers.write_text("customer_id,name,agent\nC1,Hotel Aurora,\n")
    assert ardesk("import", "customers", customers).code == 0
    (ardesk_home / "tx form.pdf").write_bytes(b"%PDF-1.4 a certificate")
    return ardesk_home


def add(home: Path, *more: object, payer: str = "C1", file: str = "tx form.pdf"):
    given = (
        "--jurisdiction",
        "TX",
        "--valid-from",
        "2026-01-01",
        "--valid-until",
        "2026-12-31",
    )
    return ardesk("certificate", "add", payer, home / file, *given, *more)


def test_a_certificate_is_entered_once_and_its_file_is_kept(home):
    first = add(home, "--format", "json")
    again = add(home, "--format", "json")

    assert first.code == 0, first.err
    assert first.json == again.json
    kept = home / first.json["file"]
    assert kept.parent.name == "certificates"
    assert kept.read_bytes() == b"%PDF-1.4 a certificate"
    listed = ardesk("certificate", "list", "hotel aurora", "--format", "json").json
    assert listed == [
        {
            "jurisdiction": "TX",
            "valid_from": "2026-01-01",
            "valid_until": "2026-12-31",
            "received_on": "2026-06-08",
            "file": first.json["file"],
        }
    ]
    assert "TX" in ardesk("certificate", "list", "C1").out


@pytest.mark.parametrize(
    ("more", "given", "why"),
    [
        ((), {"payer": "C9"}, "I know no customer 'C9'."),
        ((), {"file": "gone.pdf"}, "cannot be read"),
        ((), {"file": "."}, "cannot be read"),
        (("--valid-until", "2026-06-07"), {}, "ran out on Sun 7 Jun 2026"),
        (("--valid-until", "soon"), {}, "--valid-until"),
        (("--jurisdiction", " "), {}, "which state"),
    ],
)
def test_what_cannot_be_is_one_sentence(home, more, given, why):
    ran = add(home, *more, **given)

    assert ran.code == 2
    assert why in ran.err
    assert ran.err.count("\n") == 1
    assert ardesk("certificate", "list", "C1", "--format", "json").json == []


def test_an_empty_file_is_no_certificate(home):
    (home / "tx form.pdf").write_bytes(b"")

    assert "is empty" in add(home).err


def test_a_file_that_was_handed_over_is_listed_by_its_name_and_who_it_is_from(home):
    at, sha256 = datetime(2026, 6, 8, 12, tzinfo=UTC), "1" * 64
    path = f"proofs/{sha256[:16]}.pdf"
    with open_desk() as desk, desk.database.transaction() as session:
        ana = Person(name="Ana Reyes", entra_id="entra-ana", roles="agent", learned_at=at)
        session.add(ana)
        session.flush()
        payer = session.scalars(select(Customer.id)).one()
        handed = Received(name="exempt.pdf", path=path, sha256=sha256, size=9)
        proofs.keep(session, handed, by=people.get(session, ana.id), at=at)
        given = Certificate(
            jurisdiction="TX",
            valid_from=date(2026, 1, 1),
            valid_until=date(2026, 12, 31),
            received_on=date(2026, 6, 8),
            file=path,
            sha256=sha256,
        )
        entry = Entry(payer_id=payer, nonce="once")
        certificates.add(session, given, entry, at=at, policy=desk.policy)

    listed = ardesk("certificate", "list", "C1")

    assert "exempt.pdf, handed over by Ana Reyes on Mon 8 Jun 2026" in listed.out
    assert path not in listed.out
