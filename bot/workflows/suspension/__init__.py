"""
Suspension of services (R49, R53, R56-R60, R70-R82, R168-R169).

A payer with an undisputed invoice more than 30 days past due has a case, with a number that
people can say. Its **file** follows from what really happened, account by account: `watch`, the
first, second and final notice (days 0, 7, 12), `ready` on day 14 with all its evidence, then
`suspended` and `restored` when support confirms. Notices are drafted in the locked wording and
leave only when a lead releases each (`notices`, `releasing`); what bears on a case is told to
management at once (`reports`); a later date is asked for (`extensions`); what support has to do
is an order with a last check (`orders`, `confirming`); money that comes in or goes back is
followed (`restoring`, `part_payments`). The rules are pure (`ladder`, `contacts`, `readiness`);
`facts` gathers what they need, and `case_files` is what people read.

A business day before the weekly meeting each agent is shown the cases whose
note is older than the last meeting, and writes one. Two hours before the meeting the digest is
posted to its channel: cases, amounts, ages, contacts so far, last notes, and what changed since
the last one. In the meeting's thread people comment case by case.
"""
