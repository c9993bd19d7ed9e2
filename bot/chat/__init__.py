"""
Talking with people, without saying through what.

Cards, forms, commands and the dialogs that answer. Nothing here knows Microsoft's SDK:
`bot.teams` carries these to and from Teams, and the tests carry them by hand.
"""
