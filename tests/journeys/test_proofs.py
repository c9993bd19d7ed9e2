"""A file handed over in chat proves a case, a dispute, an exemption (R18, R56-R60, R134)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from bot.app import switchboard
from bot.chat.drawing import Drawings
from bot.chat.reception import ELSEWHERE, PICTURE
from bot.chat.switchboard import CARD_NUMBER, STRANGER
from bot.store.audit import AuditEntry
from bot.store.postings import Posting
from bot.workflows.approvals.trail import DECISION_CARD
from bot.workflows.disputes.department import RAISED_CARD
from bot.workflows.ledger.records import Invoice
from bot.workflows.people.records import place_of
from bot.workflows.proofs.records import ProofFile, ProofUse
from bot.workflows.suspension.reports import REPORT_CARD
from bot.workflows.tax_certificates.records import TaxCertificate
from dialogs import DIALOGS
from tests.support.cases import Floor
from tests.support.contracts import faults_of
from tests.support.databases import ON_SQLITE
from tests.support.desk import SEAL, channel, drawn
from tests.support.handing import LINKS, Handing, opened_by

WIRE = {"wire.pdf": b"%PDF-1.7 a wire of $1,000.00"}
DISPUTE = {
    "amount": "300.00",
    "reason": "price",
    "description": "They were promised 10 % off.",
    "contact": "Rosa, A/P",
    "department": "billing",
    "evidence": "mail of 3 June",
}
TX = {"jurisdiction": "TX", "valid_from": "2026-01-01", "valid_until": "2027-12-31"}


@pytest.fixture
def floor(desk):
    desk.switchboard = switchboard(
        desk.database, policy=desk.policy, seal=SEAL, clock=lambda: desk.now, links=LINKS
    )
    return Floor(desk)


@pytest.fixture
def clip(floor, tmp_path):
    return Handing(floor.desk, tmp_path / "home")


def in_chat(floor, who, card):
    """The cards of that name in somebody's chat, with their links."""
    drawings = Drawings.of(DIALOGS, floor.desk.policy, LINKS)
    with floor.desk.reading() as session:
        theirs = select(Posting.id).filter_by(place=place_of(who.id), card=card)
        found = [
            drawings.draw(session, one, at=floor.desk.now) for one in session.scalars(theirs)
        ]
    return [drawn(one.card) for one in found]


def noted(floor, *, since=0):
    with floor.desk.reading() as session:
        entries = select(AuditEntry.what).where(AuditEntry.id > since).order_by(AuditEntry.id)
        return list(session.scalars(entries))


def count(floor, record):
    with floor.desk.reading() as session:
        return session.scalar(select(func.count()).select_from(record))


def under_notice(floor, name="Hotel Aurora"):
    payer = floor.hotel(name)
    floor.steps()
    floor.release()
    return payer


def disputed(floor, name="Hotel Aurora"):
    payer = floor.hotel(name)
    form = floor.desk.say(floor.ana, f"dispute {name}")
    with floor.desk.reading() as session:
        first = session.scalars(select(Invoice.id).filter_by(payer_id=payer)).first()
    floor.desk.press(floor.ana, form, "Save dispute", DISPUTE | {"invoices": str(first)})
    return payer


def test_a_file_is_kept_by_its_contents_and_the_trail_knows_whose_it_was(floor, clip):
    card = clip.over(floor.ana, WIRE)

    assert "Kept: wire.pdf" in card
    assert "wire.pdf · 28 bytes" in card
    assert "What does it prove?" in card
    with floor.desk.reading() as session:
        [file] = session.scalars(select(ProofFile))
        entry = session.scalars(select(AuditEntry).filter_by(what="file kept")).one()
        session.expunge_all()
    assert clip.on_disk() == [file.path] == [f"proofs/{file.sha256[:2]}/{file.sha256}"]
    assert (clip.home / file.path).read_bytes() == WIRE["wire.pdf"]
    assert entry.by == floor.ana.id
    facts = {"name": "wire.pdf", "size": 28, "sha256": file.sha256}
    assert json.loads(entry.after) == facts


