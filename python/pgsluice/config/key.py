"""Owns where the run's key comes from: environment, file or descriptor; never the rules file, no default."""

from __future__ import annotations

import os
import re
import secrets
import stat
from itertools import pairwise
from pathlib import Path

from pgsluice._core import Key
from pgsluice.errors import KeyMissingError

KEY_BYTES = 32
# Far more than a key's text has, so that a wrong file is said to be wrong and not read whole.
_TEXT_BYTES_MAX = 4096
# Marks the text as a key, so that a secret scanner or a person can tell what leaked.
PREFIX = "pgsluice-key-1:"
_HINT = 'Make one with "pgsluice keygen FILE" and give --key-file FILE, or set PGSLUICE_KEY_FILE.'
_HEX = re.compile(r"[0-9a-fA-F]{64}")


def new_key_text() -> str:
    """Make a new random key in the form that files and PGSLUICE_KEY hold: a prefix and 64 hex digits."""
    return PREFIX + secrets.token_hex(KEY_BYTES)


def random_key() -> Key:
    """Make a key that lives as long as this run: two runs give results that cannot be linked."""
    return Key(secrets.token_bytes(KEY_BYTES))


def load_key(*, key_file: Path | None = None, key_descriptor: int | None = None) -> Key | None:
    """Take the key from a descriptor, a file, PGSLUICE_KEY_FILE or PGSLUICE_KEY, the first that is given.

    Gives None where none of them is. Raises KeyMissingError for a file that others may read, a text that is no
    key, or a key that is plainly not random; the text is never quoted.
    """
    if key_descriptor is not None:
        try:
            text = _read_line(key_descriptor).decode("ascii", errors="replace")
        except OSError as error:
            raise KeyMissingError(
                f"could not read the key from descriptor {key_descriptor}: {error.strerror}"
            ) from None
        return parse_key(text, f"descriptor {key_descriptor}")
    path = key_file or (Path(os.environ["PGSLUICE_KEY_FILE"]) if os.environ.get("PGSLUICE_KEY_FILE") else None)
    if path is not None:
        return parse_key(_read_private(path), f'file "{path}"')
    text = os.environ.get("PGSLUICE_KEY", "")
    return parse_key(text, "PGSLUICE_KEY") if text else None


def parse_key(text: str, origin: str) -> Key:
    """Read a key in its text form: 64 hexadecimal digits, with or without the prefix."""
    digits = text.strip().removeprefix(PREFIX)
    if not _HEX.fullmatch(digits):
        raise KeyMissingError(
            f"the key in {origin} is not a key: expected 64 hexadecimal digits, found {len(digits)} characters",
            hint=_HINT,
        )
    key = bytes.fromhex(digits)
    pattern = _pattern(key)
    if pattern is None:
        try:
            return Key(key)
        except ValueError:
            pass
    raise KeyMissingError(
        f"the key in {origin} {pattern or 'repeats itself'}, a random one does not",
        detail="A key that can be guessed makes every mask reversible.",
        hint=_HINT,
    )


def _pattern(key: bytes) -> str | None:
    """What is plainly not random about a key; less than one random key in 10^13 is refused."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    if key[: KEY_BYTES // 2] in {key[KEY_BYTES // 2 :], key[: KEY_BYTES // 2 - 1 : -1]}:
        return "repeats itself"
    if len(steps) == 1:
        return "counts up or down in equal steps"
    if all(0x20 <= byte < 0x7F for byte in key):
        return "is readable text"
    return None


def _read_line(descriptor: int) -> bytes:
    """Read to the end of the line or of the file: a pipe gives what was written so far."""
    text = b""
    while b"\n" not in text and len(text) < _TEXT_BYTES_MAX:
        piece = os.read(descriptor, _TEXT_BYTES_MAX - len(text))
        if not piece:
            break
        text += piece
    return text


def _read_private(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_TEXT_BYTES_MAX).decode("ascii", errors="replace")
    except OSError as error:
        raise KeyMissingError(f'could not read the key file "{path}": {error.strerror}', hint=_HINT) from None
    if stat.S_ISREG(mode) and mode & 0o077:
        raise KeyMissingError(
            f'key file "{path}" can be read by others (mode {stat.S_IMODE(mode):o})',
            hint=f"Run: chmod 600 {path}",
        )
    return text
