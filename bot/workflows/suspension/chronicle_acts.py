"""What was done on a case: notices, part payments, support's orders, in its chronicle (R57)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from bot.store.audit import AuditEntry
from bot.workflows.correspondence.records import Mail, MailState
from bot.workflows.suspension import happenings
from bot.workflows.suspension.case_records import (
    NoticeState,
    OrderKind,
    OrderState,
    PartPayment,
    SupportOrder,
    SuspensionNotice,
)
from bot.workflows.suspension.chronicle_steps import Story
from bot.workflows.suspension.happenings import Happening

_ENDS: Final = {
    f"{kind} {state}": words
    for kind, state, words in (
        (OrderKind.SUSPEND, OrderState.REFUSED, "Not suspended"),
        (OrderKind.SUSPEND, OrderState.WITHDRAWN, "Support is not to suspend any more"),
        (OrderKind.RESTORE, OrderState.REFUSED, "Not restored"),
        (OrderKind.RESTORE, OrderState.WITHDRAWN, "Support is not to restore any more"),
    )
}
"""What the trail calls an order that ended without being carried out: when, it alone knows."""


def notices(story: Story) -> Iterator[Happening]:
    """Return the notices that were released, and those that came back."""
    released = select(SuspensionNotice).filter_by(
        case_id=story.case.id, state=NoticeState.RELEASED
    )
    found = story.session.scalars(released.order_by(SuspensionNotice.id)).all()
    keys = [notice.mail_key for notice in found]
    mails = {
        mail.key: mail for mail in story.session.scalars(select(Mail).where(Mail.key.in_(keys)))
    }
    for notice in found:
        if notice.released_at is None:
            continue
        mail = mails.get(notice.mail_key or "")
        stopped = mail is not None and mail.state is MailState.CANCELLED
        said = f"{notice.step.words.capitalize()} released, to {notice.to}"
        words = f"{said} (stopped before it left)" if stopped else said
        by = story.who(notice.released_by)
        yield Happening(at=notice.released_at, words=words, by=by)
        if mail is not None and mail.bounced_at:
            yield Happening(at=mail.bounced_at, words=f"The {notice.step.words} came back")


def part_payments(story: Story) -> Iterator[Happening]:
    """Return the part payments that were asked about, and what was decided."""
    asked = select(PartPayment).filter_by(case_id=story.case.id).order_by(PartPayment.id)
    for part in story.session.scalars(asked):
        words = f"Part payment of {part.received}, {part.left} unpaid: a decider is asked"
        yield Happening(at=part.asked_at, words=words)
        if part.decided_at:
            words, by = _decided(part), story.who(part.decided_by)
            yield Happening(at=part.decided_at, words=words, by=by)


def orders(story: Story) -> Iterator[Happening]:
    """Return what support was asked to do, and what it was not to do after all."""
    given = select(SupportOrder).filter_by(case_id=story.case.id).order_by(SupportOrder.id)
    known = {one.id: one for one in story.session.scalars(given)}
    sites = story.sites({one.customer_id for one in known.values()})
    together = defaultdict[tuple[object, ...], list[SupportOrder]](list)
    for one in known.values():
        together[one.asked_at, one.kind, one.why].append(one)
    for group in together.values():
        names = happenings.sites([sites[one.customer_id] for one in group])
        words = f"Support is to {group[0].kind} {names}: {happenings.on_a_line(group[0].why)}"
        by = story.who(group[0].asked_by)
        yield Happening(at=group[0].asked_at, words=words, by=by)
    yield from _ended(story, {f"support_order:{one.id}": one for one in known.values()}, sites)


def _ended(
    story: Story, known: dict[str, SupportOrder], sites: dict[int, str]
) -> Iterator[Happening]:
    entered = select(AuditEntry).where(AuditEntry.about.in_(known), AuditEntry.what.in_(_ENDS))
    together = defaultdict[tuple[object, ...], list[AuditEntry]](list)
    for entry in story.session.scalars(entered.order_by(AuditEntry.id)):
        together[entry.at, entry.what, entry.why].append(entry)
    for group in together.values():
        names = happenings.sites([sites[known[one.about].customer_id] for one in group])
        words = f"{_ENDS[group[0].what]}: {happenings.on_a_line(group[0].why)} ({names})"
        yield Happening(at=group[0].at, words=words, by=story.who(group[0].by))


def _decided(part: PartPayment) -> str:
    if part.restores is None:
        what = "The part payment is not to be decided any more"
    else:
        what = "Restored on part payment" if part.restores else "Kept suspended"
    return f"{what}: {happenings.on_a_line(part.reason)}" if part.reason else what
