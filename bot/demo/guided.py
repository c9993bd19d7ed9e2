"""A day at the desk in the terminal, for machines without the local Teams client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from bot.demo import terminal
from bot.demo.hand import FIRST, Hand, Seen
from bot.demo.theatre import NothingToShow, Theatre, Tour
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Role
from bot.workflows.suspension import meetings

_UNTIL_AFTERNOON: Final = timedelta(hours=5)
_MEETING: Final = "19:suspension-meeting@thread.tacv2"


def play(tour: Tour) -> None:
    """Show the morning lists, and then a day: calls, a dispute, a waiver, the digest."""
    asyncio.run(_walk(Theatre(tour=tour, now=tour.start)))


async def _walk(theatre: Theatre) -> None:
    local = theatre.now.astimezone(theatre.tour.policy.zone)
    theatre.announce(f"{local:%A %d %B %Y, %H:%M}: the shift starts")
    await theatre.run_jobs()
    for chair in theatre.tour.agents:
        name = chair.account.name
        theatre.show(await theatre.hand(chair).say("list"), f"{name}'s morning list")
    for title, part in _PARTS:
        theatre.announce(title)
        try:
            await part(theatre)
        except LookupError as missing:
            theatre.tour.console.print(f"Nothing to show here: {missing}.", markup=False)


async def _calls(theatre: Theatre) -> None:
    agent = theatre.hand(theatre.chair(Role.AGENT))
    card = theatre.card(await _next(theatre, agent), f"{agent.name} works the list")
    card = await theatre.press(agent, card, "No answer")
    card = await theatre.press(agent, card, "Left voicemail")
    card = await theatre.press(agent, card, "Undo")
    form = await theatre.press(agent, card, "Promise")
    typed = {"Paid by": _day(theatre, 60), "words": "Approved; it goes out with the next run."}
    form = await theatre.press(agent, form, "Save", typed)
    await theatre.press(agent, form, "Save", {"Paid by": _day(theatre, 4)})


async def _dispute(theatre: Theatre) -> None:
    agent = theatre.hand(theatre.chair(Role.AGENT))
    name = await _next_payer(theatre, agent)
    form = theatre.card(await agent.say(f"dispute {name}"), f"{agent.name}: dispute {name}")
    typed = {
        "Invoices": FIRST,
        "Reason": FIRST,
        "What exactly": "Two of the six access points were never installed.",
        "contact": "their project manager",
        "answer": FIRST,
    }
    await theatre.press(agent, form, "Save", typed)
    await theatre.delivered(Role.LEAD, "Dispute", "what the lead is told at once")


async def _waiver(theatre: Theatre) -> None:
    agent = theatre.hand(theatre.chair(Role.AGENT))
    decider = theatre.hand(theatre.chair(Role.CONTROLLER))
    name = await _next_payer(theatre, agent)
    form = theatre.card(await agent.say(f"waive {name}"), f"{agent.name}: waive {name}")
    typed = {
        "Payment, if": "4,200.00",
        "Planned for": _day(theatre, 2),
        "customer's words": "Our treasury pays by card only this month.",
        "Why should": "Pays in full at once; never late in four years.",
    }
    await theatre.press(agent, form, "Send for decision", typed)
    ask = await theatre.delivered(Role.CONTROLLER, "waiver", "what the controller gets")
    await theatre.press(decider, ask, "Approve", {"reason": "Once, for this payment."})
    await theatre.delivered(Role.AGENT, "waiver", "what the agent gets in the same minute")
    await theatre.delivered(Role.VP_FINANCE, "waiver", "the VP Finance's copy closed itself")


async def _evening(theatre: Theatre) -> None:
    agent = theatre.chair(Role.AGENT)
    with theatre.tour.database.reading() as session:
        member = people.get(session, agent.person_id)
    _, ends_at = member.shift_on(theatre.tour.policy.company_date(theatre.tour.start))
    theatre.now = max(theatre.now, ends_at)
    await theatre.run_jobs()
    await theatre.delivered(Role.AGENT, "shift", "what the agent gets at the shift's end")
    sheets = sorted((theatre.tour.home / "activity").rglob("*.xlsx"))
    theatre.tour.console.print(f"The activity sheet: {sheets[-1]}", markup=False)


async def _digest(theatre: Theatre) -> None:
    lead = theatre.hand(theatre.chair(Role.LEAD), channel=_MEETING)
    theatre.open_channel(_MEETING)
    said = await lead.say("use this channel for suspension")
    theatre.show(said, f"{lead.name}, in the channel: use this channel for suspension")
    theatre.now = meetings.upcoming(theatre.now, theatre.tour.policy).digest_at
    await theatre.run_jobs()
    posted = [card for place, card in theatre.arrived if place.startswith("channel:")]
    thread = [card for place, card in theatre.arrived if place.startswith("thread:")]
    for card in (*posted[-1:], *thread[:1]):
        theatre.show(Seen(card), "the digest, in the channel")


async def _next(theatre: Theatre, agent: Hand) -> Seen:
    """Return whom to call now, or in the afternoon, when calling hours are open everywhere."""
    for wait in (timedelta(0), _UNTIL_AFTERNOON):
        theatre.now += wait
        seen = await agent.say("next")
        if seen.card and "No answer" in terminal.buttons(seen.card):
            return seen
    raise NothingToShow("nobody is to be called today")


async def _next_payer(theatre: Theatre, agent: Hand) -> str:
    card = (await _next(theatre, agent)).card
    return terminal.heading(card) if card else ""


def _day(theatre: Theatre, ahead: int) -> str:
    return (theatre.now + timedelta(days=ahead)).date().isoformat()


_PARTS: Final[tuple[tuple[str, Callable[[Theatre], Awaitable[None]]], ...]] = (
    ("The agent works three payers", _calls),
    ("A dispute is captured", _dispute),
    ("A fee waiver is asked for and decided", _waiver),
    ("The shift ends", _evening),
    ("The suspension digest goes to the meeting's channel", _digest),
)
