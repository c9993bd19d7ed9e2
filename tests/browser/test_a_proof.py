"""
A file handed over in the real local Teams client, as far as it goes there.

The client has no paper clip: so the message with a file is given to the desk as Teams would
send it, in the person's own chat, and what the desk answers is seen and pressed in the client.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.conftest import Opens, Show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WIRE = b"%PDF-1.7 a wire of $1,000.00"
KIND = "application/vnd.microsoft.teams.file.download.info"


class _Share(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(WIRE)))
        self.end_headers()
        self.wfile.write(WIRE)

    def log_message(self, format: str, *given: object) -> None:
        """Say nothing of each request."""


@pytest.fixture
def share() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Share)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/wire?UniqueId=7"
    server.shutdown()
    server.server_close()


def test_a_file_is_kept_and_becomes_a_tax_certificate(
    opens: Opens, show: Show, share: str
) -> None:
    maria = opens("Maria Santos")
    maria.card("Your list for")

    hand_over(show, "Maria Santos", share)

    kept = maria.card("Kept: wire June.pdf", "What does it prove?")
    maria.card_shots(kept, "card-proof-kept")
    maria.press(kept, "Find", {"The customer's name": "Harbor"})
    maria.press(maria.card("Which one?"), "Hotel Harbor")
    asked = maria.card("Hotel Harbor: what does wire June.pdf prove?")
    maria.card_shots(asked, "card-proof-of-what")
    maria.press(asked, "Tax-exempt certificate")
    form = maria.card("Tax certificate of Hotel Harbor", "wire June.pdf (28 bytes)")
    typed = {
        "State or authority": "TX",
        "Valid from": "2026-06-01",
        "Valid until": "2026-12-31",
    }
    maria.press(form, "Save", typed)
    entered = maria.card("Entered: TX, valid through Thu 31 Dec 2026.", "wire June.pdf")
    maria.card_shots(entered, "card-proof-entered")


def hand_over(show: Show, name: str, url: str) -> None:
    """Give the desk a message with a file from somebody's own chat."""
    screen = show.url(name)
    config = _config(show, name)
    me, chat = config["currentUser"], config["personalChat"]["id"]
    activity = {
        "type": "message",
        "id": "a-file-1",
        "timestamp": "2026-06-08T12:00:00.000Z",
        "serviceUrl": f"{screen}/_connector",
        "channelId": "msteams",
        "from": {"id": me["id"], "name": me["name"], "aadObjectId": me["aadObjectId"]},
        "recipient": config["bot"],
        "conversation": {"id": chat, "conversationType": "personal"},
        "channelData": {"tenant": {"id": config["tenantId"]}},
        "text": "",
        "attachments": [
            {
                "contentType": KIND,
                "name": "wire June.pdf",
                "content": {"downloadUrl": url, "fileType": "pdf"},
            }
        ],
    }
    asked = urllib.request.Request(
        f"{_desk(screen)}/api/messages",
        data=json.dumps(activity).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.status == 200


def _config(show: Show, name: str) -> dict[str, dict[str, str]]:
    files = Path(show.output.parent, "home").rglob(".m365agentsplayground.yml")
    found = [json.loads(path.read_text("utf-8")) for path in files]
    [mine] = [one for one in found if one["currentUser"]["name"] == name]
    assert isinstance(mine, dict)
    return mine


def _desk(screen: str) -> str:
    """Return where the desk listens: at a port a little below its first client's."""
    port = int(screen.rpartition(":")[2])
    for candidate in range(port - 1, port - 20, -1):
        url = f"http://127.0.0.1:{candidate}"
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
                if b'"ready": true' in answer.read():
                    return url
        except (urllib.error.URLError, OSError):
            continue
    raise LookupError("no desk answers")
