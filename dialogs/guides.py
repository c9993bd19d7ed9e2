"""Guides: policy and wording for each outcome, one tap away (R2, R113, R158-R159)."""

from __future__ import annotations

from typing import Final

from bot.chat.card import Button, Buttons, Card, Element, Fold, Section, Text
from bot.chat.dialog import Dialog, Turn
from bot.policy import Policy
from bot.workflows.guides import rules
from bot.workflows.guides.rules import Guide, NoSuchGuide
from bot.workflows.people.rules import EVERYBODY

dialog: Final = Dialog("guides")

_A_ROW: Final = 3


@dialog.says("guides", help="what to do and to say, for each outcome", only_reads=True)
@dialog.on("list", only_reads=True)
def listed(turn: Turn) -> Card:
    """List every guide."""
    return _list(turn)


@dialog.says("guide NAME", help="one guide, such as: guide hardship", only_reads=True)
def say_guide(turn: Turn) -> Card:
    """Show the guide named, or the list."""
    if not turn.words:
        return _list(turn)
    found = rules.find(turn.policy.guides, turn.words) or _titled(turn)
    return _card(found) if found else _list(turn, f"No guide is called “{turn.words[:60]}”.")


@dialog.on("open", only_reads=True, roles=EVERYBODY)
def open_guide(turn: Turn) -> Card:
    """Show a guide."""
    found = rules.find(turn.policy.guides, str(turn.fixed.get("name", "")))
    if found is None:
        raise NoSuchGuide("That guide is not there any more. Type guides for the list.")
    return _card(found)


def folded(policy: Policy, name: str) -> tuple[Element, ...]:
    """Return what unfolds an outcome's guide on its form, and what helps if it is hard."""
    own = rules.find(policy.guides, name)
    hard = [g for g in (rules.find(policy.guides, one) for one in rules.DIFFICULT) if g]
    folds = (
        *((Fold(title="Guide", parts=("guide",)),) if own else ()),
        *((Fold(title="If it gets difficult", parts=("guide-difficult",)),) if hard else ()),
    )
    if not folds:
        return ()
    hidden = (
        [Section(items=words(own), id="guide", is_hidden=True, style="emphasis")] if own else []
    )
    if hard:
        items = tuple(item for guide in hard for item in (_head(guide), *words(guide)))
        hidden.append(
            Section(items=items, id="guide-difficult", is_hidden=True, style="emphasis")
        )
    return (Buttons(actions=folds), *hidden)


def words(guide: Guide) -> tuple[Text, ...]:
    """Return what a guide says; it is the company's own file, so its marks are kept."""
    found: list[Text] = []
    for part in guide.parts:
        if part.heading:
            found.append(Text(text=part.heading, is_bold=True, size="small"))
        found += [
            Text(text=paragraph, is_markup=True, size="small", spacing="small")
            for paragraph in part.paragraphs
        ]
    return tuple(found)


def button(name: str) -> Button:
    """Return the button that opens a guide."""
    return Button(title="Guide", verb="guides.open", fixed={"name": name})


def _head(guide: Guide) -> Text:
    return Text(text=guide.title, is_bold=True)


def _card(guide: Guide) -> Card:
    return Card(
        title=guide.title,
        body=words(guide),
        buttons=(Button(title="All guides", verb="guides.list"),),
    )


def _list(turn: Turn, note: str = "") -> Card:
    known = sorted(_all(turn), key=lambda guide: guide.title)
    presses = [
        Button(title=guide.title, verb="guides.open", fixed={"name": guide.name})
        for guide in known
    ]
    rows = range(0, len(presses), _A_ROW)
    return Card(
        title="Guides",
        note=note,
        body=tuple(Buttons(actions=tuple(presses[n : n + _A_ROW])) for n in rows)
        or (Text(text="No guides are installed."),),
    )


def _titled(turn: Turn) -> Guide | None:
    wanted = turn.words.casefold()
    near = [guide for guide in _all(turn) if wanted in guide.title.casefold()]
    return near[0] if len(near) == 1 else None


def _all(turn: Turn) -> list[Guide]:
    found = (rules.find(turn.policy.guides, name) for name in turn.policy.guides)
    return [guide for guide in found if guide]
