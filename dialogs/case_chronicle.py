"""What happened on a case, as a card: a line each under its day, the newest first (R168)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.chat.card import Button, Card, Element, Section, Text
from bot.chat.dialog import View
from bot.kernel import wording
from bot.workflows.customers import queries as customers
from bot.workflows.meetings import happened
from bot.workflows.suspension import chronicle, happenings, queries
from bot.workflows.suspension.happenings import Happening

A_PAGE: Final = 15


def draw(view: View, *, first: int = 0) -> Card:
    """
    Draw what happened on a case.

    :param first: how many lines newer ones before these take.
    """
    case = queries.get(view.session, view.about)
    met = happened.on_case(view.session, case.id)
    told = chronicle.of(view.session, case.id, on=view.today, policy=view.policy, more=met)
    shown = told[first : first + A_PAGE]
    days = tuple(_days(view, shown))
    nothing = Text(text="Nothing happened on this case yet.", is_subtle=True)
    name = customers.get(view.session, case.payer_id).name
    return Card(
        title=f"Case {case.number} · {name}: what happened",
        body=(
            *_pages(first, len(shown), len(told)),
            *(days or (nothing,)),
        ),
        buttons=tuple(_buttons(view, first, len(told))),
    )


def _pages(first: int, shown: int, total: int) -> tuple[Element, ...]:
    if total <= A_PAGE:
        return ()
    words = f"{first + 1} to {first + shown} of {total}, the newest first"
    return (Text(text=words, size="small", is_subtle=True, spacing="none"),)


def _days(view: View, shown: Sequence[Happening]) -> Iterator[Section]:
    for day, group in happenings.by_day(shown, view.policy.zone):
        heading = Text(text=wording.near(day, view.today), size="small", is_bold=True)
        lines = (
            Text(text=happenings.line(one, view.policy.zone), size="small", spacing="small")
            for one in group
        )
        yield Section(items=(heading, *lines), has_separator=True)


def _buttons(view: View, first: int, total: int) -> Iterator[Button]:
    for title, start in (("Newer", first - A_PAGE), ("Earlier", first + A_PAGE)):
        if 0 <= start < total:
            verb, fixed = "case_files.steps", {"first": start}
            yield Button(title=title, verb=verb, about=view.about, fixed=fixed)
    yield Button(title="Back", verb="case_files.open", about=view.about)
