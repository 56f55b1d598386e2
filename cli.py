"""The command line. Commands import what they need when they run, so that help is instant."""

from __future__ import annotations

import errno
import sys
from typing import Annotated

import typer

from . import __version__
from .commands import (
    analyze,
    audit,
    case,
    letter,
    models,
    purge,
    query,
    report,
    rescore,
    review,
    score,
    seal,
    verify,
)
from .errors import EarwitnessError

app = typer.Typer(
    name="earwitness",
    help="Turn a recorded support call into evidence that a complaint can carry: who said what "
    "and when, which moments were rude or escalated and why, and proof that the recording was "
    "not touched. Nothing leaves this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("analyze")(analyze.analyze)
app.command("audit")(audit.audit)
app.command("rescore")(rescore.rescore)
app.command("query")(query.query)
app.command("review")(review.review)
app.command("purge")(purge.purge)
app.command("report")(report.report)
app.command("verify")(verify.verify)
app.command("letter")(letter.letter)
app.command("lint-letter")(letter.lint_letter)
app.command("case")(case.case)
app.command("keygen")(seal.keygen)
app.command("seal")(seal.seal)
app.command("score")(score.score)
app.add_typer(models.app, name="models")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"earwitness {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    _State.debug = debug


INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


_LONGEST = 200
"""Characters of an unforeseen error's own words that are shown."""


class _State:
    """The one setting that the error handler needs."""

    debug = False


def main() -> None:
    """Run the command line; errors become one sentence and an exit code."""
    try:
        app(standalone_mode=True)
    except EarwitnessError as error:
        if _State.debug:
            raise
        typer.echo(f"earwitness: {error}", err=True)
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # Ctrl-C, which typer turns into an exit without a word
            typer.echo("earwitness: stopped; nothing half-written was left", err=True)
        raise
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        if _State.debug:
            raise
        # Evidence, audits and models are put in their place only when they are whole.
        typer.echo(
            f"earwitness: {_unforeseen(error)}; no half-written evidence was left; "
            "earwitness --debug and the same command again shows the details",
            err=True,
        )
        sys.exit(EarwitnessError.exit_code)


def _unforeseen(error: Exception) -> str:
    """What went wrong, on one line, where nobody thought of it."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full: free some space"
    if isinstance(error, OSError) and error.strerror:
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    if isinstance(error, MemoryError):
        return "there is not enough memory: close other programs or choose a smaller --model"
    said = " ".join(str(error).split())
    return f"unexpected {type(error).__name__}" + (f" ({said[:_LONGEST]})" if said else "")


if __name__ == "__main__":
    main()
