"""Which programs of the server are run, and how they are made readable for the user that runs them."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pgsluice.embedded import Server, find_binaries, readable_copy
from pgsluice.embedded.account import choose_account
from pgsluice.embedded.binaries import BINARIES_VARIABLE, read_version
from pgsluice.errors import EmbeddedServerError
from servers import SETTINGS

pytestmark = pytest.mark.db

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")


def test_find_binaries_environment_is_honoured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for program in ("postgres", "initdb"):
        (tmp_path / program).write_text("#!/bin/sh\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv(BINARIES_VARIABLE, str(tmp_path))

    assert find_binaries() == tmp_path
    with pytest.raises(EmbeddedServerError, match="does not tell its version"):
        Server()


@pytest.mark.parametrize("is_argument", [False, True])
def test_find_binaries_wrong_directory_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_argument: bool
) -> None:
    monkeypatch.setenv(BINARIES_VARIABLE, "" if is_argument else str(tmp_path))

    with pytest.raises(EmbeddedServerError) as caught:
        find_binaries(tmp_path if is_argument else None)

    assert str(tmp_path) in caught.value.message
    assert "expected postgres and initdb" in caught.value.message
    assert BINARIES_VARIABLE in (caught.value.hint or "")


@pytest.fixture
def hidden_binaries(tmp_path: Path) -> Path:
    """PostgreSQL below a directory that only root can enter, as a package in a private venv lies."""
    binaries = find_binaries()
    parts = readable_copy._parts(binaries)
    if not parts:
        pytest.skip("the programs found are not of a package")
    tmp_path.chmod(0o700)
    for root, relative in parts.items():
        shutil.copytree(root, tmp_path / relative)
    return tmp_path / readable_copy._relative(binaries)


@needs_root
def test_start_unreadable_package_runs_from_a_copy(
    monkeypatch: pytest.MonkeyPatch, hidden_binaries: Path, short_directory: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short_directory))

    with Server(SETTINGS, binaries=hidden_binaries) as server:
        copied = server.binaries
        assert server.psql("SELECT 1") == "1"
        assert server.psql("CREATE EXTENSION hstore; SELECT 'a=>1'::hstore -> 'a'") == "1"
    with Server(SETTINGS, binaries=hidden_binaries) as server:
        assert server.binaries == copied

    assert copied.is_relative_to(short_directory)
    assert [path.name for path in short_directory.iterdir()] == [copied.relative_to(short_directory).parts[0]]
    assert hidden_binaries.parents[2].stat().st_mode & 0o777 == 0o700


@needs_root
@pytest.mark.parametrize("plant", ["directory", "link", "writable", "incomplete"])
def test_readable_copy_planted_or_damaged_directory_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, hidden_binaries: Path, short_directory: Path, plant: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short_directory))
    account, version = choose_account(None), read_version(hidden_binaries)
    first = readable_copy.readable_binaries(hidden_binaries, account=account, version=version)
    planted = short_directory / first.relative_to(short_directory).parts[0]
    if plant == "directory":
        os.chown(planted, pwd.getpwnam("nobody").pw_uid, 0)
    elif plant == "link":
        planted.rename(short_directory / "elsewhere")
        planted.symlink_to(short_directory / "elsewhere")
    elif plant == "writable":
        planted.chmod(0o777)
    else:
        (first / "postgres").unlink()

    second = readable_copy.readable_binaries(hidden_binaries, account=account, version=version)

    assert not second.is_relative_to(planted)
    assert second.is_relative_to(short_directory)


@needs_root
def test_readable_copy_two_at_once_share_one(
    monkeypatch: pytest.MonkeyPatch, hidden_binaries: Path, short_directory: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short_directory))
    account, version = choose_account(None), read_version(hidden_binaries)

    with ThreadPoolExecutor(4) as pool:
        found = set(
            pool.map(
                lambda _: readable_copy.readable_binaries(hidden_binaries, account=account, version=version),
                range(4),
            )
        )

    assert len(found) == 1
    assert len(list(short_directory.iterdir())) == 1


@needs_root
def test_readable_copy_of_a_directory_that_is_no_package_is_refused(tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for program in ("postgres", "initdb"):
        (binaries / program).write_text("#!/bin/sh\necho '(PostgreSQL) 18.1'\n")
        (binaries / program).chmod(0o755)

    with pytest.raises(EmbeddedServerError, match="cannot run the programs"):
        Server(binaries=binaries).start()
