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
without_extension_option: Decorator = click.option(
    "--without-extension",
    "without_extensions",
    multiple=True,
    metavar="NAME",
    help="Leave out an extension, what needs it, and the rows of tables that need it; repeatable.",
)
large_objects_option: Decorator = click.option(
    "--large-objects",
    "has_large_objects",
    is_flag=True,
    help="Copy large objects as they are; the rules file must say why they may be: [large-objects] reason.",
)
rights_option: Decorator = click.option(
    "--rights", "has_rights", is_flag=True, help="Owners and privileges as on the source; the roles must be there."
)
