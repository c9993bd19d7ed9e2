"""What is logged: one line an event, no card number in it, and faults with their traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import log
from bot.kernel.card_numbers import REMOVED
from bot.store import schema
from tests.support.cli import ardesk

pytestmark = pytest.mark.first_run

CARD = "4111 1111 1111 1111"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    log.end()
    logging.getLogger().setLevel(level)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_card_number_never_gets_into_the_log(tmp_path: Path, log_format: str):
    log.to_file(tmp_path, log_format)

    logging.getLogger("bot").warning("%s said %s", "Ana", CARD)
    try:
        raise RuntimeError(f"cannot save {CARD}")
    except RuntimeError:
        logging.getLogger("bot").exception("A turn failed")

    kept = (tmp_path / log.FILE).read_text("utf-8")
    assert "1111" not in kept
    assert kept.count(REMOVED) >= 2
    assert "Ana said" in kept
    assert "RuntimeError" in kept


def test_a_collector_of_logs_gets_json(tmp_path: Path):
    log.to_file(tmp_path, "json")

    logging.getLogger("bot.courier").warning("it is late")

    [line] = (tmp_path / log.FILE).read_text("utf-8").splitlines()
    event = json.loads(line)
    assert (event["event"], event["level"], event["logger"]) == (
        "it is late",
        "warning",
        "bot.courier",
    )


def test_a_bug_is_one_sentence_with_a_reference_and_its_traceback_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ARDESK_DATABASE_URL", "")
    monkeypatch.setattr(schema, "standing", lambda _: 1 / 0)

    ran = ardesk("db", "upgrade")

    assert ran.code == 70
    said = ran.err.strip().splitlines()[-1]
    reference = said.rpartition(" ")[2].rstrip(".")
    assert said.startswith("Something went wrong")
    assert "Traceback" not in ran.err
    kept = (tmp_path / "home" / log.FILE).read_text("utf-8")
    assert reference in kept
    assert "ZeroDivisionError" in kept
