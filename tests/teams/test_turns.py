"""Each kind of activity that Teams sends is answered in the shape that Teams wants."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.card import Button
from bot.chat.dialog import Dialog
from bot.store import addresses, postings
from bot.store.database import Database
from bot.store.postings import Place, Posting, PostingState, Showing
from bot.teams.messages import CARD, ERROR, SENTENCE
from tests.support.cloud import BOT, Account, Cloud, Json, validator
from tests.support.desk import SEAL
from tests.support.served import Served
from tests.teams.conftest import ANA, MINE, NOTE


def button(verb: str = "tests.press", **given: Any) -> Json:
    return Button(title="Press", verb=verb, **given).draw(SEAL)


def fits(answer: Any, definition: str) -> None:
    found = validator(definition)
    if found:
        assert list(found.iter_errors(answer)) == []


async def test_words_are_answered_with_a_card_that_says_what_it_is(desk: Served, cloud: Cloud):
    status, answer = await desk.takes(cloud.message("hello", ANA))

    [sent] = cloud.to(ANA.chat)
    assert (status, answer) == (200, None)
    assert sent.card
    assert "Hello Ana Reyes" in str(sent.card)
    assert sent.body["summary"] == "Hello Ana Reyes"
    assert sent.body["channelData"] == {"notification": {"alert": True}}
    assert "text" not in sent.body


async def test_somebody_unknown_gets_a_polite_sentence_and_nothing_else(
    desk: Served, cloud: Cloud
):
    await desk.takes(cloud.message("hello", Account("Eve", "unknown")))

    [sent] = cloud.deliveries
    assert sent.text.startswith("Hello. I am the AR desk's assistant")
    assert sent.body["textFormat"] == "plain"


async def test_a_press_is_answered_in_place_and_posts_nothing(
    desk: Served, cloud: Cloud, dialog: Dialog
):
    pressed = button(about=7, version=2, fixed={"a": "b"})

    status, answer = await desk.takes(cloud.press(pressed, ANA, typed={"note": "hi"}))

    [turn] = dialog.pressed  # type: ignore[attr-defined]
    assert (status, answer["statusCode"], answer["type"]) == (200, 200, CARD)
    assert (turn.who.name, turn.about, turn.version, turn.fixed, turn.typed) == (
        "Ana Reyes",
        7,
        2,
        {"a": "b"},
        {"note": "hi"},
    )
    fits(answer, "AdaptiveCardInvokeResponse")
    assert cloud.deliveries == []


async def test_a_press_without_a_card_to_show_is_answered_with_a_sentence(
    desk: Served, cloud: Cloud
):
    status, answer = await desk.takes(cloud.press(button("tests.quiet"), ANA))

    assert (status, answer["type"], answer["value"]) == (200, SENTENCE, "Done.")
    fits(answer, "AdaptiveCardInvokeResponse")


async def test_a_press_that_was_tampered_with_changes_nothing(
    desk: Served, cloud: Cloud, dialog: Dialog
):
    pressed = button(about=7)
    pressed["data"]["ar"]["about"] = 8

    status, answer = await desk.takes(cloud.press(pressed, ANA))

    assert (status, answer["type"]) == (200, SENTENCE)
    assert "“list”" in answer["value"]
    assert dialog.pressed == []  # type: ignore[attr-defined]


async def test_a_press_from_a_client_without_execute_is_answered_with_a_message(
    desk: Served, cloud: Cloud, dialog: Dialog
):
    status, answer = await desk.takes(cloud.submit(button(about=7), ANA, typed={"note": "x"}))

    assert (status, answer) == (200, None)
    assert "Pressed" in str(cloud.deliveries[0].card)
    assert len(dialog.pressed) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "value",
    [None, 5, "text", [], {}, {"action": None}, {"action": 5}, {"action": []}],
)
async def test_a_press_that_carries_nothing_is_answered_and_never_fails(
    value: object, desk: Served, cloud: Cloud
):
    press = cloud.activity("invoke", ANA, name="adaptiveCard/action", value=value)

    status, answer = await desk.takes(press)

    assert (status, answer["type"]) == (200, ERROR)
    fits(answer, "AdaptiveCardInvokeResponse")


@pytest.mark.parametrize("data", [None, 5, [], "x", {"ar": []}, {"ar": {"mac": "x"}}])
async def test_a_press_with_data_of_the_wrong_type_is_answered_with_a_sentence(
    data: object, desk: Served, cloud: Cloud
):
    action = {"type": "Action.Execute", "verb": ["x"], "data": data}
    press = cloud.activity("invoke", ANA, name="adaptiveCard/action", value={"action": action})

    status, answer = await desk.takes(press)

    assert (status, answer["type"]) == (200, SENTENCE)


async def test_an_automatic_refresh_only_looks(desk: Served, cloud: Cloud, dialog: Dialog):
    def refresh(verb: str) -> Json:
        activity = cloud.press(button(verb), ANA)
        activity["value"]["trigger"] = "automatic"
        return activity

    _, looked = await desk.takes(refresh("tests.look"))
    _, refused = await desk.takes(refresh("tests.press"))

    assert looked["type"] == CARD
    assert refused["type"] == SENTENCE
    assert dialog.pressed == []  # type: ignore[attr-defined]
    assert cloud.deliveries == []


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("task/fetch", "task"),
        ("task/submit", "task"),
        ("composeExtension/query", "composeExtension"),
        ("composeExtension/submitAction", "composeExtension"),
        ("application/search", "value"),
        ("fileConsent/invoke", "statusCode"),
        ("signin/verifyState", "statusCode"),
        ("something/new", "statusCode"),
        ("", "statusCode"),
    ],
)
async def test_an_invoke_of_another_kind_is_answered_politely_in_its_own_shape(
    name: str, shape: str, desk: Served, cloud: Cloud
):
    status, answer = await desk.takes(cloud.activity("invoke", ANA, name=name, value={}))

    assert status == 200
    assert shape in answer


@pytest.mark.parametrize(
    "kind",
    ["typing", "messageReaction", "messageUpdate", "event", "endOfConversation", "trace", "x"],
)
async def test_other_activities_are_taken_and_not_answered(
    kind: str, desk: Served, cloud: Cloud
):
    status, answer = await desk.takes(cloud.activity(kind, ANA))

    assert (status, answer, cloud.deliveries) == (200, None, [])


async def test_a_bug_is_answered_with_a_reference_and_never_with_5xx(
    desk: Served, cloud: Cloud
):
    status, _ = await desk.takes(cloud.message("break", ANA))

    assert status == 200
    assert "reference" in cloud.deliveries[0].text


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("echo Hotel &amp; Café", "[Hotel & Café]"),
        ("echo a&nbsp;b", "[a b]"),
        ("echo <at>Lea</at> x", "[Lea x]"),
        ("<at>AR Desk</at> echo x", "[x]"),
        ("  ECHO   x  ", "[x]"),
    ],
)
async def test_words_are_read_as_they_were_typed(
    typed: str, heard: str, desk: Served, cloud: Cloud
):
    await desk.takes(cloud.message(typed, ANA))

    assert heard in str(cloud.deliveries[0].card).replace("\\\\", "")


async def test_a_mention_in_a_channel_is_answered_in_its_thread(desk: Served, cloud: Cloud):
    await desk.takes(cloud.in_channel("echo x", ANA, root="1717"))

    [sent] = cloud.deliveries
    assert sent.conversation == "19:suspension@thread.tacv2;messageid=1717"
    assert "channel 1717" in str(sent.card)


async def test_what_is_private_is_not_said_in_a_channel(desk: Served, cloud: Cloud):
    await desk.takes(cloud.in_channel("hello", ANA))

    [sent] = cloud.deliveries
    assert "in our own chat" in sent.text


async def test_channel_messages_that_do_not_mention_the_bot_are_not_read(
    desk: Served, cloud: Cloud
):
    await desk.takes(cloud.in_channel("echo x", ANA, is_mentioning=False))

    assert cloud.deliveries == []


async def test_the_same_message_delivered_twice_is_answered_once(desk: Served, cloud: Cloud):
    message = cloud.message("hello", ANA)

    for _ in range(3):
        status, _answer = await desk.takes(message)
        assert status == 200

    assert len(cloud.deliveries) == 1


async def test_an_installation_is_greeted_once_however_often_it_is_announced(
    desk: Served, cloud: Cloud
):
    await desk.takes(cloud.installed(ANA))
    await desk.takes(cloud.added(ANA))
    await desk.takes(cloud.added(ANA, membersAdded=[{"id": ANA.id}]))

    [sent] = cloud.deliveries
    assert "Welcome" in str(sent.card)


async def test_a_colleague_who_joins_a_channel_is_not_greeted(desk: Served, cloud: Cloud):
    joined = cloud.in_channel("", ANA) | {
        "type": "conversationUpdate",
        "membersAdded": [{"id": "29:somebody"}],
    }

    await desk.takes(joined)

    assert cloud.deliveries == []


async def test_a_team_that_adds_the_app_is_told_that_it_is_there(desk: Served, cloud: Cloud):
    added = cloud.in_channel("", ANA, root=None) | {
        "type": "conversationUpdate",
        "membersAdded": [{"id": BOT}],
    }

    await desk.takes(added)

    assert "Mention me" in cloud.deliveries[0].text


async def test_what_waited_for_somebody_arrives_when_they_install_the_app(
    desk: Served, cloud: Cloud, lite: Database
):
    await desk.takes(cloud.installed(ANA))
    await desk.takes(cloud.installed(ANA, action="remove"))
    with lite.transaction() as session:
        mine = Showing(NOTE, 1, Place("person:1"))
        postings.show(session, mine, at=desk.seam.wiring.clock())
    await desk.seam.courier.deliver_due()
    with lite.reading() as session:
        assert session.scalars(select(Posting.state).filter_by(card=NOTE)).all() == [
            PostingState.PARKED
        ]

    await desk.takes(cloud.message("hello", ANA))

    await cloud.until(lambda: any("Note 1" in str(sent.card) for sent in cloud.deliveries))


@pytest.mark.parametrize("state", [PostingState.PARKED, PostingState.DUE])
async def test_what_waited_comes_once_at_the_first_opening_by_the_greeting(
    desk: Served, cloud: Cloud, lite: Database, state: PostingState
):
    owe(desk, lite, state)

    await desk.takes(cloud.installed(ANA))
    await desk.seam.courier.deliver_due()

    [sent] = cloud.deliveries
    assert "Welcome" in str(sent.card)
    with lite.reading() as session:
        posting = session.scalars(select(Posting).filter_by(card=MINE)).one()
        assert (posting.state, posting.owner) == (PostingState.SHOWN, None)


async def test_what_the_courier_is_bringing_is_not_brought_by_the_greeting_too(
    desk: Served, cloud: Cloud, lite: Database
):
    owe(desk, lite, PostingState.SENDING)

    await desk.takes(cloud.installed(ANA))

    assert cloud.deliveries == []


async def test_what_was_shown_before_is_offered_again_when_the_app_is_opened_again(
    desk: Served, cloud: Cloud, lite: Database
):
    await desk.takes(cloud.message("mine", ANA))

    await desk.takes(cloud.installed(ANA))

    assert ["Mine" in str(one.card) for one in cloud.deliveries] == [True, False]


async def test_a_greeting_that_certainly_did_not_leave_is_left_to_the_courier(
    desk: Served, cloud: Cloud, lite: Database
):
    owe(desk, lite, PostingState.PARKED)
    cloud.fail(429, times=3, headers={"Retry-After": "0"})

    await desk.takes(cloud.installed(ANA))

    await cloud.until(lambda: len(cloud.deliveries) > 0)
    assert "Note 1" in str(cloud.deliveries[-1].card)


def owe(desk: Served, database: Database, state: PostingState) -> None:
    """Owe Ana the card that she is greeted with; in a minute: the desk's courier looks now."""
    at = desk.seam.wiring.clock()
    soon = at + timedelta(minutes=1)
    with database.transaction() as session:
        postings.show(session, Showing(MINE, 1, Place("person:1")), at=soon)
        session.flush()
        posting = session.scalars(select(Posting)).one()
        posting.state = state
        if state is PostingState.SENDING:
            posting.owner, posting.lease_until = "another courier", at + timedelta(seconds=40)


