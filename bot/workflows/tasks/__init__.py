"""
Anything that somebody has to do by a day (R34, R111, R117, R154).

A task has an owner, or a role that owns it until somebody takes it, a due date, and ends with a
recorded result. What the desk cannot do by itself becomes one instead of a silence: a payer
without an address, a mail that bounced, a credit to apply, a question that stands in the way of
a final invoice (R43). The lead sees what is late.
"""
