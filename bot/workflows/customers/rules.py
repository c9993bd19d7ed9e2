"""Whose payer is whose."""

from __future__ import annotations

from bot.kernel.errors import Refused


class NotYourPortfolio(Refused):
    """The payer belongs to somebody else, and the person is not a lead or above."""


class NoSuchCustomer(Refused):
    """No customer has that number."""
