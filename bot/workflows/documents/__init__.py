"""
Documents that customers ask for (R3, R12–R14): an invoice copy, a statement, how to pay.

One tap orders one; it is drawn and mailed within moments, beside the press. Who asked for what,
and when it was sent, is kept. These mails do not count for the payer's one mail of the day. A
second tap within minutes sends nothing again, and says when the first went.
"""
