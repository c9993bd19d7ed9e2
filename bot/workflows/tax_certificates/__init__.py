"""
Tax-exempt certificates on hand: jurisdiction, validity, file (R44, R134).

A corrected invoice without tax needs one that is valid. Before one runs out, and while final or
MRR invoices are open that it bears on, somebody is told to get the next one.
"""
