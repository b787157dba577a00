"""The key: where it may come from, what is refused, and that its text is never shown."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import termios
import threading
from typing import TYPE_CHECKING

import pytest

from commands import KEY, OTHER_KEY, PROGRAM
from oracle.keys import MasterKey
from pgsluice.config.key import load_key
from pgsluice.errors import KeyMissingError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = KEY.hex()
OTHER = OTHER_KEY.hex()
ID, OTHER_ID = MasterKey(KEY).id(), MasterKey(OTHER_KEY).id()


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGSLUICE_KEY", "PGSLUICE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def key_file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


#: Texts that are no key, and what is said of them.
WRONG = {
    "empty": ("", "found 0 characters"),
    "short": (GOOD[:-2], "found 62 characters"),
    "long": (GOOD + "00", "found 66 characters"),
    "no digits": ("z" * 64, "found 64 characters"),
    "inner blank": (GOOD[:32] + " " + GOOD[33:], "found 64 characters"),
    "other prefix": ("pgsluice-key-2:" + GOOD, "found 79 characters"),
    "not ascii": ("ä" * 64, "characters"),
    "zeros": ("00" * 32, "repeats itself"),
    "one byte repeated": ("a7" * 32, "repeats itself"),
    "half repeated": (GOOD[:32] * 2, "repeats itself"),
    "a password in hex": ((b"correct horse battery staple!!!!").hex(), "random"),
    "a passphrase of many letters": (b"The quick brown fox jumps over l".hex(), "is readable text"),
    "counting up": (bytes(range(32)).hex(), "counts up or down"),
    "counting down by three": (bytes(range(250, 154, -3)).hex(), "counts up or down"),
    "counting over the end": (bytes(n % 256 for n in range(240, 272)).hex(), "counts up or down"),
    "half turned around": (bytes.fromhex(GOOD[:32])[::-1].hex() + GOOD[:32], "repeats itself"),
}


@pytest.mark.parametrize("what", WRONG)
def test_key_of_another_form_is_refused_without_its_text(tmp_path: Path, what: str) -> None:
    text, words = WRONG[what]

    with pytest.raises(KeyMissingError) as raised:
        load_key(key_file=key_file(tmp_path / "key", text))

    error = raised.value
    assert words in error.message
    assert error.exit_status == 2
    shown = f"{error} {error.detail} {error.hint} {error!r} {error.__cause__} {error.__context__}"
    assert not text or text[-12:] not in shown


@pytest.mark.parametrize("text", [GOOD, GOOD.upper(), f"  {GOOD}\n", f"pgsluice-key-1:{GOOD}\n"])
def test_key_text_in_every_right_form_is_one_key(tmp_path: Path, text: str) -> None:
    key = load_key(key_file=key_file(tmp_path / "key", text))

    assert key is not None
    assert key.id == ID


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_key_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path / "key", GOOD, mode)

    with pytest.raises(KeyMissingError, match=rf"can be .* by others \(mode {mode:o}\)"):
        load_key(key_file=path)


@pytest.mark.parametrize("what", ["missing", "directory"])
def test_key_file_that_cannot_be_read_is_named(tmp_path: Path, what: str) -> None:
    path = tmp_path / "key" if what == "missing" else tmp_path

    with pytest.raises(KeyMissingError, match="could not read the key file"):
        load_key(key_file=path)


def test_key_comes_from_the_first_that_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.write(writer, OTHER.encode())
    os.close(writer)
    file = key_file(tmp_path / "file", GOOD)
    monkeypatch.setenv("PGSLUICE_KEY", OTHER)
    monkeypatch.setenv("PGSLUICE_KEY_FILE", str(key_file(tmp_path / "named", GOOD)))

    from_descriptor = load_key(key_file=file, key_descriptor=reader)
    from_file = load_key(key_file=key_file(tmp_path / "other", OTHER))
    from_named = load_key()
    monkeypatch.delenv("PGSLUICE_KEY_FILE")
    from_text = load_key()
    monkeypatch.delenv("PGSLUICE_KEY")

    os.close(reader)
    found = [key.id if key else None for key in (from_descriptor, from_file, from_named, from_text, load_key())]
    assert found == [OTHER_ID, OTHER_ID, ID, OTHER_ID, None]


def test_key_descriptor_that_is_closed_is_refused() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)

    with pytest.raises(KeyMissingError, match=f"could not read the key from descriptor {reader}"):
        load_key(key_descriptor=reader)


def test_key_descriptor_that_gives_the_key_in_pieces_is_read_to_its_end() -> None:
    """A pipe gives what was written so far: one read took a cut key for a wrong one."""
    reader, writer = os.pipe()

    def write() -> None:
        os.write(writer, GOOD[:20].encode())
        while struct.unpack("i", fcntl.ioctl(writer, termios.FIONREAD, bytes(4)))[0]:
            pass  # Until the first piece has been taken; the test's own end bounds it.
        os.write(writer, GOOD[20:].encode())
        os.close(writer)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()

    key = load_key(key_descriptor=reader)

    thread.join(timeout=10)
    os.close(reader)
    assert key is not None
    assert key.id == ID


def test_copy_without_a_key_ends_with_2(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("version = 1\n")

    ended = subprocess.run(
        [PROGRAM, "copy", "--source=postgresql://x@[::1]:1/a", "--target=postgresql://x@[::1]:1/b", f"--rules={rules}"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (ended.returncode, "error: no key was given" in ended.stderr) == (2, True), ended.stderr
    assert "pgsluice keygen" in ended.stderr


def test_keygen_writes_a_private_file_and_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "key"

    made = subprocess.run([PROGRAM, "keygen", path], capture_output=True, text=True, timeout=60, check=False)
    text = path.read_text()
    again = subprocess.run([PROGRAM, "keygen", path], capture_output=True, text=True, timeout=60, check=False)

    assert (made.returncode, again.returncode) == (0, 2)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == text
    digits = text.strip().removeprefix("pgsluice-key-1:")
    assert len(bytes.fromhex(digits)) == 32
    assert digits not in made.stdout + made.stderr + again.stderr
    assert MasterKey(bytes.fromhex(digits)).id() in made.stderr
