"""Gathering what happened on a case: steps, calls, holds, reports, orders (R70-R82, R168)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from bot.policy import Policy
from bot.workflows.suspension import (
    chronicle_acts,
    chronicle_steps,
    chronicle_words,
    happenings,
    queries,
)
from bot.workflows.suspension.chronicle_steps import Story
from bot.workflows.suspension.happenings import Happening


def of(
    session: Session, case_id: int, *, on: date, policy: Policy, more: Iterable[Happening] = ()
) -> list[Happening]:
    """
    Return what had happened on a case by the end of a day, the newest first.

    :param more: what others know of it, such as the meeting's decisions.
    """
    story = Story(session, queries.get(session, case_id), policy)
    happened = (
        *chronicle_words.reports(story),
        *chronicle_words.extensions(story),
        *more,
        *chronicle_words.holds(story),
        *chronicle_words.legal_holds(story),
        *chronicle_words.over(story, on=on),
        *chronicle_acts.notices(story),
        *chronicle_acts.part_payments(story),
        *chronicle_acts.orders(story),
        *chronicle_steps.steps(story),
    )
    return happenings.told(
        (one for one in happened if policy.company_date(one.at) <= on),
        (call for call in chronicle_steps.calls(story) if policy.company_date(call.at) <= on),
        zone=policy.zone,
    )
