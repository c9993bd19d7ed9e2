"""A desk with a few small dialogs, served against the stand-in cloud."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.chat.card import Button, Card, Text
from bot.chat.dialog import Dialog, Reply, Turn, View
from bot.store import postings
from bot.store.database import Database
from bot.store.postings import CardName, Place, Showing
from bot.workflows.people.records import Person
from tests.support.cloud import Account, Cloud
from tests.support.desk import MONDAY_8_AM
from tests.support.served import Served, served

ANA = Account("Ana Reyes", "aaaaaaaa-0000-4000-8000-000000000001")
LEA = Account("Lea Santos", "aaaaaaaa-0000-4000-8000-000000000002")
NOTE = CardName("tests.note")
MINE = CardName("tests.mine")


def small_dialog() -> Dialog:  # noqa: C901 - a list of handlers
    """Words, buttons and cards that show what the seam does with them."""
    dialog = Dialog("tests")
    dialog.pressed = []  # type: ignore[attr-defined]

    @dialog.says("hello", help="a sentence")
    def hello(turn: Turn) -> Card:
        return Card(title=f"Hello {turn.who.name}", buttons=(_button(),))

    @dialog.says("mine", help="a card that is kept up to date")
    def mine(turn: Turn) -> Reply:
        return Reply(card=Card(title="Mine"), showing=_mine(turn))

    @dialog.says("show", help="owe a card")
    def show(turn: Turn) -> Card:
        place = Place(f"person:{turn.who.id}")
        postings.show(turn.session, Showing(NOTE, 1, place), at=turn.now)
        return Card(title="It comes")

    @dialog.says("echo WORDS", help="says it back", is_public=True)
    def echo(turn: Turn) -> Card:
        return Card(title=f"[{turn.words}] {turn.spot.kind} {turn.spot.thread_id}")

    @dialog.says("break", help="a bug")
    def broken(turn: Turn) -> Card:
        raise RuntimeError("a bug")

    @dialog.says("", help="")
    def unknown(turn: Turn) -> Card:
        return Card(title="What is that?")

    @dialog.on("press")
    def press(turn: Turn) -> Card:
        dialog.pressed.append(turn)  # type: ignore[attr-defined]
        return Card(title="Pressed", body=(Text(text=turn.typed.get("note", "")),))

    @dialog.on("look", only_reads=True)
    def look(turn: Turn) -> Card:
        return Card(title="Looked")

    @dialog.on("quiet")
    def quiet(turn: Turn) -> None:
        return None

    @dialog.greets()
    def greet(turn: Turn) -> Reply:
        return Reply(card=Card(title="Welcome"), showing=_mine(turn))

    @dialog.draws(NOTE)
    @dialog.draws(MINE)
    def note(view: View) -> Card:
        return Card(title=f"Note {view.about}", summary="A note for you")

    return dialog


def _button() -> Button:
    return Button(title="Press", verb="tests.press", about=7, version=2, fixed={"a": "b"})


def _mine(turn: Turn) -> Showing:
    return Showing(MINE, turn.who.id, Place(f"person:{turn.who.id}"))


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        yield cloud
        assert cloud.problems == []


@pytest.fixture
def dialog() -> Dialog:
    return small_dialog()


@pytest.fixture
async def desk(lite: Database, cloud: Cloud, dialog: Dialog) -> AsyncIterator[Served]:
    """Return a served desk on which Ana and Lea work."""
    people(lite)
    async with served(lite, cloud, dialogs=(dialog,)) as desk:
        yield desk


def people(database: Database) -> list[int]:
    """Make Ana an agent and Lea a lead; return their ids."""
    made = []
    for account, role in ((ANA, "agent"), (LEA, "lead")):
        with database.transaction() as session:
            person = Person(
                entra_id=account.entra_id,
                name=account.name,
                roles=role,
                learned_at=MONDAY_8_AM,
            )
            session.add(person)
            session.flush()
            made.append(person.id)
    return made
