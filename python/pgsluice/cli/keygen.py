"""`pgsluice keygen`: a new key, to a file of mode 0600 or to standard output."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pgsluice.cli.talk import tell
from pgsluice.config.key import new_key_text, parse_key
from pgsluice.errors import UsageError


@click.command("keygen")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
def command(file: Path | None) -> None:
    """Make a new 256-bit key and write it to FILE (mode 0600), or to standard output.

    Who has the key can undo masks of small sets by trying; keep it away from the target. A lost key cannot be
    made again: copies made with it cannot be resumed or joined with new ones.
    """
    text = new_key_text()
    if file is None:
        click.echo(text)
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f'could not create key file "{file}": {error.strerror}',
            hint="An existing key is never overwritten; name another file.",
        ) from None
    with os.fdopen(descriptor, "w") as out:
        out.write(text + "\n")
    tell(f"key {parse_key(text, 'the new file').id} written to {file}")
