"""
Microsoft Teams: the only package that imports the Bot Framework.

What arrives is read as one sane JSON object (`bodies`), proved to come from Microsoft for this
bot and this company (`verify`, `keys`, `hosts`), told in the desk's own words (`activities`),
and answered by the switchboard through the SDK's turn (`adapter`, `handler`, `voice`). What the
desk owes leaves through the courier's messenger (`messenger`, `addresses`) and one connection
pool (`connector`, `tokens`), where each failure is named for what it means. `seam` puts it all
together, `server` is the door. A move to another SDK changes `adapter` and `handler` alone.
"""
