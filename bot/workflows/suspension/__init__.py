"""
Suspension of services (R49, R70-R82, R168-R169).

A payer with an undisputed invoice more than 30 days past due has a case, with a number that
people can say. A business day before the weekly meeting each agent is shown the cases whose
note is older than the last meeting, and writes one. Two hours before the meeting the digest is
posted to its channel: cases, amounts, ages, contacts so far, last notes, and what changed since
the last one. In the meeting's thread people comment case by case.
"""
