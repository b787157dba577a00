"""Options that copy and plan share: what a plan says holds for a copy with the same ones."""

from __future__ import annotations

import click

from pgsluice.cli.options import Decorator
from pgsluice.pipeline.settings import CopySettings

jobs_option: Decorator = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=CopySettings().jobs,
    show_default=True,
    help="Tables or slices at once.",
)
