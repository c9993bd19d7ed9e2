"""The first run makes the desk; every later one finds it; whatever is wrong is one sentence."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.desk import CannotOpen, open_desk
from bot.kernel.errors import Refused
from bot.workflows.people import queries as people
from tests.support.cli import ardesk

pytestmark = pytest.mark.first_run


def only_sentence(err: str) -> bool:
    return len(err.strip().splitlines()) == 1 and "Traceback" not in err


def test_the_first_run_creates_the_database_and_the_keys_and_says_where_they_are(
    ardesk_home: Path, capsys: pytest.CaptureFixture[str]
):
    with open_desk() as desk, desk.database.reading() as session:
        assert people.everybody(session) == []

    told = capsys.readouterr().err
    assert str(ardesk_home / "audit.key") in told
    assert "database" in told
    for name in ("audit.key", "cards.key"):
        assert stat.S_IMODE((ardesk_home / name).stat().st_mode) == 0o600


def test_the_second_run_finds_what_the_first_made_and_says_nothing(
    ardesk_home: Path, capsys: pytest.CaptureFixture[str]
):
    with open_desk() as first:
        pass
    capsys.readouterr()

    with open_desk() as second:
        assert (second.audit_key, second.seal_key) == (first.audit_key, first.seal_key)

    assert capsys.readouterr().err == ""


def test_the_two_keys_differ(ardesk_home: Path):
    with open_desk() as desk:
        assert desk.audit_key != desk.seal_key


def test_a_trail_whose_key_is_missing_is_not_given_a_new_one(ardesk_home: Path, tmp_path: Path):
    people = tmp_path / "people.csv"
    people.write_text("entra_id,name,email,roles\n1,Ana,ana@desk.example,agent\n")
    ardesk("import", "people", people)
    (ardesk_home / "audit.key").unlink()

    ran = ardesk("audit", "verify")

    assert ran.code == 2
    assert only_sentence(ran.err)
    assert "put the key back from your backup" in ran.err
    assert not (ardesk_home / "audit.key").exists()


@pytest.mark.parametrize("content", ["", "not hexadecimal", "abcd"])
def test_a_broken_key_file_is_refused(ardesk_home: Path, content: str):
    ardesk_home.mkdir()
    (ardesk_home / "audit.key").write_text(content)

    with pytest.raises(CannotOpen, match=r"audit\.key"), open_desk():
        pass


def test_the_clock_can_start_at_another_time(
    ardesk_home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARDESK_CLOCK", "2026-06-08T08:00:00-04:00")

    with open_desk() as desk:
        drift = desk.clock() - datetime(2026, 6, 8, 12, tzinfo=UTC)

    assert 0 <= drift.total_seconds() < 5


def test_a_clock_without_a_zone_is_the_companys(
    ardesk_home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARDESK_CLOCK", "2026-06-08T08:00:00")

    with open_desk() as desk:
        drift = desk.clock() - datetime(2026, 6, 8, 12, tzinfo=UTC)

    assert 0 <= drift.total_seconds() < 5


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ARDESK_CLOCK", "soon", "ARDESK_CLOCK"),
        ("ARDESK_DATABASE_URL", "nonsense", "ARDESK_DATABASE_URL"),
        ("ARDESK_DATABASE_URL", "oracle+nothing://x", "ARDESK_DATABASE_URL"),
        ("ARDESK_DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/x", "cannot be used"),
        ("ARDESK_DATABASE_URL", "sqlite:////nowhere/at/all.db", "cannot be used"),
        ("ARDESK_HOME", "/dev/null/home", "cannot be created"),
        ("ARDESK_LOG_FORMAT", "xml", "ARDESK_LOG_FORMAT"),
        ("ARDESK_POLICY_FILE", "nowhere.toml", "nowhere.toml cannot be read"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARDESK_HOME", str(tmp_path / "home"))
    with_keys = ardesk("db", "upgrade")
    monkeypatch.setenv(name, value)

    ran = ardesk("job", "list") if name == "ARDESK_CLOCK" else ardesk("db", "upgrade")

    assert with_keys.code == 0
    assert ran.code == 2
    assert told in ran.err
    assert only_sentence(ran.err.replace("Created the", "")) or name == "ARDESK_HOME"


def test_a_settings_file_is_read_and_the_environment_is_stronger(
    ardesk_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "ardesk.toml").write_text('clock = 2026-06-08T12:00:00Z\nhome = "elsewhere"\n')

    with open_desk() as desk:
        assert desk.settings.home == ardesk_home
        assert desk.clock().date().isoformat() == "2026-06-08"


@pytest.mark.parametrize("content", ["teams_app_idd = 'x'", "clock = [", "[clock]"])
def test_a_settings_file_that_makes_no_sense_is_one_sentence(
    ardesk_home: Path, tmp_path: Path, content: str
):
    (tmp_path / "ardesk.toml").write_text(content)

    ran = ardesk("job", "list")

    assert ran.code == 2
    assert only_sentence(ran.err)
    assert "teams_app_idd" not in content or "'teams_app_idd', which is no setting" in ran.err


@pytest.mark.parametrize("policy", ["nonsense", "daily_call_goal = 'many'", "unknown = 1"])
def test_a_policy_that_makes_no_sense_is_one_sentence(ardesk_home: Path, policy: str):
    ardesk_home.mkdir()
    (ardesk_home / "policy.toml").write_text(policy)

    with pytest.raises(Refused, match=r"policy\.toml"), open_desk():
        pass


@pytest.mark.parametrize(
    "words", [("nonsense",), ("db", "downgrade"), ("db", "upgrade", "now")]
)
def test_a_command_that_there_is_not_is_one_sentence(ardesk_home: Path, words: tuple[str, ...]):
    ran = ardesk(*words)

    assert ran.code == 2
    assert only_sentence(ran.err)


def test_help_loads_no_command():
    program = (
        "import sys; from bot.cli import front; front.run(['--help']); print(*sys.modules)"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )

    assert "sqlalchemy" not in ran.stdout.splitlines()[-1].split()


def test_help_names_every_command(ardesk_home: Path):
    ran = ardesk("--help")

    assert ran.code == 0
    for name in ("serve", "import", "report", "worklist", "calendar", "job", "doctor"):
        assert name in ran.out


def test_a_home_that_may_not_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    monkeypatch.setenv("ARDESK_HOME", str(tmp_path / "home"))

    ran = ardesk("db", "upgrade")

    assert ran.code == 2
    assert only_sentence(ran.err)
