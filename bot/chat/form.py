"""
Forms: one declaration draws the inputs, reads them back, and checks them.

    class WaiverForm(Form):
        fee = MoneyField("Card fee")
        reason = TextField("Why?", lines=3)

`WaiverForm.inputs(typed, problems)` are the elements for a card; `WaiverForm.read(typed).fee`
is `Money`. All problems are reported at once, each beside its field; what was typed stays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import date, time
from typing import Any, ClassVar, Final, Generic, NamedTuple, Self, TypeVar, overload

from bot.chat.card import Element, Input, Json, Text
from bot.kernel.card_numbers import was_redacted
from bot.kernel.errors import Refused
from bot.kernel.money import Money

T = TypeVar("T")

LONGEST: Final = 4000


class NotFilledIn(Refused):
    """Some inputs are missing or make no sense; each has a sentence saying why."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class Option(NamedTuple):
    """Something to choose."""

    title: str
    value: str


class Field(ABC, Generic[T]):
    """One input: how it is drawn, and how what was typed becomes a value."""

    id: str
    empty: T

    def __init__(self, label: str, *, is_optional: bool = False, hint: str = "") -> None:
        self.label = label
        self.is_optional = is_optional
        self.hint = hint

    def __set_name__(self, owner: type[Form], name: str) -> None:
        self.id = name

    @overload
    def __get__(self, form: None, owner: type[Form]) -> Self: ...
    @overload
    def __get__(self, form: Form, owner: type[Form]) -> T: ...
    def __get__(self, form: Form | None, owner: type[Form]) -> Self | T:
        return self if form is None else form.values[self.id]

    @abstractmethod
    def parse(self, typed: str) -> T:
        """Return the value. :raises ValueError: with a sentence for the person who typed it."""

    @abstractmethod
    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return the input as Teams wants it, holding what was typed before."""

    def read(self, typed: str) -> T:
        """Return the value of what was typed. :raises ValueError: with a sentence."""
        if was_redacted(typed):
            raise ValueError(
                f"“{self.label}” held a card number, a password or a government id, "
                "which the desk never keeps."
            )
        if typed.strip():
            return self.parse(typed.strip())
        if self.is_optional:
            return self.empty
        raise ValueError(f"Please fill in “{self.label}”.")

    def common(self, kind: str) -> Json:
        """Return what every input has."""
        drawn: Json = {"type": kind, "id": self.id, "label": self.label}
        if not self.is_optional:
            drawn |= {"isRequired": True, "errorMessage": f"Please fill in “{self.label}”."}
        if self.hint:
            drawn["placeholder"] = self.hint
        return drawn


class TextField(Field[str]):
    """Words."""

    empty = ""

    def __init__(
        self,
        label: str,
        *,
        lines: int = 1,
        longest: int = LONGEST,
        is_optional: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(label, is_optional=is_optional, hint=hint)
        self.lines = lines
        self.longest = longest

    def parse(self, typed: str) -> str:
        """Return the words without the white space around them."""
        if len(typed) > self.longest:
            raise ValueError(f"“{self.label}” is longer than {self.longest} characters.")
        return typed

    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return a text box, tall or not."""
        box = self.common("Input.Text") | {"maxLength": self.longest, "value": typed}
        return box | ({"isMultiline": True} if self.lines > 1 else {})


class MoneyField(Field[Money]):
    """An amount of money above zero."""

    empty = Money(0)

    def parse(self, typed: str) -> Money:
        """Return the amount."""
        try:
            amount = Money.parse(typed)
        except ValueError:
            raise ValueError(f"“{self.label}” should be an amount, such as 1250.00.") from None
        if amount.minor <= 0:
            raise ValueError(f"“{self.label}” should be more than zero.")
        return amount

    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return a text box for an amount."""
        return self.common("Input.Text") | {"maxLength": 30, "value": typed}


class NumberField(Field[int]):
    """A whole number within bounds."""

    empty = 0

    def __init__(
        self, label: str, *, least: int, most: int, is_optional: bool = False, hint: str = ""
    ) -> None:
        super().__init__(label, is_optional=is_optional, hint=hint)
        self.least = least
        self.most = most

    def parse(self, typed: str) -> int:
        """Return the number."""
        is_plain = typed.isascii() and typed.isdigit() and len(typed) < 10
        if not is_plain or not self.least <= int(typed) <= self.most:
            bounds = f"from {self.least} to {self.most}"
            raise ValueError(f"“{self.label}” should be a whole number {bounds}.")
        return int(typed)

    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return a text box for a number."""
        return self.common("Input.Text") | {"maxLength": 9, "value": typed}


