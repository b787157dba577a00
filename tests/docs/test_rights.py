"""Copies with the grants of the operators' guide, and with each of them taken away: none is missing, none too many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pages import PASSWORD, blocks, people_sql

from servers import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.embedded import Server

GUIDE = "docs/guides/copy-production.md"
OPERATORS = "docs/guides/operators.md"
PROGRAM = Path(sys.executable).with_name("pgsluice")
RULES = next(block.text for block in blocks(GUIDE) if block.words.get("file") == "rules.toml")
SOURCE_SQL = next(block.text for block in blocks(GUIDE) if block.words.get("on") == "source")
GRANTS = next(block.text for block in blocks(OPERATORS) if "existing" in block.words).split(";\n")
LOG_GRANT = next(line for line in SOURCE_SQL.split(";\n") if "log_min_messages" in line)
#: A role that reads all there is, and one that owns the database and can do nothing else.
READER_SQL, OWNER_SQL = (
    next(block.text for block in blocks(OPERATORS) if block.words.get("on") == role) for role in ("source", "target")
)
TABLES, _, ROWS = people_sql().partition("INSERT INTO users")
#: Enough rows to copy: the grants are what is tested.
FEW_ROWS = "INSERT INTO users" + ROWS.replace("60000", "60").replace("20000", "20")

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with running_server() as source, running_server() as target:
        source.create_database("shop")
        source.psql(TABLES + FEW_ROWS + SOURCE_SQL + READER_SQL, database="shop")
        target.psql(f"CREATE ROLE pgsluice_target LOGIN PASSWORD '{PASSWORD}'")
        yield source, target


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    subprocess.run([PROGRAM, "keygen", "shop.key"], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def make_target(target: Server, *, without: str | None) -> None:
    """Make the tables and give all grants but the one that holds `without`."""
    target.psql("DROP DATABASE IF EXISTS shop_masked WITH (FORCE)")
    target.create_database("shop_masked")
    target.psql("REVOKE SET ON PARAMETER session_replication_role FROM pgsluice_target")
    left = [grant for grant in GRANTS if without is None or without not in grant]
    assert len(left) == len(GRANTS) - (without is not None)
    target.psql("REVOKE ALL ON SCHEMA public FROM PUBLIC;" + TABLES + ";\n".join(left), database="shop_masked")


def copy(
    servers: tuple[Server, Server],
    directory: Path,
    *options: str,
    roles: tuple[str, str] = ("pgsluice_source", "pgsluice_target"),
) -> tuple[int, str]:
    source, target = servers
    environment = os.environ | {
        "HOME": str(directory),
        "PGSLUICE_SOURCE": f"postgresql://{roles[0]}:{PASSWORD}@127.0.0.1:{source.port}/shop",
        "PGSLUICE_TARGET": f"postgresql://{roles[1]}:{PASSWORD}@127.0.0.1:{target.port}/shop_masked",
    }
    command = [PROGRAM, "copy", "--rules", "rules.toml", "--key-file", "shop.key", *options]
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stderr


def rows(target: Server) -> str:
    return target.psql("SELECT count(*) FROM orders", database="shop_masked").strip()


def test_grants_of_the_guide_are_enough_for_copy_and_restart(servers: tuple[Server, Server], directory: Path) -> None:
    make_target(servers[1], without=None)

    assert copy(servers, directory)[0] == 0
    assert copy(servers, directory, "--restart")[0] == 0
    assert rows(servers[1]) == "60"


@pytest.mark.parametrize("grant", ["CREATE ON DATABASE", "USAGE ON SCHEMA", "GRANT SELECT", "GRANT INSERT"])
def test_copy_without_a_grant_is_refused_before_the_first_row(
    servers: tuple[Server, Server], directory: Path, grant: str
) -> None:
    make_target(servers[1], without=grant)

    status, said = copy(servers, directory)

    assert status == 4, said
    assert rows(servers[1]) == "0"


def test_restart_without_truncate_is_refused(servers: tuple[Server, Server], directory: Path) -> None:
    make_target(servers[1], without="TRUNCATE")

    assert copy(servers, directory)[0] == 0
    assert copy(servers, directory, "--restart")[0] == 4
    assert rows(servers[1]) == "60"


def test_copy_without_rights_on_sequences_names_those_it_left(servers: tuple[Server, Server], directory: Path) -> None:
    make_target(servers[1], without="SEQUENCES")

    status, said = copy(servers, directory)

    assert status == 0, said
    assert rows(servers[1]) == "60"
    assert "sequences that could not be set" in said


def test_copy_without_maintain_leaves_statistics_out(servers: tuple[Server, Server], directory: Path) -> None:
    make_target(servers[1], without="MAINTAIN")

    assert copy(servers, directory)[0] == 0

    analysed = "SELECT reltuples FROM pg_class WHERE relname = 'orders'"
    assert servers[1].psql(analysed, database="shop_masked").strip() == "-1"


def test_copy_without_replica_role_writes_what_is_referenced_first(
    servers: tuple[Server, Server], directory: Path
) -> None:
    make_target(servers[1], without="session_replication_role")

    status, said = copy(servers, directory)

    assert status == 0, said
    assert said.index("table=public.users") < said.index("table=public.orders")


def test_grants_of_the_guide_keep_rows_out_of_both_logs(servers: tuple[Server, Server], directory: Path) -> None:
    make_target(servers[1], without=None)
    servers[1].psql(LOG_GRANT.replace("pgsluice_source", "pgsluice_target"))

    _, quiet = copy(servers, directory)
    servers[1].psql(LOG_GRANT.replace("GRANT", "REVOKE").replace("TO pgsluice_source", "FROM pgsluice_target"))
    _, loud = copy(servers, directory, "--restart")

    assert "settings-refused" not in quiet
    assert "settings-refused role=target settings=log_error_verbosity,log_min_error_statement," in loud


def test_copy_by_a_reader_of_all_into_an_owned_database_is_whole(
    servers: tuple[Server, Server], directory: Path
) -> None:
    source, target = servers
    source.psql("ALTER TABLE orders ENABLE ROW LEVEL SECURITY", database="shop")
    target.psql("DROP DATABASE IF EXISTS shop_masked WITH (FORCE)")
    target.create_database("shop_masked")
    target.psql(OWNER_SQL)

    status, said = copy(servers, directory, "--jobs=2", roles=("pgsluice_reader", "pgsluice_owner"))
    source.psql("ALTER TABLE orders DISABLE ROW LEVEL SECURITY", database="shop")

    assert status == 0, said
    assert rows(target) == "60"
    keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    assert target.psql(keys, database="shop_masked") == source.psql(keys, database="shop") == "2"
