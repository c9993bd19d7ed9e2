"""The sample company, and `ardesk demo`."""
