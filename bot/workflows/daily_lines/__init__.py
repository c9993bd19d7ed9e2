"""
The daily line (R4, R17, R90-R93).

At the end of each business day, before the day's mail leaves, the team's channel gets the day
in words and figures: payers tried and reached per agent, promises made and kept, the +31 total
against its limit with what crosses it by the next business day, how much of the 5-15 day
window was reached, cases, disputes, DSO. It is frozen as it was posted; the same figures can be
asked for any day by what is known now. A day on which the +31 total stands at or above its
limit, management is told that day, once. A line that could not be posted before the next
opening is recorded as missed, and the lead told. At the week's end its days, as they were
posted, are added up in one report (R5, R142).
"""
