"""A request as one person sees it: what a card about it is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.chat.card import Button, Style
from bot.chat.dialog import View
from bot.kernel import wording
from bot.kernel.shapes import dataclass
from bot.workflows.approvals import queries as requests
from bot.workflows.approvals.records import Approval, ApprovalEvent, ApprovalVersion
from bot.workflows.approvals.rules import NAMES, ApprovalState
from bot.workflows.customers import queries as customers
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A request, and who looks at it."""

    view: View
    viewer: Member
    approval: Approval
    current: ApprovalVersion
    events: list[ApprovalEvent]
    names: Mapping[int, str]

    @property
    def is_mine(self) -> bool:
        """Test if the viewer asked for this."""
        return self.viewer.id == self.approval.asked_by

    @property
    def may_decide(self) -> bool:
        """Test if the viewer may decide this now."""
        waits = self.approval.state is ApprovalState.WAITING
        return waits and requests.is_for(
            self.view.session, self.approval, self.viewer, on=self.view.today
        )

    @property
    def title(self) -> str:
        """What it is, and for whom."""
        payer = customers.get(self.view.session, self.approval.payer_id)
        return f"{NAMES[self.approval.kind].capitalize()}: {payer.name}"

    def name(self, person_id: int | None) -> str:
        """Return a person's name."""
        return "The desk" if person_id is None else self.names[person_id]

    def when(self, moment: datetime) -> str:
        """Return a moment in the viewer's time zone."""
        return wording.moment(moment, self.viewer.zone, today=self.view.today)

    def button(self, title: str, verb: str, style: Style = "default") -> Button:
        """Return a button that names exactly what the card shows (I11)."""
        return Button(
            title=title,
            verb=verb,
            about=self.approval.id,
            version=self.approval.version,
            fixed={"hash": self.current.hash},
            style=style,
        )


def of(view: View, approval: Approval) -> Sheet:
    """Return the request as the person sees it in whose chat it stands."""
    events = requests.events(view.session, approval)
    current = requests.standing_version(view.session, approval)
    known = {approval.asked_by, approval.decided_by, current.author_id}
    return Sheet(
        view=view,
        viewer=viewer_of(view),
        approval=approval,
        current=current,
        events=events,
        names=requests.named(view.session, known | {event.by for event in events}),
    )


def viewer_of(view: View) -> Member:
    """Return the person in whose chat the card stands."""
    kind, _, number = str(view.place).partition(":")
    if kind != "person":
        raise LookupError(f"{view.place} is nobody's own chat")
    return people.get(view.session, int(number))
