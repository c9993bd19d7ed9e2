"""A lead says in a channel what it is for; what belongs there comes there."""

from __future__ import annotations

import pytest

from bot.store import addresses
from bot.store.addresses import AddressKind, Heard
from bot.workflows.channels import queries
from bot.workflows.channels.records import Channel, Purpose
from bot.workflows.people.records import place_of
from tests.support.desk import channel


@pytest.fixture
def lea(desk):
    return desk.person("Lea", "lead")


@pytest.fixture(autouse=True)
def heard(desk):
    spot = channel()
    with desk.database.transaction() as session:
        addresses.remember(
            session,
            Heard(
                conversation_id=spot.conversation_id,
                kind=AddressKind.CHANNEL,
                tenant_id="t",
                service_url="https://smba.trafficmanager.net/teams/",
            ),
            at=desk.now,
        )


def places(desk, purpose):
    with desk.reading() as session:
        return queries.places(session, purpose)


def test_until_a_channel_is_named_its_people_are_written_to_else_the_leads(desk, lea):
    assert places(desk, Purpose.BILLING) == [place_of(lea.id)]

    bill = desk.person("Bill", "billing")

    assert places(desk, Purpose.BILLING) == [place_of(bill.id)]


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.SUSPENSION])
def test_a_lead_names_the_channel_there_and_saying_it_twice_changes_nothing(desk, lea, purpose):
    words = f"use this channel for {purpose.value}"

    first = desk.say(lea, words, spot=channel())
    desk.say(lea, words, spot=channel())

    what = "the team" if purpose is Purpose.TEAM else purpose.value
    assert f"This channel is for {what} now" in first
    assert "From now on I post here: " in first
    [place] = places(desk, purpose)
    assert place.startswith("channel:")
    with desk.reading() as session:
        assert session.query(Channel).count() == 1


def test_a_purpose_that_is_none_is_answered_with_those_there_are(desk, lea):
    answer = desk.say(lea, "use this channel for nonsense", spot=channel())

    assert "“nonsense” is nothing I post." in answer
    assert "suspension, team, billing, support, tax or sales" in answer


def test_a_channel_whose_name_teams_did_not_say_is_told_by_its_id(desk, lea):
    desk.say(lea, "use this channel for tax", spot=channel(""))

    named = desk.say(lea, "channels")
    assert "a channel without a known name, its id beginning " in named
    assert "thread.tacv2" not in named


def test_only_a_lead_names_it_and_only_in_a_channel(desk, lea):
    ana = desk.person("Ana")

    assert "is for" in desk.say(ana, "use this channel for team", spot=channel())
    assert "Say that in the channel itself" in desk.say(lea, "use this channel for team")
    assert places(desk, Purpose.TEAM) == [place_of(lea.id)]


def test_a_lead_sees_which_channel_is_for_what(desk, lea):
    desk.say(lea, "use this channel for tax", spot=channel("Tax questions"))

    shown = desk.say(lea, "channels")

    assert "Tax questions" in shown
    assert "not named" in shown
