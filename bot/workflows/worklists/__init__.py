"""
Each agent's daily list: whom to call, in what order, and why (R77-R79, R83-R86, R91-R93, R163).

Facts come from one set-based query, a row a payer and currency; pure rules rank them into tiers
0-6. The list is made at shift start and posted; it is not cut at 75. Beside it stands the lane
of the 5-15 day window. A lead may pin, postpone and reorder for a day.
"""
