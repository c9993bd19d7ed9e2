"""The suspension meeting: cases, notes, the digest and its thread (R49, R80-R82, R168-R169)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from bot.chat.dialog import View
from bot.chat.inbound import Arrival, ArrivalKind
from bot.chat.links import Links
from bot.store import addresses, runs
from bot.store.addresses import AddressKind, Heard
from bot.store.audit import AuditEntry
from bot.store.postings import Posting
from bot.workflows.channels import queries as channels
from bot.workflows.channels.rules import Purpose
from bot.workflows.ledger.records import Invoice
from bot.workflows.people.records import Absence, place_of
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import queries
from bot.workflows.suspension.records import CaseComment, CaseNote, Digest, SuspensionCase
from bot.workflows.suspension.rules import Change
from dialogs import suspension as faces
from scheduler.job import Tick
from scheduler.suspension import ask_for_notes, post_digest
from scheduler.suspension_cases import open_and_close_cases
from tests.support.desk import channel, drawn, shown

TUESDAY_8_AM = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
WEDNESDAY_8_AM = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
WEDNESDAY = date(2026, 6, 10)


@pytest.fixture
def ana(desk):
    return desk.person("Ana Reyes")


@pytest.fixture
def lea(desk):
    return desk.person("Lea Lead", "lead")


@pytest.fixture
def mia(desk):
    return desk.person("Mia Meeting", "meeting")


@pytest.fixture
def aurora(desk, ana):
    hotel = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(hotel, "500.00", days_past_due=45, number="INV-1")
    return hotel


def tick(desk, at=None):
    desk.now = at or desk.now
    return Tick(at=desk.now, database=desk.database, policy=desk.policy)


def name_channel(desk, lea):
    heard = Heard(
        conversation_id=channel().conversation_id,
        kind=AddressKind.CHANNEL,
        tenant_id="t",
        service_url="https://smba.trafficmanager.net/teams/",
    )
    with desk.database.transaction() as session:
        addresses.remember(session, heard, at=desk.now)
    return desk.say(lea, "use this channel for suspension", spot=channel())


def latest(session) -> Digest:
    digest = digests.latest(session)
    assert digest is not None
    return digest


def channel_place(session) -> str:
    named = channels.named(session, Purpose.SUSPENSION)
    assert named is not None
    return named.place


def head(desk):
    with desk.reading() as session:
        return drawn(faces.draw_head(view(desk, session, latest(session).id)))


def page(desk, number=1):
    with desk.reading() as session:
        about = digests.pages_of(session, latest(session).id)[number - 1].id
        return drawn(faces.draw_page(view(desk, session, about)))


def view(desk, session, about):
    return View(session=session, now=desk.now, policy=desk.policy, about=about)


def case_number(desk, payer):
    with desk.reading() as session:
        case = queries.of_payer(session, payer)
        assert case is not None
        return case.number


def pay(desk, number, amount):
    with desk.database.transaction() as session:
        invoice = session.scalar(select(Invoice).filter_by(number=number))
        invoice.settled_on = invoice.closed_on = desk.now.date() if amount is None else None
        if amount is not None:
            invoice.amount -= amount


def changes(desk):
    with desk.reading() as session:
        lines = digests.lines(session, latest(session).id)
        return {line.number: line.record.change for line in lines}


# cases


@pytest.mark.parametrize(("days", "cases"), [(30, 0), (31, 1)])
def test_a_case_opens_when_an_item_is_more_than_30_days_past_due(desk, ana, days, cases):
    desk.invoice(desk.customer("Hotel Aurora", agent=ana), "5.00", days_past_due=days)

    open_and_close_cases(tick(desk))

    with desk.reading() as session:
        assert len(queries.open_cases(session)) == cases


def test_cases_are_settled_once_a_day_and_close_when_nothing_is_that_late(desk, ana, aurora):
    assert open_and_close_cases(tick(desk)) == "1 case opened, none closed."
    assert "already" in open_and_close_cases(tick(desk))
    pay(desk, "INV-1", None)

    assert open_and_close_cases(tick(desk, TUESDAY_8_AM)) == "no cases opened, 1 closed."


def test_what_is_disputed_in_full_has_no_case(desk, ana):
    hotel = desk.customer("Hotel Aurora", agent=ana)
    desk.invoice(hotel, "5.00", days_past_due=45, disputed=500)

    open_and_close_cases(tick(desk))

    with desk.reading() as session:
        assert queries.open_cases(session) == []


def test_what_only_the_book_says_is_disputed_is_told_apart_from_a_dispute(
    desk, ana, lea, aurora
):
    desk.invoice(aurora, "80.00", days_past_due=50, number="INV-2", disputed=80_00)
    third = desk.invoice(aurora, "30.00", days_past_due=40, number="INV-3")
    open_and_close_cases(tick(desk))
    only = "disputed in the book, no dispute at the desk"
    book = "$80.00 in the book, no dispute at the desk"

    assert only in desk.say(lea, "case 1")
    assert book in desk.say(ana, "customer Hotel Aurora")
    assert book in desk.say(ana, "log Hotel Aurora")
    assert "Open disputes at the desk: no disputes" in desk.say(lea, "disputes")
    raised = {
        "amount": "30.00",
        "reason": "price",
        "description": "They were promised less.",
        "contact": "Rosa",
        "department": "billing",
        "invoices": str(third),
    }
    desk.press(ana, desk.say(ana, "dispute Hotel Aurora"), "Save dispute", raised)

    case = desk.say(lea, "case 1")
    assert "a dispute is open" in case
    assert only not in case
    account = desk.say(ana, "customer Hotel Aurora")
    assert f"$30.00: price, with billing; {book}" in account


def test_a_case_that_comes_back_before_it_was_reported_keeps_its_number(desk, ana, aurora):
    open_and_close_cases(tick(desk))
    number = case_number(desk, aurora)
    pay(desk, "INV-1", None)
    open_and_close_cases(tick(desk, TUESDAY_8_AM))
    desk.invoice(aurora, "70.00", days_past_due=60)

    open_and_close_cases(tick(desk, WEDNESDAY_8_AM))

    assert case_number(desk, aurora) == number


# the digest


def test_the_digest_is_posted_once_to_the_named_channel_with_its_cases_below(
    desk, ana, lea, aurora
):
    said = name_channel(desk, lea)
    assert "This channel is for the suspension meeting now" in said
    assert "Wed 10 Jun 08:00" in said

    early = post_digest(tick(desk, WEDNESDAY_8_AM - timedelta(seconds=1)))
    posted = post_digest(tick(desk, WEDNESDAY_8_AM))
    again = post_digest(tick(desk, WEDNESDAY_8_AM + timedelta(minutes=1)))

    assert "No digest is due now" in early
    assert posted == "The digest for Wed 10 Jun goes to the meeting's channel."
    assert "No digest is due now" in again
    with desk.reading() as session:
        postings = list(session.scalars(select(Posting).order_by(Posting.id)))
        place = channel_place(session)
        thread = f"thread:{postings[0].id}"
        assert [(p.card, p.place) for p in postings] == [
            ("suspension.digest", place),
            ("suspension.page", thread),
        ]


def test_the_digest_says_amounts_ages_contacts_notes_and_the_trails_head(
    desk, ana, lea, aurora
):
    desk.invoice(aurora, "1234.50", days_past_due=100, number="INV-2")
    desk.invoice(aurora, "9.00", days_past_due=12)
    desk.say(ana, "list")
    form = desk.say(ana, "dispute Hotel Aurora")
    with desk.reading() as session:
        invoice = session.scalar(select(Invoice.id).filter_by(number="INV-1"))
    filled = {"reason": "price", "description": "No", "contact": "Rosa", "department": "tax"}
    desk.press(ana, form, "Save dispute", filled | {"amount": "20", "invoices": str(invoice)})
    open_and_close_cases(tick(desk))
    number = case_number(desk, aurora)
    desk.say(ana, "note Hotel Aurora: They pay on Friday.")
    with desk.reading() as session:
        trail = session.scalars(select(AuditEntry.mac).order_by(AuditEntry.id.desc())).first()

    post_digest(tick(desk, WEDNESDAY_8_AM))

    top, first = head(desk), page(desk)
    assert "$1,734.50" in top
    assert "$20.00 of it disputed" in top
    assert "this is the first digest" in top
    assert "on the last digest" not in top
    assert f":{trail}" in top
    assert f"{number} · Hotel Aurora" in first
    assert "102 days" in first
    assert "Ana Reyes · 1 call (1 reached), no e-mails · $20.00 disputed" in first
    assert "“They pay on Friday.” Ana Reyes, 2 days ago" in first


def test_without_a_channel_the_leads_get_the_digest(desk, ana, lea, aurora):
    said = post_digest(tick(desk, WEDNESDAY_8_AM))

    assert "since no channel is named" in said
    assert desk.owed(place_of(lea.id)) == ["suspension.digest", "suspension.page"]
    name_channel(desk, lea)
    with desk.reading() as session:
        place = channel_place(session)
    assert desk.owed(place) == ["suspension.digest"]


def test_each_change_since_the_last_digest_is_reported_once(desk, ana, lea, aurora):
    grows = desk.customer("Bay Inn", agent=ana)
    desk.invoice(grows, "100.00", days_past_due=40)
    stays = desk.customer("Cap Motel", agent=ana)
    desk.invoice(stays, "300.00", days_past_due=40)
    down = desk.customer("Dune Lodge", agent=ana)
    desk.invoice(down, "900.00", days_past_due=40, number="INV-D")
    post_digest(tick(desk, WEDNESDAY_8_AM))
    gone, grown = case_number(desk, aurora), case_number(desk, grows)
    same, less = case_number(desk, stays), case_number(desk, down)
    pay(desk, "INV-1", None)
    pay(desk, "INV-D", 40000)
    desk.invoice(grows, "50.00", days_past_due=60)
    new = desk.customer("Elm House", agent=ana)
    desk.invoice(new, "10.00", days_past_due=60)

    post_digest(tick(desk, WEDNESDAY_8_AM + timedelta(weeks=1)))

    assert changes(desk) == {
        gone: Change.GONE,
        grown: Change.GREW,
        same: Change.SAME,
        less: Change.PAID_DOWN,
        case_number(desk, new): Change.NEW,
    }
    top = head(desk)
    assert f"Gone: {gone} · Hotel Aurora $500.00" in top
    assert f"Grew: {grown} · Bay Inn (by $50.00)" in top
    assert f"Paid down: {less} · Dune Lodge (by $400.00)" in top
    assert "4 cases, 4 on the last digest." in top
    assert "$960.00" in top
    assert "$1,800.00 on the last digest (down $840.00)" in top
    post_digest(tick(desk, WEDNESDAY_8_AM + timedelta(weeks=2)))
    assert set(changes(desk).values()) == {Change.SAME}


def test_a_late_digest_is_posted_and_a_far_too_late_one_is_recorded_and_told(
    desk, ana, lea, aurora
):
    open_and_close_cases(tick(desk))
    late = WEDNESDAY_8_AM + timedelta(hours=5, minutes=59)
    assert "goes to" in post_digest(tick(desk, late))

    missed = post_digest(tick(desk, WEDNESDAY_8_AM + timedelta(weeks=1, hours=6, minutes=1)))

    assert "was missed" in missed
    assert "suspension.missed" in desk.owed(place_of(lea.id))
    moment = WEDNESDAY_8_AM + timedelta(weeks=1)
    with desk.reading() as session:
        run = runs.find(session, "suspension-digest", scheduled_for=moment)
        assert run is not None
        assert run.outcome is runs.Outcome.MISSED
        assert "could not be posted" in drawn(faces.draw_missed(view(desk, session, run.id)))


def test_a_desk_opened_after_the_meeting_has_missed_nothing(desk, ana, lea, aurora):
    thursday = WEDNESDAY_8_AM + timedelta(days=1)
    open_and_close_cases(tick(desk, thursday))

    assert "No digest is due now" in post_digest(tick(desk, thursday))


def test_a_digest_does_not_change_and_says_what_changed_since(desk, ana, lea, aurora):
    post_digest(tick(desk, WEDNESDAY_8_AM))
    pay(desk, "INV-1", 10000)

    later = page(desk)

    assert "$500.00" in later
    assert "Since posted: down $100.00" in later
    for part in (
        "digests",
        "digest_lines",
        "digest_amounts",
        "digest_pages",
        "digest_accounts",
    ):
        with (
            pytest.raises(Exception, match="do not change"),
            desk.database.transaction() as session,
        ):
            session.execute(text(f"DELETE FROM {part}"))


def test_many_cases_page_into_cards_that_teams_takes(desk, ana, lea, mia):
    for n in range(12):
        hotel = desk.customer(f"Hotel Ω “{n}” " + "ü" * 60, agent=ana)
        desk.invoice(hotel, "1000.00", days_past_due=40 + n)
        desk.invoice(hotel, "1000.00", days_past_due=40 + n, currency="EUR")
    post_digest(tick(desk, WEDNESDAY_8_AM))
    for number in range(1, 13):
        for n in range(5):
            desk.say(mia, f"case {number}: " + "ж" * 900 + str(n))

    with desk.reading() as session:
        pages = digests.pages_of(session, latest(session).id)
    assert len(pages) == 3
    drawings = [head(desk), *(page(desk, n + 1) for n in range(len(pages)))]
    assert all(len(json.dumps(each.card)) < 28_000 for each in drawings)


# comments


def test_a_comment_is_kept_shown_and_refreshes_the_digest(desk, ana, lea, mia, aurora):
    name_channel(desk, lea)
    post_digest(tick(desk, WEDNESDAY_8_AM))
    number = case_number(desk, aurora)

    form = desk.press(mia, page(desk), "Comment", spot=channel())
    for _ in range(2):
        kept = desk.press(
            mia, form, "Save comment", {"words": "Hold *until* Friday"}, spot=channel()
        )

    assert f"Your comment on case {number} is kept." in kept
    assert "Mia Meeting, Wed 10 Jun 08:00 (New York): Hold *until* Friday" in kept
    assert "Hold *until* Friday" in page(desk)
    assert "1 comment so far." in head(desk)
    with desk.reading() as session:
        assert len(list(session.scalars(select(CaseComment)))) == 1
        wanted = session.execute(select(Posting.card, Posting.wanted)).all()
    assert {(row.card, row.wanted) for row in wanted} == {
        ("suspension.digest", 2),
        ("suspension.page", 2),
    }
    empty = desk.press(mia, form, "Save comment", {"words": "  "}, spot=channel())
    assert "Please fill in “Comment”." in empty


@pytest.mark.parametrize(
    "said",
    [
        "case {}: hold until Friday",
        "Case #{} - hold until Friday",
        "{} hold until Friday",
        "#{}: hold until Friday",
        ": case{}: hold until Friday",
    ],
)
def test_a_reply_with_the_cases_number_is_kept(desk, ana, lea, mia, aurora, said):
    post_digest(tick(desk, WEDNESDAY_8_AM))
    number = case_number(desk, aurora)

    answer = desk.say(mia, said.format(number), spot=channel(thread="1"))

    assert f"Kept as a comment on case {number} · Hotel Aurora" in answer
    with desk.reading() as session:
        [comment] = session.scalars(select(CaseComment))
        assert comment.words == "hold until Friday"
        assert comment.by == mia.id


def test_a_case_named_inside_a_sentence_is_kept_too(desk, ana, lea, mia, aurora):
    post_digest(tick(desk, WEDNESDAY_8_AM))
    number = case_number(desk, aurora)

    desk.say(mia, f"please hold case {number} until Friday", spot=channel())

    assert f"please hold case {number} until Friday" in page(desk)


def test_other_words_unknown_cases_and_unknown_people_keep_nothing(desk, ana, lea, mia, aurora):
    post_digest(tick(desk, WEDNESDAY_8_AM))
    number = case_number(desk, aurora)

    assert "“case 12: hold until Friday”" in desk.say(mia, "what do you do?", spot=channel())
    assert "There is no case 99" in desk.say(mia, "99 suspend?", spot=channel())
    assert "do not know you" in desk.say("nobody", f"case {number}: pay!", spot=channel())
    assert "card number" in desk.say(mia, f"case {number}: 4111 1111 1111 1111", spot=channel())
    auditor = desk.person("Al Auditor", "auditor")
    assert "Auditors read" in desk.say(auditor, f"case {number}: hm", spot=channel())
    assert "is for" in desk.press(auditor, page(desk), "Comment", spot=channel())
    with desk.reading() as session:
        assert session.scalar(select(CaseComment)) is None


def test_a_case_without_words_shows_what_is_known_of_it(desk, ana, lea, mia, aurora):
    post_digest(tick(desk, WEDNESDAY_8_AM))
    number = case_number(desk, aurora)
    desk.say(mia, f"case {number}: hold", spot=channel())

    shown = desk.say(mia, f"case {number}")

    assert f"Case {number} · Hotel Aurora" in shown
    assert "Mia Meeting, comment" in desk.press(mia, page(desk), "History")


def test_only_leads_name_the_channel_and_only_in_a_channel(desk, ana, lea):
    assert "is for" in desk.say(ana, "use this channel for suspension", spot=channel())
    assert "Say that in the channel itself" in desk.say(lea, "use this channel for suspension")
    with desk.reading() as session:
        assert channels.named(session, Purpose.SUSPENSION) is None


def test_the_digest_can_be_read_in_ones_own_chat(desk, ana, lea, mia, aurora):
    assert "There is no suspension digest yet" in desk.say(mia, "digest")
    post_digest(tick(desk, WEDNESDAY_8_AM))

    top = desk.say(mia, "digest")
    first = desk.press(mia, top, "Browse the cases")

    assert "page 1 of 1" in first
    assert desk.press(mia, first, "Digest").text == top.text


# notes


def test_agents_are_asked_for_stale_notes_a_business_day_before_once(desk, ana, lea, aurora):
    ben = desk.person("Ben Other")
    early = ask_for_notes(tick(desk, TUESDAY_8_AM - timedelta(seconds=1)))

    asked = ask_for_notes(tick(desk, TUESDAY_8_AM))
    again = ask_for_notes(tick(desk, TUESDAY_8_AM + timedelta(minutes=1)))

    assert "Nobody" in early
    assert asked == "Asked for notes: Ana Reyes."
    assert "Nobody" in again
    assert desk.owed(place_of(ana.id)) == ["suspension.notes"]
    assert desk.owed(place_of(ben.id)) == []


def test_notes_are_written_one_after_the_other(desk, ana, lea, aurora):
    other = desk.customer("Bay Inn", agent=ana)
    desk.invoice(other, "100.00", days_past_due=40)
    ask_for_notes(tick(desk, TUESDAY_8_AM))
    first = desk.say(ana, "notes")
    assert "Hotel Aurora" in first
    assert "2 cases left" in first
    assert "no calls, no e-mails" in first

    skipped = desk.press(ana, first, "Skip")
    assert "Bay Inn" in skipped
    empty = desk.press(ana, skipped, "Save and next", {"words": ""})
    assert "Please fill in" in empty
    assert "Bay Inn" in empty
    second = desk.press(ana, empty, "Save and next", {"words": "Check is in the mail."})
    assert "Kept on case" in second
    assert "Hotel Aurora" in second
    done = desk.press(ana, second, "Save", {"words": "New manager."})

    assert "Every case of yours has a fresh note" in done
    with desk.reading() as session:
        assert set(session.scalars(select(CaseNote.words))) == {
            "Check is in the mail.",
            "New manager.",
        }
    desk.now = TUESDAY_8_AM + timedelta(days=7)
    assert "2 cases left" in desk.say(ana, "notes")


def test_a_second_tap_on_save_keeps_one_note(desk, ana, lea, aurora):
    open_and_close_cases(tick(desk, TUESDAY_8_AM))
    card = desk.say(ana, "notes")

    for _ in range(2):
        done = desk.press(ana, card, "Save", {"words": "New manager."})

    assert "Every case of yours" in done
    with desk.reading() as session:
        assert len(list(session.scalars(select(CaseNote)))) == 1


def test_other_words_on_a_card_already_used_are_not_lost(desk, ana, lea, aurora):
    open_and_close_cases(tick(desk, TUESDAY_8_AM))
    card = desk.say(ana, "notes")
    desk.press(ana, card, "Save", {"words": "First."})

    desk.press(ana, card, "Save", {"words": "Second."})

    with desk.reading() as session:
        assert list(session.scalars(select(CaseNote.words))) == ["First.", "Second."]


def test_a_note_written_after_the_digest_shows_on_it(desk, ana, lea, aurora):
    post_digest(tick(desk, WEDNESDAY_8_AM))
    desk.wait(minutes=5)

    desk.say(ana, "note Hotel Aurora: Paid by wire just now.")

    assert "Since posted: “Paid by wire just now.” Ana Reyes" in page(desk)


def test_the_cover_of_an_absent_agent_is_asked(desk, ana, lea, aurora):
    ben = desk.person("Ben Cover")
    with desk.database.transaction() as session:
        day = TUESDAY_8_AM.date()
        session.add(
            Absence(
                person_id=ana.id,
                cover_id=ben.id,
                first_day=day,
                last_day=day,
                set_by=lea.id,
                set_at=desk.now,
            )
        )

    assert ask_for_notes(tick(desk, TUESDAY_8_AM)) == "Asked for notes: Ben Cover."


def test_a_note_is_for_ones_own_portfolio_and_an_open_case(desk, ana, lea, aurora):
    ben = desk.person("Ben Other")
    open_and_close_cases(tick(desk))

    assert "Ana Reyes" in desk.say(ben, "note Hotel Aurora: mine now")
    assert "No open suspension case" in desk.say(ana, "note Nowhere Inn: hello")
    form = desk.say(ana, "note Hotel Aurora")
    pay(desk, "INV-1", None)
    open_and_close_cases(tick(desk, TUESDAY_8_AM))
    assert "is closed" in desk.press(ana, form, "Save", {"words": "Too late"})
    with desk.reading() as session:
        assert session.scalar(select(CaseNote)) is None


def test_what_is_asked_is_offered_again_on_installing_the_app(desk, ana, lea, aurora):
    ask_for_notes(tick(desk, TUESDAY_8_AM))

    offered = desk.installs(ana)

    assert any("Note for the suspension meeting" in each for each in offered)


def test_the_digest_equals_a_fresh_count_and_is_made_once_a_week(desk, ana, lea, aurora):
    post_digest(tick(desk, WEDNESDAY_8_AM))

    with desk.reading() as session:
        digest = latest(session)
        owed = digests.totals(digests.lines(session, digest.id))
        late = select(Invoice.amount).where(
            Invoice.due_date < digest.as_of - timedelta(days=30)
        )
        assert sum(session.scalars(late)) == sum(each.total.minor for each in owed)
        assert digest.as_of == WEDNESDAY
        assert len(list(session.scalars(select(SuspensionCase)))) == 1


def test_the_channel_is_greeted_with_how_to_name_it_and_later_with_its_digest(
    desk, ana, lea, aurora
):
    arrival = Arrival(caller=desk.caller(lea), spot=channel(), kind=ArrivalKind.INSTALLED)

    def greetings():
        return "\n".join(
            shown(answer).text for answer in asyncio.run(desk.switchboard.arrived(arrival))
        )

    assert "“use this channel for suspension”" in greetings()
    name_channel(desk, lea)
    post_digest(tick(desk, WEDNESDAY_8_AM))
    assert "Suspension digest for Wed 10 Jun" in greetings()


def test_the_digests_files_open_from_its_card_as_nobodys_own(desk, ana, lea, aurora):
    links = Links(base="https://desk.example.com", key=b"a key")
    name_channel(desk, lea)
    post_digest(tick(desk, WEDNESDAY_8_AM))
    desk.now, desk.switchboard = WEDNESDAY_8_AM, replace(desk.switchboard, links=links)

    digest = desk.say(lea, "digest", spot=channel())

    urls = [part.partition('"')[0] for part in json.dumps(digest.card).split("/files/")[1:]]
    assert [links.open(url, at=desk.now) for url in urls] == [
        ("digests/2026-06-10.pdf", ""),
        ("digests/2026-06-10.xlsx", ""),
    ]
    assert "PDF" in digest
    assert "Workbook" in digest
