"""The people of the sample company: who they are, where they sit, when they work."""

from __future__ import annotations

import uuid
from typing import Final

from bot.demo.rows import PersonRow

TENANT: Final = "5e1f0a66-0000-4000-8000-00000000a5d0"
"""The sample company's tenant."""

_ACCOUNTS: Final = uuid.UUID("5e1f0a66-0000-4000-8000-00000000acc0")


def _person(name: str, roles: str, *, time_zone: str = "America/New_York") -> PersonRow:
    mailbox = name.lower().replace(" ", ".")
    return PersonRow(
        entra_id=str(uuid.uuid5(_ACCOUNTS, mailbox)),
        name=name,
        email=f"{mailbox}@northgate.example",
        roles=roles,
        time_zone=time_zone,
    )


AGENTS: Final = (
    _person("Maria Santos", "agent", time_zone="Asia/Manila"),
    _person("Jose Reyes", "agent", time_zone="Asia/Manila"),
    _person("Liza Cruz", "agent", time_zone="Asia/Manila"),
    _person("Paolo Garcia", "agent", time_zone="Asia/Manila"),
)
"""Four agents in Manila who work New York hours."""

LEAD: Final = _person("Linda Marsh", "lead,meeting")
COLLECTIONS_MANAGER: Final = _person("Marcus Bell", "collections_manager,meeting")
ASSISTANT_MANAGER: Final = _person("Ada Price", "assistant_manager,delegate,meeting")
CONTROLLER: Final = _person("Carol Whitfield", "controller")
VP_FINANCE: Final = _person("Victor Hale", "vp_finance", time_zone="America/Chicago")

PEOPLE: Final = (
    *AGENTS,
    LEAD,
    COLLECTIONS_MANAGER,
    ASSISTANT_MANAGER,
    CONTROLLER,
    VP_FINANCE,
    _person("Sam Ortega", "support,meeting"),
    _person("Bea Lindqvist", "billing,meeting"),
    _person("Theo Grant", "tax"),
    _person("Nina Patel", "sales,meeting"),
    _person("Olive Tan", "auditor"),
)
