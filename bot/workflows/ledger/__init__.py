"""
The book: invoices, credits, payments and their applications.

Each is an event with two times: when it took effect (what a report as of a date uses) and when
the desk learned of it. A balance on any date is a query over events. Credits arrive as
negative invoices. Money is in minor units; every sum is per currency.
"""
