"""
Statements (R35–R37): what a payer owes, to the payer, once a month.

On the 15th (the 14th if that is a Saturday, the 16th if it is a Sunday) every payer with
anything open gets one statement: a line for each open item, credits, what is disputed, sums for
each account and by age, how to pay, and whom to ask. A month's run happens once, late rather
than never, whatever crashes meanwhile; who was left out is recorded with the reason. What was
sent is kept line by line, so a statement can be shown as it was posted and as of any day by
what is known now.
"""
