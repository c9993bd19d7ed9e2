"""What can be typed, and an answer to words that are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.chat import commands
from bot.chat.card import Card, Element, Facts, Text
from bot.chat.dialog import Command, Dialog, Turn
from bot.chat.inbound import SpotKind
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import AT_THE_DESK, EVERYBODY
from dialogs.customers import found

dialog = Dialog("help")

EXAMPLES: Final = (
    "For example: find aurora · customer hotel aurora · log hotel aurora. Buttons do the rest: "
    "a call outcome can be undone for {minutes} minutes."
)

SECTIONS: Final = (
    (
        "Your day",
        "list, next, undo, tasks, remind, promises, drafts, handover, without a next step, "
        "guides, guide, help",
    ),
    (
        "A customer",
        "find, customer, log, call in, mail, send, copy, statement, proof, certificates, "
        "dispute, disputes",
    ),
    (
        "Requests and decisions",
        "approvals, waive, plan, direct plan, delegate, delegations",
    ),
    ("Suspension", "cases, case, notices, notes, note, digest, next case, decisions"),
    (
        "The month and its figures",
        "finals, final invoicing is complete, ladder, statements, releases, daily, weekly",
    ),
    (
        "The team",
        "team, unassigned, absent, pin, postpone, tiers, overrides, unposted, channels, "
        "use this channel for",
    ),
)
"""Under which heading each command stands; `use this channel for` stands for all its uses."""

ELSEWHERE: Final = "What is about customers and your own work, write to me in our own chat."


@dialog.says(
    "help", help="what you can type here", only_reads=True, roles=EVERYBODY, is_public=True
)
def say_help(turn: Turn) -> Card:
    """List what the person may type."""
    return _help(turn, "What you can type")


@dialog.says("", help="", only_reads=True, roles=EVERYBODY, is_public=True)
def unknown(turn: Turn) -> Card:
    """Answer words that are no command: the nearest commands, or the nearest customers."""
    allowed = [
        one
        for one in turn.commands
        if one.handler.roles & turn.who.roles and one.may_be_said_in(turn.spot)
    ]
    near = commands.nearest(allowed, turn.words)
    if near:
        meant = " or ".join(f"“{usage}”" for usage in near)
        return _help(
            turn,
            "What you can type",
            f"I do not know “{turn.words[:60]}”. Did you mean {meant}?",
        )
    is_private = turn.spot.kind is SpotKind.PERSONAL
    if is_private and turn.who.roles & AT_THE_DESK and _is_a_name(turn):
        return found(turn, turn.words, note=_customer_meant(turn, allowed))
    return _help(turn, "What you can type", f"I do not know “{turn.words[:60]}”.")


def _customer_meant(turn: Turn, allowed: Sequence[Command]) -> str:
    said = "That is no command, but it looks like a customer."
    first = commands.nearest(allowed, turn.words.split()[0])
    return f"{said} Or did you mean “{first[0]}”?" if first else said


def _is_a_name(turn: Turn) -> bool:
    return bool(customers.search(turn.session, turn.words, limit=1))


def _help(turn: Turn, title: str, note: str = "") -> Card:
    allowed = {
        one.name: (one.usage, one.help)
        for one in turn.commands
        if one.handler.roles & turn.who.roles and one.may_be_said_in(turn.spot)
    }
    return Card(title=title, body=(*_sections(allowed), *_more(turn)), note=note)


def _sections(allowed: Mapping[str, tuple[str, str]]) -> Iterator[Element]:
    for heading, names in SECTIONS:
        pairs = tuple(allowed[name] for name in names.split(", ") if name in allowed)
        if pairs:
            yield Text(text=heading, is_bold=True, size="medium", spacing="large")
            yield Facts(pairs=pairs)


def _more(turn: Turn) -> tuple[Text, ...]:
    if turn.spot.kind is not SpotKind.PERSONAL:
        return (Text(text=ELSEWHERE, is_subtle=True),)
    if not turn.who.roles & AT_THE_DESK:
        return ()
    return (Text(text=EXAMPLES.format(minutes=turn.policy.undo_minutes), is_subtle=True),)
