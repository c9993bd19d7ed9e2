"""
Dataclasses that are quick to make.

For each frozen dataclass the library writes six functions as texts and compiles them, one by
one: for three hundred classes that was a quarter of each start. Here the library makes what it
must (how a value is filled, that it stays as it is); to compare, hash and show values is done
by what all classes share. To the type checker it is the library's own `dataclass`.

A `value` is one that a press makes by the hundred: the type checker keeps it from being
changed; when the desk runs nothing does, since filling it past a guard takes thrice as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass as library
from dataclasses import fields
from functools import partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

__all__ = ["dataclass", "value"]

_Key = Callable[[Any], object]
_SHARED: Final = ("__eq__", "__hash__", "__repr__")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import dataclass as value
else:

    def dataclass(cls: type | None = None, /, **wanted: bool) -> Any:  # noqa: ANN401 - see above
        """Make a dataclass, as `dataclasses.dataclass` does."""
        return partial(_made, **wanted) if cls is None else _made(cls, **wanted)

    def value(*, frozen: bool, **wanted: bool) -> Callable[[type], type]:
        """Make a dataclass that is frozen (it always is) to the type checker alone."""
        assert frozen, "a value is never changed"
        return partial(_made, unsafe_hash=True, **wanted)


def _made(cls: type, **wanted: bool) -> type:
    has_own = any(name in cls.__dict__ for name in _SHARED)
    if has_own or not wanted.keys() <= {"frozen", "slots", "kw_only", "unsafe_hash"}:
        return library(**wanted)(cls)
    is_hashed = wanted.pop("unsafe_hash", False) or wanted.get("frozen", False)
    made: Any = library(eq=False, repr=False, **wanted)(cls)
    key = _key([field.name for field in fields(made) if field.compare])
    made.__eq__ = _equals(key)
    made.__hash__ = _hashes(key) if is_hashed else None
    made.__repr__ = _show
    return made  # type: ignore[no-any-return]


def _key(names: list[str]) -> _Key:
    """Return what a value is compared by: what it holds under those names, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda it: tuple(getattr(it, name) for name in names)


def _equals(key: _Key) -> Callable[[object, object], bool]:
    def equals(self: object, other: object) -> bool:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    return equals


def _hashes(key: _Key) -> Callable[[object], int]:
    return lambda self: hash(key(self))


@recursive_repr()
def _show(self: Any) -> str:  # noqa: ANN401 - any dataclass
    shown = [f"{it.name}={getattr(self, it.name)!r}" for it in fields(self) if it.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"
