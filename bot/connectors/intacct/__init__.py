"""
Sage Intacct's REST interface, version 1: what to ask for, and how to read what it answers.

Amounts are strings; credits are negative invoices; errors come with any HTTP status, sometimes
inside the result; unknown keys are ignored. A query has to ask for the customer and the
currency by name, else they are not in the answer.
"""
