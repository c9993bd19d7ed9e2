"""The desk's memory: the database, the cards it owes people, the runs, and the audit trail."""