class DateField(Field[date]):
    """A day."""

    empty = date.min

    def parse(self, typed: str) -> date:
        """Return the day, written 2026-11-30."""
        try:
            return date.fromisoformat(typed[:10])
        except ValueError:
            raise ValueError(f"“{self.label}” should be a day, such as 2026-11-30.") from None

    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return a date picker."""
        return self.common("Input.Date") | {"value": typed}


class TimeField(Field[time]):
    """A time of day."""

    empty = time.min

    def parse(self, typed: str) -> time:
        """Return the time, written 14:30."""
        try:
            return time.fromisoformat(typed).replace(tzinfo=None)
        except ValueError:
            raise ValueError(f"“{self.label}” should be a time, such as 14:30.") from None

    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return a time picker."""
        return self.common("Input.Time") | {"value": typed}


class ChoiceField(Field[str]):
    """One of several; the options are given when drawn, and checked by the operation."""

    empty = ""

    def parse(self, typed: str) -> str:
        """Return the value chosen."""
        return typed

    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return a list to choose one from."""
        return self.common("Input.ChoiceSet") | {
            "style": "compact",
            "choices": [{"title": option.title, "value": option.value} for option in options],
            "value": typed,
        }


class ManyField(Field[tuple[str, ...]]):
    """Any number of several."""

    empty = ()

    def parse(self, typed: str) -> tuple[str, ...]:
        """Return the values chosen."""
        return tuple(part for part in typed.split(",") if part)

    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return a list to tick."""
        return self.common("Input.ChoiceSet") | {
            "style": "expanded",
            "isMultiSelect": True,
            "wrap": True,
            "choices": [{"title": option.title, "value": option.value} for option in options],
            "value": typed,
        }


class YesNoField(Field[bool]):
    """A tick."""

    empty = False

    def __init__(self, label: str) -> None:
        super().__init__(label, is_optional=True)

    def parse(self, typed: str) -> bool:
        """Return whether it is ticked."""
        return typed.lower() == "true"

    def draw(self, typed: str, options: Sequence[Option]) -> Json:
        """Return a tick box."""
        return {
            "type": "Input.Toggle",
            "id": self.id,
            "title": self.label,
            "value": "true" if typed.lower() == "true" else "false",
        }


class Form:
    """A set of fields; subclasses declare them as attributes."""

    fields: ClassVar[tuple[Field[Any], ...]] = ()

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __init_subclass__(cls) -> None:
        own = tuple(item for item in vars(cls).values() if isinstance(item, Field))
        cls.fields = (*cls.fields, *own)

    @classmethod
    def inputs(
        cls,
        typed: Mapping[str, str] | None = None,
        problems: Mapping[str, str] | None = None,
        options: Mapping[str, Sequence[Option]] | None = None,
        *,
        without: Collection[str] = (),
    ) -> tuple[Element, ...]:
        """
        Return the elements for a card: each field, above it what is wrong with it.

        :param without: the fields that are left out.
        """
        typed, problems, options = typed or {}, problems or {}, options or {}
        elements: list[Element] = []
        if general := problems.get(""):
            first, *rest = general.splitlines()
            elements.append(Text(text=first, tone="attention"))
            elements += [
                Text(text=one, tone="attention", size="small", spacing="none") for one in rest
            ]
        for item in [field for field in cls.fields if field.id not in without]:
            if problem := problems.get(item.id):
                elements.append(Text(text=problem, tone="attention", size="small"))
            elements.append(
                Input(drawn=item.draw(typed.get(item.id, ""), options.get(item.id, ())))
            )
        return tuple(elements)

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Self:
        """
        Read what was typed.

        :raises NotFilledIn: with a sentence for each field that is missing or makes no sense.
        """
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for item in cls.fields:
            try:
                values[item.id] = item.read(typed.get(item.id, ""))
            except ValueError as error:
                problems[item.id] = str(error)
        if problems:
            raise NotFilledIn(problems)
        return cls(values)
