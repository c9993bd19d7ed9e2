"""
Handing over at a shift's end (R161).

Shifts rotate, so whoever comes next gets one card: open call-backs, promises that fall due,
lines of the list that nobody touched, and cases in their two weeks. It goes to whoever calls
the payers on the next business day; where that is the same agent, they get it at their next
shift's start, and the lead at once. With nothing to hand over there is no card.
"""
