"""
What must be true after every day, by code that shares nothing with what it checks.

It reads the bare tables, what was delivered, and the simulation's own book; the desk's own
queries are not asked.
"""
