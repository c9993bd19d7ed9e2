"""
Monthly recurring revenue that is past due: who is called first, and who hears of it (R50-R53).

Payers with aged MRR invoices are called, those with 2 or more service months first (the lists
see to that). Then the escalation ladder: the lead at 15 days past due or one broken promise,
the collections manager at 31, the controller at 45. One step at a time, each recorded with why;
none is skipped because the desk was off: what was missed follows one a business day, in order.
A payer that had gone further when the desk first knew of it starts at the rung that fits. What
is disputed or on a kept plan does not count, nor what money on account covers, which is a task
to have applied: the ladder rests, and goes on if that money is gone. A promise does not stop
the ladder. It ends when the aged MRR is paid, and starts anew with the next.

Each person gets one card a day for all steps that are theirs; each step is a task with a due
date, to be taken and ended with a result.
"""
