"""The desk's other systems: files, Sage Intacct, mail."""
