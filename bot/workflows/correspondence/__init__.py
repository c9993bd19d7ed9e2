"""
E-mail to customers: one mail a payer and day, kept with the account (R8, R85).

What lists and processes have to say to a payer on a day are *parts* of that day's one mail: the
confirmation of a final invoice, the follow-up after a third miss. Statements, replies, receipts
and documents that were asked for do not count, and a suspension notice always goes alone.

A mail is `open` while parts may join; `held` until the lead releases its process on a fresh
book (go-live); `due` when its text is fixed; then the postman sends it. What may have left and
is not known to have (I23) is `unknown` and never sent again by itself. A refused address or a
bounce becomes a task. A payer without an address becomes a task, not a silence.
"""
