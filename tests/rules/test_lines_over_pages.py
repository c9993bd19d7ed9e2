"""Lines that go on from page to page: none is lost, none is below the foot, none is alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as some

from bot.rendering import paper
from bot.rendering.flow import Line, block, paragraph, put
from bot.rendering.paper import BOTTOM, LINE, TOP, Page

AGAIN = -1
HIGH = 11.0
Drawn = list[tuple[int, int, float]]
"""Which line, on which page, at which height."""


def test_a_block_with_room_stands_on_one_page_without_its_name_again():
    drawn = put_all([lines(0, 10)])

    assert [which for which, _, _ in drawn] == list(range(10))


def test_a_block_that_is_longer_than_what_is_left_goes_on_under_its_name():
    drawn = put_all([lines(0, 40), lines(40, 40)])

    at = [which for which, _, _ in drawn].index(AGAIN)
    assert drawn[at - 1][1] == 1
    assert drawn[at][1:] == (2, TOP - 2 * LINE)
    assert drawn[at + 1][1:] == (2, TOP - 2 * LINE - HIGH)
    assert [which for which, _, _ in drawn if which != AGAIN] == list(range(80))


def test_a_heading_without_room_for_three_lines_more_waits_for_the_next_page():
    on_a_page = int((TOP - BOTTOM) // HIGH)

    drawn = put_all([lines(0, on_a_page - 3), lines(on_a_page - 3, 10)])

    assert {page for which, page, _ in drawn if which >= on_a_page - 3} == {2}
    assert AGAIN not in [which for which, _, _ in drawn]


def test_a_paragraph_is_parted_between_two_lines_and_two():
    ends = [
        [place for place, line in enumerate(paragraph([blank()] * n), 1) if line.may_end]
        for n in range(1, 7)
    ]

    assert ends == [[1], [2], [3], [2, 4], [2, 3, 5], [2, 3, 4, 6]]


@given(some.lists(some.tuples(some.integers(1, 90), some.integers(0, 200)), max_size=6))
def test_whatever_is_put_stands_once_in_order_above_the_foot(sizes: list[tuple[int, int]]):
    blocks, first = [], 0
    for head, rest in sizes:
        blocks.append(lines(first, head + rest, head=head))
        first += head + rest

    drawn = put_all(blocks)

    assert [which for which, _, _ in drawn if which != AGAIN] == list(range(first))
    assert all(BOTTOM <= y <= TOP for _, _, y in drawn)
    pages = [page for _, page, _ in drawn]
    assert pages == sorted(pages)


def put_all(blocks: Sequence[tuple[Sequence[int], int]]) -> Drawn:
    """Put blocks on paper, each its lines' numbers and how many of them are its heading."""
    drawn: Drawn = []
    paper.register()
    page = paper.begin(BytesIO(), title="", company="", heading="")
    again = Line(HIGH, partial(note, drawn, AGAIN))
    for which, head in blocks:
        each = [Line(HIGH, partial(note, drawn, one)) for one in which]
        put(page, block(each[:head], each[head:]), again=again)
    return drawn


def lines(first: int, count: int, *, head: int = 1) -> tuple[Sequence[int], int]:
    return range(first, first + count), head


def note(drawn: Drawn, which: int, page: Page) -> None:
    drawn.append((which, page.number, page.y))


def blank() -> Line:
    return Line(HIGH, lambda _: None)
