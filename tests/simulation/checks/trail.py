"""The trail, entry by entry, by code of the simulation's own."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.simulation.checks.raw import Tables, as_moment


@dataclass
class Trail:
    """How far the chain was followed."""

    last: int = 0
    mac: str = "0" * 64

    def check(self, found: Tables, key: bytes) -> Iterator[str]:
        """Follow the chain on from where the last look ended."""
        names = ("id", "at", "by", "what", "about", "before", "after", "why")
        for *cells, mac in found.rows(
            'SELECT id, at, "by", what, about, before, after, why, mac FROM audit_entries '
            "WHERE id > :last ORDER BY id",
            last=self.last,
        ):
            row = dict(zip(names, cells, strict=True))
            row["at"] = as_moment(row["at"]).timestamp()
            words = json.dumps(row, sort_keys=True, separators=(",", ":"))
            wanted = hmac.new(key, f"{self.mac}|{words}".encode(), hashlib.sha256).hexdigest()
            if row["id"] != self.last + 1:
                yield f"entry {self.last + 1} is missing"
            if wanted != mac:
                yield f"entry {row['id']} ({row['what']}) does not follow from the one before"
            self.last, self.mac = int(row["id"]), str(mac)
        head = found.rows("SELECT last, mac FROM audit_head")
        if head and (int(head[0][0]), head[0][1]) != (self.last, self.mac):
            yield f"the head says {head[0][0]}, the last entry is {self.last}"
