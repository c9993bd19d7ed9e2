"""
Promises to pay (R47, R107).

A promise names invoices, an amount and a day at most 14 days out. It is kept when the money is
in by the end of that day plus the grace, else partly kept or broken. Until its day the promised
amount is left out of what ranks a payer; a second broken promise no longer pauses calls. Where
money goes back that had kept one, it is judged again.
"""
