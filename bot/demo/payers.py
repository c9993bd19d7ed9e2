"""The sample company's payers and their sites."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from typing import Final

from bot.demo import names
from bot.demo.cast import AGENTS
from bot.demo.names import Town
from bot.demo.rows import CustomerRow
from bot.demo.stories import LATE_COMERS, PORTFOLIO, UNASSIGNED, Story
from bot.kernel.shapes import dataclass

_TERMS: Final[dict[Story, tuple[int, ...]]] = {
    Story.WINDOW: (30, 30, 30, 60, 0),
    Story.LATE: (15, 20, 45),
    Story.CROSSING: (10,),
    Story.TWO_MONTHS: (30, 30, 15),
    Story.BROKEN: (30, 15),
    Story.SITES: (30,),
}
"""Days to pay, so that what is left unpaid has the age that the story wants."""

_USUAL_TERMS: Final = (30, 30, 30, 15, 45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An account that is billed, and its monthly charge in cents."""

    number: str
    name: str
    label: str
    town: Town
    monthly: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays, for one site or many."""

    number: str
    name: str
    story: Story
    agent: str
    town: Town
    terms: int
    months_billed: int
    """1, or 3 for those who are billed by the quarter."""
    sites: tuple[Site, ...]
    """Only itself, unless it has many."""


def payers(seed: int) -> tuple[Payer, ...]:
    """Return all payers, the portfolios mixed as they would be in a source system."""
    told = [(agent.email, story) for agent in AGENTS for story in _portfolio()]
    told += [("" if n else "r.gone@northgate.example", s) for n, s in enumerate(UNASSIGNED)]
    Random(f"{seed}/order").shuffle(told)
    told += [(agent.email, story) for agent in AGENTS for story in LATE_COMERS]
    taken: set[str] = set()
    return tuple(_payer(seed, n, told=one, taken=taken) for n, one in enumerate(told, start=1))


def customer_rows(seed: int, payer: Payer) -> Iterator[CustomerRow]:
    """Return the payer's row, and one for each of its sites."""
    rng = Random(f"{seed}/contact/{payer.number}")
    brand = rng.choice(names.BRANDS) if len(payer.sites) > 1 or rng.random() < 0.1 else ""
    partner = rng.choice(names.PARTNERS) if rng.random() < 0.15 else ""
    contact = f"{rng.choice(names.FIRST_NAMES)} {rng.choice(names.LAST_NAMES)}"
    payable = CustomerRow(
        customer_id=payer.number,
        name=payer.name,
        agent=payer.agent,
        email="" if payer.story is Story.NO_EMAIL else f"ap@{_slug(payer.name)}.example",
        phone=_phone(rng, payer.town),
        time_zone=payer.town.time_zone,
        sales_partner=partner,
        payer_id="",
        site="",
        contact_name=contact,
        state=payer.town.state,
        brand=brand,
        flags=_FLAGS.get(payer.story, ""),
    )
    yield payable
    for site in payer.sites:
        if site.number != payer.number:
            yield _site_row(payable, site)


_THREE: Final = 3
_FLAGS: Final = {Story.LEGAL: "legal_hold", Story.CONSUMER: "sole_proprietor"}


def _portfolio() -> list[Story]:
    return [story for story, count in PORTFOLIO.items() for _ in range(count)]


def _payer(seed: int, n: int, *, told: tuple[str, Story], taken: set[str]) -> Payer:
    agent, story = told
    number = f"C{10_000 + n * 7}"
    rng = Random(f"{seed}/payer/{number}")
    town = rng.choice(names.ABROAD if rng.random() < 0.05 else names.TOWNS)
    is_group = rng.random() < 0.09 or story is Story.SITES
    name = _group_name(rng, taken) if is_group else _name(rng, town, taken)
    most = _THREE if story is Story.SITES else None
    alone = Site(number=number, name=name, label="", town=town, monthly=_monthly(rng))
    return Payer(
        number=number,
        name=name,
        story=story,
        agent=agent,
        town=town,
        terms=rng.choice(_TERMS.get(story, _USUAL_TERMS)),
        months_billed=3 if story is Story.PROMPT and rng.random() < 0.2 else 1,
        sites=_sites(rng, number, name, town)[:most] if is_group else (alone,),
    )


def _sites(rng: Random, number: str, name: str, home: Town) -> tuple[Site, ...]:
    near = [town for town in (*names.TOWNS, *names.ABROAD) if town.currency == home.currency]
    towns = rng.sample(near, min(rng.randint(3, 12), len(near)))
    return tuple(
        Site(
            number=f"{number}-{n:02d}",
            name=f"{name.rsplit(' ', 1)[0]} {town.name}",
            label=f"{town.name}, {town.state}".rstrip(", "),
            town=town,
            monthly=_monthly(rng),
        )
        for n, town in enumerate(towns, start=1)
    )


def _site_row(payable: CustomerRow, site: Site) -> CustomerRow:
    return CustomerRow(
        customer_id=site.number,
        name=site.name,
        agent=payable.agent,
        email=payable.email,
        phone="",
        time_zone=site.town.time_zone,
        sales_partner=payable.sales_partner,
        payer_id=payable.customer_id,
        site=site.label,
        contact_name="",
        state=site.town.state,
        brand=payable.brand,
        flags="",
    )


def _name(rng: Random, town: Town, taken: set[str]) -> str:
    patterns = rng.choices(list(names.SECTORS.values()), weights=(45, 20, 12, 13, 10))[0]
    return _fresh(rng, patterns, town=town.name, taken=taken)


def _group_name(rng: Random, taken: set[str]) -> str:
    return _fresh(rng, names.GROUPS, town="", taken=taken)


def _fresh(rng: Random, patterns: tuple[str, ...], *, town: str, taken: set[str]) -> str:
    while True:
        name = rng.choice(patterns).format(proper=rng.choice(names.PROPER), town=town)
        if name not in taken:
            taken.add(name)
            return name


def _monthly(rng: Random) -> int:
    dollars = math.exp(rng.uniform(math.log(140), math.log(2_600)))
    return int(dollars * 20) * 5


def _phone(rng: Random, town: Town) -> str:
    extension = f" ext. {rng.randint(100, 899)}" if rng.random() < 0.4 else ""
    return f"{town.dialled} 555 01{rng.randint(0, 99):02d}{extension}"


def _slug(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
