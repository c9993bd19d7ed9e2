"""
Payers and their accounts.

A payer is who pays and is called; it may have many accounts (sites). A customer without a
payer named is its own payer. Calls, attempts, the 75 and e-mails are per payer; what is owed
stands per account. New contact data is captured in the conversation and keeps the old value.
"""
