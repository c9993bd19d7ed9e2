"""What stands in an empty input is read whole: it has one line, and is cut where that ends."""

from __future__ import annotations

from collections.abc import Iterator

import dialogs
from bot.chat.form import Form, TextField

FITS = 41
"""Characters of a hint that an input of a phone's card shows."""


def forms(of: type[Form] = Form) -> Iterator[type[Form]]:
    for form in of.__subclasses__():
        yield form
        yield from forms(form)


def test_a_hint_fits_into_its_input():
    assert dialogs.DIALOGS
    fields = [field for form in forms() for field in form.fields]
    lines = [one for one in fields if isinstance(one, TextField) and one.lines == 1]

    assert len(lines) > 10
    assert [one.hint for one in lines if len(one.hint) > FITS] == []
