"""
The channels that the desk may write to, each with what it is for.

A lead names one by saying there `use this channel for suspension` (or `team`, `billing`,
`support`, `tax`, `sales`). Until one is named, what would go there goes to the people in that
role, else to the leads.
"""
