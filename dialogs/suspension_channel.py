"""What is said in the meeting's channel, and naming that channel (R80, R82, R169)."""

from __future__ import annotations

import re
from typing import Final

from bot.chat.card import Card, Text
from bot.chat.dialog import Dialog, Turn
from bot.chat.inbound import SpotKind
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.workflows.channels import queries as channels
from bot.workflows.channels.records import Channel, Purpose
from bot.workflows.customers import queries as customers
from bot.workflows.people.rules import EVERYBODY, LEADS
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import meetings, operations, posting, queries
from bot.workflows.suspension.operations import Words
from bot.workflows.suspension.records import SuspensionCase
from dialogs import case_files
from dialogs import suspension_head as heads
from dialogs.channels import name_here
from dialogs.suspension import COMMENTERS

dialog: Final[Dialog] = Dialog("suspension_channel")

_NUMBERED: Final = re.compile(r"#?(\d{1,9})(?!\d)[\s:.,;–-]*(.*)", re.DOTALL)
_ANYWHERE: Final = re.compile(r"\bcase\s*#?\s*(\d{1,9})(?!\d)", re.IGNORECASE)


class NotUnderstood(Refused):
    """What was said needs other words."""


@dialog.says(
    "case NUMBER: WORDS",
    help="comment on a suspension case, or see it",
    roles=EVERYBODY,
    is_public=True,
)
def say_case(turn: Turn) -> Card:
    """Keep what is said about a case by its number; without words, show the case (R169)."""
    match = _NUMBERED.fullmatch(turn.words.strip())
    if match is None:
        raise NotUnderstood("Say it with the case's number: “case 12: hold until Friday”.")
    case = queries.by_number(turn.session, int(match[1]))
    words = match[2].strip()
    return _kept(turn, case, words) if words else _seen(turn, case)


@dialog.says(
    "use this channel for suspension", help="post the digest here", roles=LEADS, is_public=True
)
def use_channel(turn: Turn) -> Card:
    """Let the digest go to this channel from now on (R80)."""
    channel = name_here(turn, Purpose.SUSPENSION)
    _catch_up(turn, channel)
    meeting = meetings.next_digest(turn.now, turn.policy)
    zone = turn.policy.zone
    digest = wording.moment(meeting.digest_at, zone, today=turn.today)
    starts = wording.moment(meeting.starts_at, zone, today=turn.today)
    return Card(
        title="This channel is for the suspension meeting now",
        body=(
            Text(
                text=f"The digest is posted here before each weekly meeting, the next one "
                f"{digest} for the meeting of "
                f"{starts}."
            ),
            Text(text=heads.HOW_TO_SPEAK, size="small", is_subtle=True),
        ),
    )


@dialog.otherwise_in(SpotKind.CHANNEL)
def other_words(turn: Turn) -> Card:
    """Keep what names exactly one case, or turn to the next; else say what can be said."""
    numbers = set(_ANYWHERE.findall(turn.words))
    if len(numbers) == 1:
        case = queries.by_number(turn.session, int(numbers.pop()))
        return _kept(turn, case, turn.words)
    return Card(
        title="I did not understand that",
        body=(
            Text(text="Here I keep comments on suspension cases, by number."),
            Text(text="“case 12: hold until Friday” keeps a comment; “case 12” shows it."),
            Text(text="“digest” shows the last digest, “next” the next case, one at a time."),
            Text(text="For your list, write to me directly."),
        ),
    )


@dialog.greets(roles=EVERYBODY)
def greet(turn: Turn) -> Card | None:
    """Offer the digest again in its channel."""
    channel = channels.named(turn.session, Purpose.SUSPENSION)
    digest = digests.latest(turn.session)
    if channel is None or digest is None:
        return None
    if channel.conversation_id != turn.spot.conversation_id:
        return None
    return heads.head(turn.view(digest.id), digest)


def _kept(turn: Turn, case: SuspensionCase, words: str) -> Card:
    if not turn.who.roles & COMMENTERS:
        raise NotUnderstood("Auditors read the digest and change nothing.")
    spot = turn.spot
    origin = f"{spot.conversation_id};{spot.message_id}" if spot.message_id else turn.fresh
    said = Words(text=words, by=turn.who, at=turn.now, origin=origin)
    operations.comment(turn.session, case, said)
    name = customers.get(turn.session, case.payer_id).name
    return Card(
        title=f"Kept as a comment on case {case.number} · {name}",
        body=(Text(text=f"“{words}” {turn.who.name}"),),
    )


def _seen(turn: Turn, case: SuspensionCase) -> Card:
    return case_files.shown(turn, case.id)


def _catch_up(turn: Turn, channel: Channel) -> None:
    """Bring this week's digest here, too, if it went out before the channel was named."""
    digest = digests.latest(turn.session)
    due = meetings.with_digest_due(turn.now, turn.policy)
    if digest and digest.meeting_on == due.day and turn.now <= due.digest_until:
        posting.post_here(turn.session, digest, channel, at=turn.now, until=due.digest_until)
