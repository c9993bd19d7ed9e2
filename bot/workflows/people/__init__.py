"""
Who works at the desk, in what role, in which time zone and shift.

A person is known by tenant id and Entra object id, never by a display name. Absences name who
covers; delegations name who may decide fee waivers in somebody's place.
"""
