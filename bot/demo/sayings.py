"""What people said on the telephone last week."""

from __future__ import annotations

from typing import Final

VOICEMAILS: Final = (
    "Left a message for A/P with the total and my number.",
    "Voicemail of {contact}: asked to call back about the May invoice.",
    "Mailbox names {contact}; left the invoice numbers.",
)

RECEPTION: Final = (
    "The front desk says {contact} is in on Tuesdays and Thursdays only.",
    "Spoke to reception; {contact} is on leave until Wednesday, nobody else pays bills.",
    "The night auditor answered: A/P moved to the head office, same number.",
    "{contact} was in a meeting; left word to call me.",
)

REFUSALS: Final = (
    "{contact} will not pay before the router on the third floor is fixed.",
    "{contact} says their owner releases nothing this week and would not name a day.",
    "{contact} wants the May credit applied first and hung up.",
)

CALL_BACKS: Final = (
    "{contact} asked to be called on Monday morning, with the statement open.",
    "{contact} is closing the month; call Monday, she will have the check run in front of her.",
    "{contact} needs to see the purchase order first; agreed on Monday.",
)

PROMISES: Final = (
    "{contact} puts it into Wednesday's run.",
    "{contact}: approved, the ACH goes out on Wednesday.",
    "{contact} has the signature, pays mid-week.",
)

BROKEN: Final = (
    "{contact} said the check goes out on the 1st without fail.",
    "{contact} promised the first of the month; their owner signs then.",
)

NOTES: Final = (
    "Owner changed in April; the new A/P wants W-9 and all open invoices once more.",
    "Pays after the third call every month, in full.",
    "Says the May invoice never came; resent on Friday, waiting for the confirmation.",
    "Corporate approves above $5,000.00 only on Mondays; asked for this week's run.",
)