async def test_a_card_asked_for_in_words_is_the_copy_that_is_kept_up_to_date(
    desk: Served, cloud: Cloud, lite: Database
):
    await desk.takes(cloud.message("mine", ANA))
    [first] = cloud.deliveries

    with lite.transaction() as session:
        postings.refresh(session, MINE, about=1, at=desk.seam.wiring.clock())
    desk.seam.courier.wake()

    await cloud.until(lambda: cloud.to(ANA.chat, "PUT"))
    assert cloud.to(ANA.chat, "PUT")[0].message == first.message


async def test_a_card_owed_by_a_press_arrives_within_a_second(desk: Served, cloud: Cloud):
    await desk.takes(cloud.message("show", ANA))

    await cloud.until(lambda: len(cloud.to(ANA.chat)) == 2, seconds=1)


async def test_the_service_url_of_a_chat_follows_what_arrives(
    cloud: Cloud, desk: Served, lite: Database
):
    moved = f"{cloud.url}/emea/"
    for url in (cloud.service_url, moved):
        await desk.takes(
            cloud.message("hello", ANA, serviceUrl=url), token=cloud.token(serviceurl=url)
        )

    with lite.reading() as session:
        address = addresses.of(session, ANA.chat)
        assert address
        assert address.service_url == moved


async def test_a_throttled_answer_is_said_a_moment_later(desk: Served, cloud: Cloud):
    cloud.fail(429, headers={"Retry-After": "0"})

    await desk.takes(cloud.message("hello", ANA))

    assert len(cloud.deliveries) == 1


async def test_a_kept_card_that_cannot_leave_now_is_left_to_the_courier(
    desk: Served, cloud: Cloud, lite: Database
):
    cloud.fail(429, headers={"Retry-After": "0"}, times=3)

    status, _ = await desk.takes(cloud.message("mine", ANA))

    assert status == 200
    await cloud.until(lambda: len(cloud.to(ANA.chat)) == 1)


async def test_an_answer_that_may_have_arrived_is_not_said_twice(desk: Served, cloud: Cloud):
    cloud.fail(502, is_after=True)

    status, _ = await desk.takes(cloud.message("hello", ANA))

    assert status == 200
    assert len(cloud.deliveries) == 1
