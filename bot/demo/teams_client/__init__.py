"""
Microsoft's local Teams client (the Microsoft 365 Agents Playground), one instance a person.

It comes from npm on the first run and is never part of the desk: its licence allows using it
to try things out, not passing it on. It is told to reach nothing beyond this machine.
"""
