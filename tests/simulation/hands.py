"""People at the desk: they type commands, press what stands on their cards, fill in forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final, NamedTuple, Self

from bot.chat.card import Button, Buttons, Card, Cell, Columns, Input, Json, Section, Text
from bot.chat.inbound import Caller, Press, Saying, Spot, SpotKind
from bot.chat.switchboard import Answer
from bot.workflows.calls.rules import Outcome
from bot.workflows.people.rules import Member, Role
from tests.simulation.chat import Teams
from tests.simulation.checks.raw import tables
from tests.simulation.clock import Clock
from tests.simulation.machine import Desk
from tests.simulation.one_thread import REAPER
from tests.support.desk import SEAL, TENANT

WEIGHTS: Final[Mapping[str, float]] = {
    "calls.no_answer": 12,
    "calls.left_voicemail": 8,
    "calls.not_now": 1,
    "calls.undo": 0.2,
    "outcomes.save": 30,
    "follow_ups.send_all": 5,
    "suspension_notices.release": 20,
    "suspension_notices.put_off": 0.3,
    "support_orders.done": 20,
    "support_orders.undo": 0.3,
    "approvals.approve": 8,
    "approvals.decline": 3,
    "approvals.withdraw": 0.1,
    "worklists.back": 0.3,
    "disputes.save": 15,
    "payment_plans.open": 4,
    "fee_waivers.open": 4,
    "extensions.open": 4,
    "payment_plans.send": 10,
    "fee_waivers.send": 10,
    "extensions.send": 10,
    "meetings.form": 3,
    "meetings.propose": 10,
    "meetings.confirm": 10,
    "dispute_results.close": 15,
    "correspondence.drop_older": 0.1,
    "absences.plan": 0.05,
    "absences.form": 0.05,
    "portfolios.give": 0.1,
}
COMMANDS: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.AGENT: ("next",) * 12 + ("list", "drafts", "tasks", "promises", "handover", "notes"),
    Role.LEAD: (
        *("notices",) * 8,
        *("tasks", "approvals", "list", "finals", "releases", "ladder"),
        *(
            "statements",
            "daily",
            "promises",
            "digest",
            "undelivered",
            "overrides",
            "next steps",
        ),
    ),
    Role.COLLECTIONS_MANAGER: ("tasks", "approvals", "digest", "notices", "daily", "meeting"),
    Role.CONTROLLER: (*("approvals",) * 6, "digest", "tasks", "ladder", "decisions"),
    Role.VP_FINANCE: (*("approvals",) * 6, "digest", "decisions"),
}
CHANNELS: Final = ("suspension", "team", "support", "billing", "tax", "sales")
DESKS: Final[Mapping[Role, str]] = {
    Role(purpose): f"channel:{number}"
    for number, purpose in enumerate(CHANNELS, start=1)
    if purpose in set(Role)
}
"""Where a department looks first."""
SELDOM: Final[Mapping[str, float]] = {
    Outcome.LEGAL: 0.01,
    Outcome.SOLD_OR_CLOSED: 0.01,
    Outcome.WRONG_NUMBER: 0.03,
    Outcome.HARDSHIP: 0.2,
}
"""What few calls come to: else nobody would be left whom the desk may write to."""
SUSPEND: Final = "suspend"
"""What a meeting proposes most: else no case would come to its end by chance."""
LOOKED_AT: Final = 3
"""So many messages does somebody look at, beside the last, to press the weightiest."""
LEFT_ALONE: Final = 0.15
"""A card whose buttons together weigh less, such as one to withdraw, is not pressed at all."""
KEPT: Final = 0.85
KEPT_WRONG: Final = 0.5
"""The share of what stands in a form that is left as it is, and where something was wrong."""
WORDS: Final = (
    *("They will look into it", "Waits for the manager", "Asked for a copy of the invoice"),
    *("Spoke to Jo in accounts payable", "Proof is in the folder", "The site was sold"),
)


class Shown(NamedTuple):
    """What can be pressed on a card, and filled in."""

    buttons: list[Button]
    boxes: list[Json]
    says_what_is_wrong: bool

    @classmethod
    def of(cls, card: Card | None) -> Self:
        """Look over a card once."""
        if card is None:
            return cls([], [], says_what_is_wrong=False)
        buttons, boxes, is_wrong = [], [], bool(card.note) and card.note_tone == "attention"
        for part in _parts(card):
            if isinstance(part, Button):
                buttons.append(part)
            elif isinstance(part, Input):
                boxes.append(part.drawn)
            elif isinstance(part, Text):
                is_wrong = is_wrong or part.tone == "attention"
        return cls(buttons, boxes, is_wrong)


def _parts(card: Card) -> Iterator[object]:
    """Yield what a card consists of, from top to bottom."""
    left: list[Any] = [card.buttons, card.body, card.note_buttons]
    while left:
        part = left.pop()
        if isinstance(part, tuple):
            left += reversed(part)
        elif isinstance(part, Columns):
            left += (part.press, part.cells)
        elif isinstance(part, Section | Cell):
            left.append(part.items)
        elif isinstance(part, Buttons):
            left.append(part.actions)
        else:
            yield part


@dataclass
class Hands:
    """Presses buttons for everybody, each on the card in front of them."""

    chance: Random
    clock: Clock
    teams: Teams
    desk: Desk
    deaths: float = 0.0
    """The share of presses during which the machine that answers them dies ..."""
    twice: float = 0.02
    """... and of those that somebody makes twice."""
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    _before: dict[int, Card] = field(default_factory=dict)

    async def work(self, who: Member, presses: int) -> None:
        """Press so many times, a little while apart."""
        for _ in range(presses):
            self.clock.now += timedelta(seconds=self.chance.randrange(5, 40))
            await self._once(who)

    async def say(self, who: Member, words: str, spot: Spot | None = None) -> Answer:
        """Type something."""
        self.counts["sayings"] += 1
        saying = Saying(caller=caller(who), spot=spot or personal(who), text=words)
        answer = await self.desk.first.switchboard.answer_saying(saying)
        self._check(answer, f"{who.name} says {words!r}")
        return answer

    async def _once(self, who: Member) -> None:
        place = self._place(who)
        card, message = self._before.pop(who.id, None), ""
        if card is None and self.chance.random() < (0.1 if Role.AGENT in who.roles else 0.6):
            card, message = self._from_screen(place)
        shown = Shown.of(card)
        if sum(map(weight, shown.buttons)) < LEFT_ALONE:
            shown = Shown.of((await self.say(who, self._command(who))).card)
        if not shown.buttons:
            self.counts["nothing to press"] += 1
            return
        button = self.chance.choices(shown.buttons, [weight(one) for one in shown.buttons])[0]
        answer = await self._press(who, button, shown, place)
        self._keep(who, place, message, answer)

    async def _press(self, who: Member, button: Button, shown: Shown, place: str) -> Answer:
        self.counts["presses"] += 1
        self.counts[f"pressed {button.verb}"] += 1
        typed = dict(self._filled(shown)) if button.checks_inputs else {}
        press = Press(
            caller=caller(who),
            spot=spot_of(place, who),
            verb=button.verb,
            data=button.draw(SEAL)["data"] | typed,
        )
        answer = await self._answered(press)
        self._check(answer, f"{who.name} presses {press.verb} with {typed}")
        if self.chance.random() < self.twice:
            await self._again(press, who)
        return answer

    async def _answered(self, press: Press) -> Answer:
        """Return the answer; where the machine died over it, that to the same press again."""
        if self.chance.random() < self.deaths:
            REAPER.arm(self.chance, most=1 + 7 * (self.chance.random() < 0.5))
        answer = await self.desk.first.switchboard.answer_press(press)
        if not REAPER.disarm():
            return answer
        self.counts["processes killed in a press"] += 1
        self.desk.first.start()
        return await self.desk.first.switchboard.answer_press(press)

    async def _again(self, press: Press, who: Member) -> None:
        """Press once more what was just answered: nothing may come of it."""
        before = self._trail()
        await self.desk.first.switchboard.answer_press(press)
        self.counts["presses made twice"] += 1
        if new := self._trail(after=before):
            self.failures.append(f"{who.name} presses {press.verb} twice: {new}")

    def _trail(self, after: str = "") -> str:
        with tables(self.desk.first.database) as found:
            if not after:
                return str(found.one("SELECT COALESCE(MAX(id), 0) FROM audit_entries"))
            new = found.rows("SELECT what FROM audit_entries WHERE id > :last", last=int(after))
        return ", ".join(row[0] for row in new)

    def _keep(self, who: Member, place: str, message: str, answer: Answer) -> None:
        if answer.card is None:
            return
        if message:
            self.teams.screens[place][message] = answer.card
        # Who comes but twice a day finishes a form then, and looks at nothing else again.
        is_at_it = Role.AGENT in who.roles or Shown.of(answer.card).boxes
        if is_at_it and self.chance.random() < 0.9:
            self._before[who.id] = answer.card

    def _check(self, answer: Answer, what: str) -> None:
        if "Something went wrong" in answer.text:
            self.failures.append(what)

    def _command(self, who: Member) -> str:
        for role in COMMANDS:
            if role in who.roles:
                return self.chance.choice(COMMANDS[role])
        return "tasks"

    def _place(self, who: Member) -> str:
        if self.chance.random() < 0.7:
            for role in who.roles & set(DESKS):
                return DESKS[role]
        channels = [place for place in self.teams.screens if place.startswith("channel:")]
        if Role.AGENT not in who.roles and channels and self.chance.random() < 0.5:
            return self.chance.choice(sorted(channels))
        return f"person:{who.id}"

    def _from_screen(self, place: str) -> tuple[Card | None, str]:
        screen = self.teams.screens.get(place)
        if not screen:
            return None, ""
        messages = list(screen)
        others = self.chance.sample(messages, min(LOOKED_AT, len(messages)))
        seen = {one: screen[one] for one in (messages[-1], *others)}
        message = max(seen, key=lambda one: _presses(seen[one]))
        return screen[message], message

    def _filled(self, shown: Shown) -> Iterator[tuple[str, str]]:
        kept = KEPT_WRONG if shown.says_what_is_wrong else KEPT
        for box in shown.boxes:
            kind, value = str(box["type"]), str(box.get("value", ""))
            if value and self.chance.random() < kept:
                yield box["id"], value
            elif kind == "Input.Date":
                days = self.chance.randrange(*self.chance.choice(((-4, 1), (1, 14))))
                yield box["id"], (self.clock.today + timedelta(days=days)).isoformat()
            elif kind == "Input.Time":
                yield box["id"], f"{self.chance.randrange(8, 18):02d}:30"
            elif kind == "Input.ChoiceSet":
                yield box["id"], self._chosen([one["value"] for one in box["choices"]])
            elif kind == "Input.Toggle":
                yield box["id"], self.chance.choice(("true", "false"))
            else:
                yield box["id"], value or self._typed(box)

    def _chosen(self, choices: list[str]) -> str:
        if SUSPEND in choices and self.chance.random() < 0.6:
            return SUSPEND
        return self.chance.choice(choices) if choices else ""

    def _typed(self, box: Json) -> str:
        named = f"{box.get('id')} {box.get('label')} {box.get('placeholder')}".lower()
        if "amount" in named or "how much" in named:
            return f"{self.chance.randrange(10, self.chance.choice((100, 3000)))}.00"
        if "how many" in named or box["type"] == "Input.Number" or box.get("maxLength") == 9:
            return str(self.chance.randrange(2, 7))
        if "extension" in named:
            return str(self.chance.randrange(100, 999))
        if "phone" in named:
            return "+1 212 555 0199"
        if "mail" in named:
            return "new@payer.example"
        return self.chance.choice(WORDS) if self.chance.random() < 0.9 else ""


def weight(button: Button) -> float:
    """Return how often a button is pressed, against the others of its card."""
    outcome = str(button.fixed.get("outcome", ""))
    return WEIGHTS.get(button.verb, 1.0) * SELDOM.get(outcome, 1.0)


def _presses(card: Card) -> float:
    """Return how much a card asks to be pressed."""
    return max(map(weight, Shown.of(card).buttons), default=0.0)


def caller(who: Member) -> Caller:
    """Return the account of a person of the simulation."""
    return Caller(tenant_id=TENANT, entra_id=f"entra-{who.email}", name=who.name)


def personal(who: Member) -> Spot:
    """Return a person's own chat."""
    return Spot(kind=SpotKind.PERSONAL, conversation_id=f"a:{who.id}")


def spot_of(place: str, who: Member) -> Spot:
    """Return where a card of a place is pressed."""
    if place.startswith("person:"):
        return personal(who)
    return Spot(kind=SpotKind.CHANNEL, conversation_id=f"19:{place}@thread.tacv2", name=place)
