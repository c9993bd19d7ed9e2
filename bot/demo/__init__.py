"""
The sample company, and a whole day at its desk on one machine.

`company` makes a book that looks like a real one from a fixed seed: a few hundred payers, some
with many sites, 18 months of invoices that end on a Monday morning, and for every agent
something of everything that the rulebook speaks of. It is written as the same CSV files that
anybody can import, and goes in through the ordinary import; what happened at the desk last week
goes in through the ordinary operations. `launcher` starts the bot and one local Teams client a
person; `guided` walks through the day in the terminal where that client cannot run.
"""
