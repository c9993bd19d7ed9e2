"""
The weekly suspension meeting (R80-R82, R168-R169).

Under the digest, participants propose per case: suspend, hold until a day, ask for a plan,
refer, close, release the notice that waits. What is proposed is frozen, and becomes a decision
when one of those who may decide it confirms it in line; never the one who proposed it. A no
needs a reason, and nobody's answer in time is a no. A decision is carried out: support is told
to suspend, the case rests, a task goes to who has to act. The next digest opens with what was
decided and is not carried out, by department. For a chair on a big screen, one case is shown at
a time.
"""