def test_the_same_file_is_kept_once_and_says_so(floor, clip):
    clip.over(floor.ana, WIRE)
    before = noted(floor)

    again = clip.over(floor.lea, {"copy of wire.pdf": WIRE["wire.pdf"]})

    assert "I had it already: Ana Reyes handed it over Mon 8 Jun 08:00" in again
    assert "It is kept once." in again
    assert (count(floor, ProofFile), len(clip.on_disk())) == (1, 1)
    assert noted(floor) == before


def test_what_does_not_come_is_said_and_nothing_of_it_stays(floor, clip):
    failed = clip.over(floor.ana, {"wire.pdf": None})

    assert failed.sentence == "wire.pdf: it did not come. Please send it again."
    assert clip.on_disk() == []
    assert count(floor, ProofFile) == 0
    assert "Kept: wire.pdf" in clip.over(floor.ana, WIRE)


def test_one_card_answers_several_files_and_those_that_did_not_come(floor, clip):
    card = clip.over(floor.ana, {"a.pdf": b"a", "b.pdf": None, "c.pdf": b"c"}, pictures=1)

    assert "Kept: a.pdf, c.pdf" in card
    assert "b.pdf: it did not come." in card
    assert PICTURE in card
    assert len(clip.on_disk()) == 2


def test_only_so_many_files_of_a_message_are_taken(floor, clip):
    card = clip.over(floor.ana, {f"{n}.pdf": str(n).encode() for n in range(7)})

    assert "I take 5 files at once" in card
    assert len(clip.fetched) == 5


@pytest.mark.parametrize("who", ["a stranger", "an auditor"])
def test_nothing_is_fetched_for_somebody_who_may_not_hand_over(floor, clip, who):
    auditor = floor.desk.person("Aud Itor", "auditor")

    answer = clip.over(auditor if who == "an auditor" else "unknown", WIRE)

    assert answer.sentence == STRANGER or answer.sentence.startswith("That is for: ")
    assert (clip.fetched, clip.on_disk(), count(floor, ProofFile)) == ([], [], 0)


@pytest.mark.parametrize(
    ("files", "text"),
    [({"4111 1111 1111 1111.pdf": b"x"}, ""), (WIRE, "their card is 4111 1111 1111 1111")],
)
def test_a_card_number_beside_a_file_or_in_its_name_is_refused(floor, clip, files, text):
    answer = clip.over(floor.ana, files, text=text)

    assert answer.sentence == CARD_NUMBER
    assert (clip.fetched, clip.on_disk()) == ([], [])


def test_files_are_not_taken_where_others_read_along(floor, clip):
    answer = clip.over(floor.ana, WIRE, spot=channel())

    assert answer.sentence == ELSEWHERE
    assert clip.fetched == []


def test_a_picture_in_the_text_is_no_file(floor, clip):
    assert clip.over(floor.ana, {}, pictures=1).sentence == PICTURE
    assert clip.over("unknown", {}, pictures=1).sentence == STRANGER


def test_a_file_becomes_the_proof_of_a_case_and_management_is_told(floor, clip):
    under_notice(floor)
    card = clip.over(floor.ana, WIRE, text="Rosa sent it")
    card = floor.desk.press(floor.ana, card, "Find", {"customer": "aurora"})

    kept = floor.desk.press(floor.ana, card, "Case 1 · Hotel Aurora")
    floor.desk.press(floor.ana, card, "Case 1 · Hotel Aurora")

    assert "Kept on the case. Management is told." in kept
    assert opened_by(kept) == ["Open wire.pdf"]
    for manager in (floor.lea, floor.col, floor.con):
        [told] = in_chat(floor, manager, REPORT_CARD)
        assert "Proof of payment: Hotel Aurora" in told
        assert "“Rosa sent it”" in told
        assert opened_by(told) == ["Open wire.pdf"]
    file = floor.desk.say(floor.lea, "case 1")
    assert "(wire.pdf)" in file
    assert opened_by(file) == ["Open wire.pdf"]
    assert noted(floor).count("proof filed") == 1


def test_each_of_several_files_is_taken_off_by_itself(floor, clip):
    under_notice(floor)
    disputed(floor, "Bay Inn")
    card = clip.over(floor.ana, {"a.pdf": b"a", "b.pdf": b"b"})

    on_case = floor.desk.press(floor.ana, card, "Case 1 · Hotel Aurora")
    on_dispute = floor.desk.press(floor.ana, card, "Dispute: Bay Inn, $300.00")
    floor.desk.press(floor.ana, on_case, "Undo a.pdf")
    left = floor.desk.press(floor.ana, on_dispute, "Undo b.pdf")

    assert opened_by(floor.desk.say(floor.lea, "case 1")) == ["Open b.pdf"]
    assert opened_by(left) == ["Open a.pdf"]


