"""Why an arriving request is turned away, with the HTTP status that says so."""

from __future__ import annotations


class TurnedAway(Exception):  # noqa: N818 - reads as what happened
    """A request that never reaches the bot; the message goes to the log, not to the caller."""

    status = 400


class Malformed(TurnedAway):
    """The body is no activity."""


class TooSlow(TurnedAway):
    """The body did not arrive in time."""

    status = 408


class NotJson(TurnedAway):
    """The body is declared as something else than JSON in UTF-8."""

    status = 415


class NotAuthentic(TurnedAway):
    """The token is missing or is not a Bot Connector token for this bot."""

    status = 401


class NotAdmitted(TurnedAway):
    """The token is good, but not for this activity, channel, tenant or host."""

    status = 403
