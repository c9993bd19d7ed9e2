"""Roles, members, and when their shifts are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot.kernel.errors import Refused
from bot.kernel.shapes import value

_INSTANTS: Final = 4096
"""Kept of those found last: a look at the shifts asks for the same ones each minute."""


class Role(StrEnum):
    """What a person is at the desk (RULEBOOK, Who is who)."""

    AGENT = "agent"
    LEAD = "lead"
    COLLECTIONS_MANAGER = "collections_manager"
    ASSISTANT_MANAGER = "assistant_manager"
    CONTROLLER = "controller"
    VP_FINANCE = "vp_finance"
    DELEGATE = "delegate"
    SUPPORT = "support"
    BILLING = "billing"
    TAX = "tax"
    SALES = "sales"
    MEETING = "meeting"
    AUDITOR = "auditor"


PRINCIPALS: Final = frozenset({Role.CONTROLLER, Role.VP_FINANCE})
"""Who decides plans, waivers and extensions."""

LEADS: Final = frozenset(
    {Role.LEAD, Role.COLLECTIONS_MANAGER, Role.ASSISTANT_MANAGER, *PRINCIPALS}
)
"""A lead or above: sees every portfolio and may act on it."""

AT_THE_DESK: Final = frozenset({Role.AGENT, *LEADS})
"""Who works accounts from chat."""

EVERYBODY: Final = frozenset(Role)


class NotForYou(Refused):
    """The person's role does not allow it."""


@value(frozen=True, slots=True, kw_only=True)
class Member:
    """A person at the desk."""

    id: int
    name: str
    email: str
    roles: frozenset[Role]
    time_zone: str
    shift_start: time
    shift_end: time
    shift_zone: str

    @property
    def is_lead(self) -> bool:
        """Test if the person is a lead or above."""
        return bool(self.roles & LEADS)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown to them."""
        return ZoneInfo(self.time_zone)

    def shift_on(self, day: date) -> tuple[datetime, datetime]:
        """
        Return when their shift of that (shift zone) day starts and ends, in UTC (R112, R161).

        A shift that ends at or before its start ends the next day. A time that a DST day
        repeats means its first instant; one that it skips, the first valid instant after.
        """
        return shift_between(self.shift_start, self.shift_end, ZoneInfo(self.shift_zone), day)


def shift_between(
    start: time, end: time, zone: ZoneInfo, day: date
) -> tuple[datetime, datetime]:
    """Return when a shift of a day with these hours starts and ends (`Member.shift_on`)."""
    last = day if end > start else day + timedelta(days=1)
    return instant(day, start, zone), instant(last, end, zone)


@lru_cache(maxsize=_INSTANTS)
def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """
    Return the first valid instant, in UTC, at which a zone's clock shows that time that day.

    Where DST skips the time, the result is the moment of the jump.
    """
    naive = datetime.combine(day, at)
    early = naive.replace(tzinfo=zone, fold=0)
    moment = early.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == naive:
        return moment
    gap = naive.replace(tzinfo=zone, fold=1).utcoffset()
    before = early.utcoffset()
    assert gap is not None
    assert before is not None
    return _jump(moment, zone, abs(before - gap))


def check_role(member: Member, roles: frozenset[Role], *, what: str) -> None:
    """
    Check that the person has one of the roles.

    :raises NotForYou: naming `what` is refused and who may do it.
    """
    if not member.roles & roles:
        named = ", ".join(sorted(map(role_words, roles), key=str.casefold))
        raise NotForYou(f"{what} is for: {named}.")


def role_words(role: Role) -> str:
    """Return a role as people say it: `VP Finance`, `collections manager`."""
    return "VP Finance" if role is Role.VP_FINANCE else role.value.replace("_", " ")


def _jump(moment: datetime, zone: ZoneInfo, width: timedelta) -> datetime:
    low, high = moment - width, moment
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
