"""The command `pgsluice`: finds the verb, runs it, turns errors into text and an exit status."""

from __future__ import annotations

import gc
import sys
import traceback
from importlib import import_module

import click

from pgsluice.cli.output import Failure, watched_output, write_failure
from pgsluice.cli.talk import tell
from pgsluice.errors import SluiceError

INTERRUPTED = 130

# The plan of a large database is half a million objects that live to the end, and looking through them again and again
# (every 700 new ones) took a tenth of our CPU time. Rows are freed by counting and wait for no collection.
NEW_OBJECTS_A_COLLECTION = 50_000

# Verb, module and one line for the overview; a module is imported when its verb is called.
VERBS = {
    "demo": (
        "pgsluice.cli.demo",
        "Copy a sample shop between two servers of its own, with a kill and a resume.",
    ),
    "keygen": ("pgsluice.cli.keygen", "Make a new 256-bit key."),
    "init": ("pgsluice.cli.init", "Propose rules for all columns; leave what is not recognised to you."),
    "masks": ("pgsluice.cli.masks", "List the masks, or describe one."),
    "plan": ("pgsluice.cli.plan", "Show what copy would do and why; refuse what copy would refuse."),
    "copy": ("pgsluice.cli.copy", "Copy and mask a database; run again, it resumes."),
    "release": ("pgsluice.cli.release", "End the process that holds a snapshot (copy --hold-snapshot)."),
    "partitions": ("pgsluice.cli.partitions", "Make the partitions of a table ahead, or detach old ones."),
    "status": ("pgsluice.cli.status", "Show the runs that a target remembers."),
    "verify": ("pgsluice.cli.verify", "Compare a copy with its source: numbers only, exit status 5 where they differ."),
    "wal": ("pgsluice.cli.wal", "Execute SQL and show what it writes to the write-ahead log, record by record."),
}


class _Verbs(click.Group):
    """Lists verbs without importing them: the overview shows at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(VERBS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, summary) for verb, (_, summary) in VERBS.items()])


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pgsluice")
def pgsluice() -> None:
    """Mask and copy PostgreSQL databases through binary COPY.

    Standard output is data (--json for machines, errors too), standard error is talk. Exit status: 0 done, 1 some table
    failed, 2 usage or rules file, 3 refused before the first row, 4 could not connect or not allowed,
    5 source and target differ, 130 interrupted.
    """


def main() -> None:
    """Run the command line and exit."""
    gc.set_threshold(NEW_OBJECTS_A_COLLECTION)
    output = watched_output()
    failure = _run()
    status = 0
    if failure is not None:
        status = failure.exit_status
        # A verb that could say nothing else says its error; where it has told what it found, that has the reason.
        if "--json" in sys.argv[1:] and not output.has_written:
            write_failure(failure)
            sys.stdout.flush()
    gc.freeze()  # The interpreter would look through all of it once more, only to end.
    sys.exit(status)


def _run() -> Failure | None:
    """Run the verb; tell what went wrong and give it."""
    try:
        ended = pgsluice.main(standalone_mode=False)
        sys.stdout.flush()
    except SluiceError as error:
        show_error(error)
        return Failure.of(error)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Failure("usage", "no command was given", error.exit_code)
    except click.ClickException as error:
        message = _one_line(error.format_message())
        tell(f"error: {message}")
        if isinstance(error, click.UsageError) and error.ctx is not None:
            tell(f"  hint: {error.ctx.command_path} --help shows what there is.")
        return Failure("usage", message, error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        tell("interrupted: what is committed stays, the same command goes on from there")
        return Failure("interrupted", "interrupted", INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - its own text may quote a row, so nobody else may print it
        show_internal_error(error)
        return Failure("internal", f"internal error ({type(error).__name__})", 1)
    # `--help` and `--version` end with an exit status of click's.
    return Failure("usage", "nothing was done", ended) if isinstance(ended, int) and ended else None


def _one_line(message: str) -> str:
    """Click's message in our form: no capital, no full stop."""
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]


def show_internal_error(error: BaseException) -> None:
    """Print where an error of ours happened: types and places, never its text."""
    tell(f"error: internal error ({type(error).__name__}); this is a fault of pgsluice")
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    for frame in traceback.extract_tb(error.__traceback__)[-8:]:
        tell(f"  {frame.filename}:{frame.lineno} in {frame.name}")
    tell(f"  {type(error).__name__}")
    click.echo(
        "  hint: What is committed stays, the same command goes on from there. Please report the lines above.",
        err=True,
    )


def show_error(error: SluiceError) -> None:
    """Print message, detail and hint to standard error."""
    tell(f"error: {error.message}")
    for line in (error.detail or "").splitlines():
        tell(f"  {line}")
    if error.hint:
        tell(f"  hint: {error.hint}")
