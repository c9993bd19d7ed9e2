"""
Final invoices: that each was received and will be paid on time (R38-R49).

The month's finals work starts on the 6th business day, or on the day on which the lead or the
controller says that final invoicing for the prior month is complete, whichever comes first;
once a month, late rather than never. Every payer that received a final invoice dated in the
prior month is called and e-mailed: was it received, and does any question stand in the way of
paying it on time? Each question becomes an issue with an owner and a due date; when all are
solved the payer has confirmed. A dispute stands in the way until it is decided, and what was
granted is in the book. Final invoices of that month that arrive later join; older ones
are not confirmed again. At 5 and at 15 days past due each payer is called and e-mailed once
more: when will payment be received? Whoever's money on account covers what is past due is not
asked: to have it applied is a task, and the contact goes on once that money is gone. The lead
sees the funnel.

A call that is due stands on the agent's list as owed today (tier 0, R29) until somebody was
reached who can answer, until everything is paid, or until the next stage takes over.
"""
