"""`docs/commands.md`, written from the commands themselves.

python -m earwitness.commands.reference docs/commands.md
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

from typer.models import ArgumentInfo

HEAD = """# Commands

Written from the commands themselves by `python -m earwitness.commands.reference docs/commands.md`;
a test fails where it is not current.

Every command takes `--help`. Results go to standard output, progress and advice to standard error.
Exit codes: 0 done; 1 what was asked does not hold (something was tampered with, a letter has
remarks, a model file differs); 2 bad usage or input, told in one sentence; 130 stopped by hand.
`earwitness --debug COMMAND …` shows a traceback when something goes wrong.
`earwitness --version` shows the version.
"""


@dataclass(frozen=True)
class Parameter:
    """An argument or option as it is written on the command line."""

    names: tuple[str, ...]
    """Empty for an argument."""
    metavar: str
    help: str
    kind: Any
    default: Any
    required: bool


def commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command's full name and its function, in the order of `earwitness --help`."""
    from ..cli import app

    def walk(name: str, typed: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
        for command in typed.registered_commands:
            yield f"{name} {command.name or command.callback.__name__}", command.callback
        for group in typed.registered_groups:
            yield from walk(f"{name} {group.name}", group.typer_instance)

    return walk("earwitness", app)


def parameters(function: Callable[..., Any]) -> Iterator[Parameter]:
    """The arguments and options of a command."""
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        kind, info = get_args(hints[name])[:2]
        required = parameter.default is inspect.Parameter.empty
        argument = isinstance(info, ArgumentInfo)
        yield Parameter(
            names=() if argument else _names(name, info),
            metavar=info.metavar or (name.upper() if argument else ""),
            help=" ".join((info.help or "").split()),
            kind=_plain(kind),
            default=None if required else parameter.default,
            required=required,
        )


def _names(name: str, info: Any) -> tuple[str, ...]:
    # In an annotation typer takes the first of an option's names for its default.
    declared = [
        part
        for d in (info.default, *(info.param_decls or ()))
        if isinstance(d, str) and d[:1] == "-"
        for part in d.split("/")  # an option and its opposite
    ]
    return tuple(declared) or (f"--{name.replace('_', '-')}",)


def reference() -> str:
    """The text of `docs/commands.md`."""
    return "\n".join([HEAD, *(_section(name, function) for name, function in commands())])


def _plain(kind: Any) -> Any:
    """`list[str] | None` → str."""
    inner = [part for part in get_args(kind) if part is not type(None)]
    return _plain(inner[0]) if inner else kind


def _section(name: str, function: Callable[..., Any]) -> str:
    rows = list(parameters(function))
    shown = [p.metavar if p.required else f"[{p.metavar}]" for p in rows if not p.names]
    usage = " ".join([name, *(["[OPTIONS]"] if any(p.names for p in rows) else []), *shown])
    lines = [f"## `{name}`", "", f"    {usage}", "", _prose(inspect.getdoc(function) or ""), ""]
    if rows:
        lines += ["| argument or option | what it is for | default |", "| --- | --- | --- |"]
        lines += [_row(p) for p in rows]
        lines.append("")
    return "\n".join(lines)


def _spelled(p: Parameter) -> str:
    if not p.names:
        return f"`{p.metavar}`"
    spelled = ", ".join(f"`{name}`" for name in p.names)
    if p.kind is bool:
        return spelled
    if isinstance(p.kind, type) and issubclass(p.kind, Enum):
        return f"{spelled} {', '.join(f'`{member.value}`' for member in p.kind)}"
    kinds = {Path: "PATH", int: "NUMBER", float: "NUMBER", str: "TEXT"}
    return f"{spelled} {p.metavar or kinds[p.kind]}"


def _row(p: Parameter) -> str:
    told = re.search(r" ?\[default: ([^\]]*)\]", p.help)
    value = getattr(p.default, "value", p.default)
    default = "required" if p.required else "" if value in (None, False, "") else f"`{value}`"
    text = p.help.replace(told[0], "") if told else p.help
    return f"| {_cell(_spelled(p))} | {_cell(text)} | {_cell(told[1] if told else default)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _prose(text: str) -> str:
    """Help paragraphs, each on one line."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(p.split()).replace("<", "&lt;") for p in paragraphs)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
    else:
        sys.stdout.write(reference())
