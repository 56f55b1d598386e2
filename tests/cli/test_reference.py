"""Every command and option is explained, and docs/commands.md says what the commands say."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from earwitness.commands.reference import commands, parameters, reference
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
COMMANDS = dict(commands())


def test_the_document_is_current() -> None:
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == reference(), (
        "run: python -m earwitness.commands.reference docs/commands.md"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_and_real(name: str) -> None:
    from earwitness.cli import app

    function = COMMANDS[name]
    assert len((inspect.getdoc(function) or "").split()) >= 6
    told = CliRunner().invoke(app, [*name.split()[1:], "--help"], env={"COLUMNS": "200"}).output
    for parameter in parameters(function):
        assert parameter.help.endswith((".", "?", "]")), (name, parameter)
        for word in parameter.names:
            assert word in told, (name, word)
    for line in told.splitlines():
        words = line.split()
        if words and words[0].startswith("--") and words[0] != "--help":
            assert f"`{words[0].rstrip(',')}`" in reference()


def test_every_command_is_in_the_help() -> None:
    from earwitness.cli import app

    told = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    assert {name.split()[1] for name in COMMANDS} == {
        line.split()[0] for line in told.split("Commands:")[1].splitlines() if line.strip()
    }


def test_help_imports_nothing_heavy() -> None:
    """Nothing heavy is imported for help."""
    heavy = ("torch", "numpy", "pydantic", "transformers", "av", "jinja2")
    script = f"import sys, earwitness.cli; print([m for m in {heavy!r} if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
