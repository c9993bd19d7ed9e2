"""What the local Teams client is told about who sits in front of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from bot.kernel.shapes import dataclass

BOT_ID: Final = "28:5e1f0a66-0000-4000-8000-0000000000b0"
BOT_NAME: Final = "AR Desk"
CHANNEL: Final = "Suspension meeting"
FILE: Final = ".m365agentsplayground.yml"
_OTHERS: Final = 5
"""The client wants exactly so many people beside the one who is signed in."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's Microsoft account."""

    entra_id: str
    name: str
    email: str

    @property
    def key(self) -> str:
        """Return a short name for files and ids."""
        return re.sub(r"[^a-z0-9]+", "-", self.email.partition("@")[0].lower()) or "somebody"


def written(me: Account, others: Sequence[Account], *, tenant: str) -> str:
    """
    Return the client's configuration file: JSON, which is YAML, too.

    Chats, team and channel carry the person's name in their ids, because every instance is a
    Teams of its own and the bot must not mistake one's channel for another's.
    """
    known = [one for one in others if one.entra_id != me.entra_id]
    fillers = [_filler(n) for n in range(_OTHERS)]
    config = {
        "version": "0.1.1",
        "tenantId": tenant,
        "bot": {"id": BOT_ID, "name": BOT_NAME},
        "currentUser": _user(me),
        "users": [_user(one) for one in [*known, *fillers][:_OTHERS]],
        "personalChat": {"id": f"a:1personal-{me.key}"},
        "groupChat": {"id": f"19:leads-{me.key}@thread.v2", "name": "AR leads"},
        "team": _team(me),
    }
    return json.dumps(config, indent=2) + "\n"


def _team(me: Account) -> dict[str, Any]:
    return {
        "id": f"19:team-{me.key}@thread.tacv2",
        "name": "Credit and Collections",
        "aadGroupId": "5e1f0a66-0000-4000-8000-0000000000c0",
        "channels": [{"id": f"19:suspension-{me.key}@thread.tacv2", "name": CHANNEL}],
    }


def _user(account: Account) -> dict[str, str]:
    first, _, last = account.name.partition(" ")
    return {
        "id": f"29:1{account.key}",
        "name": account.name,
        "userPrincipleName": account.email,
        "aadObjectId": account.entra_id,
        "givenName": first,
        "surname": last or first,
        "email": account.email,
    }


def _filler(n: int) -> Account:
    name = f"Colleague {n + 1}"
    entra_id = f"5e1f0a66-0000-4000-8000-0000000000f{n}"
    return Account(entra_id, name, f"colleague{n + 1}@northgate.example")
