"""
Figures as of any date: aging, who is past due, DSO (R90-R91).

Each uses only what had happened by that date, one figure a currency. DSO is named with its
variant: countback, simple over 90 days, best possible.
"""