def test_of_many_presses_at_once_one_puts_the_proof_there(floor, clip):
    under_notice(floor)
    with ThreadPoolExecutor(6) as pool:
        cards = list(pool.map(lambda _: clip.over(floor.ana, WIRE), range(6)))
    with ThreadPoolExecutor(6) as pool:
        press = partial(floor.desk.press, floor.ana)
        kept = list(pool.map(lambda card: press(card, "Case 1 · Hotel Aurora"), cards))

    assert all("Kept on the case." in card for card in kept)
    assert (count(floor, ProofFile), count(floor, ProofUse), len(clip.on_disk())) == (1, 1, 1)
    whats = noted(floor)
    counted = [whats.count(what) for what in ("file kept", "proof filed")]
    assert counted == [1, 1]
    assert len(in_chat(floor, floor.lea, REPORT_CARD)) == 1


def test_a_proof_of_a_case_is_taken_back_and_can_be_put_there_again(floor, clip):
    under_notice(floor)
    card = clip.over(floor.ana, WIRE, text="proof for Hotel Aurora")
    assert "Hotel Aurora: what does wire.pdf prove?" in card
    kept = floor.desk.press(floor.ana, card, "Case 1 · Hotel Aurora")

    floor.desk.press(floor.ana, kept, "Undo")

    assert opened_by(floor.desk.say(floor.lea, "case 1")) == []
    floor.desk.press(floor.ana, card, "Case 1 · Hotel Aurora")
    assert opened_by(floor.desk.say(floor.lea, "case 1")) == ["Open wire.pdf"]
    assert count(floor, ProofUse) == 2


def test_a_file_is_the_proof_that_an_extension_needs(floor, clip):
    payer = floor.hotel("Hotel Aurora")
    floor.climb(payer)
    form = floor.desk.press(floor.ana, floor.desk.say(floor.ana, "case 1"), "Later date…")
    assert "Send me the proof as a file in this chat" in form
    ask = {"until": "2026-06-30", "words": "Paying on the 30th.", "reason": "They always do."}
    mine = floor.desk.press(floor.ana, form, "Send for decision", ask)
    [waiting] = in_chat(floor, floor.con, DECISION_CARD)
    assert "Proof now" not in waiting

    card = clip.over(floor.ana, WIRE)
    floor.desk.press(floor.ana, card, "Case 1 · Hotel Aurora")

    assert "approvals.decision" in floor.desk.owed(place_of(floor.con.id))
    [waiting] = in_chat(floor, floor.con, DECISION_CARD)
    assert "Proof now" in waiting
    assert opened_by(waiting) == ["Open wire.pdf"]
    assert "Approved by Con Troller" in floor.desk.press(floor.con, waiting, "Approve")
    assert mine


def test_a_file_becomes_the_proof_of_a_dispute(floor, clip):
    disputed(floor)
    bill = floor.desk.person("Bill Ing", "billing")
    card = clip.over(floor.ana, WIRE)

    kept = floor.desk.press(floor.ana, card, "Dispute: Hotel Aurora, $300.00")
    floor.desk.press(floor.ana, card, "Dispute: Hotel Aurora, $300.00")

    assert "Kept as the customer's proof." in kept
    assert "mail of 3 June; wire.pdf (28 bytes)" in kept
    [raised] = in_chat(floor, floor.lea, RAISED_CARD)
    assert opened_by(raised) == opened_by(kept) == ["Open wire.pdf"]
    assert count(floor, ProofUse) == 1
    assert "Proof already: dispute of Hotel Aurora." in clip.over(bill, WIRE)

    gone = floor.desk.press(floor.ana, kept, "Undo")

    assert "Taken off; the file is kept." in gone
    assert opened_by(gone) == []
    assert noted(floor)[-1] == "proof taken off"


