"""
Bringing the company's own book in: invoices, customers, payments, people (I14, I18).

A file is read row by row; each cell is checked once and all problems of a row are listed. Rows
with an error are left out, the others accepted, and the totals of both add up to the file. What
is accepted is first put aside, where it blocks nobody; then it is merged in short slices, so
that presses go on, and becomes visible at once: new invoices stay out of sight until the last
transaction, which also brings in what changed. A stopped import leaves nothing that anybody
sees, and the next one clears up after it.

Two things come in slices that can each be seen: more than 20,000 changed invoices in one file,
and more than 5,000 payments. Every slice is whole in itself, so balances always add up.

The same file a second time changes nothing. A changed row is kept as it was, with when the
change took effect and when the desk learned of it: a settlement takes effect on its day, any
other change is a correction and holds from the invoice's own date.
"""
