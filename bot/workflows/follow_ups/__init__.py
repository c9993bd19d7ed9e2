"""
Follow-up e-mails to payers that were tried and not reached (R85).

After the third miss, or at shift end for those tried and not reached, an e-mail is drafted: one
a payer, covering all its past-due invoices but what is disputed, promised or on a plan. At the
shift's end the agent gets one card: send all, look first, or leave. Who is reached after all
gets no e-mail, and its draft again when that is undone; a miss that is undone takes its draft
back. A payer without an address becomes a task.
"""
