"""Doing in chat what a person would do, without Teams in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.chat.card import Json, Seal
from bot.chat.inbound import Caller, Press, Saying, Spot, SpotKind
from bot.chat.switchboard import Answer, Switchboard
from bot.kernel.shapes import dataclass

FIRST: Final = "<the first>"


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody got back: a drawn card, or a sentence."""

    card: Json | None
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Somebody's hand on the keyboard."""

    name: str
    caller: Caller
    spot: Spot
    switchboard: Switchboard

    async def say(self, text: str) -> Seen:
        """Type words."""
        saying = Saying(caller=self.caller, spot=self.spot, text=text)
        return self._seen(await self.switchboard.answer_saying(saying))

    async def press(
        self, card: Json, title: str, typed: Mapping[str, str] | None = None
    ) -> Seen:
        """
        Press the first button of a card whose title starts so, with its inputs filled in.

        :param typed: what is typed, by a part of the input's label (`FIRST` ticks the first
            of several); the rest stays as drawn.
        :raises LookupError: if there is no such button or input.
        """
        button = _button(card, title)
        data = button["data"] | _filled(card, typed or {})
        press = Press(caller=self.caller, spot=self.spot, verb=button["verb"], data=data)
        return self._seen(await self.switchboard.answer_press(press))

    def _seen(self, answer: Answer) -> Seen:
        seal: Seal = self.switchboard.seal
        return Seen(answer.card.draw(seal) if answer.card else None, answer.text)


def hand_of(
    switchboard: Switchboard, *, name: str, entra_id: str, tenant_id: str, channel: str = ""
) -> Hand:
    """Return somebody's hand, in their own chat or in a channel."""
    kind = SpotKind.CHANNEL if channel else SpotKind.PERSONAL
    where = channel or f"a:{entra_id}"
    return Hand(
        name=name,
        caller=Caller(tenant_id=tenant_id, entra_id=entra_id, name=name),
        spot=Spot(kind=kind, conversation_id=where, name="Suspension meeting"),
        switchboard=switchboard,
    )


def _button(card: Json, title: str) -> Json:
    found = [node for node in _nodes(card) if node.get("type") == "Action.Execute"]
    for button in found:
        if str(button["title"]).startswith(title):
            return button
    titles = [button["title"] for button in found]
    raise LookupError(f"no button {title!r} among {titles}")


def _filled(card: Json, typed: Mapping[str, str]) -> dict[str, str]:
    fields = [node for node in _nodes(card) if str(node.get("type", "")).startswith("Input.")]
    values = {field["id"]: str(field.get("value", "")) for field in fields}
    labels = {field["id"]: str(field.get("label") or field.get("title")) for field in fields}
    for label, words in typed.items():
        ids = [identity for identity, name in labels.items() if label.lower() in name.lower()]
        if not ids:
            raise LookupError(f"no input {label!r} among {list(labels.values())}")
        values[ids[0]] = _first_choice(fields, ids[0]) if words == FIRST else words
    return values


def _first_choice(fields: list[Json], identity: str) -> str:
    choices = [field["choices"] for field in fields if field["id"] == identity]
    return str(choices[0][0]["value"]) if choices and choices[0] else ""


def _nodes(node: Any) -> Iterator[Json]:  # noqa: ANN401 - whatever a card holds
    if isinstance(node, list):
        for item in node:
            yield from _nodes(item)
    elif isinstance(node, dict):
        yield node
        for name, value in node.items():
            if name != "fallback":
                yield from _nodes(value)