def test_a_proof_is_taken_off_only_by_who_put_it_there_and_soon(floor, clip):
    disputed(floor)
    card = clip.over(floor.ana, WIRE)
    kept = floor.desk.press(floor.ana, card, "Dispute: Hotel Aurora, $300.00")

    assert "Only who put a proof there" in floor.desk.press(floor.lea, kept, "Undo")
    floor.desk.now += timedelta(minutes=11)
    assert "for 10 minutes" in floor.desk.press(floor.ana, kept, "Undo")
    assert count(floor, ProofUse) == 1


def test_a_file_becomes_a_tax_certificate_on_the_register(floor, clip):
    payer = floor.desk.customer("Hotel Aurora", agent=floor.ana)
    card = clip.over(floor.ana, WIRE, text="certificate of Hotel Aurora")
    form = floor.desk.press(floor.ana, card, "Tax-exempt certificate")
    assert "Please fill in" in floor.desk.press(
        floor.ana, form, "Save", TX | {"jurisdiction": ""}
    )

    saved = floor.desk.press(floor.ana, form, "Save", TX)
    floor.desk.press(floor.ana, form, "Save", TX)

    assert "Entered: TX, valid through Fri 31 Dec 2027." in saved
    assert "wire.pdf" in saved
    assert opened_by(saved) == ["Open wire.pdf"]
    with floor.desk.reading() as session:
        [one] = session.scalars(select(TaxCertificate))
        assert (one.payer_id, one.file) == (payer, f"proofs/{one.sha256[:2]}/{one.sha256}")


def test_a_proof_goes_on_nobody_elses_payer(floor, clip):
    under_notice(floor)
    bob = floor.desk.person("Bob Other")
    card = clip.over(bob, WIRE, text="Hotel Aurora")

    answer = floor.desk.press(bob, card, "Case 1 · Hotel Aurora")

    assert "is Ana Reyes's account" in answer
    assert count(floor, ProofUse) == 0


def test_the_last_file_can_be_given_its_purpose_by_name(floor, clip):
    under_notice(floor)
    assert "Send me the file here" in floor.desk.say(floor.ana, "proof Hotel Aurora")
    clip.over(floor.ana, WIRE)

    assert "What does it prove?" in floor.desk.say(floor.ana, "proof")
    card = floor.desk.say(floor.ana, "proof Hotel Aurora")
    floor.desk.press(floor.ana, card, "Case 1 · Hotel Aurora")

    assert "Send me the file here" in floor.desk.say(floor.ana, "proof Hotel Aurora")


def test_whom_it_is_about_is_asked_again_where_the_name_is_nobodys(floor, clip):
    card = clip.over(floor.ana, WIRE)

    wrong = floor.desk.press(floor.ana, card, "Find", {"customer": "Nobody & Sons"})
    empty = floor.desk.press(floor.ana, card, "Find", {"customer": ""})

    assert "I know no customer called “Nobody & Sons”." in wrong
    assert "Nobody & Sons" in str(wrong.card)
    assert "Please name the customer" in empty


def test_without_an_address_cards_name_the_file(floor, clip):
    under_notice(floor)
    floor.desk.__post_init__()
    card = clip.over(floor.ana, WIRE)

    kept = floor.desk.press(floor.ana, card, "Case 1 · Hotel Aurora")

    assert opened_by(kept) == []
    assert "wire.pdf" in kept


@ON_SQLITE
def test_every_card_about_a_proof_holds_to_the_contracts(floor, clip, shared):
    under_notice(floor, "Hotel *Aurora* [x](http://evil) {{DATE(2026-01-01T00:00:00Z)}}")
    hostile = "\u202e" + "[click](javascript:x) **" + "W" * 300 + ".pdf"
    kept = clip.over(floor.ana, {hostile: b"1", "b.pdf": b"2", "c": b"3"})
    of_case = floor.desk.press(floor.ana, kept, next(t for t in kept.titles if "Case 1" in t))
    found = floor.desk.press(floor.ana, kept, "Find", {"customer": "hotel"})
    form = floor.desk.press(floor.ana, found, "Tax-exempt certificate")
    entered = floor.desk.press(floor.ana, form, "Save", TX)
    [told, *_] = in_chat(floor, floor.lea, REPORT_CARD)

    shown = [kept, of_case, found, form, entered, told, floor.desk.say(floor.lea, "case 1")]

    assert [faults_of(one.card, shared) for one in shown] == [[]] * len(shown)
    assert "javascript:x" not in str([opened_by(one) for one in shown])
    assert all("\u202e" not in str(one.card) for one in shown)
