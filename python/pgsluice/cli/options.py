"""Options that several verbs share, so that they are spelt and described alike."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pgsluice._core import Key
from pgsluice.config.key import load_key, random_key
from pgsluice.errors import KeyMissingError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

source_option: Decorator = click.option(
    "--source", metavar="DSN", help="libpq URI of the source; else PGSLUICE_SOURCE."
)
target_option: Decorator = click.option(
    "--target", metavar="DSN", help="libpq URI of the target; else PGSLUICE_TARGET."
)
rules_option: Decorator = click.option(
    "--rules", type=click.Path(path_type=Path, dir_okay=False), help="Rules file (TOML)."
)
tables_option: Decorator = click.option(
    "--tables",
    multiple=True,
    metavar="PATTERN",
    help="Only tables that match, for example 'public.*'; repeatable.",
)
json_option: Decorator = click.option("--json", "is_json", is_flag=True, help="Write JSON to standard output.")
key_file_option: Decorator = click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that holds the key; else PGSLUICE_KEY_FILE or PGSLUICE_KEY.",
)
key_descriptor_option: Decorator = click.option(
    "--key-fd", "key_descriptor", type=int, help="Descriptor to read the key from."
)


def required_key(key_file: Path | None, key_descriptor: int | None, *, is_random: bool = False) -> Key:
    """Load the key that a copy cannot do without."""
    if is_random:
        return random_key()
    key = load_key(key_file=key_file, key_descriptor=key_descriptor)
    if key is None:
        raise KeyMissingError(
            "no key was given",
            hint='Make one with "pgsluice keygen FILE" and give --key-file FILE, or use --random-key for a copy '
            "that cannot be linked with others.",
        )
    return key


def state_directory() -> Path:
    """Where audit files go unless another place is named."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "pgsluice"
