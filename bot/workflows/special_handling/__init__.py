"""
What keeps a payer from being worked as usual.

The exception list (R118, R130): customer or sales partner, rule, owner, reason, expiry.
Referrals to third-party collections (R105). Legal holds: bankruptcy, attorney, change of
ownership, contract cure period, never-suspend: calls and mail stop at once and the controller
is told.
"""
