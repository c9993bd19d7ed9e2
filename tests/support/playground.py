"""
Somebody in front of the local Teams client, in a real browser.

    ana = Teams.open(browser, url, shots=folder)
    ana.say("list"); card = ana.card("Your list"); ana.press(card, "Work the list")

The client draws every card anew when a message arrives, and what is typed in them is lost: so
inputs are filled in and their button is pressed in one go, once the client has fallen quiet.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from bot.demo.teams_client.config import BOT_NAME

CARD: Final = (
    ".ac-adaptiveCard:not(.ac-adaptiveCard .ac-adaptiveCard)"
    ":not([data-lexical-editor] .ac-adaptiveCard)"
)
WIDE: Final = (1400, 1000)
TALL: Final = 2600
"""Pixels in which even a long list is drawn whole."""
PHONE: Final = 352
"""Pixels that a card gets on a phone of 390."""
QUIET: Final = 0.4
"""Seconds without a message after which the client counts as quiet."""
PATIENCE: Final = 30.0
EVENTS: Final = ("createMessage", "updateMessage")

Typed = Mapping[str, str | bool | Sequence[str]]


@dataclass
class Teams:
    """One person's Teams."""

    page: Page
    shots: Path
    is_channel: bool = False
    last: float = 0.0
    faults: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Browser, url: str, *, shots: Path) -> Teams:
        """Open the page; it tells the bot that it was installed, and forgets its history."""
        page = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]})
        page.set_default_timeout(PATIENCE * 1000)
        teams = cls(page, shots, last=time.monotonic())
        page.on("websocket", teams._listen)
        page.on("pageerror", lambda error: teams.faults.append(str(error)))
        page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        page.goto(f"{url}/")
        page.get_by_role("treeitem", name="Personal Chat").wait_for()
        teams.fall_quiet()
        teams._hide_log()
        return teams

    # saying and seeing

    def say(self, words: str) -> None:
        """Type and send; in a channel as a new post that mentions the bot."""
        self._type(
            self.page.locator("div[data-lexical-editor=true][role=textbox]").first, words
        )
        name = "Post" if self.is_channel else "Send Message"
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.fall_quiet()

    def reply(self, card: Locator, words: str) -> None:
        """Answer in the channel's thread that holds a card, mentioning the bot."""
        editor = self.page.locator("div[data-lexical-editor=true][role=textbox]")
        thread = self.page.get_by_role("group").filter(has=editor).filter(has=card).last
        self._type(thread.locator("div[data-lexical-editor=true][role=textbox]"), words)
        thread.get_by_role("button", name="Send Message").click()
        self.fall_quiet()

    def channel(self, name: str) -> None:
        """Go to a channel."""
        self.page.get_by_role("treeitem", name=re.compile(re.escape(name))).first.click()
        self.is_channel = True
        self.fall_quiet()

    def personal(self) -> None:
        """Go back to the personal chat."""
        self.page.get_by_role("treeitem", name="Personal Chat").first.click()
        self.is_channel = False
        self.fall_quiet()

    def card(self, *words: str) -> Locator:
        """Return the newest card that says all of this, once it is there."""
        cards = self.cards(*words)
        found = cards.first if self.is_channel else cards.last
        expect(found).to_be_visible(timeout=PATIENCE * 1000)
        return found

    def cards(self, *words: str) -> Locator:
        """Return all cards that say all of this."""
        cards = self.page.locator(CARD)
        for part in words:
            cards = cards.filter(has_text=part)
        return cards

    def heading(self, card: Locator) -> str:
        """Return what a card is called."""
        return card.get_by_role("heading").first.inner_text()

    def sees(self, words: str) -> None:
        """Wait until the page shows the words."""
        expect(self.page.get_by_text(words).last).to_be_visible(timeout=PATIENCE * 1000)

    def shot(self, name: str, *, height: int = WIDE[1]) -> None:
        """Keep a picture of the page, in a window of that height."""
        self._hide_log()
        self._resize(WIDE[0], height)
        self.page.screenshot(path=self.shots / f"{name}.png")
        self._resize(*WIDE)

    def card_shots(self, card: Locator, name: str) -> None:
        """Keep a picture of a card as it is, and one as wide as a phone would show it."""
        self._hide_log()
        self._resize(WIDE[0], TALL)
        card.screenshot(path=self.shots / f"{name}.png")
        card.evaluate("(card, width) => { card.style.width = width + 'px' }", PHONE)
        card.screenshot(path=self.shots / f"{name}-phone.png")
        card.evaluate("card => { card.style.width = '' }")
        self._resize(*WIDE)

    # pressing and filling in

    def press(self, card: Locator, title: str, typed: Typed | None = None) -> None:
        """Fill in a card's inputs, by label, and press its button."""
        self.fall_quiet()
        for label, value in (typed or {}).items():
            self._fill(card, label, value)
        button = card.get_by_role("button", name=title, exact=True)
        button = button.or_(card.get_by_role("menuitem", name=title, exact=True)).first
        with self.page.expect_response(
            re.compile(r"/_conversation/v1/(invoke|submit)$")
        ) as got:
            button.click()
        if got.value.status != 200:
            self.faults.append(f"{title}: {got.value.status} {got.value.text()[:300]}")
        self.fall_quiet()

    def typed_in(self, card: Locator, label: str) -> str:
        """Return what an input holds."""
        return self._input(card, label).input_value()

    def fall_quiet(self) -> None:
        """Wait until no message has come for a moment."""
        end = time.monotonic() + PATIENCE
        self.page.wait_for_timeout(100)
        while time.monotonic() - self.last < QUIET and time.monotonic() < end:
            self.page.wait_for_timeout(50)

    def close(self) -> None:
        """Close the page."""
        self.page.close()

    def _hide_log(self) -> None:
        button = self.page.get_by_role("button", name="Hide log panel")
        if button.is_visible():
            button.click()

    def _resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_timeout(200)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._heard)

    def _heard(self, payload: str | bytes) -> None:
        if any(event in str(payload) for event in EVENTS):
            self.last = time.monotonic()

    def _type(self, editor: Locator, words: str) -> None:
        editor.click()
        if self.is_channel:
            self.page.keyboard.type("@")
            self.page.get_by_role("menuitem").filter(has_text=BOT_NAME).first.click()
            self.page.keyboard.type(" ")
        self.page.keyboard.insert_text(words)

    def _input(self, card: Locator, label: str) -> Locator:
        named = card.locator("label[for]").filter(
            has_text=re.compile(rf"^{re.escape(label)}\s*\*?$")
        )
        identity = named.first.get_attribute("for")
        return card.locator(f'[id="{identity}"]').first

    def _fill(self, card: Locator, label: str, value: str | bool | Sequence[str]) -> None:
        field = self._input(card, label)
        kind = field.evaluate(_KIND)
        if isinstance(value, bool):
            field.set_checked(value, force=True)
        elif not isinstance(value, str):
            self._tick(field, value)
        elif kind["popup"] == "dialog":
            self._pick_day(field, value)
        elif kind["role"] == "combobox":
            self._choose(field, value, is_time="TimePicker" in kind["classes"])
        elif kind["role"] == "radiogroup":
            field.get_by_role("radio", name=value, exact=True).check(force=True)
        else:
            field.fill(value)
            field.press("Tab")

    def _tick(self, field: Locator, titles: Sequence[str]) -> None:
        boxes = field.locator("input[type=checkbox]")
        for n in range(boxes.count()):
            box = boxes.nth(n)
            title = box.get_attribute("aria-label") or ""
            box.set_checked(any(wanted in title for wanted in titles), force=True)

    def _choose(self, field: Locator, title: str, *, is_time: bool) -> None:
        field.click()
        if is_time:
            field.fill(title)
            field.press("Enter")
            return
        self.page.get_by_role("option", name=title, exact=True).first.click()

    def _pick_day(self, field: Locator, day: str) -> None:
        year, month, number = (int(part) for part in day.split("-"))
        field.click()
        calendar = self.page.get_by_role("dialog", name=re.compile("calendar", re.IGNORECASE))
        calendar.wait_for()
        grid = calendar.get_by_role("grid").first
        while steps := _months_to(grid.get_attribute("aria-label") or "", year, month):
            title = re.compile("^Next month" if steps > 0 else "^Previous month")
            calendar.get_by_role("button", name=title).click()
        name = f"{number}, {MONTHS[month - 1]}, {year}"
        calendar.get_by_role("button", name=name, exact=True).click()


MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

_KIND: Final = """
element => ({role: element.getAttribute('role'), popup: element.getAttribute('aria-haspopup'),
             classes: String(element.className)})
"""


def _months_to(shown: str, year: int, month: int) -> int:
    found = re.search(r"([A-Z][a-z]+) (\d{4})", shown)
    assert found, f"the calendar says {shown!r}"
    return (year - int(found[2])) * 12 + month - 1 - MONTHS.index(found[1])
