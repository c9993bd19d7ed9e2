"""
Calls and what came of them (R1, R6, R9-R11, R83-R84, R129, R164).

One call is to a payer and logs all its sites. Up to three attempts a day until reached, across
agents, at least two hours apart. Every outcome can be undone by its author for ten minutes.
"""
