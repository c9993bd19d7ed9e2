"""Which way mail leaves, by its URL: `smtp://`, `smtps://` or `folder:`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

from bot.postman import Mailer
from bot.settings import BadSettings, Settings

_WAYS: Final = {
    "smtp": "bot.connectors.mail.smtp",
    "smtps": "bot.connectors.mail.smtp",
    "folder": "bot.connectors.mail.folder",
}
"""The module for each kind of URL; its `mailer` makes one of the rest of the URL."""
OUTBOX: Final = "outbox"


def mailer(settings: Settings, *, company: str) -> Mailer:
    """
    Return what this desk's mail leaves by.

    :param company: the company's name, shown beside the address that mail comes from.
    :raises BadSettings: if the URL makes no sense.
    """
    url = settings.mail_url.get_secret_value().strip() or f"folder:{settings.home / OUTBOX}"
    scheme = url.partition(":")[0].lower()
    if scheme not in _WAYS:
        raise BadSettings("ARDESK_MAIL_URL should begin with smtp://, smtps:// or folder:.")
    way = importlib.import_module(_WAYS[scheme])
    made: Mailer = way.mailer(url, home=Path(settings.home), company=company)
    return made
