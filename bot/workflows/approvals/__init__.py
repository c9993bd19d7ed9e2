"""
Asking for what is not ours to give, and the written answer (R61-R69, R155, R166-R167).

The default answer is no. What is asked for is frozen when it is asked, text and figures, and a
decision binds to exactly that version. The one who asks never decides; there is one decision.
A decider may ask a question, or write a counter-offer: a new frozen version that the requester
takes to the customer, and that is approved, in its author's name, when the customer accepts.
Nobody's answer within two business days is a no; deciders are reminded before.

This package knows who may decide and keeps what was said. What a yes sets in motion belongs to
the workflow that asked (`fee_waivers`, `payment_plans`).
"""
