"""The command `pgsluice`: finds the verb, runs it, turns errors into text and an exit status."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module

import click

from pgsluice.errors import SluiceError

INTERRUPTED = 130

# Verb, module and one line for the overview; a module is imported when its verb is called.
VERBS = {
    "demo": (
        "pgsluice.cli.demo",
        "Copy a sample shop between two servers of its own, with a kill and a resume.",
    ),
    "keygen": ("pgsluice.cli.keygen", "Make a new 256-bit key."),
    "masks": ("pgsluice.cli.masks", "List the masks, or describe one."),
    "plan": ("pgsluice.cli.plan", "Show what copy would do and why; refuse what copy would refuse."),
    "copy": ("pgsluice.cli.copy", "Copy and mask a database; run again, it resumes."),
    "status": ("pgsluice.cli.status", "Show the runs that a target remembers."),
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

    Standard output is data (--json for machines), standard error is talk. Exit status: 0 done, 1 some table
    failed, 2 usage or rules file, 3 refused before the first row, 4 could not connect or not allowed,
    5 verify found a difference, 130 interrupted.
    """


def main() -> None:
    """Run the command line and exit."""
    try:
        pgsluice.main(standalone_mode=False)
    except SluiceError as error:
        show_error(error)
        sys.exit(error.exit_status)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted: what is committed stays, the same command goes on from there", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - its own text may quote a row, so nobody else may print it
        show_internal_error(error)
        sys.exit(1)
    sys.exit(0)


def show_internal_error(error: BaseException) -> None:
    """Print where an error of ours happened: types and places, never its text."""
    click.echo(f"error: internal error ({type(error).__name__}); this is a fault of pgsluice", err=True)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    for frame in traceback.extract_tb(error.__traceback__)[-8:]:
        click.echo(f"  {frame.filename}:{frame.lineno} in {frame.name}", err=True)
    click.echo(f"  {type(error).__name__}", err=True)
    click.echo(
        "  hint: What is committed stays, the same command goes on from there. Please report the lines above.",
        err=True,
    )


def show_error(error: SluiceError) -> None:
    """Print message, detail and hint to standard error."""
    click.echo(f"error: {error.message}", err=True)
    for line in (error.detail or "").splitlines():
        click.echo(f"  {line}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
