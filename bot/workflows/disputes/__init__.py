"""
Disputes (R18-R19, R55, R115-R116, R165).

A dispute names invoices and amounts, a reason code, a description, the customer's contact and
the department that owns the answer. The lead is told at once. What is disputed leaves the
ranking and stays in aging; the undisputed rest goes on.
"""
