"""Promises that the folders make to a newcomer."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from bot.cli import COMMANDS
from bot.cli.tables import modules_with_tables
from dialogs import DIALOGS
from scheduler.timetable import TIMETABLE

ROOT = Path(__file__).parents[1]
PRODUCT = [
    path for part in ("bot", "dialogs", "scheduler") for path in (ROOT / part).rglob("*.py")
]
MADE = {"node_modules", "versions"}
SOURCES = [path for path in PRODUCT if not MADE & set(path.parts)]
LONGEST = 30
RULE = re.compile(r"\bR\d{1,3}\b")
REGISTRIES = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body
    if ast.get_docstring(function) and len(body) > 1:
        documented = (body[0].end_lineno or 0) - body[0].lineno + 1
    else:
        documented = 0
    return (function.end_lineno or 0) - function.lineno + 1 - documented


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check imports in a process of its own: the linter silences every logger there is."""
    lint = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [lint, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_import_keeps_to_the_layers():
    ran = linted(ROOT)

    assert ran.returncode == 0, ran.stdout


def test_a_module_outside_every_layer_is_noticed(tmp_path: Path):
    for part in ("bot", "dialogs", "scheduler"):
        without = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=without)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "bot" / "helpers.py").write_text('"""Belongs nowhere."""\n')

    ran = linted(tmp_path)

    assert ran.returncode == 1
    assert "bot.helpers" in ran.stdout


def test_types_are_checked_everywhere():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]

    assert set(settings["mypy"]["files"]) == {"bot", "dialogs", "scheduler", "tests"}
    assert settings["mypy"]["strict"]
    assert not {"exclude", "extend-exclude"} & (set(settings["mypy"]) | set(settings["ruff"]))


def test_no_function_is_long():
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name} {lines_of(function)}"
        for path in SOURCES
        for function in functions(path)
        if lines_of(function) > LONGEST
    ]

    assert long == []


def test_only_the_clock_reads_the_time():
    read = re.compile(r"datetime\.now\(|date\.today\(|datetime\.utcnow\(")
    found = {path.relative_to(ROOT) for path in SOURCES if read.search(path.read_text("utf-8"))}

    assert found == {Path("bot/clock.py")}


def test_no_import_stands_inside_a_function():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert found == []


def test_every_table_is_declared_where_the_schema_looks_for_it():
    known = {ROOT / "bot" / path for path in modules_with_tables()}
    declaring = {
        path for path in SOURCES if re.search(r"^    __tablename__ =", path.read_text(), re.M)
    }

    assert declaring <= known


def test_no_two_dialogs_answer_the_same_button_or_words_or_draw_the_same_card():
    verbs = [verb for dialog in DIALOGS for verb in dialog.handlers]
    names = [command.name for dialog in DIALOGS for command in dialog.commands]
    cards = [card for dialog in DIALOGS for card in dialog.drawings]

    for kind in (verbs, names, cards):
        assert [name for name, count in Counter(kind).items() if count > 1] == []


def test_no_two_dialogs_have_the_same_name():
    assert len({dialog.name for dialog in DIALOGS}) == len(DIALOGS)


def test_every_dialog_is_registered():
    modules = [path for path in (ROOT / "dialogs").glob("*.py") if path.stem != "__init__"]
    declares = re.compile(r"^dialog\b.* = Dialog\(", re.MULTILINE)
    declared = [path.stem for path in modules if declares.search(path.read_text("utf-8"))]

    assert len(DIALOGS) == len(declared)


def test_every_button_that_is_drawn_is_answered():
    known = {verb for dialog in DIALOGS for verb in dialog.handlers}
    drawn = re.compile(r'verb="([a-z_]+\.[a-z_]+)"')
    texts = {path: path.read_text("utf-8") for path in (ROOT / "dialogs").glob("*.py")}

    dead = {verb for text in texts.values() for verb in drawn.findall(text)} - known

    assert dead == set()


def test_every_job_has_its_own_name():
    assert len({job.name for job in TIMETABLE}) == len(TIMETABLE)


def test_every_command_is_there():
    for entry in COMMANDS.values():
        module = entry.place.partition(":")[0]
        assert (ROOT / (module.replace(".", "/") + ".py")).is_file(), module


def test_what_each_start_makes_by_the_hundred_is_made_the_quick_way():
    slow = re.compile(r"^from dataclasses import (\w+, )*dataclass(,|$)", re.MULTILINE)
    texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in PRODUCT}
    records = [name for name in texts if name.endswith("records.py") and "workflows" in name]

    assert [name for name, text in texts.items() if slow.search(text)] == []
    assert [name for name in records if "__future__" in texts[name]] == []


def test_the_list_of_commands_says_of_each_what_it_says_itself():
    for name, (place, help_) in COMMANDS.items():
        module, _, attribute = place.partition(":")
        app = getattr(importlib.import_module(module), attribute)

        said = typer.main.get_command(app).help or ""

        assert said.partition("\n\n")[0] == help_, name


def test_every_rule_that_is_named_is_in_the_rulebook(shared: Path):
    rulebook = (shared / "RULEBOOK.md").read_text("utf-8")
    known = set(RULE.findall(rulebook))
    for first, last in re.findall(r"\bR(\d+)[–-]R(\d+)\b", rulebook):
        known |= {f"R{number}" for number in range(int(first), int(last) + 1)}
    named = {rule for path in SOURCES for rule in RULE.findall(path.read_text("utf-8"))}

    assert sorted(named - known) == []


def test_no_text_names_a_package_registrys_host():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    own = Path(__file__).relative_to(ROOT).as_posix()

    found = [
        name for name in listed.stdout.splitlines() if name != own and names_one(ROOT / name)
    ]

    assert found == []


def names_one(path: Path) -> bool:
    try:
        return bool(REGISTRIES.search(path.read_text("utf-8")))
    except (UnicodeDecodeError, OSError):
        return False


def test_serve_starts_without_what_it_needs_only_now_and_then():
    program = "import bot.cli.serve, sys; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    late = {"openpyxl", "xlsxwriter", "python_calamine", "alembic", "jsonschema"}
    assert not late & set(ran.stdout.split())
